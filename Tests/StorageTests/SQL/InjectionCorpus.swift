import Foundation

/// Texts that break out of quotes, comments, patterns and encodings where text is pasted together.
enum InjectionCorpus {
    static let texts: [String] = {
        let tails = ["", " --", " -- -", "#", "/*", ";", "\\", "'", "\""]
        let heads = [
            "' OR '1'='1", "' OR 1=1", "\" OR \"\"=\"", "') OR ('1'='1", "'; DROP TABLE things",
            "' UNION SELECT NULL, name FROM sqlite_master", "' UNION SELECT usename FROM pg_user",
            "1; SELECT pg_sleep(10)", "'||(SELECT current_user)||'", "$1", "?", "?1", ":name", "@a",
            "${id}", "\\(id)", "$$; DROP TABLE things; $$", "E'\\''", "U&'\\0027'", "%27", "&#39;",
            "\u{2019} OR 1=1", "\u{02BC}", "ʼ or 1=1", "\u{FF07}", "NULL", "true", "0x27", "1e1",
            "{\"$ne\": null}", "[1, 2]", "%", "_", "a%b_c\\d", "\u{1F}", "\u{7F}", "\u{85}",
            "\r\n", "\t", "\u{FEFF}", "\u{FFFD}", "🐢' --", "' AND SLEEP(5)",
            "'; ATTACH DATABASE '/nowhere' AS x", "'; COPY things TO PROGRAM 'true'",
            "admin'/**/OR/**/1=1", "' OR EXISTS(SELECT 1) AND ''='",
            String(repeating: "'", count: 999), String(repeating: "a", count: 65_536) + "'",
        ]
        return Array(Set(heads.flatMap { head in tails.map { head + $0 } })).sorted()
    }()
}
