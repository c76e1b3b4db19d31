import LocalNetwork
import LockDomain
import PlainHTTP
import Testing

@testable import Gateway

@Suite struct `The doctor's verdict on a bridge` {
    private func verdicts(
        bridge: String = "192.168.1.50",
        knownMAC: String? = nil,
        isGatewayOnline: Bool = false,
        isServed: Bool = true,
        _ change: (inout BridgeFindings) -> Void
    ) throws -> BridgeVerdicts {
        let known = try #require(ConfigurationFixture().load().locks.first)
        var facts = BridgeFindings()
        change(&facts)
        return BridgeVerdicts(
            lock: GatewayConfiguration.Lock(
                id: known.id,
                name: known.name,
                bridge: try #require(NetworkAddress(bridge: bridge)),
                bridgeKey: known.bridgeKey,
                keySecret: known.keySecret,
                localKeyID: known.localKeyID
            ),
            facts: facts,
            knownMAC: knownMAC,
            isGatewayOnline: isGatewayOnline,
            isServed: isServed
        )
    }

    private func words(_ finding: DoctorFinding) -> [String] {
        [finding.verdict.word, finding.evidence] + (finding.remedy.map { [$0] } ?? [])
    }

    @Test func `names the bridge by mDNS, by DNS or by its address`() throws {
        let address = try #require(IPAddress("192.168.1.50"))
        let found = try verdicts(bridge: "A0B1C2D3E4F1") { $0.lookup = .addresses([address]) }
        #expect(words(found.name()) == ["ok", "loqed-a0b1c2d3e4f1.local is 192.168.1.50 (mDNS)"])
        let missing = try verdicts(bridge: "A0B1C2D3E4F1") { $0.lookup = .unknown }
        #expect(
            words(missing.name()) == [
                "failed", "the bridge loqed-a0b1c2d3e4f1.local is not found on the network",
                "see that the bridge has power and Wi-Fi; if it is in another network, give its IP address as locks.bridge",
            ]
        )
        #expect(words(missing.port()) == ["skipped", "the bridge's address is not known"])
        let named = try verdicts(bridge: "bridge.example") { $0.lookup = .addresses([address]) }
        #expect(words(named.name()) == ["ok", "bridge.example is 192.168.1.50"])
        let unknown = try verdicts(bridge: "bridge.example") { $0.lookup = .unknown }
        #expect(unknown.name().verdict == .failed(.unavailable))
    }

    @Test func `is not asked of a bridge whose name no server answers for`() async throws {
        let network = ScriptedNetwork()
        network.answers(toHost: "bridge.example", with: .silence)
        let bridge = ScriptedBridge()
        let threads = HTTPThreads()
        let examination = BridgeExamination(
            calling: bridge,
            network: network,
            clerk: WebhookClerk.live(
                .init(),
                commands: WebhookCommandLine(options: []),
                threads: threads,
                time: .live()
            ),
            callbacks: CallbackChooser(
                advertised: nil,
                listen: HTTPEndpoint(host: "0.0.0.0", port: 8099),
                network: network
            ),
            threads: threads
        )
        let patient = try verdicts(bridge: "bridge.example") { _ in }.lock
        let facts = await examination.facts(of: patient, mac: nil)
        #expect(network.questions == ["bridge.example"])
        #expect(bridge.requests == [])
        let silent = try verdicts(bridge: "bridge.example") { $0 = facts }
        #expect(
            words(silent.name()) == [
                "failed", "no name server answers for bridge.example",
                "see that the name servers of this machine answer, or give the bridge's IP address as locks.bridge",
            ]
        )
        #expect(silent.name().verdict == .failed(.unavailable))
        #expect(words(silent.port()) == ["skipped", "the bridge's address is not known"])

        // A name with an address has one, whatever the bridge there does.
        let address = try #require(IPAddress("192.168.1.50"))
        network.answers(toHost: "bridge.example", with: .addresses([address]))
        network.leads(to: "192.168.1.50", from: "192.168.1.10")
        bridge.isAt(nil)
        let known = await examination.facts(of: patient, mac: nil)
        #expect(known.lookup == .addresses([address]))
        #expect(try known.route?.get().interface == "eth0")
        try await threads.shutDown()
    }

    @Test func `says by which way it is reached`() throws {
        let local = try #require(IPAddress("192.168.1.10"))
        let router = try #require(IPAddress("192.168.1.1"))
        let far = try verdicts {
            $0.route = .success(Route(local: local, interface: "eth0", prefixLength: 24, gateway: router))
        }
        #expect(
            words(far.route()) == ["ok", "eth0 leads there through the router 192.168.1.1, from 192.168.1.10"]
        )
        let none = try verdicts { $0.route = .failure(.noRoute) }
        #expect(
            words(none.route()) == [
                "failed", "this machine has no way to the bridge 192.168.1.50",
                "see that the bridge has power and Wi-Fi, and that this machine has a route to its network",
            ]
        )
    }

    @Test(arguments: BridgeFailure.allCases)
    func `has evidence and a remedy for every failure`(failure: BridgeFailure) throws {
        let verdicts = try verdicts {
            $0.port = .success("192.168.1.50")
            $0.status = .failed(failure)
        }
        let finding = verdicts.status()
        #expect(finding.evidence.contains("192.168.1.50"))
        #expect(finding.remedy?.isEmpty == false)
        #expect(verdicts.findings.dropFirst(4).allSatisfy { $0.verdict == .skipped })
    }

    @Test func `knows another bridge by its MAC`() throws {
        func mac(_ mac: String?, known: String?) throws -> DoctorFinding {
            try verdicts(knownMAC: known) {
                $0.status = .read(BridgeStatus(isLockOnline: true, bolt: .dayLock, bridgeMAC: mac), .esp32)
            }.mac()
        }
        #expect(
            words(try mac("a0b1c2d3e4f1", known: nil)) == ["ok", "A0:B1:C2:D3:E4:F1; the gateway has met no other yet"]
        )
        #expect(words(try mac(nil, known: "a0b1c2d3e4f1")) == ["skipped", "the bridge does not tell its Wi-Fi MAC"])
        #expect(try mac("a0b1c2d3e4f2", known: "a0b1c2d3e4f1").verdict == .failed(.configuration))
        let wrong = try verdicts(bridge: "A0B1C2D3E4F1", knownMAC: "ffffffffffff") {
            $0.status = .read(BridgeStatus(isLockOnline: true, bolt: .dayLock, bridgeMAC: "a0b1c2d3e4f1"), .esp32)
        }
        #expect(words(wrong.mac()) == ["ok", "A0:B1:C2:D3:E4:F1, as known"], "what is configured comes first")
    }

    @Test func `tells who listens where webhooks should arrive`() throws {
        func listener(_ listener: BridgeFindings.Listener, online: Bool = false) throws -> [String] {
            words(
                try verdicts(isGatewayOnline: online) {
                    $0.callback = .success(
                        CallbackChooser.Choice(
                            base: "http://192.168.1.10:8099",
                            route: CallbackRoute(bridge: "192.168.1.50", callback: "192.168.1.10:8099")
                        )
                    )
                    $0.listener = listener
                }.listener()
            )
        }
        #expect(try listener(.ours) == ["ok", "the gateway's listener answers at 192.168.1.10:8099"])
        #expect(
            try listener(.stranger(status: 404)) == [
                "failed",
                "what answers at 192.168.1.10:8099 does not know this lock: another gateway, or one with an older"
                    + " configuration",
                "restart the gateway, or give each gateway its own port in webhook.listen",
            ]
        )
        #expect(
            try listener(.nobody) == [
                "failed", "nothing listens at 192.168.1.10:8099",
                "start the gateway: systemctl start loqed-gateway, or: loqed-gateway run",
            ]
        )
        #expect(
            try listener(.silent, online: true) == [
                "failed", "192.168.1.10:8099 does not answer, though the gateway is online",
                "if the gateway runs elsewhere, run this there; else let webhook.listen and webhook.advertise agree",
            ]
        )
    }

    @Test func `leaves the webhooks of a lock alone that the running gateway does not have yet`() throws {
        let reason = ["skipped", "the running gateway does not have this lock yet: see gateway_locks"]
        let new = try verdicts(isGatewayOnline: true, isServed: false) {
            $0.callback = .success(
                CallbackChooser.Choice(
                    base: "http://192.168.1.10:8099",
                    route: CallbackRoute(bridge: "192.168.1.50", callback: "192.168.1.10:8099")
                )
            )
            $0.listener = .stranger(status: 404)
        }
        #expect(words(new.listener()) == reason)
        let occupied = try verdicts(isGatewayOnline: true, isServed: false) {
            $0.callback = new.facts.callback
            $0.listener = .stranger(status: 200)
        }
        #expect(occupied.listener().verdict == .failed(.dataError))
    }

    @Test func `has the words of the gateway for an address that is none`() throws {
        let verdicts = try verdicts {
            $0.callback = .failure(UnusableCallback(.container, remedy: "webhook.advertise: http://192.168.1.10:8099"))
        }
        #expect(
            words(verdicts.callback()) == [
                "failed",
                "an address that only containers reach would be told to the bridge 192.168.1.50; none was registered",
                "write in the configuration: webhook.advertise: http://192.168.1.10:8099",
            ]
        )
        #expect(words(verdicts.listener()) == ["skipped", "there is no address to try"])
    }
}
