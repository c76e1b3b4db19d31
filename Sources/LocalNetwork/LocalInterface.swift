import Glibc

/// An interface of this machine with its addresses.
package struct LocalInterface: Hashable, Sendable {
    /// Where an interface leads.
    package enum Kind: Hashable, Sendable {
        case loopback
        /// Leads to containers of this machine or, when we are in one, to the machine around us; not to a home's network.
        case container
        case usual
    }

    package let index: UInt32
    package let name: String
    package let kind: Kind
    package let isUp: Bool
    package let takesMulticast: Bool
    /// A port of a bridge or bond: what it hears is heard there too.
    package let isPort: Bool
    /// 12 lower-case hex digits, absent when it has none.
    package let hardwareAddress: String?
    package let addresses: [LocalAddress]

    package init(
        index: UInt32,
        name: String,
        kind: Kind,
        isUp: Bool = true,
        takesMulticast: Bool = true,
        isPort: Bool = false,
        hardwareAddress: String? = nil,
        addresses: [LocalAddress]
    ) {
        self.index = index
        self.name = name
        self.kind = kind
        self.isUp = isUp
        self.takesMulticast = takesMulticast
        self.isPort = isPort
        self.hardwareAddress = hardwareAddress
        self.addresses = addresses
    }
}

/// An address of this machine on one of its interfaces.
package struct LocalAddress: Hashable, Sendable {
    /// From where an address can be reached.
    package enum Kind: Hashable, Sendable { case loopback, linkLocal, container, usual }

    /// With the interface's name as zone when it is of a link.
    package let address: IPAddress
    /// In bits.
    package let prefixLength: Int
    /// False while the kernel still looks whether another machine has it, and when one has.
    package let isUsable: Bool

    package init(_ address: IPAddress, prefixLength: Int, isUsable: Bool = true) {
        self.address = address
        self.prefixLength = prefixLength
        self.isUsable = isUsable
    }

    /// What it is good for.
    ///
    /// - Parameter interface: the kind of the interface it is on.
    /// - Returns: the narrowest kind that fits.
    package func kind(on interface: LocalInterface.Kind) -> Kind {
        if address.isLoopback || interface == .loopback { return .loopback }
        if interface == .container { return .container }
        return address.isLinkLocal ? .linkLocal : .usual
    }
}

/// Whether this process runs in a container.
package struct Surroundings: Hashable, Sendable {
    package let isContainer: Bool

    package init(isContainer: Bool) { self.isContainer = isContainer }

    /// Told by the files that Docker, Podman and Kubernetes leave in their containers.
    package init(fileExists: (String) -> Bool) {
        isContainer = Self.signs.contains(where: fileExists)
    }

    /// Those of this process.
    package static func current() -> Surroundings {
        Surroundings { unsafe access($0, F_OK) == 0 }
    }

    private static let signs = [
        "/.dockerenv", "/run/.containerenv", "/var/run/secrets/kubernetes.io/serviceaccount",
    ]
}

extension LocalInterface.Kind {
    /// Judges an interface.
    ///
    /// A container's own interface is one end of a `veth` pair, whatever its name; a container on the host's network has the
    /// host's interfaces, and one on a `macvlan` has an address of the home's network. Both of these are usual.
    init(name: String, linkKind: String?, isLoopback: Bool, addresses: [LocalAddress], in surroundings: Surroundings) {
        if isLoopback {
            self = .loopback
        } else if Self.isNameOfContainers(name) {
            self = .container
        } else if ["bridge", "veth"].contains(linkKind), addresses.contains(where: Self.isDockersOwn) {
            self = .container
        } else if surroundings.isContainer, linkKind == "veth" {
            self = .container
        } else if surroundings.isContainer, linkKind == "tun", addresses.contains(where: Self.isOfUserNetwork) {
            self = .container
        } else {
            self = .usual
        }
    }

    private static func isNameOfContainers(_ name: String) -> Bool {
        let starts = ["docker", "veth", "cni", "cali", "flannel", "podman", "lxcbr", "lxdbr", "virbr"]
        if starts.contains(where: name.hasPrefix) { return true }
        // Docker names a network's bridge after 12 hex digits; others have a `br-lan` that is a home's network.
        let tail = name.utf8.dropFirst(3)
        return name.hasPrefix("br-") && tail.count == 12 && tail.allSatisfy(\.isHexDigit)
    }

    /// 172.17.0.0/16, which Docker takes for its first network.
    private static func isDockersOwn(_ local: LocalAddress) -> Bool {
        local.address.bytes.count == 4 && local.address.bytes.starts(with: [172, 17])
    }

    /// 10.0.2.0/24, which slirp4netns gives to containers without rights.
    private static func isOfUserNetwork(_ local: LocalAddress) -> Bool {
        local.address.bytes.count == 4 && local.address.bytes.starts(with: [10, 0, 2])
    }
}

extension UInt8 {
    /// An ASCII digit or a letter from a to f, of either case.
    var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

/// The interfaces of this machine, read anew at each question.
package struct InterfaceList: Sendable {
    private let kernel: any RoutingKernel
    private let surroundings: Surroundings

    /// - Parameters:
    ///   - kernel: tells of links and addresses.
    ///   - surroundings: whether we are in a container, for the interfaces' kinds.
    package init(kernel: any RoutingKernel, surroundings: Surroundings) {
        self.kernel = kernel
        self.surroundings = surroundings
    }

    /// All interfaces by index, also those that are down.
    package func interfaces() throws(KernelFailure) -> [LocalInterface] {
        let links = try kernel.messages(answering: .links).compactMap(LinkRecord.init)
        let records = try kernel.messages(answering: .addresses).compactMap(AddressRecord.init)
        let addresses = Dictionary(grouping: records, by: \.interface)
        return links.sorted { $0.index < $1.index }.map { link in
            LocalInterface(link, addresses: addresses[link.index] ?? [], in: surroundings)
        }
    }
}

extension LocalInterface {
    init(_ link: LinkRecord, addresses records: [AddressRecord], in surroundings: Surroundings) {
        let addresses = records.map { record in
            let address = record.address.on(zone: link.name)
            return LocalAddress(address, prefixLength: record.prefixLength, isUsable: record.isUsable)
        }
        let isLoopback = link.flags & UInt32(IFF_LOOPBACK) != 0
        self.init(
            index: link.index,
            name: link.name,
            kind: Kind(
                name: link.name,
                linkKind: link.kind,
                isLoopback: isLoopback,
                addresses: addresses,
                in: surroundings
            ),
            isUp: link.flags & UInt32(IFF_UP) != 0,
            takesMulticast: link.flags & UInt32(IFF_MULTICAST) != 0,
            isPort: link.master != nil,
            hardwareAddress: HardwareAddress(link.hardwareAddress)?.description,
            addresses: addresses
        )
    }
}
