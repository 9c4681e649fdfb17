import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct ObjectAuthorizationTests {
    private func caller(_ subject: String, roles: [String] = [], tenant: String? = nil) -> Principal
    {
        Principal(
            subject: subject, roles: roles, issuer: "t", expires: WallTime(seconds: .max),
            tenant: tenant)
    }

    private func refusal(
        _ target: String, owner: ObjectSource? = nil, tenant: ObjectSource? = nil,
        except: [String] = [], as principal: Principal?, fields: [String] = []
    ) throws -> Int? {
        var rule = ObjectRule()
        rule.owner = owner
        rule.tenant = tenant
        rule.exceptRoles = except
        let pattern = target.hasPrefix("/users/") ? "/users/{id}" : "/items"
        let request = try routedRequest(
            target, pattern, object: rule, principal: principal, fields: fields)
        return ObjectAuthorization().refusal(request)?.status
    }

    @Test func `answers a stranger's object like one that does not exist`() throws {
        let alice = caller("alice")
        let owner = ObjectSource.path("id")
        for id in ["bob", "Alice", "alice%20", "alic", "alicee", "al%C3%ADce"] {
            let status = try refusal("/users/\(id)", owner: owner, as: alice)
            #expect(status == 404, "\(id)")
        }
        #expect(try refusal("/users/alice", owner: owner, as: nil) == 401)
        #expect(try refusal("/users/alice", owner: owner, as: alice) == nil)
        // The same name, written otherwise: what the upstream decodes is the caller's.
        let spaced = caller("al ice")
        #expect(try refusal("/users/al%20ice", owner: owner, as: spaced) == nil)
        #expect(try refusal("/users/bob", owner: owner, except: ["admin"], as: alice) == 404)
        let admin = caller("root", roles: ["admin"])
        #expect(try refusal("/users/bob", owner: owner, except: ["admin"], as: admin) == nil)
    }

    @Test func `refuses queries that can be read in two ways`() throws {
        let alice = caller("alice")
        let owner = ObjectSource.query("user")
        for query in [
            "", "?user=bob", "?user=alice&user=bob", "?user=bob&user=alice",
            "?user=alice&%75ser=bob",
            "?user=alice&user[]=bob", "?user=alice&user[x]=bob", "?user=alice;user=bob",
            "?USER=alice",
            "?user=alice&User=bob", "?user=", "?other=alice",
        ] {
            let status = try refusal("/items" + query, owner: owner, as: alice)
            #expect(status == 404, "\(query)")
        }
        #expect(try refusal("/items?a=b&user=alice", owner: owner, as: alice) == nil)
        #expect(try refusal("/items?%75ser=%61lice", owner: owner, as: alice) == nil)
    }

    @Test func `keeps tenants apart, and callers without one out`() throws {
        let tenant = ObjectSource.header("X-Tenant")
        let own = caller("alice", tenant: "acme")
        for fields in [[], ["X-Tenant: other"], ["X-Tenant: acme", "x-tenant: other"]] {
            #expect(try refusal("/items", tenant: tenant, as: own, fields: fields) == 404)
        }
        let none = caller("bob")
        #expect(try refusal("/items", tenant: tenant, as: none, fields: ["X-Tenant: "]) == 404)
        #expect(try refusal("/items", tenant: tenant, as: own, fields: ["X-Tenant: acme"]) == nil)
    }
}
