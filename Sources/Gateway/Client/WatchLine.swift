package import LockDomain
import LockMessages
import Mosquitto

/// One line of what happens, as a message on the broker told it.
package struct WatchLine: Hashable, Sendable {
    /// `12:00:01.250 front_door state locked`, without the time; nil for what is not worth a line.
    let text: String?
    let topic: String
    let payload: [UInt8]

    /// - Parameters:
    ///   - payload: of the message.
    ///   - topic: of the message, in full.
    ///   - baseTopic: what it begins with.
    init(_ payload: [UInt8], on topic: String, below baseTopic: String) {
        self.topic = topic
        self.payload = payload
        let parts = topic.dropFirst(baseTopic.count + 1).split(separator: "/", maxSplits: 1).map(String.init)
        let document = PublishedDocument(payload) ?? .null
        let word = String(decoding: payload.prefix(64), as: UTF8.self).onTerminal
        guard parts.count == 2 else {
            text = nil
            return
        }
        let name = parts[0].onTerminal
        switch parts[1] {
        case "event": text = "\(name) event \(Self.event(document))"
        case "command/result": text = "\(name) command \(Self.command(document))"
        case "problem": text = "\(name) problems \(Self.problems(document))"
        case "state", "battery", "connectivity", "commands_enabled", "availability":
            text = "\(name) \(parts[1]) \(word)"
        default: text = nil
        }
    }

    private static func event(_ event: PublishedDocument) -> String {
        var text = event["event_type"].text ?? "?"
        if let actor = event.actor { text += " by \(actor)" }
        if let cause = event["cause"].text { text += " (\(cause))" }
        return text
    }

    private static func command(_ result: PublishedDocument) -> String {
        let error = result["error"].text.map { " (\($0))" } ?? ""
        return
            "\(result["command"].text ?? "?") \(result["status"].text ?? "?")\(error), id \(result["id"].text ?? "?")"
    }

    private static func problems(_ list: PublishedDocument) -> String {
        let codes = list.elements.map { problem in
            (problem["lock"].text.map { "\($0): " } ?? "") + (problem["code"].text ?? "?")
        }
        return codes.isEmpty ? "none" : codes.joined(separator: ", ")
    }

    /// One line of JSON with the keys `time`, `topic`, `payload` (a word as text, a document as it is).
    package func json(at time: UnixTime) -> String {
        let isWord = text.map { _ in !["event", "result", "problem"].contains { topic.hasSuffix("/\($0)") } } ?? false
        let document = isWord ? nil : PublishedDocument(payload)?.json
        let line: JSONValue = [
            "time": time.rfc3339.map(JSONValue.text) ?? .null,
            "topic": .text(topic),
            "payload": document ?? .text(String(decoding: payload, as: UTF8.self)),
        ]
        return String(decoding: line.bytes, as: UTF8.self)
    }

    /// The time of day, in UTC, and what happened.
    package func text(at time: UnixTime) -> String? {
        text.map { "\(time.rfc3339?.dropFirst(11).prefix(8) ?? "?") \($0)" }
    }
}

extension GatewayVisit {
    /// What a watcher is told.
    package enum Sight: Sendable {
        case line(WatchLine)
        case lost(String)
        case back
    }

    /// Tells what happens until the task is cancelled; first what is so now.
    ///
    /// - Parameters:
    ///   - locks: the locks that are meant; all when empty.
    ///   - tell: gets every line, and what becomes of the connection.
    /// - Throws: that there is no broker, no gateway, or no such lock.
    package func watch(
        _ locks: [String],
        _ tell: (Sight) -> Void
    ) async throws(ClientTrouble) {
        if !locks.isEmpty { _ = try await look(at: locks) }
        var wasLost = false
        let filters = (locks.isEmpty ? ["+"] : locks).map { "\(baseTopic)/\($0)/#" } + ["\(baseTopic)/gateway/#"]
        try await visit.run(subscribingTo: locks.isEmpty ? ["\(baseTopic)/+/#"] : filters) { event -> Void? in
            switch event {
            case .message(let message): tell(.line(WatchLine(message.payload, on: message.topic, below: baseTopic)))
            case .lost(let error):
                if !wasLost { tell(.lost("broker \(visit.broker): \(error)")) }
                wasLost = true
            case .ready:
                if wasLost { tell(.back) }
                wasLost = false
            case .quiet, .timeUp, .failed: break
            }
            return nil
        }
    }
}
