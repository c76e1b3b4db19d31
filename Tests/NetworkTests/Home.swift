import GatewayTestSupport
import Glibc
import LoqedSimulator
import NIOConcurrencyHelpers
import Testing

/// A home: the gateway's machine, a router and simulated bridges, each in a network of its own.
///
/// The machine has 10.77.1.10 and fd77:1::10 on `lan0`; the router joins that link with another, 10.77.2.0/24 and
/// fd77:2::/64. Nothing leaves these networks.
final class Home: Sendable {
    let machine: Namespace
    let router: Namespace
    let folder = TemporaryFolder()
    let broker: TemporaryBroker
    private let listener: ChildProcess
    private let gateway = NIOLockedValueBox<ChildProcess?>(nil)
    /// Bridges live as long as the home.
    private let bridges = NIOLockedValueBox<[HomeBridge]>([])

    /// Builds a home, tells the story, and sees that the gateway ends in order.
    static func run(
        _ layout: (Namespace, Namespace) async throws -> Void = usualLayout,
        _ story: (Home) async throws -> Void
    ) async throws {
        let home = try await Home(layout)
        try await story(home)
        await home.endGateway()
    }

    private init(_ layout: (Namespace, Namespace) async throws -> Void) async throws {
        machine = try await Namespace.empty()
        router = try await Namespace.empty()
        for setting in ["ipv4/ip_forward", "ipv6/conf/all/forwarding"] { try await router.set(setting, to: "1") }
        try await layout(machine, router)
        broker = try await TemporaryBroker(in: machine)
        listener = try await machine.start(
            "mosquitto_sub",
            ["-p", "\(broker.port)", "-v", "-t", "loqed/#"],
            output: "\(folder.path)/messages"
        )
    }

    /// A software switch, as the machine's interface is judged by its kind: it is never one of containers.
    static func addSwitch(_ name: String, in namespace: Namespace) async throws {
        try await namespace.ip("link add name \(name) type bridge mcast_snooping 0")
        try await namespace.ip("link set \(name) up")
    }

    /// Lays a cable from another network to a switch.
    static func plug(_ other: Namespace, _ interface: String, to name: String, in namespace: Namespace) async throws {
        let port = "p\(Int.random(in: 0...99_999_999))"
        try await namespace.connect(port, to: other, interface)
        try await namespace.ip("link set \(port) master \(name)")
    }

    static func usualLayout(machine: Namespace, router: Namespace) async throws {
        try await addSwitch("lan0", in: machine)
        try await addSwitch("far0", in: router)
        try await plug(router, "near0", to: "lan0", in: machine)
        try await router.ip("address add 10.77.1.1/24 dev near0")
        try await router.ip("address add fd77:1::1/64 dev near0")
        try await router.ip("address add 10.77.2.1/24 dev far0")
        try await router.ip("address add fd77:2::1/64 dev far0")
        try await machine.ip("address add 10.77.1.10/24 dev lan0")
        try await machine.ip("address add fd77:1::10/64 dev lan0")
        try await addDefaultRoutes(to: machine, via: 1)
    }

    static func addDefaultRoutes(to namespace: Namespace, via subnet: Int) async throws {
        try await namespace.ip("route add default via 10.77.\(subnet).1")
        try await namespace.ip("-6 route add default via fd77:\(subnet)::1")
    }

    // MARK: Bridges

    /// A bridge on the machine's own link, at 10.77.1.NUMBER.
    func addNearBridge(_ number: Int, mac: String? = nil) async throws -> HomeBridge {
        try await addBridge(at: number, of: 1, on: "lan0", in: machine, mac: mac)
    }

    /// A bridge behind the router, at 10.77.2.NUMBER and fd77:2::NUMBER.
    func addFarBridge(_ number: Int) async throws -> HomeBridge {
        try await addBridge(at: number, of: 2, on: "far0", in: router)
    }

    /// A bridge on a link of the machine that leads nowhere else: 10.77.3.0/24, where the machine has 10.77.3.10.
    func addBridgeOnSecondInterface(_ number: Int) async throws -> HomeBridge {
        try await Self.addSwitch("lan1", in: machine)
        try await machine.ip("address add 10.77.3.10/24 dev lan1")
        return try await addBridge(at: number, of: 3, on: "lan1", in: machine)
    }

    private func addBridge(
        at number: Int,
        of subnet: Int,
        on interface: String,
        in place: Namespace,
        mac: String? = nil
    ) async throws -> HomeBridge {
        let namespace = try await Namespace.empty()
        try await Self.plug(namespace, "wlan0", to: interface, in: place)
        let bridge = try await HomeBridge(in: namespace, subnet: subnet, number: number)
        if let mac { try await bridge.control("mac \(mac)") }
        bridges.withLockedValue { $0.append(bridge) }
        return bridge
    }

    // MARK: The gateway

    /// Starts the gateway on the machine, with one lock per bridge as the configuration names it.
    func startGateway(
        _ locks: KeyValuePairs<String, String>,
        listen: String = "0.0.0.0:8099",
        advertise: String? = nil
    ) async throws {
        let advertised = advertise.map { ", advertise: \"\($0)\"" } ?? ""
        let entries = locks.map { id, bridge in
            """
              - id: \(id)
                name: \(id)
                bridge: "\(bridge)"
                bridge_key: "\(SimulatorConfiguration.demoBridgeKey)"
                key_secret: "\(SimulatorConfiguration.demoKeySecret)"
                local_key_id: 3
            """
        }
        let file = folder.write(
            """
            mqtt: {host: 127.0.0.1, port: \(broker.port)}
            webhook: {listen: "\(listen)"\(advertised)}
            home_assistant: {discovery: false}
            state_directory: \(folder.path)/state
            supervision: {probe_interval: 1s, status_interval: 30s, status_interval_unproven: 10s}
            locks:
            \(entries.joined(separator: "\n"))

            """,
            to: "gateway.yaml"
        )
        let child = try await machine.start(
            try Binary.path,
            ["run", "--config", file],
            output: "\(folder.path)/gateway.log"
        )
        gateway.withLockedValue { $0 = child }
    }

    /// Ends the gateway, which has run until now.
    func endGateway(sourceLocation: SourceLocation = #_sourceLocation) async {
        let child = gateway.withLockedValue { gateway in
            defer { gateway = nil }
            return gateway
        }
        guard let child else { return }
        child.send(SIGTERM)
        #expect(await child.ended() == 0, "\(log)", sourceLocation: sourceLocation)
    }

    /// What the gateway has logged.
    var log: String { TemporaryFolder.read("\(folder.path)/gateway.log") }

    func publish(_ payload: String, to topic: String) async throws {
        _ = try await machine.output(
            of: "mosquitto_pub",
            ["-p", "\(broker.port)", "-t", "loqed/\(topic)", "-m", payload]
        )
    }
}
