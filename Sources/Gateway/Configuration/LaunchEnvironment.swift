/// What a configuration may ask of the outside world: variables and files.
package struct LaunchEnvironment: Sendable {
    package let variables: [String: String]
    /// The bytes of a file, at most as many as asked for: one more than a limit shows that the file exceeds it.
    package let read: @Sendable (_ path: String, _ maximum: Int) throws(FileFailure) -> [UInt8]

    package init(
        variables: [String: String],
        read: @escaping @Sendable (_ path: String, _ maximum: Int) throws(FileFailure) -> [UInt8]
    ) {
        self.variables = variables
        self.read = read
    }
}
