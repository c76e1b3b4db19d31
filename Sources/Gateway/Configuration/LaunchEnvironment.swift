/// What a configuration may ask of the outside world: variables and files.
package struct LaunchEnvironment: Sendable {
    package let variables: [String: String]
    /// The bytes of a file, at most as many as asked for: one more than a limit shows that the file exceeds it.
    package let read: @Sendable (_ path: String, _ maximum: Int) throws(FileFailure) -> [UInt8]
    /// What users other than the owner and the group may do with a file; nil when that cannot be found out.
    package let access: @Sendable (_ path: String) -> PublicAccess?
    /// The folder of a file, without links and relative parts; nil when that cannot be found out.
    package let folder: @Sendable (_ path: String) -> String?
    /// Whether reading a file could wait for somebody: it is a pipe or a device.
    ///
    /// What is missing is neither.
    package let isStream: @Sendable (_ path: String) -> Bool

    package init(
        variables: [String: String],
        access: @escaping @Sendable (_ path: String) -> PublicAccess? = { _ in nil },
        folder: @escaping @Sendable (_ path: String) -> String? = { _ in nil },
        isStream: @escaping @Sendable (_ path: String) -> Bool = { _ in false },
        read: @escaping @Sendable (_ path: String, _ maximum: Int) throws(FileFailure) -> [UInt8]
    ) {
        self.variables = variables
        self.access = access
        self.folder = folder
        self.isStream = isStream
        self.read = read
    }
}

/// What every user of this machine may do with a file, whoever they are.
package struct PublicAccess: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let reading = PublicAccess(rawValue: 4)
    package static let writing = PublicAccess(rawValue: 2)
}
