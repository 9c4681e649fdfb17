import GatehouseCore
import Testing

@testable import GatehouseHTTP

@Suite struct QueryParametersTests {
    private func find(_ query: String) -> QueryParameters.Found {
        let bytes = Array(query.utf8)
        return QueryParameters.find("id", in: bytes.raw)
    }

    @Test func `says when two readings are possible`() {
        for query in ["id=1&id=2", "id=1&%69d=2", "id=1&id[]=2", "id=1;id=2", "ID=1", "id=1&Id=2"] {
            #expect(find(query) == .ambiguous, "\(query)")
        }
        #expect(find("") == .none)
        #expect(find("idx=1&x=id") == .none)
        #expect(find("a=b&id=%41+b%2") == .one("A b%2"))
        #expect(find("id") == .one(""))
    }
}
