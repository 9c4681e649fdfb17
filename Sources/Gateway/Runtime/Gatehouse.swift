/// The program's name and version.
public enum Gatehouse {
    /// Version of this build (Semantic Versioning).
    public static let version = "0.1.0"
}
