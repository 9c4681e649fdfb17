import GatehouseCore
import Glibc

/// Names under which strangers may register names, so that `*.` before one means everybody.
///
/// A single label always is one. A list of common ones is built in; where the Debian package
/// `publicsuffix` is installed, the full list is asked too: it can only refuse more.
struct PublicSuffixes: Sendable {
    /// Where Debian keeps the full list.
    static let systemList = "/usr/share/publicsuffix/public_suffix_list.dat"
    /// Most bytes of a list; the real one has a quarter of a mebibyte.
    static let listBytesMax = 4 << 20

    private let list: [UInt8]

    /// Reads the full list if it is there.
    init(listAt path: String? = systemList) {
        list = path.flatMap(Self.read) ?? []
    }

    /// Whether strangers may register names below `host`, a lower-case name.
    func contains(_ host: String) -> Bool {
        let labels = host.split(separator: ".")
        guard labels.count > 1 else { return true }
        let parent = labels.dropFirst().joined(separator: ".")
        if Self.builtIn.contains(host) { return true }
        if Self.secondLevels.contains(String(labels[0])), labels.count == 2,
            labels[1].utf8.count == 2
        {
            return true
        }
        return hasRule(host, "*." + parent) && !hasRule("!" + host)
    }

    /// Whether a line of the list is exactly one of `rules`.
    private func hasRule(_ rules: String...) -> Bool {
        let rules = rules.map { Array($0.utf8) }
        let list = list.raw
        var start = 0
        for end in 0..<list.byteCount where list.byte(end) == 0x0A {
            let line = list.extracting(start..<end)
            for rule in rules where line.equals(rule.raw) { return true }
            start = end + 1
        }
        return false
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while result.count < listBytesMax {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return count == 0 ? result + [0x0A] : nil }
            result.append(contentsOf: chunk[..<count])
        }
        return nil
    }

    /// Second levels that are public below almost every country code: `co.uk`, `com.au`.
    private static let secondLevels: Set<String> = [
        "ac", "co", "com", "edu", "go", "gob", "gov", "id", "ltd", "me", "mil", "ne", "net", "nom",
        "or", "org", "plc", "sch",
    ]

    /// Hosting and platform names where anybody gets a subdomain, and other common ones.
    private static let builtIn: Set<String> = [
        "amplifyapp.com", "appspot.com", "asso.fr", "awsapprunner.com", "azure-api.net",
        "azurecontainerapps.io", "azureedge.net", "azurestaticapps.net", "azurewebsites.net",
        "b-cdn.net", "blogspot.com", "bubbleapps.io", "cloudapp.net", "cloudfront.net",
        "cloudfunctions.net", "codeberg.page", "deno.dev", "duckdns.org", "dyndns.org",
        "elasticbeanstalk.com", "eu.org", "firebaseapp.com", "fly.dev", "gitbook.io",
        "github.io", "githubpreview.dev", "gitlab.io", "glitch.me", "hashnode.dev",
        "herokuapp.com", "herokussl.com", "hopto.org", "in-addr.arpa", "ip6.arpa", "lhr.life",
        "loca.lt", "lovable.app", "myshopify.com", "netlify.app", "ngrok-free.app", "ngrok.app",
        "ngrok.io", "no-ip.org", "notion.site", "on.aws", "onrender.com", "ondigitalocean.app",
        "pages.dev", "pythonanywhere.com", "railway.app", "up.railway.app", "readthedocs.io",
        "repl.co", "replit.app", "replit.dev", "run.app", "s3.amazonaws.com",
        "scm.azurewebsites.net",
        "serveo.net", "squarespace.com", "stackblitz.io", "surge.sh", "sytes.net",
        "trafficmanager.net", "trycloudflare.com", "tumblr.com", "vercel.app", "vercel.dev",
        "web.app", "webflow.io", "weebly.com", "wixsite.com", "wordpress.com", "workers.dev",
        "zapto.org", "amazonaws.com", "windows.net", "blob.core.windows.net",
        "web.core.windows.net", "cloudapp.azure.com", "uk.com", "us.com", "eu.com", "gb.net",
    ]
}
