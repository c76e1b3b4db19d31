package import LockDomain
import LockMessages
import Mosquitto

/// One command to a lock and what became of it.
package struct DoorErrand: Sendable {
    /// Until when the command must have been sent, counted from now; what arrives later is refused by the gateway.
    ///
    /// The lock's own deadline is of the same order.
    static let freshness = Duration.seconds(30)
    /// How long the gateway may take to say that it has received a command.
    static let hearingPatience = Duration.seconds(10)

    package let lock: String
    package let action: LockAction
    package let id: CommandID
    /// A word of the state topic; carried out only while the lock is published so.
    package let ifState: LockState?

    package init(_ action: LockAction, of lock: String, id: CommandID, ifState: LockState? = nil) {
        self.lock = lock
        self.action = action
        self.id = id
        self.ifState = ifState
    }

    /// The message for the command topic.
    func payload(at now: UnixTime) -> [UInt8] {
        let expiry = UnixTime(milliseconds: now.milliseconds + Self.freshness.components.seconds * 1000)
        var members: [String: JSONValue] = ["command": .text(action.rawValue), "id": .text(id.rawValue)]
        members["issued_at"] = now.rfc3339.map(JSONValue.text)
        members["expires_at"] = expiry.rfc3339.map(JSONValue.text)
        members["if_state"] = ifState.map { .text($0.rawValue) }
        return JSONValue.object(members).bytes
    }

    /// One step of a command as the gateway told it.
    package struct Step: Hashable, Sendable {
        package let document: PublishedDocument
        /// A word of ``CommandStatus``.
        let status: String
        let error: String?

        /// Nil: not about that command.
        init?(_ payload: [UInt8], of id: CommandID) {
            guard let document = PublishedDocument(payload), document["id"].json == .text(id.rawValue),
                let status = document["status"].text
            else { return nil }
            self.document = document
            self.status = status
            error = document["error"].text
        }

        /// Whether nothing more comes.
        var isLast: Bool { ["confirmed", "failed", "expired", "superseded", "refused"].contains(status) }

        /// One line for people.
        package var text: String { error.map { "\(status) (\($0))" } ?? status }

        package var json: String { String(decoding: document.json.bytes, as: UTF8.self) }

        /// What kept the command from being confirmed.
        var trouble: ClientTrouble? {
            switch status {
            case "confirmed": nil
            case "refused":
                ClientTrouble(
                    code: error == "rate_limited" || error == "busy" ? .temporary : .noPermission,
                    text: "refused: \(error ?? "?")",
                    remedy: CommandAdvice.refused(error)
                )
            case "expired":
                ClientTrouble(
                    code: .temporary,
                    text: "expired, nothing was sent" + (error.map { ": \($0)" } ?? ""),
                    remedy: CommandAdvice.failed(error)
                )
            case "superseded":
                ClientTrouble(
                    code: .temporary,
                    text: "superseded: a newer command came before anything was sent",
                    remedy: "see what the lock does: loqed-gateway status"
                )
            default:
                ClientTrouble(
                    code: .failed,
                    text: "\(status): \(error ?? "?")",
                    remedy: CommandAdvice.failed(error)
                )
            }
        }
    }
}

extension GatewayVisit {
    /// Sends a command once and follows it to its end.
    ///
    /// Nothing is sent while the gateway is offline, or to a lock that it does not have.
    ///
    /// - Parameters:
    ///   - errand: the command.
    ///   - limit: for how long its end is waited for.
    ///   - tell: gets every step.
    /// - Throws: why it was not confirmed.
    package func perform(
        _ errand: DoorErrand,
        within limit: Duration,
        _ tell: (DoorErrand.Step) -> Void
    ) async throws(ClientTrouble) {
        let before = try await look(at: [errand.lock])
        guard before.isOnline else { throw .gatewayOffline(baseTopic: baseTopic) }
        let resultTopic = "\(baseTopic)/\(errand.lock)/command/result"
        var isSent = false
        // Under 3.1.1 a broker takes a command that its access list forbids, and drops it: then no word comes by then.
        var hearingEnd: Duration?
        var told: [DoorErrand.Step] = []
        try await visit.run(
            subscribingTo: [visit.answerTopic, resultTopic, "\(baseTopic)/gateway/availability"],
            within: limit
        ) { event throws(ClientTrouble) -> Void? in
            switch event {
            case .ready(let session, let version):
                // Once: whether a lost message has arrived cannot be told from here, so it is never sent again.
                guard !isSent else { return nil }
                isSent = true
                let isTaken = try await send(errand, over: session)
                if isTaken, version == .v311 { hearingEnd = visit.time.now().uptime + DoorErrand.hearingPatience }
                return nil
            case .message(let message):
                if message.topic.hasSuffix("/gateway/availability") {
                    guard String(decoding: message.payload, as: UTF8.self) != "online" else { return nil }
                    throw .outcomeUnknown(errand, after: told.last, why: "the gateway went away")
                }
                // What is retained tells of an earlier command with this id. Both topics may tell the same step.
                guard !message.isRetained, let step = DoorErrand.Step(message.payload, of: errand.id),
                    !told.contains(step)
                else { return nil }
                told.append(step)
                tell(step)
                guard step.isLast else { return nil }
                if let trouble = step.trouble { throw trouble }
                return ()
            case .timeUp:
                throw .outcomeUnknown(errand, after: told.last, why: "no end within \(limit.components.seconds) s")
            case .quiet:
                guard told.isEmpty, let hearingEnd, visit.time.now().uptime >= hearingEnd else { return nil }
                throw .notHeard(errand)
            case .lost, .failed: return nil
            }
        }
    }

    /// Says whether the broker has acknowledged it; if not, it may have arrived all the same.
    private func send(_ errand: DoorErrand, over session: MosquittoSession) async throws(ClientTrouble) -> Bool {
        let topic = "\(baseTopic)/\(errand.lock)/command"
        let message = OutboundMessage(
            topic: topic,
            payload: errand.payload(at: visit.time.now().unix),
            properties: MessageProperties(
                expiry: DoorErrand.freshness,
                responseTopic: visit.answerTopic,
                correlationData: Array(errand.id.rawValue.utf8)
            )
        )
        do throws(MosquittoError) {
            try await session.publish(message)
            return true
        } catch {
            switch error {
            // Its steps will tell.
            case .mayHaveBeenDelivered, .acknowledgementTimeout: return false
            case .publishRefused:
                throw ClientTrouble(
                    code: .noPermission,
                    text: "\(topic): \(error)",
                    remedy: CommandAdvice.anotherUser
                )
            default: throw visit.trouble(error)
            }
        }
    }
}

extension ClientTrouble {
    static func gatewayOffline(baseTopic: String) -> ClientTrouble {
        ClientTrouble(
            code: .unavailable,
            text: "the gateway is offline (\(baseTopic)/gateway/availability); nothing was sent",
            remedy: "start it: loqed-gateway run"
        )
    }

    /// The broker has the command, and no word says that the gateway has it too.
    static func notHeard(_ errand: DoorErrand) -> ClientTrouble {
        let seconds = DoorErrand.hearingPatience.components.seconds
        return ClientTrouble(
            code: .failed,
            text: """
                the broker took \(errand.action.rawValue) \(errand.id), and the gateway has not said within \(seconds) s \
                that it received it; this user may not be allowed to command
                """,
            remedy: """
                \(CommandAdvice.anotherUser); it may have arrived all the same, so look first: \
                loqed-gateway status \(errand.lock)
                """
        )
    }

    static func outcomeUnknown(_ errand: DoorErrand, after last: DoorErrand.Step?, why: String) -> ClientTrouble {
        let far =
            last.map { "the last word was \($0.text)" } ?? "no word came; may the gateway read the command topic?"
        return ClientTrouble(
            code: .failed,
            text: "nobody knows what became of \(errand.action.rawValue) \(errand.id): \(why); \(far)",
            remedy: "see what the lock does: loqed-gateway status \(errand.lock)"
        )
    }
}
