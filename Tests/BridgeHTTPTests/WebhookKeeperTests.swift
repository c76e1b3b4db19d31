import BridgeHTTP
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

private let key = try! BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=")
private let lock = LockID("front_door")!
private let now = UnixTime(seconds: 1_700_000_000)

@Suite struct `Keeping our webhook on the bridge` {
    /// How a bridge takes a new target.
    private enum Manner {
        case keeps
        /// Says no as soon as it has so many.
        case refuses(from: Int)
        /// Says yes, and keeps nothing as soon as it has so many.
        case swallows(from: Int)
        /// Keeps it, and says no.
        case denies
        /// Says yes to a deletion, and keeps the entry.
        case clings
    }

    /// A bridge's list in memory; fails on what a real bridge would not allow.
    private final class Bridge: BridgeCalling {
        let entries: NIOLockedValueBox<[WebhookEntry]>
        let calls = NIOLockedValueBox<[String]>([])
        private let failure: BridgeFailure?
        private let manner: Manner

        init(_ entries: [WebhookEntry], failure: BridgeFailure? = nil, manner: Manner = .keeps) {
            self.entries = NIOLockedValueBox(entries)
            self.failure = failure
            self.manner = manner
        }

        func perform(_ request: BridgeRequest, at bridge: HTTPEndpoint) async -> Result<HTTPAnswer, BridgeFailure> {
            calls.withLockedValue { $0.append("\(request.method) \(request.target)") }
            if let failure { return .failure(failure) }
            return entries.withLockedValue { entries in
                switch request.method {
                case "GET":
                    let list = "[" + entries.map(\.json).joined(separator: ",") + "]"
                    return .success(HTTPAnswer(status: 200, contentType: "text/html", text: list))
                case "POST":
                    guard let (url, triggers) = WebhookEntry.creation(body: request.body) else {
                        return .failure(.badStatus)
                    }
                    let id = (entries.map(\.id).max() ?? 0) + 1
                    switch manner {
                    case .refuses(let count) where entries.count >= count: return .failure(.badStatus)
                    case .swallows(let count) where entries.count >= count: break
                    default: entries.append(WebhookEntry(id: id, url: url, triggers: triggers))
                    }
                    if case .denies = manner { return .failure(.badStatus) }
                    return .success(HTTPAnswer(status: 200))
                default:
                    let id = UInt64(request.target.split(separator: "/").last ?? "") ?? 0
                    guard entries.contains(where: { $0.id == id }) else { return .failure(.badStatus) }
                    if case .clings = manner { return .success(HTTPAnswer(status: 200)) }
                    entries.removeAll { $0.id == id }
                    return .success(HTTPAnswer(status: 200))
                }
            }
        }

        func deliver(
            _ command: BridgeRequest,
            to bridge: HTTPEndpoint,
            unless objection: @Sendable () -> NotSentReason?
        ) async -> CommandAnswer {
            Issue.record("a command is none of its business")
            return .unanswered
        }

        func route(to bridge: HTTPEndpoint) async -> Result<BridgeRoute, BridgeFailure> { .failure(.noRoute) }
    }

    private static let url = "http://192.0.2.20:8099/loqed/front_door"
    private static let stranger = WebhookEntry(id: 1, url: "http://192.0.2.30:8123/api/webhook/x", triggers: .all)

    private func reconcile(_ bridge: Bridge) async -> WebhookReconciliation {
        let endpoint = HTTPEndpoint(host: "192.0.2.1", port: 80)
        let keeper = WebhookKeeper(bridge: endpoint, key: key, calling: bridge, now: { now })
        return await keeper.reconcile(url: Self.url, of: lock)
    }

    private func entry(_ id: UInt64, _ url: String = url, _ triggers: WebhookTriggers = .all) -> WebhookEntry {
        WebhookEntry(id: id, url: url, triggers: triggers)
    }

    @Test func `creates what is missing`() async {
        let bridge = Bridge([Self.stranger])
        #expect(await reconcile(bridge) == .inOrder(foreign: 1))
        #expect(bridge.entries.withLockedValue { $0 } == [Self.stranger, entry(2)])
    }

    @Test func `changes nothing when all is well`() async {
        let bridge = Bridge([Self.stranger, entry(7)])
        #expect(await reconcile(bridge) == .inOrder(foreign: 1))
        #expect(bridge.calls.withLockedValue { $0 } == ["GET /webhooks"])
    }

    @Test func `replaces an address or triggers that changed, the new one first`() async {
        let bridge = Bridge([entry(2, "http://192.0.2.99:8099/loqed/front_door"), entry(3, Self.url, .battery)])
        #expect(await reconcile(bridge) == .inOrder(foreign: 0))
        #expect(bridge.entries.withLockedValue { $0 } == [entry(4)])
        #expect(
            bridge.calls.withLockedValue { $0 }
                == ["GET /webhooks", "POST /webhooks", "DELETE /webhooks/2", "DELETE /webhooks/3", "GET /webhooks"]
        )
    }

    @Test func `removes doubles of ours`() async {
        let bridge = Bridge([entry(2), entry(3), entry(4)])
        #expect(await reconcile(bridge) == .inOrder(foreign: 0))
        #expect(bridge.entries.withLockedValue { $0 } == [entry(2)])
    }

    @Test func `never touches strangers, however alike`() async {
        let strangers = [
            Self.stranger, entry(2, "http://192.0.2.20:8099/loqed/front_door2"),
            entry(3, "http://192.0.2.20:8099/loqed/back"),
            entry(4, "http://192.0.2.20:8099/x/loqed/front_door"),
            entry(5, "http://192.0.2.20:8099/loqed/front_door?x=1"),
        ]
        let bridge = Bridge(strangers)
        #expect(await reconcile(bridge) == .inOrder(foreign: 5))
        #expect(bridge.entries.withLockedValue { $0 } == strangers + [entry(6)])
    }

    @Test func `says why it failed`() async {
        #expect(await reconcile(Bridge([], failure: .unauthorised)) == .badKey)
        #expect(await reconcile(Bridge([], failure: .noAnswer)) == .failed(.noAnswer))
    }

    private static let old = "http://192.0.2.99:8099/loqed/front_door"

    @Test func `leaves a stranger's wrong address alone and mends only ours`() async {
        let other = entry(1, "http://192.0.2.99:8099/loqed/back_door")
        let bridge = Bridge([other, entry(2, Self.old)])
        #expect(await reconcile(bridge) == .inOrder(foreign: 1))
        #expect(bridge.entries.withLockedValue { $0 } == [other, entry(3)])
    }

    @Test func `gives our old entry's place to the new one when the list is full`() async {
        let bridge = Bridge([Self.stranger, entry(2, Self.old)], manner: .refuses(from: 2))
        #expect(await reconcile(bridge) == .inOrder(foreign: 1))
        #expect(bridge.entries.withLockedValue { $0 } == [Self.stranger, entry(2)])
        #expect(
            bridge.calls.withLockedValue { $0 } == [
                "GET /webhooks", "POST /webhooks", "GET /webhooks", "DELETE /webhooks/2", "POST /webhooks",
                "GET /webhooks",
            ]
        )
    }

    @Test func `does so too when a full list says yes and keeps nothing`() async {
        let bridge = Bridge([Self.stranger, entry(2, Self.old)], manner: .swallows(from: 2))
        #expect(await reconcile(bridge) == .inOrder(foreign: 1))
        #expect(bridge.entries.withLockedValue { $0 } == [Self.stranger, entry(2)])
    }

    @Test func `says that the list is full of others', and touches none of them`() async {
        let strangers = (1...5).map { entry($0, "http://192.0.2.30:8123/\($0)") }
        let bridge = Bridge(strangers, manner: .refuses(from: 5))
        #expect(await reconcile(bridge) == .listFull(foreign: 5))
        #expect(bridge.entries.withLockedValue { $0 } == strangers)
    }

    @Test func `does not call a list full that is empty`() async {
        #expect(await reconcile(Bridge([], manner: .refuses(from: 0))) == .failed(.badStatus))
    }

    @Test func `is not deceived by a yes that has no effect`() async {
        let bridge = Bridge([Self.stranger], manner: .swallows(from: 0))
        #expect(await reconcile(bridge) == .failed(.unreadable))
        #expect(bridge.entries.withLockedValue { $0 } == [Self.stranger])
        #expect(await reconcile(Bridge([entry(2), entry(3)], manner: .clings)) == .failed(.unreadable))
    }

    @Test func `is not deceived by a no that had its effect`() async {
        let bridge = Bridge([Self.stranger, entry(2, Self.old)], manner: .denies)
        #expect(await reconcile(bridge) == .inOrder(foreign: 1))
        #expect(bridge.entries.withLockedValue { $0 } == [Self.stranger, entry(3)])
    }

    @Test func `takes an entry that is gone already for deleted`() async throws {
        let bridge = Bridge([Self.stranger])
        let keeper = WebhookKeeper(
            bridge: HTTPEndpoint(host: "192.0.2.1", port: 80),
            key: key,
            calling: bridge,
            now: { now }
        )
        let after = try await keeper.carryOut(WebhookPlan(creation: nil, deletions: [entry(9)]), on: [entry(9)])
        #expect(after == [Self.stranger])
    }
}
