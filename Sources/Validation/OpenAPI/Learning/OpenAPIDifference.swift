/// One way in which a document and traffic differ.
package struct OpenAPIDifference: Hashable, Sendable {
    /// Which of the two says more.
    package enum Kind: String, CaseIterable, Sendable {
        /// In traffic, and the document says nothing of it.
        case undeclared
        /// Traffic holds what the document refuses.
        case tighter
        /// The document allows what traffic never needed.
        case looser
        /// In the document, and never in traffic.
        case unseen
    }

    package let kind: Kind
    /// `GET /orders/{id}`
    package let operation: String
    /// `query limit`, `body application/json /items`; empty for the operation itself.
    package let place: String
    /// What differs: `type`, `maximum`, `required`, `member`.
    package let aspect: String
    /// What each says of it, where there is something to say.
    package var document = ""
    package var traffic = ""

    /// The difference as a line for people.
    package var description: String {
        let mark =
            switch kind {
            case .undeclared: "+"
            case .unseen: "-"
            case .tighter: "!"
            case .looser: "~"
            }
        var text = "\(mark) \(operation)"
        if !place.isEmpty { text += ": \(place)" }
        text += ": \(aspect) \(Self.meaning(kind))"
        var sides: [String] = []
        if !document.isEmpty { sides.append("document: \(document)") }
        if !traffic.isEmpty { sides.append("traffic: \(traffic)") }
        return sides.isEmpty ? text : text + " (\(sides.joined(separator: ", ")))"
    }

    private static func meaning(_ kind: Kind) -> String {
        switch kind {
        case .undeclared: "is in traffic and not in the document"
        case .unseen: "is in the document and never in traffic"
        case .tighter: "is tighter in the document than traffic needs"
        case .looser: "is looser in the document than traffic needs"
        }
    }

    package var tree: DocumentTree {
        .members([
            ("kind", .text(kind.rawValue)), ("operation", .text(operation)),
            ("place", .text(place)), ("aspect", .text(aspect)),
            ("document", document.isEmpty ? nil : .text(document)),
            ("traffic", traffic.isEmpty ? nil : .text(traffic)),
        ])
    }
}
