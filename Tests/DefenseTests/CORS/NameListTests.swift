import GatehouseCore
@testable import GatehouseDefense
import Testing

@Suite struct NameListTests {
    private func allows(_ names: [String], _ asked: String) -> Bool {
        let bytes = Array(asked.utf8)
        var count = 0
        return NameList(names).allows(bytes.raw, count: &count)
    }

    @Test(arguments: ["x", "content-typ", "content-types", "a,x", "a b", "a;b", "\u{1}", "é"])
    func `refuses a list with a name that is not allowed`(asked: String) {
        #expect(!allows(["a", "b", "Content-Type"], asked))
    }

    @Test func `an empty list allows nothing`() {
        #expect(!allows([], "a") && allows([], "") && allows([], " , ,"))
    }

    @Test(arguments: ["a", "A", "b,a", " a ,\tB ", ",,a,", "content-type", "CONTENT-TYPE,a", ""])
    func `finds names in any case, order and spacing`(asked: String) {
        #expect(allows(["b", "Content-Type", "a"], asked))
    }

    @Test func `counts over several lines, up to its bound`() {
        let list = NameList(["a"])
        var count = NameList.requestedMax - 1
        let bytes = Array("a".utf8)
        #expect(list.allows(bytes.raw, count: &count))
        #expect(!list.allows(bytes.raw, count: &count))
    }
}
