import Glibc

/// An interface as the kernel tells of it.
struct LinkRecord: Hashable, Sendable {
    let index: UInt32
    let name: String
    /// The kernel's `IFF_…`.
    let flags: UInt32
    let hardwareAddress: [UInt8]
    /// The index of the bridge or bond it is a port of.
    let master: UInt32?
    /// Such as `veth`, `bridge`, `tun`; absent for real hardware.
    let kind: String?

    /// Absent for other messages and malformed ones.
    init?(_ message: NetlinkMessage) {
        var reader = ByteReader(message.payload)
        // struct ifinfomsg
        guard message.type == Netlink.MessageType.newLink, reader.native32() != nil, let index = reader.native32(),
            let flags = reader.native32(), reader.native32() != nil
        else { return nil }
        let attributes = NetlinkAttributes(reader)
        guard let name = attributes.text(Netlink.LinkAttribute.name), !name.isEmpty else { return nil }
        self.index = index
        self.name = name
        self.flags = flags
        hardwareAddress = attributes[Netlink.LinkAttribute.hardwareAddress] ?? []
        master = attributes.number(Netlink.LinkAttribute.master)
        kind = attributes.nested(Netlink.LinkAttribute.info).text(Netlink.LinkAttribute.infoKind)
    }
}

/// An address of this machine as the kernel tells of it.
struct AddressRecord: Hashable, Sendable {
    let interface: UInt32
    let address: IPAddress
    let prefixLength: Int
    /// The kernel's `IFA_F_…`.
    let flags: UInt32

    /// Absent for other messages and malformed ones.
    init?(_ message: NetlinkMessage) {
        var reader = ByteReader(message.payload)
        // struct ifaddrmsg
        guard message.type == Netlink.MessageType.newAddress, reader.byte() != nil, let prefixLength = reader.byte(),
            let shortFlags = reader.byte(), reader.byte() != nil, let interface = reader.native32()
        else { return nil }
        let attributes = NetlinkAttributes(reader)
        // On a point-to-point link "address" is the other end's, "local" is ours.
        let bytes = attributes[Netlink.AddressAttribute.local] ?? attributes[Netlink.AddressAttribute.address]
        guard let bytes, let address = IPAddress(bytes: bytes), prefixLength <= address.bytes.count * 8 else {
            return nil
        }
        self.interface = interface
        self.address = address
        self.prefixLength = Int(prefixLength)
        flags = attributes.number(Netlink.AddressAttribute.flags) ?? UInt32(shortFlags)
    }

    /// Neither still being checked for doubles nor found to be one (RFC 4862 section 5.4).
    var isUsable: Bool { flags & 0x48 == 0 }
}

/// The way to an address as the kernel tells of it.
struct RouteRecord: Hashable, Sendable {
    let interface: UInt32
    let source: IPAddress?
    let gateway: IPAddress?
    /// Leads somewhere: neither a black hole nor forbidden.
    let leadsSomewhere: Bool

    /// Absent for other messages and malformed ones.
    init?(_ message: NetlinkMessage) {
        var reader = ByteReader(message.payload)
        // struct rtmsg: the kind of route is the eighth byte.
        guard message.type == Netlink.MessageType.newRoute, reader.take(7) != nil, let kind = reader.byte(),
            reader.native32() != nil
        else { return nil }
        let attributes = NetlinkAttributes(reader)
        guard let interface = attributes.number(Netlink.RouteAttribute.interface) else { return nil }
        self.interface = interface
        source = attributes[Netlink.RouteAttribute.preferredSource].flatMap { IPAddress(bytes: $0) }
        let via = attributes[Netlink.RouteAttribute.via].flatMap { IPAddress(bytes: Array($0.dropFirst(2))) }
        gateway = attributes[Netlink.RouteAttribute.gateway].flatMap { IPAddress(bytes: $0) } ?? via
        // RTN_UNICAST, RTN_LOCAL
        leadsSomewhere = kind == 1 || kind == 2
    }
}

/// A machine on one of our links as the kernel tells of it.
struct NeighbourRecord: Hashable, Sendable {
    let interface: UInt32
    let address: IPAddress
    let hardwareAddress: [UInt8]
    /// The kernel's `NUD_…`.
    let state: UInt16

    /// Absent for other messages, malformed ones, and neighbours without a hardware address.
    init?(_ message: NetlinkMessage) {
        var reader = ByteReader(message.payload)
        // struct ndmsg
        guard message.type == Netlink.MessageType.newNeighbour, reader.native32() != nil,
            let interface = reader.native32(), let state = reader.native16(), reader.native16() != nil
        else { return nil }
        let attributes = NetlinkAttributes(reader)
        guard let address = attributes[Netlink.NeighbourAttribute.destination].flatMap({ IPAddress(bytes: $0) }),
            let hardwareAddress = attributes[Netlink.NeighbourAttribute.hardwareAddress]
        else { return nil }
        self.interface = interface
        self.address = address
        self.hardwareAddress = hardwareAddress
        self.state = state
    }

    /// The kernel believes it: reachable, stale, delayed, probed or permanent.
    var isKnown: Bool { state & 0x9E != 0 }
}

extension NetlinkRequest {
    static var links: NetlinkRequest {
        NetlinkRequest(Netlink.MessageType.getLink, flags: Netlink.Flag.dump, header: [UInt8](repeating: 0, count: 16))
    }

    static var addresses: NetlinkRequest {
        NetlinkRequest(Netlink.MessageType.getAddress, flags: Netlink.Flag.dump, header: [0, 0, 0, 0, 0, 0, 0, 0])
    }

    static func neighbours(_ family: IPAddress.Family) -> NetlinkRequest {
        NetlinkRequest(
            Netlink.MessageType.getNeighbour,
            flags: Netlink.Flag.dump,
            header: [family.number] + [UInt8](repeating: 0, count: 11)
        )
    }

    /// The way that a packet to `address` would take.
    static func route(to address: IPAddress, interface: UInt32?) -> NetlinkRequest {
        let header = [address.family.number, UInt8(address.bytes.count * 8)] + [UInt8](repeating: 0, count: 10)
        var request = NetlinkRequest(Netlink.MessageType.getRoute, header: header)
        request.append(Netlink.RouteAttribute.destination, address.bytes)
        if let interface { request.append(Netlink.RouteAttribute.interface, interface) }
        return request
    }
}

extension IPAddress.Family {
    /// `AF_INET` or `AF_INET6`.
    var number: UInt8 { UInt8(self == .v4 ? AF_INET : AF_INET6) }
}
