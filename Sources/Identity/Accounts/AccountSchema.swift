package import GatehouseStorage

extension Migrations {
    /// The tables of accounts. Addresses and secrets are sealed, tokens and codes hashed.
    package static let accounts = Migrations([
        [
            """
            CREATE TABLE accounts (
                id TEXT PRIMARY KEY, email_index \(.blob) NOT NULL UNIQUE, email \(.blob) NOT NULL,
                name \(.blob) NOT NULL, password TEXT, roles TEXT NOT NULL, tenant TEXT,
                confirmed BIGINT NOT NULL, locked BIGINT NOT NULL, epoch BIGINT NOT NULL,
                created BIGINT NOT NULL)
            """,
            """
            CREATE TABLE sessions (
                id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                nonce \(.blob) NOT NULL, generation BIGINT NOT NULL, rotated BIGINT NOT NULL,
                created BIGINT NOT NULL, last_seen BIGINT NOT NULL, authenticated BIGINT NOT NULL,
                methods TEXT NOT NULL, agent TEXT NOT NULL, address TEXT NOT NULL,
                idle_end BIGINT NOT NULL, final_end BIGINT NOT NULL, ended BIGINT)
            """,
            "CREATE INDEX sessions_account ON sessions (account)",
            """
            CREATE TABLE devices (
                hash \(.blob) PRIMARY KEY,
                account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                last_seen BIGINT NOT NULL)
            """,
            "CREATE INDEX devices_account ON devices (account)",
            """
            CREATE TABLE factors (
                account TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
                secret \(.blob) NOT NULL, confirmed BIGINT NOT NULL, last_step BIGINT NOT NULL,
                drift BIGINT NOT NULL, attempts BIGINT NOT NULL, attempts_start BIGINT NOT NULL)
            """,
            """
            CREATE TABLE recovery_codes (
                hash \(.blob) PRIMARY KEY,
                account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE)
            """,
            "CREATE INDEX recovery_codes_account ON recovery_codes (account)",
            """
            CREATE TABLE links (
                hash \(.blob) PRIMARY KEY, purpose TEXT NOT NULL,
                account TEXT REFERENCES accounts (id) ON DELETE CASCADE, data \(.blob),
                ends BIGINT NOT NULL)
            """,
            """
            CREATE TABLE challenges (
                hash \(.blob) PRIMARY KEY, purpose TEXT NOT NULL,
                account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                attempts BIGINT NOT NULL, ends BIGINT NOT NULL)
            """,
            """
            CREATE TABLE api_keys (
                id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                hash \(.blob) NOT NULL, name TEXT NOT NULL, permissions TEXT NOT NULL,
                created BIGINT NOT NULL, ends BIGINT NOT NULL, last_used BIGINT)
            """,
            "CREATE INDEX api_keys_account ON api_keys (account)",
            """
            CREATE TABLE outbox (
                id TEXT PRIMARY KEY, template TEXT NOT NULL, recipient \(.blob) NOT NULL,
                data \(.blob) NOT NULL, created BIGINT NOT NULL, attempts BIGINT NOT NULL,
                due BIGINT NOT NULL, failed BIGINT)
            """,
            "CREATE INDEX outbox_due ON outbox (due)",
            // What running programs must know at once: rows are read by their time of change.
            """
            CREATE TABLE changes (
                id TEXT PRIMARY KEY, account TEXT, session TEXT, credential TEXT,
                epoch BIGINT, made BIGINT NOT NULL)
            """,
            "CREATE INDEX changes_made ON changes (made)",
        ],
        [
            "ALTER TABLE factors ADD COLUMN kind TEXT NOT NULL DEFAULT 'totp'",
            "ALTER TABLE factors ADD COLUMN hash TEXT NOT NULL DEFAULT 'SHA1'",
            "ALTER TABLE factors ADD COLUMN digits BIGINT NOT NULL DEFAULT 6",
            // What was found out once and holds for all programs on this database.
            "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        ],
        [
            // A ring is one value, so that no key is ever seen without the others; its row is there
            // from the start, so that two gates that write it at once meet.
            """
            CREATE TABLE key_rings (
                name TEXT PRIMARY KEY, sealed \(.blob), changed BIGINT NOT NULL)
            """,
            "INSERT INTO key_rings (name, changed) VALUES ('tokens', 0), ('identity', 0)",
        ],
    ])
}
