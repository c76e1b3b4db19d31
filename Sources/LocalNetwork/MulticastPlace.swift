/// A link on which names are asked for.
struct MulticastLink: Hashable, Sendable {
    let name: String
    let index: UInt32
    let isLoopback: Bool
    /// Usable ones only.
    let addresses: [LocalAddress]

    init(_ interface: LocalInterface) {
        name = interface.name
        index = interface.index
        isLoopback = interface.kind == .loopback
        addresses = interface.addresses.filter(\.isUsable)
    }

    /// Whether a sender is on this link and not behind a router (RFC 6762 section 11).
    func holds(_ sender: IPAddress) -> Bool {
        if sender.family == .v6, sender.isLinkLocal { return true }
        return addresses.contains { $0.address.sharesSubnet(with: sender, prefixLength: $0.prefixLength) }
    }

    /// Whether an address can be one of a machine on this link.
    func canHold(_ address: IPAddress) -> Bool {
        !address.isMulticast && !address.isBroadcast && !address.isWildcard && (isLoopback || !address.isLoopback)
    }
}

/// How a datagram came to a socket.
enum MulticastDelivery: Hashable, Sendable {
    /// To an address of ours that routers may send to.
    case toAddress
    /// To an address of ours that no router sends to.
    case toAddressOfLink
    /// To everybody on the link, through no router.
    case toGroup
}

/// Where a datagram came in.
struct MulticastPlace: Hashable, Sendable {
    let link: MulticastLink
    let delivery: MulticastDelivery

    /// Whether a sender is on the link (RFC 6762 section 11).
    func hears(_ sender: IPAddress) -> Bool { delivery != .toAddress || link.holds(sender) }
}

/// What to send now.
struct MulticastQuery: Hashable, Sendable {
    /// From a port of our own; asks to be answered alone.
    let forAnswerToUs: [UInt8]
    /// From the service's port; absent in the first and in hurried questions, to spare the others on the link.
    let forAnswerToAll: [UInt8]?
}
