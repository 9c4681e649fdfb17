extension Rule {
    static let noOpenEnds = Rule(name: "no TODO or FIXME") {
        $0.isSwift
    } check: { file in
        ["TODO", "FIXME", "XXX"].flatMap { word in
            file.comments.indices.filter { file.comments[$0].holds(word: word) }
                .map { Finding(file.path, $0 + 1, "\(word): do it, or write an issue") }
        }
    }

    static let honestNames = Rule(name: "no type is a Manager, Helper, Utils, Base or Impl") {
        $0.isSwift
    } check: { file in
        file.declaredTypes.compactMap { type in
            type.name.camelWords.first(where: emptyWords.contains).map {
                Finding(file.path, type.line, "\(type.name): “\($0)” says nothing; name what it is")
            }
        }
    }

    private static let emptyWords: Set<String> = [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utilities", "Base", "Impl",
    ]

    static let noCodeInComments = Rule(name: "no code in comments") {
        $0.isSwift
    } check: { file in
        file.comments.indices.compactMap { index in
            let comment = file.comments[index].trimmed
            guard comment.hasPrefix("//"), !comment.hasPrefix("///") else { return nil }
            let content = String(comment.dropFirst(2)).trimmed
            guard content.looksLikeCode else { return nil }
            return Finding(file.path, index + 1, "code in a comment: the history keeps it")
        }
    }

    static let documentedPublic = Rule(name: "public declarations are documented") {
        $0.isSource
    } check: {
        file in
        file.code.indices.compactMap { index in
            let words = file.code[index].split(separator: " ")
            let isOpen =
                words.first == "open" && ["class", "func", "var"].contains(words.dropFirst().first)
            guard words.first == "public" || isOpen, words.count > 1,
                !["import", "extension"].contains(words[1]), !file.isOperator(words),
                !file.isDocumented(above: index)
            else { return nil }
            return Finding(file.path, index + 1, "public without a /// that says what it is for")
        }
    }

    /// Paths and tools of a developer's machine: a reader of the repository can't follow them. In
    /// pieces here, so that this file passes its own rule.
    static let nothingFromOutside = Rule(name: "nothing refers to a machine outside") { _ in
        true
    } check: { file in
        foreign.filter { file.text.lowercased().contains($0) }.flatMap { word in
            file.lines.indices.filter { file.lines[$0].lowercased().contains(word) }
                .map { Finding(file.path, $0 + 1, "“\(word)” means nothing to a reader") }
        }
    }

    private static let foreign = [
        "/wo" + "rk/", "/tmp/" + "wt", "/tmp/" + "brief", "work" + "tree", "issues " + "show",
        "sub" + "agent", "cla" + "ude", "anth" + "ropic", "chat" + "gpt", "open" + "ai",
        "language " + "model",
    ]
}

extension SourceText {
    /// Types declared in this file, with their lines.
    var declaredTypes: [(name: String, line: Int)] {
        let keywords: Set<Substring> = [
            "class", "struct", "enum", "actor", "protocol", "typealias",
        ]
        return code.indices.compactMap { index in
            let words = code[index].split { !($0.isLetter || $0.isNumber || $0 == "_") }
            guard let place = words.firstIndex(where: keywords.contains), place + 1 < words.count,
                words[place + 1].first?.isUppercase == true,
                !words[..<place].contains(where: { ["import", "case", "let", "var"].contains($0) })
            else { return nil }
            return (String(words[place + 1]), index + 1)
        }
    }

    fileprivate func isOperator(_ words: [Substring]) -> Bool {
        guard let place = words.firstIndex(of: "func"), place + 1 < words.count else {
            return false
        }
        return words[place + 1].first.map { !($0.isLetter || $0 == "_" || $0 == "`") } ?? false
    }

    fileprivate func isDocumented(above index: Int) -> Bool {
        var above = index - 1
        while above >= 0 {
            let line = lines[above].trimmed
            if line.hasPrefix("///") { return true }
            guard line.hasPrefix("@") || line.hasPrefix("#if") else { return false }
            above -= 1
        }
        return false
    }
}

extension String {
    /// `RateLimitManager` is Rate, Limit, Manager; digits end no word, so Base64 is one word.
    var camelWords: [String] {
        var words: [String] = []
        for character in self {
            if character.isUppercase || words.isEmpty {
                words.append(String(character))
            } else {
                words[words.count - 1].append(character)
            }
        }
        return words
    }

    /// Whether a comment's text reads as a statement rather than a sentence.
    var looksLikeCode: Bool {
        if hasPrefix("swift-format-ignore") || hasPrefix("swiftlint") { return false }
        let keywords = [
            "let ", "var ", "func ", "return ", "if ", "guard ", "import ", "for ", "switch ",
            "case ", "try ", "await ", "struct ", "class ", "enum ", "private ", "public ", "else ",
        ]
        let ends = ["{", "}", "})", ");", ");}", "] }"]
        if ["{", "}", "})", "} else {"].contains(self) { return true }
        if hasSuffix(";"), contains("(") || contains("=") { return true }
        let begins = keywords.contains(where: hasPrefix)
        if begins, ends.contains(where: hasSuffix) { return true }
        if hasPrefix("let ") || hasPrefix("var ") { return contains(" = ") }
        return hasSuffix(")") && isCall
    }

    /// `name.other(…)` without a space before the parenthesis and nothing before the name.
    private var isCall: Bool {
        guard let open = firstIndex(of: "(") else { return false }
        let callee = self[..<open]
        return callee.contains(".")
            && callee.allSatisfy { $0.isLetter || $0.isNumber || "._".contains($0) }
    }
}
