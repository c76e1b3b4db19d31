import BridgeHTTP
import LockDomain
import LoqedWire
import PlainHTTP
import Testing

@testable import Gateway

@Suite struct `A look for bridges` {
    private let network = ScriptedNetwork()
    private let bridge = ScriptedBridge()

    private func discovery(lockAt bridgeText: String? = nil) throws -> BridgeDiscovery {
        let locks = try bridgeText.map {
            GatewayConfiguration.Lock(
                id: LockID("front_door")!,
                name: "Front door",
                bridge: NetworkAddress(bridge: $0)!,
                bridgeKey: try BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="),
                keySecret: try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
                localKeyID: KeyID(3)!
            )
        }
        return BridgeDiscovery(network: network, bridge: bridge, locks: [locks].compactMap { $0 })
    }

    @Test(arguments: ["192.168.1.77", "a0b1c2d3e4f1", "LOQED-a0b1c2d3e4f1.local"])
    func `tells which bridge is whose`(configured: String) async throws {
        network.announces("a0b1c2d3e4f1", at: "192.168.1.77")
        network.announces("0011223344aa", at: "192.168.1.78", port: 8080)
        let lines = try await discovery(lockAt: configured).bridges(isAsking: false).map(\.line)
        #expect(
            lines == [
                "192.168.1.77           a0b1c2d3e4f1  LOQED-a0b1c2d3e4f1.local          lock front_door",
                "192.168.1.78:8080      0011223344aa  LOQED-0011223344aa.local          not configured: write bridge: 192.168.1.78",
            ]
        )
        #expect(bridge.requests == [])
    }

    @Test func `asks each for its status`() async throws {
        network.announces("a0b1c2d3e4f1", at: "192.168.1.77")
        let found = try await discovery().bridges(isAsking: true)
        #expect(bridge.requests == ["<status> at 192.168.1.77"])
        #expect(
            DiscoveredBridge.json(found)
                == #"[{"addresses":["192.168.1.77"],"failure":null,"host":"LOQED-a0b1c2d3e4f1.local","kind":"esp32","#
                + #""lock":null,"lock_online":true,"mac":"a0b1c2d3e4f1","name":"LOQED-a0b1c2d3e4f1","port":80}]"#
        )
    }

    @Test func `tells when nobody answered`() async throws {
        #expect(DiscoveredBridge.json(try await discovery().bridges(isAsking: true)) == "[]")
    }
}
