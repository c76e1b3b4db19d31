package import LockDomain

/// Where everything stands under the base topic.
package struct TopicLayout: Hashable, Sendable {
    /// Such as `loqed`. Without wildcards and without a slash at either end.
    package let base: String

    package init(base: String) { self.base = base }

    package var gatewayAvailability: String { "\(base)/gateway/availability" }
    package var gatewayInfo: String { "\(base)/gateway/info" }

    package func state(of lock: LockID) -> String { "\(base)/\(lock)/state" }
    package func battery(of lock: LockID) -> String { "\(base)/\(lock)/battery" }
    package func connectivity(of lock: LockID) -> String { "\(base)/\(lock)/connectivity" }
    package func attributes(of lock: LockID) -> String { "\(base)/\(lock)/attributes" }
    package func event(of lock: LockID) -> String { "\(base)/\(lock)/event" }
    package func command(of lock: LockID) -> String { "\(base)/\(lock)/command" }
    package func commandResult(of lock: LockID) -> String { "\(base)/\(lock)/command/result" }
    package func refresh(of lock: LockID) -> String { "\(base)/\(lock)/refresh" }
}
