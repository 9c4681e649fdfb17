import GatehouseCore
import GatehouseIdentity
import GatehouseValidation
import Glibc

/// Accounts of another program, a JSON object on each line.
enum AccountImport {
    private static let bytesMax = 256 << 20

    /// The lines of a file; nil if it cannot be read.
    static func lines(of path: String) -> [[UInt8]]? {
        guard let file = unsafe fopen(path, "re") else { return nil }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer.prefix(count)
            guard bytes.count <= bytesMax else { return nil }
        }
        guard unsafe ferror(file) == 0 else { return nil }
        return bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            line.last == 0x0D ? Array(line.dropLast()) : Array(line)
        }
    }

    /// The account that a line describes; nil for anything else.
    static func account(_ line: [UInt8]) -> Accounts.Import? {
        var tape = JSONTape()
        guard let root = try? tape.parse(line.raw), root.kind == .object,
            let email = root["email"]?.string
        else { return nil }
        var account = Accounts.Import(email: email)
        account.name = root["name"]?.string ?? ""
        account.passwordHash = root["password_hash"]?.string
        account.tenant = root["tenant"]?.string
        account.isConfirmed = root["confirmed"]?.bool ?? false
        if let roles = root["roles"] {
            guard roles.kind == .array else { return nil }
            var elements = roles.elements
            while let role = elements.next() {
                guard let name = role.string else { return nil }
                account.roles.append(name)
            }
        }
        return account
    }

    /// For people; never the line itself.
    static func reason(_ error: AccountError) -> String {
        switch error {
        case .conflict: "the address has an account"
        case .emailInvalid: "no e-mail address"
        case .invalid("line"): "no JSON object with `email`"
        case .invalid(let field): "`\(field)` is not valid"
        default: "\(error)"
        }
    }
}
