import LockDomain
import LoqedWire
import Testing

@testable import Gateway

@Suite struct `A setup` {
    @Test(arguments: [
        ("Front door", "front_door"), ("  Voordeur (links)  ", "voordeur_links"), ("Haustür 2", "haust_r_2"),
        (String(repeating: "a", count: 80), String(repeating: "a", count: 64)),
    ])
    func `makes a name for topics of one for people`(name: String, id: String) {
        #expect(LockID(slugOf: name)?.rawValue == id)
    }

    @Test(arguments: ["", "戸", "!"])
    func `makes none where no letter is left`(name: String) { #expect(LockID(slugOf: name) == nil) }

    @Test(arguments: [
        ("{}", true), ("{\n", false), ("{\"a\": \"}\"", false), ("{\"a\": \"\\\"}\"", false), ("{\"a\": {}}", true),
        ("nothing", false), ("", false), ("{\"a\": \"{\"}", true),
    ])
    func `knows when a pasted object has ended`(text: String, isClosed: Bool) {
        #expect(BraceCount(text).isClosed == isClosed)
    }

    /// What is written is what was meant, whatever characters are in it.
    @Test func `writes what the gateway reads`() throws {
        let environment = ConfigurationFixture().environment
        let information = try IntegrationInformation.read(
            Array(`The integration information of LOQED's portal`.portal.utf8),
            named: "portal",
            in: environment
        )
        let odd = "a\"b\\c: #d 'e' {f} [g] & *h !i %j @k `l` é 戸"
        var document = SetupDocument(
            mqtt: .init(host: "fd00::7", port: 1884, login: .init(username: odd, password: Secret(odd)), tls: .init()),
            webhook: .init(
                listen: NetworkAddress(host: "::", port: 8099),
                advertise: NetworkAddress(host: "gateway.local", port: 80)
            ),
            admin: NetworkAddress(host: "::1", port: 9098),
            id: try #require(LockID("12")),
            name: odd,
            bridge: NetworkAddress(host: "fd00::50", port: 80),
            information: information,
            actions: []
        )
        for actions in [[], [.lock], Set(LockAction.allCases)] as [Set<LockAction>] {
            document.actions = actions
            let text = document.text(at: "/etc/it's here.yaml")
            let read = try text.reveal { try ConfigurationFixture($0).load() }
            #expect(read.mqtt.host == "fd00::7")
            #expect(read.mqtt.port == 1884)
            #expect(read.mqtt.login?.username == odd)
            #expect(read.mqtt.login?.password?.reveal { $0 } == odd)
            #expect(read.mqtt.tls == .init())
            #expect(read.webhook == document.webhook)
            #expect(read.admin == document.admin)
            let lock = try #require(read.locks.first)
            #expect(lock.id.rawValue == "12")
            #expect(lock.name == odd)
            #expect(lock.bridge == document.bridge)
            #expect(lock.bridgeKey.mark == information.bridgeKey.mark)
            #expect(lock.localKeyID == KeyID(6))
            #expect(lock.allowedActions == actions)
            #expect(!"\(document) \(text)".contains("AAEC"))
        }
    }
}
