/// Why the bytes of a file cannot be had.
package enum FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case missing
    case forbidden
    /// A folder, for example.
    case notAFile
    case failed

    package var description: String {
        switch self {
        case .missing: "does not exist"
        case .forbidden: "may not be read by this user"
        case .notAFile: "is not a file"
        case .failed: "cannot be read"
        }
    }
}
