package import LockDomain

/// Where everything about the gateway and its locks stands on the broker.
///
/// Every topic is right by construction: the base and the lock's name are checked types.
package struct TopicLayout: Hashable, Sendable {
    private let base: TopicPrefix

    package init(base: TopicPrefix) { self.base = base }

    /// `online` or `offline`, retained; the will of the gateway's own connection.
    package var gatewayAvailability: String { "\(base)/gateway/availability" }
    /// A ``GatewayInfoDocument``, retained.
    package var gatewayInfo: String { "\(base)/gateway/info" }
    /// A ``ProblemDocument``, retained.
    package var gatewayProblem: String { "\(base)/gateway/problem" }

    /// A word of `LockState`, retained; the will of the lock's connection.
    package func state(of lock: LockID) -> String { topic("state", of: lock) }
    /// `0` to `100` or `unknown`, retained.
    package func battery(of lock: LockID) -> String { topic("battery", of: lock) }
    /// `online` or `offline`, retained.
    package func connectivity(of lock: LockID) -> String { topic("connectivity", of: lock) }
    /// An ``AttributesDocument``, retained.
    package func attributes(of lock: LockID) -> String { topic("attributes", of: lock) }
    /// An ``EventDocument`` for each happening, never retained.
    package func event(of lock: LockID) -> String { topic("event", of: lock) }
    /// Where the lock takes commands, read by ``CommandMessage``.
    package func command(of lock: LockID) -> String { topic("command", of: lock) }
    /// A ``CommandResultDocument`` for each step of a command, the last one retained.
    package func commandResult(of lock: LockID) -> String { topic("command/result", of: lock) }
    /// Where anybody may ask, with any payload, for a fresh read of the bridge.
    package func refresh(of lock: LockID) -> String { topic("refresh", of: lock) }

    /// Where the doctor tries whether it may publish below the same folder as the gateway; nobody reads it.
    package var gatewayProbe: String { "\(base)/gateway/doctor" }
    /// The same for a lock.
    package func probe(of lock: LockID) -> String { topic("doctor", of: lock) }

    /// `on` or `off`, retained: whether the lock takes commands at all.
    package func commandsEnabled(of lock: LockID) -> String { topic("commands_enabled", of: lock) }
    /// Where commands are turned `on` and `off`.
    package func commandsSwitch(of lock: LockID) -> String { topic("commands_enabled/set", of: lock) }

    /// The lock whose command topic this is; nil for any other topic.
    package func lock(ofCommandTopic topic: String) -> LockID? { lock(of: topic, endingIn: "command") }

    /// The lock whose refresh topic this is; nil for any other topic.
    package func lock(ofRefreshTopic topic: String) -> LockID? { lock(of: topic, endingIn: "refresh") }

    /// Whether the answer to a command may be published on a topic that its sender names.
    ///
    /// Below the base or `prefix`, but nowhere where the gateway itself publishes or reads: it is nobody's postman, and
    /// must not talk to itself.
    package func mayAnswer(on topic: String, below prefix: TopicPrefix, locks: [LockID]) -> Bool {
        let isOurs =
            topic.hasPrefix("\(base)/gateway/") || locks.contains { topic.hasPrefix("\(base)/\($0)/") }
        let isBelow = [base, prefix].contains {
            topic.hasPrefix("\($0)/") && topic.utf8.count > $0.rawValue.utf8.count + 1
        }
        return isBelow && !isOurs && TopicPrefix(topic) != nil
    }

    private func topic(_ leaf: String, of lock: LockID) -> String { "\(base)/\(lock)/\(leaf)" }

    private func lock(of topic: String, endingIn leaf: String) -> LockID? {
        let start = "\(base)/"
        let end = "/\(leaf)"
        guard topic.utf8.count > start.utf8.count + end.utf8.count else { return nil }
        guard topic.utf8.starts(with: start.utf8), topic.utf8.reversed().starts(with: end.utf8.reversed()) else {
            return nil
        }
        return LockID(String(decoding: topic.utf8.dropFirst(start.utf8.count).dropLast(end.utf8.count), as: UTF8.self))
    }
}
