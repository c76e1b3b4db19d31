import GatewayTestSupport
import Glibc
import LockDomain
import LockMessages
import Logging
import LoqedWire
import Mosquitto
import NIOConcurrencyHelpers
import ServiceLifecycle
import Testing

@testable import Gateway

/// Real supervisors, the real link, a real broker, and a relay between the two that cuts connections.
///
/// The story goes in stretches. Each ends when everything that was said must have been heard; then it is judged.
struct Soak {
    private static let stretch = 80
    private static let locks = [LockID("front")!, LockID("back")!, LockID("side")!]
    private static let base = TopicPrefix("loqed")!

    private let seed: UInt64
    let broker: TemporaryBroker
    let relay: CuttableRelay
    let recorder: Witness
    let link: MQTTLink
    /// What came in over MQTT and was not looked at yet.
    private let arrivals = NIOLockedValueBox<[LockInput]>([])
    private let time: DrivenTime
    private let log: LogLines

    private var random: SeededGenerator
    private var household: Household
    var book: Book
    private var deck: [Fault] = []
    private var told: [Fault: Int] = [:]
    /// Those of the present stretch, with the event before which each came.
    private var lately: [String] = []
    private var steps = 0
    private var commands = 0
    /// Commands that were sent while all was well and have not arrived.
    private var owed: Set<CommandID> = []
    private var taken: Set<CommandID> = []
    /// The last ending of connections that is not over.
    var present: Fault?
    private var isOver = false

    /// Tells the whole story.
    static func tell(seed: UInt64, events: Int) async throws {
        var soak = try await Soak(seed: seed)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: soak.link)],
                logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            soak.announce(soak.household.start())
            await soak.settle(isAfterTrouble: true)
            soak.book.turn()
            soak.recorder.forget()
            while soak.steps < events, !soak.isOver { try await soak.tellStretch(until: events) }
            soak.announce(soak.household.stop())
            await soak.settle(isAfterTrouble: false)
            await soak.judgeRetained()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await soak.judgeTheEnd(events)
        soak.relay.stop()
        await soak.recorder.close()
        await soak.broker.stop()
    }

    private init(seed: UInt64) async throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        broker = try await TemporaryBroker(settings: [
            "allow_anonymous true", "persistence true", "persistence_location FOLDER/", "autosave_on_changes true",
            "autosave_interval 40", "max_queued_messages 100000",
        ])
        relay = CuttableRelay(to: broker.port)
        recorder = try await Witness(port: broker.port)
        time = DrivenTime()
        log = LogLines()
        household = Household(Self.locks)
        book = Book(layout: TopicLayout(base: Self.base))
        let (recorder, arrivals, inbox) = (recorder, arrivals, EngineInbox())
        await eventually("the recorder listens") { recorder.isListening }
        let configuration = GatewayConfiguration(
            mqtt: .init(host: "127.0.0.1", port: UInt16(relay.port), responseTopicPrefix: "soak"),
            webhook: .init(listen: NetworkAddress(host: "127.0.0.1", port: 0)),
            stateDirectory: "",
            locks: try Self.locks.map { try Self.configure($0) }
        )
        link = try await MQTTLink.open(
            try MQTTLink.Settings(configuration, formerLocks: [], version: "soak"),
            // Cut so often, no session would come back within the minute if it waited as long as it should.
            reactor: MosquittoReactor(draw: { _ in 5 }),
            inbox: inbox,
            makeID: { CommandID("unnamed")! },
            time: time.source,
            logger: log.logger
        )
        // Ends with the process: the inbox has no other end.
        Task {
            for await input in inbox.inputs { arrivals.withLockedValue { $0.append(input) } }
        }
    }

    private static func configure(_ lock: LockID) throws -> GatewayConfiguration.Lock {
        GatewayConfiguration.Lock(
            id: lock,
            name: lock.rawValue,
            bridge: NetworkAddress(host: "127.0.0.1", port: 80),
            bridgeKey: try BridgeKey(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            keySecret: try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            localKeyID: Household.ownKey,
            allowedActions: [.lock, .unlock, .open]
        )
    }

    // MARK: The story

    private mutating func tellStretch(until events: Int) async throws {
        let length = min(Self.stretch, events - steps)
        let isQuiet = Bool.random(using: &random)
        var troubles: [Int: Fault] = [:]
        if !isQuiet {
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                troubles[Int.random(in: 0..<length, using: &random)] = drawFault()
            }
        }
        for step in 0..<length {
            steps += 1
            if let fault = troubles[step] { await bring(fault) }
            if present != nil, Int.random(in: 0..<15, using: &random) == 0 { await recover() }
            if Int.random(in: 0..<8, using: &random) == 0 { await sendCommand(isOwed: isQuiet) }
            takeArrivals()
            announce(household.step(using: &random))
            if book.trouble.faults == 0, Int.random(in: 0..<6, using: &random) == 0 { await letFlow() }
        }
        await settle(isAfterTrouble: !isQuiet)
        judge(isQuiet: isQuiet)
        if !isQuiet { await judgeRetained() }
        if isQuiet, Int.random(in: 0..<4, using: &random) == 0 { await renew() }
    }

    /// Every kind comes as often as any other, in an order of the seed's own.
    private mutating func drawFault() -> Fault {
        if deck.isEmpty { deck = Fault.allCases.shuffled(using: &random) }
        return deck.removeLast()
    }

    private mutating func bring(_ fault: Fault) async {
        if present != nil { await recover() }
        told[fault, default: 0] += 1
        lately.append("\(fault) at \(steps)")
        let place = Int.random(in: 0..<100, using: &random)
        await begin(fault, at: place, bytes: Int.random(in: 1...3000, using: &random))
    }

    /// Lets part of what was said be heard before the story goes on.
    private mutating func letFlow() async {
        let due = Self.locks.map { book.expected(of: $0) }.reduce(0, +)
        let enough = Int.random(in: 0...due, using: &random)
        await eventually("\(name): \(enough) of \(due) messages are heard") { heardOfLocks >= enough }
    }

    private var heardOfLocks: Int {
        recorder.everything.count { message in Self.locks.contains { book.isOf($0, message.topic) } }
    }

    private mutating func announce(_ words: [Word]) {
        for word in words {
            book.note(word)
            link.announce(word.announcement, for: word.lock)
        }
    }

    private mutating func sendCommand(isOwed: Bool) async {
        commands += 1
        let lock = Self.locks.randomElement(using: &random)!
        let id = CommandID("outside-\(commands)")!
        let answer = (topic: "soak/answers/\(lock)/\(commands)", correlationData: Array(id.rawValue.utf8))
        let verb = ["LOCK", "UNLOCK", "OPEN", "EXPLODE"].randomElement(using: &random)!
        book.answers[id] = answer
        let sent: Void? = try? await recorder.publish(
            OutboundMessage(
                topic: book.layout.command(of: lock),
                payload: Array(#"{"command":"\#(verb)","id":"\#(id)"}"#.utf8),
                properties: MessageProperties(responseTopic: answer.topic, correlationData: answer.correlationData)
            )
        )
        if isOwed {
            #expect(sent != nil, "\(name): a command could not be sent")
            owed.insert(id)
        }
    }

    /// Hands on what came in over MQTT; returns the pings among it.
    @discardableResult
    private mutating func takeArrivals() -> Set<CommandID> {
        let inputs = arrivals.withLockedValue { arrivals in
            defer { arrivals = [] }
            return arrivals
        }
        var pings: Set<CommandID> = []
        for input in inputs {
            let id: CommandID
            switch input.event {
            case .commandRequested(let request): id = request.id
            case .commandRejected(let rejected): id = rejected.id
            default: continue
            }
            if id.rawValue.hasPrefix("ping-") {
                pings.insert(id)
                continue
            }
            owed.remove(id)
            #expect(taken.insert(id).inserted, "\(name): command \(id) arrived twice")
            announce(household.take(input))
        }
        return pings
    }

    /// Returns once all that was said must have been heard.
    private mutating func settle(isAfterTrouble: Bool) async {
        if isAfterTrouble {
            if present != nil { await recover() }
            await eventually("\(name): all sessions are back") { relay.connections > Self.locks.count }
            for lock in Self.locks { await ping(lock) }
            for lock in Self.locks { announce(household.mark(lock)) }
            await eventually("\(name): the newest is heard") { book.behind(recorder.everything).isEmpty }
            #expect(book.behind(recorder.everything) == [], "\(name): \(lately)")
        } else {
            await eventually("\(name): commands arrive") {
                takeArrivals()
                return owed.isEmpty
            }
            await eventually("\(name): all is heard") {
                let heard = recorder.everything
                return Self.locks.allSatisfy { lock in
                    heard.count { book.isOf(lock, $0.topic) } >= book.expected(of: lock)
                }
            }
        }
    }

    /// Returns when the lock's session has dealt with everything up to its present connection.
    ///
    /// A message to the lock comes behind the news of that connection.
    private mutating func ping(_ lock: LockID) async {
        var sent: Set<CommandID> = []
        var looks = 0
        await eventually("\(name): \(lock) can be reached") {
            if looks % 20 == 0 {
                commands += 1
                let id = CommandID("ping-\(commands)")!
                sent.insert(id)
                try? await recorder.publish(
                    OutboundMessage(
                        topic: book.layout.command(of: lock),
                        payload: Array(#"{"command":"PING","id":"\#(id)"}"#.utf8)
                    )
                )
            }
            looks += 1
            return !takeArrivals().isDisjoint(with: sent)
        }
    }

    /// A minute passes: what expires is said again.
    private mutating func renew() async {
        book.renew()
        time.advance(by: SessionPump.renewal)
        await settle(isAfterTrouble: false)
        judge(isQuiet: true)
    }

    // MARK: Verdicts

    var name: String { "seed \(seed), event \(steps)" }

    /// Compares what was heard with what was said, and begins a new stretch.
    private mutating func judge(isQuiet: Bool) {
        let everything = recorder.everything
        recorder.forget()
        book.learnVersion(from: everything)
        for lock in Self.locks {
            let heard = everything.filter { book.isOf(lock, $0.topic) }
            let complaint =
                isQuiet
                ? book.complaint(about: lock, heard: heard)
                : book.complaintInTrouble(about: lock, heard: heard)
            if let complaint {
                Issue.record("\(name), \(isQuiet ? "while all is well" : "\(lately)"): \(lock): \(complaint)")
                isOver = true
            }
        }
        book.turn()
        lately = []
    }

    /// What a late subscriber finds is what the supervisors said last, byte for byte.
    private mutating func judgeRetained() async {
        guard let all = try? await recorder.retained() else {
            Issue.record("\(name): nobody could look")
            return
        }
        let found = all.filter { topic, _ in Self.locks.contains { book.isOf($0, topic) } }
        let wanted = book.retained
        for topic in Set(wanted.keys).union(found.keys).sorted() where found[topic]?.payload != wanted[topic] {
            let due = wanted[topic].map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
            Issue.record("\(name), retained on \(topic): \(found[topic]?.text ?? "nothing") instead of \(due)")
            isOver = true
        }
    }

    private func judgeTheEnd(_ events: Int) async {
        let left = (try? await recorder.retained()) ?? [:]
        for lock in Self.locks { #expect(left[book.layout.state(of: lock)]?.text == "unknown", "\(name)") }
        #expect(left[book.layout.gatewayAvailability]?.text == "offline", "\(name)")
        #expect(steps == events || isOver, "\(name)")
        #expect(!log.all.contains { $0.contains("not published") || $0.contains("dropped") }, "\(name): \(log.all)")
        if events >= 10_000, !isOver {
            #expect(Fault.allCases.allSatisfy { told[$0, default: 0] >= 5 }, "\(name): \(told)")
            #expect(book.events > 2000 && book.publications > 10_000, "\(name): \(book.events), \(book.publications)")
        }
    }
}
