import GatehouseCore

/// A table of the admin listener, for people and as JSON.
struct LimitPage: Sendable {
    enum Cell: Sendable {
        case text(String)
        case number(Int)
        case none

        var text: String {
            switch self {
            case .text(let text): text
            case .number(let number): String(number)
            case .none: "-"
            }
        }
    }

    let name: String
    let columns: [String]
    var rows: [[Cell]] = []

    init(_ name: String, _ columns: [String]) {
        self.name = name
        self.columns = columns
    }

    /// Aligned columns with a heading. What clients chose is shown without control characters.
    var text: String {
        let lines =
            [columns.map { $0.uppercased() }]
            + rows.map { $0.map { $0.text.printable(max: 200) } }
        let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            var text = ""
            for (cell, width) in zip(line, widths) {
                text += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while text.hasSuffix(" ") { text.removeLast() }
            return text + "\n"
        }.joined()
    }

    /// Tables below each other; of several, those that are not empty.
    static func text(_ pages: [LimitPage]) -> String {
        let full = pages.filter { !$0.rows.isEmpty }
        return (full.isEmpty ? Array(pages.prefix(1)) : full).map(\.text).joined(separator: "\n")
    }

    /// `{"refused":[{"limit":"default","client":"192.0.2.1","refused":7}, …], …}`
    static func json(_ pages: [LimitPage]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        for page in pages {
            json.key(page.name)
            json.beginArray()
            for row in page.rows {
                json.beginObject()
                for (column, cell) in zip(page.columns, row) {
                    json.key(column)
                    switch cell {
                    case .text(let text): json.string(text)
                    case .number(let number): json.number(number)
                    case .none: json.null()
                    }
                }
                json.endObject()
            }
            json.endArray()
        }
        json.endObject()
        return json.finish()
    }
}
