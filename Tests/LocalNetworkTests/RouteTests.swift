import GatewayTestSupport
import Glibc
import Testing

@testable import LocalNetwork

/// A machine with a cable to a home's network, one to a workshop's, and containers.
struct House {
    let machine: Namespace
    let home: Namespace
    let workshop: Namespace

    init() async throws {
        machine = try await Namespace.empty()
        home = try await Namespace.empty()
        workshop = try await Namespace.empty()
        try await machine.connect("lan0", to: home, "far0")
        try await machine.connect("shop0", to: workshop, "far0")
        try await machine.ip("address add 192.168.7.10/24 dev lan0")
        try await machine.ip("address add 2001:db8:7::10/64 dev lan0")
        try await machine.ip("address add fe80::10/64 dev lan0")
        try await machine.ip("address add 10.20.30.5/16 dev shop0")
    }

    func route(to address: IPAddress) async throws -> Result<Route, RouteFailure> {
        try await machine.perform {
            do throws(RouteFailure) {
                return .success(try RouteLookup(kernel: LiveRoutingKernel()).route(to: address))
            } catch {
                return .failure(error)
            }
        }
    }

    func interfaces(in surroundings: Surroundings = Surroundings(isContainer: false)) async throws -> [LocalInterface] {
        try await machine.perform {
            try InterfaceList(kernel: LiveRoutingKernel(), surroundings: surroundings).interfaces()
        }
    }
}

@Suite(.enabled(if: Namespace.isAvailable, Namespace.requirement)) struct `A route in a network of its own` {
    @Test func `leaves by the cable of the subnet`() async throws {
        let house = try await House()
        #expect(
            try await house.route(to: "192.168.7.50")
                == .success(Route(local: "192.168.7.10", interface: "lan0", prefixLength: 24))
        )
        #expect(
            try await house.route(to: "10.20.99.1")
                == .success(Route(local: "10.20.30.5", interface: "shop0", prefixLength: 16))
        )
        #expect(
            try await house.route(to: "2001:db8:7::50")
                == .success(Route(local: "2001:db8:7::10", interface: "lan0", prefixLength: 64))
        )
    }

    @Test func `goes through the router when there is one`() async throws {
        let house = try await House()
        #expect(try await house.route(to: "203.0.113.5") == .failure(.noRoute))
        try await house.machine.ip("route add default via 192.168.7.1")
        #expect(
            try await house.route(to: "203.0.113.5")
                == .success(
                    Route(local: "192.168.7.10", interface: "lan0", prefixLength: 24, gateway: "192.168.7.1")
                )
        )
        try await house.machine.ip("route add 198.51.100.0/24 via inet6 fe80::1 dev lan0")
        #expect(
            try await house.route(to: "198.51.100.5")
                == .success(
                    Route(local: "192.168.7.10", interface: "lan0", prefixLength: 24, gateway: "fe80::1%lan0")
                )
        )
    }

    @Test func `takes the address that the route prefers`() async throws {
        let house = try await House()
        try await house.machine.ip("address add 192.168.7.11/24 dev lan0")
        try await house.machine.ip("route add 192.168.7.64/26 dev lan0 src 192.168.7.11")
        #expect(
            try await house.route(to: "192.168.7.70")
                == .success(Route(local: "192.168.7.11", interface: "lan0", prefixLength: 24))
        )
    }

    @Test(arguments: ["blackhole", "unreachable", "prohibit"]) func `is none where the way is closed`(
        kind: String
    ) async throws {
        let house = try await House()
        try await house.machine.ip("route add \(kind) 192.168.7.80/32")
        #expect(try await house.route(to: "192.168.7.80") == .failure(.noRoute))
        try await house.machine.ip("route add \(kind) 2001:db8:7::80/128")
        #expect(try await house.route(to: "2001:db8:7::80") == .failure(.noRoute))
    }

    @Test func `to an address of a link needs the link`() async throws {
        let house = try await House()
        let route = try await house.route(to: "fe80::99%lan0").get()
        #expect(route.interface == "lan0")
        #expect(route.local.isLinkLocal)
        #expect(route.local.zone == "lan0")
        #expect(route.prefixLength == 64)
        #expect(try await house.route(to: "fe80::99%shop0").get().interface == "shop0")
        #expect(try await house.route(to: "fe80::99") == .failure(.zoneNeeded))
        #expect(try await house.route(to: "fe80::99%none0") == .failure(.unknownZone))
        try await house.machine.ip("link set shop0 down")
        #expect(try await house.route(to: "fe80::99").get().interface == "lan0")
    }

    @Test func `to ourselves stays here`() async throws {
        let house = try await House()
        let route = try await house.route(to: "192.168.7.10").get()
        #expect(route.local == "192.168.7.10")
        #expect(route.interface == "lo")
        #expect(route.prefixLength == 24)
        #expect(try await house.route(to: "fe80::10%lan0").get().local == "fe80::10%lan0")
    }

    @Test(arguments: ["192.168.7.50", "10.20.99.1", "2001:db8:7::50", "192.168.7.10", "127.0.0.1", "::1"])
    func `is what a connected socket would take`(address: String) async throws {
        let house = try await House()
        let route = try await house.route(to: try #require(IPAddress(address))).get()
        let taken = try await house.machine.perform { ConnectedSocket.localAddress(towards: address) }
        #expect(route.local.on(zone: nil).description == taken)
    }

    @Test func `is none for one that left with its interface`() async throws {
        let house = try await House()
        try await house.machine.ip("link delete lan0")
        #expect(try await house.route(to: "192.168.7.50") == .failure(.noRoute))
    }
}

@Suite struct `A route on this machine` {
    @Test(arguments: ["127.0.0.1", "::1"]) func `to the loopback is the loopback`(text: String) throws {
        let address = try #require(IPAddress(text))
        let route = try RouteLookup(kernel: LiveRoutingKernel()).route(to: address)
        #expect(route == Route(local: address, interface: "lo", prefixLength: text == "::1" ? 128 : 8))
    }
}

enum ConnectedSocket {
    /// What `connect` and `getsockname` on a UDP socket say; sends nothing.
    static func localAddress(towards address: String) -> String? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, "9", &hints, &list) == 0, let first = list?.pointee else { return nil }
        defer { freeaddrinfo(list) }
        let descriptor = socket(first.ai_family, first.ai_socktype, 0)
        defer { close(descriptor) }
        guard connect(descriptor, first.ai_addr, first.ai_addrlen) == 0 else { return nil }
        var own = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { own in
                getsockname(descriptor, own, &length)
                return getnameinfo(own, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            }
        }
        return code == 0 ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
