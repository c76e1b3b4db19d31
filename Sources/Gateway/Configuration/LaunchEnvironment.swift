/// What the gateway takes from the world it is started in, read once by the command.
package struct LaunchEnvironment: Sendable {
    /// The environment's variables.
    package let variables: [String: String]
    /// Reads a whole file, at most that many bytes.
    private let readFile: @Sendable (_ path: String, _ limit: Int) throws(FileFailure) -> [UInt8]
    /// The folder that relative paths start from.
    package let folder: String

    package init(
        variables: [String: String],
        folder: String,
        readFile: @escaping @Sendable (_ path: String, _ limit: Int) throws(FileFailure) -> [UInt8]
    ) {
        self.variables = variables
        self.folder = folder
        self.readFile = readFile
    }

    /// A path as written in the configuration, made absolute.
    func path(_ written: String) -> String { written.hasPrefix("/") ? written : "\(folder)/\(written)" }

    func bytes(at written: String, limit: Int) throws(FileFailure) -> [UInt8] { try readFile(path(written), limit) }

    /// The text of a file with one secret: without the blanks and line ends around it.
    func secret(at written: String) throws(FileFailure) -> String {
        guard let text = String(validating: try bytes(at: written, limit: 4096), as: UTF8.self) else { throw .notText }
        let trimmed = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        guard !trimmed.isEmpty else { throw .empty }
        return String(trimmed)
    }
}

/// Why a file could not be read.
package enum FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case missing
    case notPermitted
    case tooLarge
    case notText
    case empty
    case unreadable(errno: Int32)

    package var description: String {
        switch self {
        case .missing: "names a file that does not exist"
        case .notPermitted: "names a file that this user may not read"
        case .tooLarge: "names a file that is too large"
        case .notText: "names a file that is not UTF-8 text"
        case .empty: "names a file that is empty"
        case .unreadable(let errno): "names a file that cannot be read (errno \(errno))"
        }
    }
}
