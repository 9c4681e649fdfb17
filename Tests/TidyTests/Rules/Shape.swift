extension Rule {
    static let fileLengthMax = 400
    static let lineLengthMax = 100
    static let functionLengthMax = 70

    static let fileLength = Rule(name: "a Swift file has at most 400 lines") {
        $0.isSwift
    } check: {
        file in
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        guard count > fileLengthMax else { return [] }
        return [Finding(file.path, count, "\(count) lines; split it at a seam")]
    }

    static let lineLength = Rule(name: "a line of Swift has at most 100 columns") {
        $0.isSwift
    } check: {
        file in
        file.lines.indices.compactMap { index in
            guard file.lines[index].utf8.count > lineLengthMax else { return nil }
            // What stands inside a literal of several lines can't be wrapped.
            let line = file.lines[index]
            let end = max(file.code[index].lastColumn, file.comments[index].lastColumn)
            let columns = String(decoding: line.utf8.prefix(end), as: UTF8.self).count
            return columns > lineLengthMax
                ? Finding(file.path, index + 1, "\(columns) columns") : nil
        }
    }

    static let functionLength = Rule(name: "a function has at most 70 lines") {
        $0.isSwift
    } check: {
        file in
        FunctionScan(file.code).functions.compactMap { function in
            function.lines > functionLengthMax
                ? Finding(file.path, function.line, "a function of \(function.lines) lines") : nil
        }
    }

    /// Seeds of fuzz targets are exact bytes.
    static let noTrailingWhiteSpace = Rule(name: "no line ends in white space") {
        !$0.path.contains("/Seeds/")
    } check: {
        file in
        let ends = file.lines.indices.filter {
            file.lines[$0].hasSuffix(" ") || file.lines[$0].hasSuffix("\t")
        }.map { Finding(file.path, $0 + 1, "ends in white space") }
        guard !file.text.isEmpty, !file.text.hasSuffix("\n") else { return ends }
        return ends + [Finding(file.path, file.lines.count, "no line end at the end of the file")]
    }
}

extension String {
    /// Bytes up to the last one that is no space.
    fileprivate var lastColumn: Int {
        utf8.count - utf8.reversed().prefix { $0 == 32 }.count
    }
}

/// Finds functions and initialisers in masked code by counting braces.
struct FunctionScan {
    struct Function: Equatable {
        /// Where it begins, from 1.
        let line: Int
        /// From its first line to its closing brace.
        let lines: Int
    }

    private(set) var functions: [Function] = []
    private let lines: [[UInt8]]

    init(_ code: [String]) {
        lines = code.map { Array($0.utf8) }
        for index in lines.indices {
            for keyword in ["func", "init", "deinit", "subscript"] {
                guard let column = FunctionScan.column(of: keyword, in: lines[index]) else {
                    continue
                }
                if let end = end(from: index, column + keyword.utf8.count) {
                    functions.append(Function(line: index + 1, lines: end - index + 1))
                }
                break
            }
        }
    }

    /// Where a declaration's keyword stands; a call such as `.init(` or `self.init(` is none.
    private static func column(of keyword: String, in line: [UInt8]) -> Int? {
        let sought = Array(keyword.utf8)
        guard line.count >= sought.count else { return nil }
        return (0...(line.count - sought.count)).first { start in
            guard line[start..<start + sought.count].elementsEqual(sought) else { return false }
            let before = start > 0 ? line[start - 1] : 32
            let after = start + sought.count < line.count ? line[start + sought.count] : 32
            return before == 32 && !after.isWord
        }
    }

    /// The line of the closing brace; nil for a declaration without a body.
    private func end(from line: Int, _ column: Int) -> Int? {
        var nesting = 0
        var depth = 0
        for index in line..<lines.count {
            let bytes = lines[index]
            for position in (index == line ? column : 0)..<max(bytes.count, column) {
                guard position < bytes.count else { break }
                switch bytes[position] {
                case UInt8(ascii: "("), UInt8(ascii: "["): nesting += 1
                case UInt8(ascii: ")"), UInt8(ascii: "]"): nesting -= 1
                case UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "}"):
                    depth -= 1
                    if depth < 0 { return nil }
                    if depth == 0, nesting == 0 { return index }
                default: break
                }
            }
            if nesting == 0, depth == 0, !continues(after: index) { return nil }
        }
        return nil
    }

    /// Whether a signature goes on in the line after `index`.
    private func continues(after index: Int) -> Bool {
        guard index + 1 < lines.count else { return false }
        let next = String(decoding: lines[index + 1], as: UTF8.self).trimmed
        return ["{", "->", "throws", "async", "rethrows", "where", "(", ")"].contains {
            next.hasPrefix($0)
        } || String(decoding: lines[index], as: UTF8.self).trimmed.hasSuffix("->")
    }
}
