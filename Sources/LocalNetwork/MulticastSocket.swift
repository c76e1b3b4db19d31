import Glibc

/// A socket for multicast DNS on one link, over IPv4 or IPv6.
final class MulticastSocket: Sendable {
    let link: MulticastLink
    /// How what it receives came here.
    let delivery: MulticastDelivery
    private let descriptor: Descriptor
    private let receiver: SocketAddress

    private init(
        _ descriptor: consuming Descriptor,
        on link: MulticastLink,
        delivery: MulticastDelivery,
        receiver: SocketAddress
    ) {
        self.link = link
        self.delivery = delivery
        self.descriptor = descriptor
        self.receiver = receiver
    }

    var number: Int32 { descriptor.number }

    func send(_ query: [UInt8]) -> Bool { descriptor.send(query, to: receiver) }

    func receive() -> (datagram: [UInt8], sender: SocketAddress)? {
        descriptor.receive(room: MulticastSearch.largestMessage)
    }
}

extension MulticastSocket {
    /// One with a port of its own, to which devices answer alone.
    ///
    /// - Parameters:
    ///   - link: where to ask.
    ///   - group: whom.
    ///   - port: of the group.
    /// - Returns: absent when the link has no address of the group's family, or the kernel refuses.
    static func asking(on link: MulticastLink, group: IPAddress, port: UInt16) -> MulticastSocket? {
        let own = link.addresses.map(\.address).filter { $0.family == group.family }
        // What is sent to an address of the link is sent by a machine of the link.
        guard let local = own.first(where: { $0.family == .v6 && $0.isLinkLocal }) ?? own.first,
            let descriptor = Descriptor.datagrams(at: SocketAddress(local, port: 0, scope: link.index)),
            descriptor.sendsMulticast(to: group, on: link, from: local)
        else { return nil }
        let isOfLink = local.family == .v6 && local.isLinkLocal
        return MulticastSocket(
            descriptor,
            on: link,
            delivery: isOfLink ? .toAddressOfLink : .toAddress,
            receiver: SocketAddress(group, port: port, scope: link.index)
        )
    }

    /// One that shares the service's port with the machine's other resolvers, and hears what all are told.
    ///
    /// It is bound to the group, so it takes nothing away that was sent to another resolver alone.
    ///
    /// - Parameters:
    ///   - link: where to listen.
    ///   - group: whom.
    ///   - port: of the group.
    /// - Returns: absent when that is no group, the link has no address of its family, or the kernel refuses.
    static func listening(on link: MulticastLink, group: IPAddress, port: UInt16) -> MulticastSocket? {
        let place = SocketAddress(group, port: port, scope: link.index)
        guard group.isMulticast, let own = link.addresses.map(\.address).first(where: { $0.family == group.family }),
            let descriptor = Descriptor.datagrams(at: place, isShared: true),
            descriptor.joins(group, on: link), descriptor.sendsMulticast(to: group, on: link, from: own)
        else { return nil }
        return MulticastSocket(descriptor, on: link, delivery: .toGroup, receiver: place)
    }
}

extension Descriptor {
    /// Sends what goes to a group to one link; false when the kernel refuses.
    fileprivate borrowing func sendsMulticast(to group: IPAddress, on link: MulticastLink, from own: IPAddress) -> Bool
    {
        switch group.family {
        case .v4:
            // struct ip_mreqn: no group, our address, the link.
            var choice: [UInt8] = [0, 0, 0, 0] + own.bytes
            choice.appendNative(link.index)
            return set(Int32(IPPROTO_IP), IP_MULTICAST_IF, structure: choice)
                && set(Int32(IPPROTO_IP), IP_MULTICAST_TTL, 255)
        case .v6:
            return set(Int32(IPPROTO_IPV6), IPV6_MULTICAST_IF, Int32(bitPattern: link.index))
                && set(Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, 255)
        }
    }

    /// Hears a group on one link, and on no other that somebody else hears it on; false when the kernel refuses.
    fileprivate borrowing func joins(_ group: IPAddress, on link: MulticastLink) -> Bool {
        switch group.family {
        case .v4:
            // struct ip_mreqn: the group, no address, the link.
            var choice = group.bytes + [0, 0, 0, 0]
            choice.appendNative(link.index)
            return set(Int32(IPPROTO_IP), IP_MULTICAST_ALL, 0)
                && set(Int32(IPPROTO_IP), IP_ADD_MEMBERSHIP, structure: choice)
        case .v6:
            // struct ipv6_mreq: the group, the link. Being bound to the link's group, it hears no other link.
            var choice = group.bytes
            choice.appendNative(link.index)
            return set(Int32(IPPROTO_IPV6), IPV6_JOIN_GROUP, structure: choice)
        }
    }
}
