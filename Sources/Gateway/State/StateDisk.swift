/// The files that the gateway remembers by.
package enum StateFile: String, Hashable, Sendable, CaseIterable {
    /// All that was known at one instant.
    case snapshot = "state.json"
    /// What has been put on record since, a line for each fact.
    case journal = "journal.jsonl"
}

/// Where state is kept.
///
/// Every call blocks until it is done.
package protocol StateDisk: Sendable {
    /// The bytes of a file; nil when there is none.
    func read(_ file: StateFile) throws(DiskFailure) -> [UInt8]?
    /// Puts new bytes in the place of a file, all or nothing, safe from a loss of power.
    func replace(_ file: StateFile, with bytes: [UInt8]) throws(DiskFailure)
    /// Adds bytes to the end of a file.
    func append(_ bytes: [UInt8], to file: StateFile) throws(DiskFailure)
    /// Returns when all that was appended is safe from a loss of power.
    func makeDurable(_ file: StateFile) throws(DiskFailure)
    /// Gives a file another name, so that nobody loses it; returns the name.
    func setAside(_ file: StateFile) throws(DiskFailure) -> String
    /// The newest name that a file was given so.
    func lastSetAside(_ file: StateFile) -> String?
}

/// Why state could not be kept.
package struct DiskFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was to be done to which file.
    package let step: String
    /// The system's error number.
    package let code: Int32

    package init(_ step: String, code: Int32) {
        self.step = step
        self.code = code
    }

    package var description: String { "\(step): \(SystemErrorText.text(code))" }
}
