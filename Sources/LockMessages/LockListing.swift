package import LockDomain

/// A lock as it is shown to people and to Home Assistant.
package struct LockListing: Hashable, Sendable {
    package let id: LockID
    /// What its owner calls it.
    package let name: String
    package let allowedActions: Set<LockAction>

    package init(id: LockID, name: String, allowedActions: Set<LockAction>) {
        self.id = id
        self.name = name
        self.allowedActions = allowedActions
    }
}
