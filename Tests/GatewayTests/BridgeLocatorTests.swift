import BridgeHTTP
import LocalNetwork
import LockDomain
import LoqedWire
import PlainHTTP
import Testing

@testable import Gateway

@Suite struct `The place of a bridge` {
    private static let mac = "a0b1c2d3e4f1"
    private let bridge = ScriptedBridge()
    private let network = ScriptedNetwork()
    private let journal = WrittenJournal()
    private let locator: BridgeLocator
    private let id = LockID("front_door")!

    init() { locator = BridgeLocator(bridge: bridge, network: network, macs: [id: Self.mac], journal: journal) }

    private func lock(at text: String = "192.168.1.50") throws -> GatewayConfiguration.Lock {
        GatewayConfiguration.Lock(
            id: id,
            name: "Front door",
            bridge: NetworkAddress(bridge: text)!,
            bridgeKey: try BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="),
            keySecret: try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            localKeyID: KeyID(3)!
        )
    }

    private func place(_ text: String = "192.168.1.50") async throws -> Result<String, BridgeFailure> {
        await locator.endpoint(of: try lock(at: text)).map(\.authority)
    }

    @Test func `is the configured address, without a question, while nothing fails there`() async throws {
        #expect(try await place() == .success("192.168.1.50"))
        #expect(try await place("192.168.1.50:8080") == .success("192.168.1.50:8080"))
        #expect(network.questions == [])
    }

    @Test func `is found by its Wi-Fi MAC when it left the configured address`() async throws {
        network.announces(Self.mac, at: "192.168.1.77")
        locator.failed(of: id)
        #expect(try await place() == .success("192.168.1.77"))
        #expect(journal.lines == ["front_door at 192.168.1.77"])
        network.forget()
        #expect(try await place() == .success("192.168.1.77"))
        #expect(network.questions == [])
    }

    @Test func `is the configured address again when it came back there`() async throws {
        network.announces(Self.mac, at: "192.168.1.77")
        locator.failed(of: id)
        _ = try await place()
        network.announces(Self.mac, at: "192.168.1.50")
        locator.failed(of: id)
        #expect(try await place() == .success("192.168.1.50"))
        #expect(journal.lines == ["front_door at 192.168.1.77", "front_door at home"])
    }

    @Test func `is the configured address as long as it is found nowhere else`() async throws {
        network.announces("ffffffffffff", at: "192.168.1.77")
        locator.failed(of: id)
        #expect(try await place() == .success("192.168.1.50"))
        #expect(Set(network.questions) == ["bridges", "LOQED-a0b1c2d3e4f1.local"])
        #expect(journal.lines == [])
    }

    @Test func `is found by its name where services are not passed on`() async throws {
        network.answers(to: "LOQED-a0b1c2d3e4f1.local", with: ["192.168.1.78"])
        locator.failed(of: id)
        #expect(try await place() == .success("192.168.1.78"))
    }

    @Test(arguments: ["a0b1c2d3e4f1", "LOQED-a0b1c2d3e4f1.local"])
    func `is found when only its MAC or its name is configured`(text: String) async throws {
        #expect(try await place(text) == .failure(.nameNotFound))
        network.announces(Self.mac, at: "192.168.1.77", port: 81)
        #expect(try await place(text) == .success("192.168.1.77:81"))
    }

    @Test func `is the port that was configured, whatever is announced`() async throws {
        network.announces(Self.mac, at: "192.168.1.77", port: 81)
        #expect(try await place("a0b1c2d3e4f1:8080") == .success("192.168.1.77:8080"))
    }

    @Test func `is where it was last while its name is answered by nobody`() async throws {
        network.announces(Self.mac, at: "192.168.1.77")
        _ = try await place("a0b1c2d3e4f1")
        network.announces(Self.mac, at: nil)
        locator.failed(of: id)
        #expect(try await place("a0b1c2d3e4f1") == .success("192.168.1.77"))
    }

    @Test func `is left to ordinary names servers for ordinary names`() async throws {
        #expect(try await place("bridge.example") == .success("bridge.example"))
    }

    @Test func `is looked for nowhere when it is this very machine`() async throws {
        locator.failed(of: id)
        #expect(try await place("127.0.0.1:8080") == .success("127.0.0.1:8080"))
        #expect(network.questions == [])
    }

    @Test func `counts for signing only once the lock's own bridge answered there`() async throws {
        let lock = try lock()
        #expect(await locator.identifiedEndpoint(of: lock, expecting: Self.mac).map(\.host) == .success("192.168.1.50"))
        #expect(await locator.identifiedEndpoint(of: lock, expecting: Self.mac).map(\.host) == .success("192.168.1.50"))
        #expect(bridge.requests == ["<status> at 192.168.1.50"])
        locator.networkChanged(of: id)
        bridge.shows(mac: "ffffffffffff")
        #expect(await locator.identifiedEndpoint(of: lock, expecting: Self.mac) == .failure(.wrongBridge))
    }

    @Test func `is asked who it is again when another machine has the address now`() async throws {
        let lock = try lock()
        network.has(neighbour: "020000000001", at: "192.168.1.50")
        #expect(await locator.identifiedEndpoint(of: lock, expecting: Self.mac).map(\.host) == .success("192.168.1.50"))
        network.has(neighbour: "020000000002", at: "192.168.1.50")
        bridge.shows(mac: "ffffffffffff")
        #expect(await locator.identifiedEndpoint(of: lock, expecting: Self.mac) == .failure(.wrongBridge))
    }

    @Test func `is another one when a different bridge took over the address`() async throws {
        let lock = try lock()
        bridge.shows(mac: "ffffffffffff")
        #expect(await locator.identifiedEndpoint(of: lock, expecting: Self.mac) == .failure(.wrongBridge))
        network.announces(Self.mac, at: "192.168.1.77")
        bridge.shows(mac: Self.mac)
        #expect(await locator.identifiedEndpoint(of: lock, expecting: Self.mac).map(\.host) == .success("192.168.1.77"))
        #expect(bridge.requests == ["<status> at 192.168.1.50", "<status> at 192.168.1.77"])
    }

    @Test func `is looked for again in another network only if it was found, and not configured`() async throws {
        locator.networkChanged(of: id)
        #expect(try await place() == .success("192.168.1.50"))
        #expect(network.questions == [])
        network.announces(Self.mac, at: "192.168.1.77")
        _ = try await place("a0b1c2d3e4f1")
        network.announces(Self.mac, at: "10.0.0.77")
        locator.networkChanged(of: id)
        #expect(try await place("a0b1c2d3e4f1") == .success("10.0.0.77"))
    }

    @Test func `is one from which an unsigned webhook may ring`() async throws {
        let lock = try lock(at: "bridge.example")
        locator.met(Self.mac, of: id, at: "192.168.1.77")
        #expect(locator.addresses(of: lock) == ["bridge.example", "192.168.1.77"])
        locator.met("ffffffffffff", of: id, at: "192.168.1.78")
        #expect(locator.addresses(of: lock) == ["bridge.example"])
    }
}

@Suite struct `The way to a bridge` {
    private let network = ScriptedNetwork()
    private let id = LockID("front_door")!

    private func ways() throws -> (WaysToBridges, [GatewayConfiguration.Lock]) {
        let lock = GatewayConfiguration.Lock(
            id: id,
            name: "Front door",
            bridge: NetworkAddress(host: "192.168.1.50", port: 80),
            bridgeKey: try BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="),
            keySecret: try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            localKeyID: KeyID(3)!
        )
        let locator = BridgeLocator(bridge: ScriptedBridge(), network: network, macs: [:], journal: WrittenJournal())
        return (WaysToBridges(network: network, locator: locator), [lock])
    }

    @Test func `is news when it changed, ended or came, and not when other things did`() throws {
        network.leads(to: "192.168.1.50", from: "192.168.1.10")
        var (ways, locks) = try ways()
        #expect(ways.update(locks) == [])
        network.has("docker0", .container, "172.17.0.1")
        #expect(ways.update(locks) == [])
        network.leads(to: "192.168.1.50", from: "192.168.1.11")
        #expect(ways.update(locks) == [id])
        network.leadsNowhere(to: "192.168.1.50")
        #expect(ways.update(locks) == [id])
        #expect(ways.update(locks) == [])
        network.leads(to: "192.168.1.50", from: "192.168.1.11", by: "wlan0")
        #expect(ways.update(locks) == [id])
    }
}

@Suite struct `Our address for a bridge` {
    private let network = ScriptedNetwork()

    init() {
        network.has("eth0", .usual, "192.0.2.20")
        network.leads(to: "192.0.2.50", from: "192.0.2.20")
    }

    private func choice(
        listen: String = "0.0.0.0",
        advertised: NetworkAddress? = nil
    ) -> Result<CallbackChooser.Choice, UnusableCallback> {
        CallbackChooser(advertised: advertised, listen: HTTPEndpoint(host: listen, port: 8099), network: network)
            .choice(forBridgeAt: "192.0.2.50")
    }

    private func choice(_ callback: String) -> Result<CallbackChooser.Choice, UnusableCallback> {
        let route = CallbackRoute(bridge: "192.0.2.50", callback: callback)
        return .success(CallbackChooser.Choice(base: "http://" + callback, route: route))
    }

    @Test func `is the one that the route to it uses`() { #expect(choice() == choice("192.0.2.20:8099")) }

    @Test func `is the advertised one before all`() {
        #expect(choice(advertised: NetworkAddress(host: "192.0.2.9", port: 81)) == choice("192.0.2.9:81"))
    }

    @Test func `is none when it would never leave this machine`() {
        let remedy = "webhook.listen: 192.0.2.20:8099"
        #expect(choice(listen: "127.0.0.1") == .failure(UnusableCallback(.loopback, remedy: remedy)))
    }

    @Test func `is none in a container whose address nobody else reaches`() {
        let network = ScriptedNetwork()
        network.has("eth0", .container, "172.17.0.2")
        network.leads(to: "192.0.2.50", from: "172.17.0.2", gateway: "172.17.0.1")
        let chooser = CallbackChooser(
            advertised: nil,
            listen: HTTPEndpoint(host: "0.0.0.0", port: 8099),
            network: network
        )
        let remedy = "webhook.advertise: http://ADDRESS-OF-THE-HOST:8099"
        #expect(chooser.choice(forBridgeAt: "192.0.2.50") == .failure(UnusableCallback(.container, remedy: remedy)))
    }
}

@Suite struct `The internet` {
    private let network = ScriptedNetwork()
    private let bridge = ScriptedBridge()

    private func isGone(asking target: HTTPEndpoint?) async -> Bool {
        await InternetCheck(network: network, target: target, calling: bridge).isGone()
    }

    @Test func `is gone without a route, and then nobody is asked`() async {
        #expect(await isGone(asking: HTTPEndpoint(host: "192.0.2.53", port: 53)))
        #expect(bridge.requests == [])
    }

    @Test func `is there by a route when nobody may be asked`() async {
        network.leads(to: "9.9.9.9", from: "192.0.2.20")
        #expect(await !isGone(asking: nil))
        #expect(bridge.requests == [])
    }

    @Test func `is gone when the one that may be asked cannot be reached`() async {
        network.leads(to: "2620:fe::fe", from: "2001:db8::2")
        bridge.isAt("192.0.2.53")
        #expect(await !isGone(asking: HTTPEndpoint(host: "192.0.2.53", port: 53)))
        bridge.isAt(nil)
        #expect(await isGone(asking: HTTPEndpoint(host: "192.0.2.53", port: 53)))
    }
}
