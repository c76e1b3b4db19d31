import BridgeHTTP
import GatewayTestSupport
import LockDomain
import LockMessages
import Logging
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@testable import Gateway

/// Everything that left the gateway, as the bytes that others see.
private final class Outside: Announcing, FactRecording {
    private let image = StateImage(keyMarks: [:])
    private let layout = TopicLayout(base: TopicPrefix("loqed")!)
    private let lines = NIOLockedValueBox<[String]>([])
    private let written = NIOLockedValueBox(0)

    var all: [String] { lines.withLockedValue { $0 } }

    private func leaves(_ text: String) { lines.withLockedValue { $0.append(text) } }

    func announce(_ announcement: Announcement, for lock: LockID) {
        switch announcement {
        case .report(let report):
            for publication in [Publication](report, for: lock, in: layout) { leaves(publication) }
            leaves(
                Publication(
                    ProblemDocument(Set(report.problems.map { Problem($0, of: lock, bridge: "192.0.2.50") })),
                    in: layout
                )
            )
        case .occurrence(let occurrence): leaves(Publication(occurrence, for: lock, in: layout))
        case .commandResult(let result): leaves(Publication(result, for: lock, in: layout))
        }
        leaves("\(announcement)")
    }

    private func leaves(_ publication: Publication) {
        leaves("\(publication.topic) \(String(decoding: publication.payload, as: UTF8.self))")
    }

    func note(_ notice: Notice, for lock: LockID) {
        NoticeText.log(notice, of: lock, to: Logger(label: "test") { _ in Handler { self.leaves($0) } })
    }

    func remember(_ fact: LockFact, of lock: LockID) {
        let bytes = (try? image.journalLines([(lock, fact)])) ?? []
        leaves(String(decoding: bytes, as: UTF8.self))
    }

    func settle() async -> Bool { true }

    private struct Handler: LogHandler {
        let take: @Sendable (String) -> Void
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        init(_ take: @escaping @Sendable (String) -> Void) { self.take = take }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { take("\(event.message) \(event.metadata ?? [:])") }
    }
}

/// A bridge of moods, which keeps the signed commands that it was given.
private final class MoodyBridge: BridgeCalling {
    private let state: NIOLockedValueBox<(random: Chance, signed: [String])>

    init(seed: UInt64) { state = NIOLockedValueBox((Chance(seed), [])) }

    var signed: [String] { state.withLockedValue { $0.signed } }

    func perform(_ request: BridgeRequest, at bridge: HTTPEndpoint) async -> Result<HTTPAnswer, BridgeFailure> {
        state.withLockedValue { state in
            let failures: [BridgeFailure] = [.refused, .noAnswer, .unauthorised, .badStatus, .unreadable]
            guard state.random.isHeads else { return .failure(failures[state.random.pick(failures.count)]) }
            let mac = state.random.pick(8) == 0 ? "ffffffffffff" : "a0b1c2d3e4f1"
            let text =
                request.target == "/webhooks"
                ? #"[{"id":1,"url":"http://user:password@10.0.0.1/secret"}]"#
                : "{\"bridge_mac_wifi\":\"\(mac)\",\"lock_online\":1,\"bolt_state\":\"day_lock\"}"
            return .success(HTTPAnswer(status: 200, contentType: "text/html", text: text))
        }
    }

    func deliver(
        _ command: BridgeRequest,
        to bridge: HTTPEndpoint,
        unless objection: @Sendable () -> NotSentReason?
    ) async -> CommandAnswer {
        state.withLockedValue { state in
            state.signed.append(command.target)
            let answers: [CommandAnswer] = [
                .acknowledged, .unanswered, .refused(status: 500), .notSent(.unreachable(.refused)),
            ]
            return answers[state.random.pick(answers.count)]
        }
    }

    func route(to bridge: HTTPEndpoint) async -> Result<BridgeRoute, BridgeFailure> {
        state.withLockedValue {
            $0.random.isHeads ? .success(BridgeRoute(local: "127.0.0.1", remote: "127.0.0.1")) : .failure(.refused)
        }
    }
}

/// A sequence of choices that follows from its seed alone.
private struct Chance {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    var isHeads: Bool { mutating get { pick(2) == 0 } }

    mutating func pick(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(count))
    }
}

@Suite struct `No secret` {
    private static let lock = LockID("front_door")!
    private static let keySecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let bridgeKey = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

    /// Pieces long enough that none appears by chance.
    private static func pieces(of signed: [String]) -> [String] {
        let commands = signed.compactMap { $0.split(separator: "=", maxSplits: 1).last.map { String($0.prefix(20)) } }
        return commands + [
            String(keySecret.prefix(12)), String(bridgeKey.prefix(12)), "000102030405", "fffefdfcfbfa", "to_lock",
            "command_signed", "password", "[0, 1, 2, 3, 4",
        ]
    }

    @Test(arguments: UInt64(1)...40)
    func `leaves by a topic, the log, the record or an explanation, whatever happens`(seed: UInt64) async throws {
        let (outside, bridge, inbox) = (Outside(), MoodyBridge(seed: seed), EngineInbox())
        let known = GatewayConfiguration.Lock(
            id: Self.lock,
            name: "Front door",
            bridge: NetworkAddress(host: "127.0.0.1", port: 80),
            bridgeKey: try BridgeKey(base64: Self.bridgeKey),
            keySecret: try CommandSecret(base64: Self.keySecret),
            localKeyID: KeyID(3)!,
            allowedActions: Set(LockAction.allCases)
        )
        let clock = NIOLockedValueBox(Moment(uptime: .seconds(10), unix: UnixTime(seconds: 1_790_000_000)))
        let time = TimeSource(now: { clock.withLockedValue { $0 } }, sleep: { _ in await Task.yield() })
        let network = ScriptedNetwork()
        network.leads(to: "127.0.0.1", from: "127.0.0.1", by: "lo")
        let locator = BridgeLocator(bridge: bridge, network: network, macs: [:], journal: Unheard())
        let explanations = ExplanationBook([Self.lock], policy: LockPolicy())
        let runner = EffectRunner(
            directory: LockDirectory(
                [known],
                locator: locator,
                inbox: inbox,
                journal: SilentJournal(),
                time: time
            ),
            locator: locator,
            bridge: bridge,
            callbacks: CallbackChooser(
                advertised: nil,
                listen: HTTPEndpoint(host: "127.0.0.1", port: 8099),
                network: network
            ),
            internet: InternetCheck(network: network, target: nil, calling: bridge),
            announcer: outside,
            record: outside,
            explanations: explanations,
            inbox: inbox,
            time: time
        )
        let identity = LockIdentity(id: Self.lock, ownKey: KeyID(3)!, allowedActions: Set(LockAction.allCases))
        var random = Chance(seed)
        await withDiscardingTaskGroup { group in
            var supervisor = LockSupervisor(identity, policy: LockPolicy(), at: time.now())
            var events = inbox.inputs.makeAsyncIterator()
            inbox.report(LockInput(Self.lock, .started))
            // How answers and steps fall together is not the seed's: on until something was signed.
            for step in 0..<5000 where step < 200 || bridge.signed.isEmpty {
                clock.withLockedValue { now in
                    let milliseconds = Int64(random.pick(4000))
                    now = Moment(
                        uptime: now.uptime + .milliseconds(milliseconds),
                        unix: UnixTime(milliseconds: now.unix.milliseconds + milliseconds)
                    )
                }
                inbox.report(LockInput(Self.lock, Self.event(step, &random, at: time.now())))
                // All that waits: answers behind a queue that only grows would always come too late.
                repeat {
                    guard let input = await events.next() else { return }
                    for effect in supervisor.handle(input.event, at: time.now()) {
                        runner.perform(effect, for: Self.lock, in: &group)
                    }
                } while inbox.waiting(of: Self.lock) > 0
                for _ in 0..<(step < 200 ? 1 : 50) { await Task.yield() }
            }
            group.cancelAll()
        }
        let why = String(decoding: explanations.document.bytes, as: UTF8.self)
        #expect(why.utf8.count > 2000, "seed \(seed) explains hardly anything")
        let seen = outside.all + [why]
        #expect(seen.count > 100, "seed \(seed) tells hardly anything")
        #expect(!bridge.signed.isEmpty, "seed \(seed) signs no command")
        for piece in Self.pieces(of: bridge.signed) {
            #expect(!seen.contains { $0.contains(piece) }, "seed \(seed): \(piece)")
        }
    }

    private static func event(_ step: Int, _ random: inout Chance, at now: Moment) -> LockEvent {
        let stamp = WebhookStamp(signedAt: now.unix.seconds - Int64(random.pick(3)), fingerprint: UInt64(step))
        let bolts: [BoltState] = [.unknown, .open, .dayLock, .nightLock]
        let bolt = bolts[random.pick(4)]
        switch random.pick(9) {
        case 0: return .bridgeReported(BridgeReport(kind: .reached(bolt), key: KeyID(3)), stamp)
        case 1: return .bridgeReported(BridgeReport(kind: .going(to: bolt), key: KeyID(random.pick(5))), stamp)
        case 2: return .bridgeReported(BridgeReport(kind: .stalled), stamp)
        case 3: return .webhookRefusedForAge(skew: .seconds(40))
        case 4: return .refreshRequested
        case 5: return .commandsSwitched(random.pick(4) > 0)
        case 6, 7:
            let action = LockAction.allCases[random.pick(3)]
            return .commandRequested(CommandRequest(id: CommandID("c\(step)")!, action: action))
        default: return .woke
        }
    }
}

private struct Unheard: LocationJournal {
    func bridgeFound(of lock: GatewayConfiguration.Lock, at found: HTTPEndpoint?) {}
}
