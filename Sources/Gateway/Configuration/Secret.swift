/// A value that cannot be printed, whichever way it is tried.
package struct Secret<Value: Sendable>: Sendable {
    private let value: Value

    package init(_ value: Value) { self.value = value }

    /// Lends the value.
    ///
    /// Every use of a secret is found by this name.
    package func reveal<Result, Failure: Error>(_ use: (Value) throws(Failure) -> Result) throws(Failure) -> Result {
        try use(value)
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
