package import GatehouseCore
import Glibc

/// The commented configuration that `gatehouse init` writes.
package enum Starter {
    package static let fileName = "gatehouse.yml"
    package static let secretName = "token.secret"

    /// Whether the current folder has a configuration.
    package static var isHere: Bool { unsafe access(fileName, F_OK) == 0 }

    /// Writes the starter and a token secret into `folder`. A configuration that is there stays.
    ///
    /// - Returns: the paths that were made.
    /// - Throws: `invalid(path, why)`; nothing was written then but, at most, the secret.
    package static func write(into folder: String) throws(ConfigurationError) -> [String] {
        if unsafe mkdir(folder, 0o755) != 0, errno != EEXIST {
            throw .invalid(folder, "the folder cannot be made")
        }
        let path = FilePath.resolve(fileName, in: folder)
        let secret = FilePath.resolve(secretName, in: folder)
        var information = stat()
        if unsafe lstat(path, &information) == 0 {
            throw .invalid(path, "is there already and is not overwritten")
        }
        let hadSecret = unsafe lstat(secret, &information) == 0
        if !hadSecret, try DevelopmentSecret.create(secret) == false {
            throw .invalid(secret, "cannot be written")
        }
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard file >= 0 else { throw .invalid(path, "cannot be written") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(file, $0.baseAddress, $0.count)
        }
        guard written == bytes.count, fsync(file) == 0 else {
            _ = unsafe unlink(path)
            throw .invalid(path, "cannot be written")
        }
        return hadSecret ? [path] : [path, secret]
    }

    /// The starter. `#` before a key shows a default or an example: take the `#` away to change it.
    package static let text = """
        # Gatehouse. Check with `gatehouse check`, start with `gatehouse run`.
        # Every key: docs/CONFIGURATION.md. A line with `#` right before a key shows an
        # example or a default. Paths are relative to this file.

        # Keys, certificates and state; made on the first run.
        data: ./data

        # Names that clients use; the first is used in redirects.
        hosts: [localhost, 127.0.0.1]

        listeners:
          - address: 127.0.0.1:8443
          # Refuses API calls in plain and sends browsers to HTTPS.
          - address: 127.0.0.1:8080
            protocol: redirect

        # Without certificates a local CA and a certificate are made in the data folder.
        tls:
          minimum: "1.2"
          #certificates: []

        # Proxies in front of the gateway, as networks: only they may say who the client is.
        #trusted-proxies: [10.0.0.0/8]

        #connections: { max: 10000, per-client: 512, requests-max: 10000, pipelined-max: 16 }
        #floods: { connections-per-second: 100, handshakes-per-second: 50, bad-requests-max: 100 }
        #http: { header-bytes-max: 16KiB, header-count-max: 100, line-max: 8KiB, body-max: 1MiB }
        #timeouts: { header: 10s, body-rate-min: 1KiB/s, idle: 75s, handler: 30s, drain: 30s }

        # The API to protect. `builtin:echo` shows what an API behind the gate receives.
        upstreams:
          api:
            servers: [http://127.0.0.1:3000]
            #balance: least-connections
            #health: { path: /health, interval: 5s, timeout: 2s }
            #response-timeout: 30s
            #retries: 1

        # What is allowed. A path that no route declares is refused, and so is a route without
        # `access`: anyone, signed-in, { roles: [...] } or { permissions: [...] }.
        routes:
          - path: /
            methods: [GET, HEAD]
            access: anyone
            upstream: api

          - path: /api/*
            methods: [GET, HEAD]
            access: signed-in
            upstream: api

          - path: /api/*
            methods: [POST, PUT, PATCH, DELETE]
            access: { roles: [editor, admin] }
            upstream: api
            limits: [writes]
            #body-max: 64KiB
            #timeout: 10s

          - path: /robots.txt
            methods: [GET, HEAD]
            access: anyone
            respond: { type: text/plain, body: "User-agent: *\\nDisallow: /\\n" }

        limits:
          - name: default
            quota: 300
            window: 1m
          - name: writes
            key: account
            algorithm: gcra
            quota: 60
            window: 1m
            burst: 20
            applies: named
          # Guessing passwords is what this one slows down.
          - name: auth
            quota: 10
            window: 15m
            applies: [/auth/]

        # Where addresses belong, for limits with `key: asn`.
        #geo: {}

        # How queries and bodies are read. JSON and forms are read strictly; a body of a type that is
        # not listed is refused, and so are names such as `$gt`, `a.b` and `__proto__`. A route
        # takes more with `content-types`, `allow-names` and `repeatable`.
        #input:
        #  injection: refuse
        #  content-types:
        #    - application/json
        #    - application/*+json
        #    - application/x-www-form-urlencoded
        #    - multipart/form-data

        # An OpenAPI document that requests, and answers, are held to:
        # `{ openapi: openapi.yaml, requests: enforce, responses: report }`. Without one,
        # `{ requests: learn }` makes `gatehouse openapi propose` write one of traffic.
        #validation: {}

        # Whose tokens are accepted. Keys of an identity provider: `jwks` with a file, or
        # `public-key`. This secret was made by `gatehouse init`: keep it out of version control.
        tokens:
          issuers:
            - issuer: https://id.example.com
              audience: api
              #type: at+jwt
              #max-age: 1h
              #leeway: 30s
              #roles-claim: roles
              keys:
                - kid: k1
                  algorithm: HS256
                  secret: { file: token.secret }

        # What roles may do. Routes ask for roles or permissions; a denial wins.
        #roles:
        #  reader: { permissions: ["notes:read"] }
        #  editor: { inherits: [reader], permissions: ["notes:*"], deny: ["notes:delete"] }

        # Accounts that the gateway keeps: /auth/ for programs, /account for people.
        #accounts:
        #  registration: open
        #  second-factor: optional
        #  mail: { from: no-reply@example.com, smtp: "smtp://mail.example.com:587" }

        # Pages of other origins that may call.
        #cors:
        #  origins: [https://app.example.com]
        #  credentials: true
        #  methods: [GET, HEAD, POST, PUT, PATCH, DELETE]
        #  max-age: 10m

        # Response headers: a value replaces the preset's, `null` leaves it out.
        #headers:
        #  api: { cross-origin-resource-policy: same-site }
        #  page: { x-frame-options: DENY }

        # The signed token that tells the API who is calling.
        #identity: { issuer: gatehouse, lifetime: 60s }

        # Several gates that act as one share a Redis, and accounts on PostgreSQL: docs/SCALING.md.
        # A password belongs into the environment: url: { env: REDIS_URL }.
        # What happens while Redis is gone must be said: there is no default.
        #redis: { url: "redis://127.0.0.1:6379/0", key: { file: token.secret }, \
        when-unavailable: { limits: local, sign-in: local, revocations: database } }

        #log: { level: info, access: stdout }
        #readiness: { requires: [database, upstreams], tolerance: 3s }
        #admin: { address: 127.0.0.1:9090 }
        #server: { loops: auto }

        """
}
