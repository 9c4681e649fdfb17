/// Where a rule does not hold, and the reason, which is the point of the list.
let allowances: [Allowance] = [
    Allowance(
        .noFatalError, "Sources/Crypto/X509/CertificateDraft.swift",
        "fed with our own constants at start-up: only a broken OpenSSL fails here"),
    Allowance(
        .noFatalError, "Sources/Crypto/X509/CertificateKey.swift",
        "every OpenSSL 3 makes P-256 keys: only a broken one fails here"),
    Allowance(
        .noFatalError, "Sources/Crypto/X509/MemoryBIO.swift",
        "OpenSSL could not allocate: there is nothing to go on with"),
    Allowance(
        .fileLength, "Sources/Transport/Socket.swift",
        "one state machine over one handle, plain and TLS: its parts share every field"),
    Allowance(
        .fileLength, "Tests/GatewayTests/ConfigurationErrorGoldens.swift",
        "expected texts, one after the other: data that a reader searches, not code"),
    Allowance(
        .noUncheckedSendable, "Sources/Validation/Patterns/PatternProgram.swift",
        "compiled code is read-only, and a pool's lock hands what a match writes to on"),
    Allowance(
        .noUncheckedSendable, "Sources/Defense/Client/ASNDatabase.swift",
        "a map that is never changed after init, and that look-ups only read"),
    Allowance(
        .noUncheckedSendable, "Sources/Documents/MongoDBAddress.swift",
        "a handle that is never changed after init; clients copy it"),
    Allowance(
        .noUncheckedSendable, "Sources/Storage/Redis/RedisConnection.swift",
        "confined to its loop; only the hand-over to the task that reads crosses a boundary"),
    Allowance(
        .noUncheckedSendable, "Sources/Storage/Redis/RedisLink.swift",
        "confined to its loop; other threads hold it to send work there"),
    Allowance(
        .noUncheckedSendable, "Sources/Storage/Redis/RedisNode.swift",
        "confined to its loop; only the hand-over to the task that connects crosses a boundary"),
    Allowance(
        .noUncheckedSendable, "Sources/Storage/SQL/PostgreSQL/PostgreSQLConnection.swift",
        "used by whoever took it from its pool, or on one thread alone"),
    Allowance(
        .noUncheckedSendable, "Sources/Storage/SQL/SQLite/SQLiteConnection.swift",
        "used under its database's lock alone"),
    Allowance(
        .noUncheckedSendable, "Sources/Transport/EventLoop.swift",
        "an executor is shared by definition; state is confined to the loop's thread"),
    Allowance(
        .noUncheckedSendable, "Sources/Transport/HTTPConnection.swift",
        "confined to its loop; only the hand-over to its task crosses a boundary"),
    Allowance(
        .noUncheckedSendable, "Sources/Transport/LoopServer.swift",
        "touched on its loop's thread alone once it runs"),
    Allowance(
        .noUncheckedSendable, "Sources/Transport/OffloadPool.swift",
        "wraps a POSIX condition variable, which is thread-safe by contract"),
]
