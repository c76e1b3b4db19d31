/// A place that listens, as configured.
package struct CallbackHost: Hashable, Sendable {
    /// An address or a name, IPv6 without brackets.
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// Why an address of ours is of no use to a bridge, and what mends it.
package struct CallbackRefusal: Error, Hashable, Sendable {
    /// What is wrong with the address.
    package enum Reason: Hashable, Sendable {
        /// It never leaves this machine, and the bridge is elsewhere.
        case loopback
        /// Only containers of one machine can reach it.
        case containerOnly
        /// This machine does not know how to reach the bridge.
        case noRoute
        /// The listener does not listen where the bridge's packets would arrive.
        case listenerElsewhere
        /// What is to be advertised stands for every address, so for none.
        case wildcard
        /// What is to be advertised is no host and port.
        case malformed
    }

    package let reason: Reason
    /// One line of configuration, such as `webhook.advertise: http://192.168.1.10:8099`.
    ///
    /// A word in capitals stands for what only the owner can know.
    package let remedy: String
}

/// What a bridge may be told.
package enum CallbackVerdict: Hashable, Sendable {
    /// The URL up to the path, such as `http://192.168.1.10:8099`.
    case usable(base: String)
    case refused(CallbackRefusal)
}

/// Decides which address of ours a bridge is told.
///
/// Pure: everything it knows of the network is handed to it. It never names an address that the bridge cannot reach.
package struct CallbackAddress: Sendable {
    /// Where the webhook listener listens.
    package let listen: CallbackHost
    /// What the owner wants bridges to be told; comes before everything else.
    package let advertised: CallbackHost?
    package let interfaces: [LocalInterface]

    package init(listen: CallbackHost, advertised: CallbackHost?, interfaces: [LocalInterface]) {
        self.listen = listen
        self.advertised = advertised
        self.interfaces = interfaces
    }

    /// The verdict for one bridge.
    ///
    /// - Parameters:
    ///   - bridge: its address.
    ///   - route: the way to it, absent when there is none.
    /// - Returns: a URL that the bridge can reach, or why there is none.
    package func verdict(bridge: IPAddress, route: Route?) -> CallbackVerdict {
        do throws(CallbackRefusal) {
            if let advertised { return .usable(base: try base(of: advertised, bridge: bridge, route: route)) }
            return .usable(base: try ownBase(bridge: bridge, route: route))
        } catch {
            return .refused(error)
        }
    }
}

// MARK: - What the owner wants

extension CallbackAddress {
    private func base(
        of advertised: CallbackHost,
        bridge: IPAddress,
        route: Route?
    ) throws(CallbackRefusal) -> String {
        func refusal(_ reason: CallbackRefusal.Reason) -> CallbackRefusal {
            CallbackRefusal(reason: reason, remedy: advertise(suggestion(bridge: bridge, route: route)))
        }
        guard (1...65_535).contains(advertised.port) else { throw refusal(.malformed) }
        guard let address = IPAddress(Self.withoutBrackets(advertised.host)) else {
            guard Self.isName(advertised.host) else { throw refusal(.malformed) }
            if Self.isLocalhost(advertised.host), !isHere(bridge) { throw refusal(.loopback) }
            return Self.base(advertised.host, advertised.port)
        }
        if address.isWildcard { throw refusal(.wildcard) }
        if address.isMulticast || address.isBroadcast { throw refusal(.malformed) }
        if address.isLoopback, !isHere(bridge) { throw refusal(.loopback) }
        return Self.base(address.urlHost, advertised.port)
    }
}

// MARK: - What we find ourselves

extension CallbackAddress {
    private func ownBase(bridge: IPAddress, route: Route?) throws(CallbackRefusal) -> String {
        guard let route else {
            throw CallbackRefusal(reason: .noRoute, remedy: advertise(suggestion(bridge: bridge, route: nil)))
        }
        let address = try listeningAddress(bridge: bridge, route: route)
        if !isHere(bridge) {
            if address.isLoopback {
                throw CallbackRefusal(
                    reason: .loopback,
                    remedy: advertise(suggestion(bridge: bridge, route: route))
                )
            }
            // A bridge inside the same container network is a neighbour like any other.
            if isOfContainers(address, route), route.gateway != nil {
                throw CallbackRefusal(reason: .containerOnly, remedy: advertise(Self.hostOfContainer))
            }
        }
        return Self.base(address.urlHost, listen.port)
    }

    /// The address at which the listener hears this bridge.
    private func listeningAddress(bridge: IPAddress, route: Route) throws(CallbackRefusal) -> IPAddress {
        let host = Self.withoutBrackets(listen.host)
        let named = Self.isLocalhost(host) ? IPAddress("127.0.0.1") : IPAddress(host)
        let here = listenAt(route.local.urlHost)
        guard let address = named else { throw CallbackRefusal(reason: .listenerElsewhere, remedy: here) }
        if address.isWildcard {
            // `::` takes IPv4 as well, `0.0.0.0` does not take IPv6.
            guard address.family == .v6 || route.local.family == .v4 else {
                throw CallbackRefusal(reason: .listenerElsewhere, remedy: listenAt("[::]"))
            }
            return route.local
        }
        if isHere(bridge) { return address }
        if address.isLoopback {
            throw CallbackRefusal(reason: .loopback, remedy: route.local.isLoopback ? listenAt("0.0.0.0") : here)
        }
        let plain = address.on(zone: nil)
        if plain == route.local.on(zone: nil) { return address }
        let home = interfaces.first { $0.addresses.contains { $0.address.on(zone: nil) == plain } }
        if home?.name != route.interface, home?.kind == .container {
            throw CallbackRefusal(reason: .containerOnly, remedy: here)
        }
        guard home?.name == route.interface, address.family == route.local.family else {
            throw CallbackRefusal(reason: .listenerElsewhere, remedy: here)
        }
        return address
    }

    /// Whether the bridge is this very machine, as a simulator is.
    private func isHere(_ bridge: IPAddress) -> Bool {
        let bridge = bridge.on(zone: nil)
        return bridge.isLoopback
            || interfaces.contains { $0.addresses.contains { $0.address.on(zone: nil) == bridge } }
    }

    private func isOfContainers(_ address: IPAddress, _ route: Route) -> Bool {
        let plain = address.on(zone: nil)
        let home = interfaces.first { $0.addresses.contains { $0.address.on(zone: nil) == plain } }
        return (home ?? interfaces.first { $0.name == route.interface })?.kind == .container
    }
}

// MARK: - Words

extension CallbackAddress {
    private static let hostOfContainer = "ADDRESS-OF-THE-HOST"
    private static let ownAddress = "ADDRESS-OF-THIS-MACHINE"

    /// An address of this machine that the bridge may know, in the form of a URL.
    private func suggestion(bridge: IPAddress, route: Route?) -> String {
        if let route, !route.local.isLoopback {
            guard !isOfContainers(route.local, route) || route.gateway == nil else { return Self.hostOfContainer }
            return route.local.urlHost
        }
        let usual = interfaces.filter(\.isUp).flatMap { interface in
            interface.addresses.filter { $0.isUsable && $0.kind(on: interface.kind) == .usual }
        }
        let near = usual.first { $0.address.sharesSubnet(with: bridge, prefixLength: $0.prefixLength) }
        let alike = usual.first { $0.address.family == bridge.family }
        return (near ?? alike)?.address.urlHost ?? Self.ownAddress
    }

    private func advertise(_ host: String) -> String { "webhook.advertise: http://\(host):\(listen.port)" }

    private func listenAt(_ host: String) -> String { "webhook.listen: \(host):\(listen.port)" }

    private static func base(_ host: String, _ port: Int) -> String {
        port == 80 ? "http://\(host)" : "http://\(host):\(port)"
    }

    private static func withoutBrackets(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    private static func isLocalhost(_ host: String) -> Bool {
        let host = host.lowercased()
        return host == "localhost" || host.hasSuffix(".localhost")
    }

    /// Whether it may stand in a URL as a host name (RFC 1123 section 2.1; underscores are seen in homes).
    private static func isName(_ host: String) -> Bool {
        (1...253).contains(host.utf8.count) && !host.hasPrefix(".")
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
            // Digits and dots alone are an address that was not written well.
            && host.utf8.contains { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) && $0 != UInt8(ascii: ".") }
    }
}
