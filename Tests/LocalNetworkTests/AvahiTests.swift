import GatewayTestSupport
import Testing

@testable import LocalNetwork

/// A machine at a switch with devices.
private final class Switchboard: Sendable {
    let machine: Namespace
    let far: [Namespace]
    let devices: [Avahi]

    /// Lays the cables and starts the devices; the first has 192.168.7.50, the next 192.168.7.51.
    ///
    /// - Parameter names: the devices' host names and those of their services.
    /// - Throws: when something cannot be had.
    init(_ names: [(host: String, instance: String)]) async throws {
        let machine = try await Namespace.empty()
        try await machine.ip("link add name br-lan type bridge mcast_snooping 0")
        try await machine.ip("link set br-lan up")
        try await machine.ip("address add 192.168.7.10/24 dev br-lan")
        var far: [Namespace] = []
        var devices: [Avahi] = []
        for (number, name) in names.enumerated() {
            let namespace = try await Namespace.empty()
            try await machine.connect("port\(number)", to: namespace, "far0")
            try await machine.ip("link set port\(number) master br-lan")
            try await namespace.ip("address add 192.168.7.5\(number)/24 dev far0")
            try await namespace.ip("address add 2001:db8:7::5\(number)/64 dev far0")
            far.append(namespace)
            devices.append(try await Avahi(host: name.host, instance: name.instance, in: namespace))
        }
        self.machine = machine
        self.far = far
        self.devices = devices
    }

    static let bridgeName = "LOQED-a0b1c2d3e4f1"

    static func bridge() async throws -> Switchboard { try await Switchboard([(bridgeName, bridgeName)]) }

    static func bridgeAndPrinter() async throws -> Switchboard {
        try await Switchboard([(bridgeName, bridgeName), ("printer", "Printer of the house")])
    }

    /// Gives the bridge 192.168.7.60 instead of its address.
    func moveBridge() async throws {
        try await far[0].ip("address del 192.168.7.50/24 dev far0")
        try await far[0].ip("address add 192.168.7.60/24 dev far0")
    }

    /// Searches from before the bridge moves until it is known at its new address alone.
    ///
    /// - Parameter move: moves it, once it has been seen; what it returns is kept until the search is over.
    /// - Returns: what the search found.
    /// - Throws: what goes wrong.
    func bridgesOfOneSearch<Kept>(_ move: () async throws -> Kept) async throws -> [FoundBridge] {
        let (browser, seen) = (self.browser, AsyncStream.makeStream(of: [IPAddress].self))
        let watching = Task {
            try await browser.bridges(within: .seconds(60)) { found in
                let addresses = found.first?.addresses ?? []
                seen.continuation.yield(addresses)
                return addresses.contains("192.168.7.60") && !addresses.contains("192.168.7.50")
            }
        }
        for await addresses in seen.stream where addresses.contains("192.168.7.50") { break }
        let kept = try await move()
        let found = try await watching.value
        withExtendedLifetime(kept) {}
        return found
    }

    func resolver(_ group: MulticastGroup = .standard) -> MulticastResolver {
        MulticastResolver(
            interfaces: InterfaceList(kernel: LiveRoutingKernel(), surroundings: Surroundings(isContainer: false)),
            threads: machine.threads,
            group: group,
            draw: { UInt16.random(in: 1 ... .max) }
        )
    }

    var browser: BridgeBrowser {
        BridgeBrowser(resolver: resolver(), neighbours: NeighbourTable(kernel: LiveRoutingKernel()))
    }
}

@Suite(.enabled(if: Avahi.isAvailable, Avahi.requirement), .timeLimit(.minutes(3))) struct `A bridge on a real link` {
    private let name: MulticastName
    private let hardwareAddress: HardwareAddress

    init() throws {
        name = try #require(MulticastName("loqed-A0B1C2D3E4F1.local"))
        hardwareAddress = try #require(HardwareAddress("a0b1c2d3e4f1"))
    }

    @Test func `is found by its name, over IPv4 and IPv6`() async throws {
        let board = try await Switchboard.bridgeAndPrinter()
        let standard = MulticastGroup.standard
        let groups = [
            standard, MulticastGroup(v4: standard.v4, v6: nil, port: 5353),
            MulticastGroup(v4: nil, v6: standard.v6, port: 5353),
        ]
        for group in groups {
            let answer = try await name.resolve(
                by: board.resolver(group),
                within: .seconds(30),
                gathering: .seconds(1)
            )
            let addresses = try #require(answer).addresses
            if group.v4 != nil { #expect(addresses.first == "192.168.7.50") }
            if group.v6 != nil { #expect(addresses.contains("2001:db8:7::50")) }
            #expect(!addresses.contains("192.168.7.51"))
            #expect(addresses.allSatisfy { $0.zone == ($0.isLinkLocal ? "br-lan" : nil) })
        }
        let other = try #require(MulticastName("LOQED-000000000001.local"))
        #expect(try await other.resolve(by: board.resolver(), within: .milliseconds(500)) == nil)
    }

    @Test func `is found by its service and its MAC address`() async throws {
        let board = try await Switchboard.bridgeAndPrinter()
        let bridge = try #require(try await board.browser.bridge(with: hardwareAddress, within: .seconds(30)))
        #expect(bridge.instance == "LOQED-a0b1c2d3e4f1")
        #expect(bridge.host == "LOQED-a0b1c2d3e4f1.local")
        #expect(bridge.port == 80)
        #expect(bridge.hardwareAddress == hardwareAddress)
        #expect(!bridge.addresses.isEmpty)
        // Nobody else is taken for a bridge, however long one listens.
        let all = try await board.browser.bridges(within: .seconds(2))
        #expect(all.map(\.instance) == ["LOQED-a0b1c2d3e4f1"])
    }

    @Test func `is found again after it moved`() async throws {
        let board = try await Switchboard.bridge()
        let moved = try await board.bridgesOfOneSearch { try await board.moveBridge() }
        #expect(moved.first?.addresses.first == "192.168.7.60")
        // A search that begins now knows nothing of the old address.
        let found = try await board.browser.bridge(with: hardwareAddress, within: .seconds(30))
        #expect(found?.addresses.contains("192.168.7.50") == false)
        let answer = try await name.resolve(by: board.resolver(), within: .seconds(30))
        #expect(answer?.addresses.contains("192.168.7.50") == false)
    }

    @Test func `is found again after it lost its power and came back elsewhere`() async throws {
        let board = try await Switchboard.bridge()
        // Nobody takes the old address back: only the new answer says that it holds no longer.
        let moved = try await board.bridgesOfOneSearch {
            board.devices[0].losePower()
            try await board.moveBridge()
            return try await Avahi(host: Switchboard.bridgeName, instance: Switchboard.bridgeName, in: board.far[0])
        }
        #expect(moved.first?.addresses.first == "192.168.7.60")
    }

    @Test func `is gone once it says goodbye`() async throws {
        let board = try await Switchboard.bridge()
        let (browser, seen) = (board.browser, AsyncStream.makeStream(of: Bool.self))
        let watching = Task {
            try await browser.bridges(within: .seconds(60)) { found in
                seen.continuation.yield(!found.isEmpty)
                return false
            }
        }
        for await isThere in seen.stream where isThere { break }
        board.devices[0].end()
        for await isThere in seen.stream where !isThere { break }
        watching.cancel()
        #expect(try await watching.value == [])
    }

    @Test func `is found beside another resolver on this machine`() async throws {
        let board = try await Switchboard.bridge()
        let own = try await Avahi(host: "machine", instance: "Machine", in: board.machine, on: "br-lan")
        #expect(try await board.browser.bridge(with: hardwareAddress, within: .seconds(30)) != nil)
        withExtendedLifetime(own) {}
    }

    @Test func `is known by the kernel's neighbours when its names do not show its MAC address`() async throws {
        let board = try await Switchboard([("bridge", "LOQED Bridge")])
        let interfaces = try await board.far[0].perform {
            try InterfaceList(kernel: LiveRoutingKernel(), surroundings: Surroundings(isContainer: false)).interfaces()
        }
        let own = try #require(interfaces.first { $0.name == "far0" }?.hardwareAddress)
        // It had to ask the link for our hardware address before it could answer us, and told its own with that.
        let wanted = try #require(HardwareAddress(own))
        let bridge = try #require(try await board.browser.bridge(with: wanted, within: .seconds(30)))
        #expect(bridge.host == "bridge.local")
        let address = try #require(bridge.addresses.first { $0.family == .v4 })
        let route = try await board.machine.perform {
            try RouteLookup(kernel: LiveRoutingKernel()).route(to: address)
        }
        #expect(route == Route(local: "192.168.7.10", interface: "br-lan", prefixLength: 24))
    }
}
