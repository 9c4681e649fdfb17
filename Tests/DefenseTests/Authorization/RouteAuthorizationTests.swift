import GatehouseCore
import GatehouseDefense
import GatehouseHTTP
import Testing

@Suite struct RouteAuthorizationTests {
    private let control = RouteAuthorization()

    private func refusal(
        _ access: AccessRule?, roles: [String] = [], permissions: [String] = []
    ) -> Rejection? {
        let request = makeRequest(access: access)
        request.principal = Principal(
            subject: "u", roles: roles, permissions: permissions, issuer: "id",
            expires: WallTime(seconds: 1_900_000_000))
        return control.refusal(request)
    }

    /// PITFALLS 10: a forgotten route must not be public.
    @Test func `refuses without a route, whoever calls`() {
        #expect(control.refusal(makeRequest())?.status == 404)
        #expect(refusal(nil, roles: ["admin"])?.code == .noRoute)
    }

    @Test func `refuses without a caller, except for anyone`() {
        for access in [AccessRule.signedIn, .roles(["a"]), .permissions(["a"]), .roles([])] {
            let rejection = control.refusal(makeRequest(access: access))
            #expect(rejection?.status == 401)
            #expect(rejection?.code == .tokenMissing)
            #expect(rejection?.fields[.wwwAuthenticate] == #"Bearer realm="gatehouse""#)
        }
        #expect(control.refusal(makeRequest(access: .anyone)) == nil)
    }

    /// PITFALLS 12: `'superadmin'.includes('admin')`.
    @Test func `compares roles whole`() {
        for role in ["superadmin", "adm", "Admin", "admin ", "", "administrator", "admin,user"] {
            let rejection = refusal(.roles(["admin"]), roles: [role])
            #expect(rejection?.status == 403)
            #expect(rejection?.code == .forbidden)
            let challenge = #"Bearer realm="gatehouse", error="insufficient_scope""#
            #expect(rejection?.fields[.wwwAuthenticate] == challenge)
        }
        #expect(refusal(.roles(["admin"]), roles: ["user", "admin"]) == nil)
        #expect(refusal(.roles(["x", "admin"]), roles: ["admin"]) == nil)
        #expect(refusal(.roles(["admin"]), permissions: ["admin"])?.status == 403)
    }

    @Test func `wants every permission`() {
        let rule = AccessRule.permissions(["a:read", "a:write"])
        #expect(refusal(rule, permissions: ["a:read"])?.status == 403)
        #expect(refusal(rule, permissions: ["a:read", "a:writ"])?.status == 403)
        #expect(refusal(rule, roles: ["a:read", "a:write"])?.status == 403)
        #expect(refusal(rule, permissions: ["b", "a:write", "a:read"]) == nil)
    }

    @Test func `a rule that lists nothing lets nobody pass`() {
        #expect(refusal(.roles([]), roles: ["admin"])?.status == 403)
        #expect(refusal(.permissions([]), permissions: ["a"])?.status == 403)
    }

    @Test func `lets every signed-in caller pass where that is enough`() {
        #expect(refusal(.signedIn) == nil)
    }

    @Test func `the log learns what is lacking`() {
        #expect(refusal(.roles(["a", "b"]))?.detail == "needs a role of: a, b")
        #expect(refusal(.permissions(["p"]))?.detail == "needs permissions: p")
    }
}
