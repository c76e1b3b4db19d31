import Glibc

/// How this machine reaches an address.
package struct Route: Hashable, Sendable {
    /// Our address that packets bear, with a zone when it is of a link.
    package let local: IPAddress
    /// The name of the interface they leave by.
    package let interface: String
    /// Of our address, in bits; absent when the kernel names an address that no interface has.
    package let prefixLength: Int?
    /// The router they go through, absent when the other end is on our link.
    package let gateway: IPAddress?

    package init(local: IPAddress, interface: String, prefixLength: Int?, gateway: IPAddress? = nil) {
        self.local = local
        self.interface = interface
        self.prefixLength = prefixLength
        self.gateway = gateway
    }
}

/// Why there is no route to an address.
package enum RouteFailure: Error, Hashable, Sendable {
    /// No network leads there, or the way is closed on purpose.
    case noRoute
    /// An address of a link was asked for without its zone, and there are several links.
    case zoneNeeded
    /// The zone names no interface.
    case unknownZone
    case kernel(KernelFailure)
}

/// Finds which address and interface of this machine lead to an address.
///
/// Asks the kernel; sends nothing.
package struct RouteLookup: Sendable {
    private let kernel: any RoutingKernel

    package init(kernel: any RoutingKernel) { self.kernel = kernel }

    package func route(to address: IPAddress) throws(RouteFailure) -> Route {
        let links: [LinkRecord]
        let local: [AddressRecord]
        do throws(KernelFailure) {
            links = try kernel.messages(answering: .links).compactMap(LinkRecord.init)
            local = try kernel.messages(answering: .addresses).compactMap(AddressRecord.init)
        } catch {
            throw .kernel(error)
        }
        let record = try found(.route(to: address, interface: try zone(of: address, among: links, having: local)))
        guard record.leadsSomewhere, let link = links.first(where: { $0.index == record.interface }),
            let source = record.source ?? Self.source(for: address, on: link, among: local)
        else { throw .noRoute }
        let same = local.filter { $0.address == source.on(zone: nil) }
        let own = same.first { $0.interface == link.index } ?? same.first
        // What goes to ourselves leaves by the loopback, and bears an address that is elsewhere.
        let home = links.first { $0.index == own?.interface } ?? link
        return Route(
            local: source.on(zone: home.name),
            interface: link.name,
            prefixLength: own?.prefixLength,
            gateway: record.gateway.map { $0.on(zone: link.name) }
        )
    }

    private func found(_ request: NetlinkRequest) throws(RouteFailure) -> RouteRecord {
        do throws(KernelFailure) {
            guard let record = try kernel.messages(answering: request).compactMap(RouteRecord.init).first else {
                throw .refused(ENETUNREACH)
            }
            return record
        } catch {
            switch error {
            // What a black hole (EINVAL), an unreachable (EHOSTUNREACH) and a prohibited route (EACCES) answer.
            case .refused(ENETUNREACH), .refused(EHOSTUNREACH), .refused(EACCES), .refused(EINVAL), .refused(ENODEV),
                .refused(ENETDOWN):
                throw .noRoute
            default: throw .kernel(error)
            }
        }
    }

    /// The index of the interface that an address of a link is on.
    private func zone(
        of address: IPAddress,
        among links: [LinkRecord],
        having local: [AddressRecord]
    ) throws(RouteFailure) -> UInt32? {
        guard address.family == .v6, address.isLinkLocal || address.isMulticast else { return nil }
        if let zone = address.zone {
            let link = links.first { $0.name == zone } ?? links.first { String($0.index) == zone }
            guard let link else { throw .unknownZone }
            return link.index
        }
        // Our own address says where it is; otherwise one link alone leaves no doubt.
        if let own = local.first(where: { $0.address == address }) { return own.interface }
        let candidates = Set(local.filter { $0.address.family == .v6 && $0.address.isLinkLocal }.map(\.interface))
        guard let only = candidates.first else { throw .noRoute }
        guard candidates.count == 1 else { throw .zoneNeeded }
        return only
    }

    /// Our address when the kernel names none, as for a destination that is our own.
    private static func source(
        for address: IPAddress,
        on link: LinkRecord,
        among local: [AddressRecord]
    ) -> IPAddress? {
        if local.contains(where: { $0.address == address.on(zone: nil) }) { return address }
        let candidates = local.filter {
            $0.interface == link.index && $0.address.family == address.family && $0.isUsable
        }
        let near = candidates.first { $0.address.sharesSubnet(with: address, prefixLength: $0.prefixLength) }
        return (near ?? candidates.first { $0.address.isLinkLocal == address.isLinkLocal })?.address
    }
}
