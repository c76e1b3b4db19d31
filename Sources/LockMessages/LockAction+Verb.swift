import LockDomain

extension LockAction {
    /// Reads a verb in any mixture of cases.
    ///
    /// Only plain ASCII counts. Swift takes a Kelvin sign for a K, and nobody moves a door with one.
    init?(verb: String) {
        guard verb.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        self.init(rawValue: verb.uppercased())
    }
}
