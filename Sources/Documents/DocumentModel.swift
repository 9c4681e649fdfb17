/// A type of document: its properties, and what the database calls them.
///
/// ```swift
/// struct User: DocumentModel {
///     var id: DocumentID
///     var email: String
///     var visits: Int
///     enum CodingKeys: String, CodingKey { case id = "_id", email, visits }
///     static var fieldNames: [PartialKeyPath<User>: StaticString] {
///         [\.id: "_id", \.email: "email", \.visits: "visits"]
///     }
/// }
/// ```
public protocol DocumentModel: Codable, Sendable {
    /// Names of the properties that filters and updates speak of: fixed in the program, so that no
    /// request names a field. A name may be a path (`address.city`).
    static var fieldNames: [PartialKeyPath<Self>: StaticString] { get }
}

extension DocumentModel {
    /// The name of a property; nil for one that `fieldNames` leaves out.
    static func name(_ path: PartialKeyPath<Self>) -> String? { fieldNames[path]?.description }
}
