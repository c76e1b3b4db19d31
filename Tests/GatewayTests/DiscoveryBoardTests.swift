import LockDomain
import LockMessages
import Testing

@testable import Gateway

@Suite struct `What Home Assistant is told of our devices` {
    private var board: DiscoveryBoard
    private let front: LockID
    private let back: LockID
    private let layout: HomeAssistantLayout

    init() throws {
        front = try #require(LockID("front_door"))
        back = try #require(LockID("back_door"))
        layout = HomeAssistantLayout(prefix: try #require(TopicPrefix("homeassistant")))
        board = DiscoveryBoard(
            [
                LockListing(id: front, name: "Front door", allowedActions: [.lock]),
                LockListing(id: back, name: "Back door", allowedActions: [.lock]),
            ],
            version: "1.2.3",
            layout: TopicLayout(base: try #require(TopicPrefix("loqed"))),
            homeAssistant: layout
        )
    }

    private func report(mac: String? = nil, kind: BridgeKind? = nil, wifi: Int? = nil) -> LockReport {
        LockReport(
            state: .unknown,
            connectivity: .online,
            road: .local,
            signal: SignalReading(wifi: wifi),
            webhookPath: .unproven,
            bridgeKind: kind,
            bridgeMAC: mac
        )
    }

    /// Each device with the one that it is reached through.
    private func links(_ publications: [Publication]) -> [String] {
        publications.map { publication in
            let device = publication.topic.split(separator: "/")[2]
            let text = String(decoding: publication.payload, as: UTF8.self)
            let parent = text.firstMatch(of: /"via_device":"([^"]*)"/).map { String($0.1) } ?? "nothing"
            return "\(device) below \(parent)"
        }
    }

    @Test func `is at first the gateway alone`() {
        #expect(links(board.all) == ["loqed_gateway below nothing"])
        #expect(links([board.gateway]) == ["loqed_gateway below nothing"])
    }

    @Test mutating func `is a lock below the gateway until its bridge is known, and below the bridge from then on`() {
        #expect(links(board.learn(from: report(), of: front)) == ["loqed_front_door below loqed_gateway"])
        #expect(
            links(board.learn(from: report(mac: "a0b1c2d3e4f1"), of: front)) == [
                "loqed_front_door-bridge below loqed_gateway", "loqed_front_door below loqed_front_door-bridge",
            ]
        )
        #expect(
            links(board.all) == [
                "loqed_gateway below nothing", "loqed_front_door-bridge below loqed_gateway",
                "loqed_front_door below loqed_front_door-bridge",
            ]
        )
    }

    @Test mutating func `is nothing of a lock whose bridge has not been asked yet`() {
        var starting = report(mac: "a0b1c2d3e4f1")
        starting.connectivity = .offline(.starting)
        #expect(board.learn(from: starting, of: front) == [])
        #expect(links(board.all) == ["loqed_gateway below nothing"])
        starting.connectivity = .offline(.bridgeUnreachable)
        #expect(board.learn(from: starting, of: front).count == 2)
    }

    @Test mutating func `is published anew when something on a device changes, and only then`() {
        let known = report(mac: "a0b1c2d3e4f1", kind: .esp32, wifi: 60)
        #expect(board.learn(from: known, of: front).count == 2)
        #expect(board.learn(from: known, of: front) == [])
        // What a report does not say has not changed.
        #expect(board.learn(from: report(), of: front) == [])
        #expect(board.learn(from: report(wifi: 61), of: front) == [])
        #expect(board.learn(from: report(mac: "a0b1c2d3e4f2"), of: front).count == 2, "another bridge")
        #expect(board.learn(from: report(kind: .shelly), of: front).count == 2, "of the other kind")
        #expect(board.learn(from: report(wifi: -60), of: front).count == 2, "in another unit")
        #expect(board.learn(from: known, of: back).count == 2, "another lock")
    }

    @Test mutating func `is never again a device that was deleted`() throws {
        _ = board.learn(from: report(mac: "a0b1c2d3e4f1"), of: front)
        _ = board.learn(from: report(), of: back)
        let topic = layout.configuration(of: .lock(front))
        let deleted = board.delete(topic)
        let (subject, rest) = try #require(deleted)
        #expect(subject == .lock(front))
        let expected = [
            "loqed_gateway below nothing", "loqed_front_door-bridge below loqed_gateway",
            "loqed_back_door below loqed_gateway",
        ]
        #expect(links(rest) == expected)
        #expect(links(board.all) == expected)
        #expect(links(board.learn(from: report(kind: .shelly), of: front)) == [expected[1]])
        let again = board.delete(topic)
        #expect(again?.subject == nil, "it was known")
        let foreign = board.delete("homeassistant/device/somebody_else/config")
        #expect(foreign?.subject == nil)
    }

    @Test mutating func `does not name a device that was deleted, lest an empty one be made in its place`() {
        _ = board.learn(from: report(mac: "a0b1c2d3e4f1"), of: front)
        let withoutBridge = board.delete(layout.configuration(of: .bridge(front)))?.rest ?? []
        #expect(links(withoutBridge) == ["loqed_gateway below nothing", "loqed_front_door below loqed_gateway"])
        let withoutBoth = board.delete(layout.configuration(of: .gateway))?.rest ?? []
        #expect(links(withoutBoth) == ["loqed_front_door below nothing"])
    }
}
