/// Something about this machine's network is no longer as it was.
///
/// Says where to look again, not what is there now.
package struct NetworkChange: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// An interface came, went, or changed its state.
    package static let links = NetworkChange(rawValue: 1)
    /// An address of ours came, went, or was renewed.
    package static let addresses = NetworkChange(rawValue: 2)
    package static let routes = NetworkChange(rawValue: 4)
    /// More happened than the kernel could tell; anything may have changed.
    package static let unknown = NetworkChange(rawValue: 8)

    /// What a datagram of the kernel's events tells of; empty when of nothing that matters.
    init(datagram: [UInt8]) {
        self = []
        for message in NetlinkMessage.all(in: datagram) {
            switch message.type {
            case Netlink.MessageType.newLink, Netlink.MessageType.deletedLink: insert(.links)
            case Netlink.MessageType.newAddress, Netlink.MessageType.deletedAddress: insert(.addresses)
            case Netlink.MessageType.newRoute, Netlink.MessageType.deletedRoute: insert(.routes)
            case Netlink.MessageType.overrun: insert(.unknown)
            default: break
            }
        }
    }
}

/// Gathers changes that come in quick succession, as they do when a cable is plugged in.
struct ChangeGathering {
    /// How long it must be quiet before changes are told.
    let quiet: Duration
    /// How long changes are held back at most, however restless it stays.
    let longest: Duration

    private var pending: NetworkChange = []
    private var firstAt: Duration = .zero
    private var lastAt: Duration = .zero

    init(quiet: Duration, longest: Duration) {
        self.quiet = quiet
        self.longest = longest
    }

    /// When the pending changes are due, absent when there are none.
    var nextDeadline: Duration? { pending.isEmpty ? nil : min(lastAt + quiet, firstAt + longest) }

    /// Notes a change; an empty one is passed over.
    mutating func note(_ change: NetworkChange, at now: Duration) {
        guard !change.isEmpty else { return }
        if pending.isEmpty { firstAt = now }
        lastAt = now
        pending.formUnion(change)
    }

    /// Takes what is due.
    mutating func due(at now: Duration) -> NetworkChange? {
        guard let deadline = nextDeadline, deadline <= now else { return nil }
        defer { pending = [] }
        return pending
    }
}
