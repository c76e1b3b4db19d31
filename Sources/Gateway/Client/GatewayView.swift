package import LockMessages

/// What a gateway says of itself and its locks on a broker, as far as its messages have come.
package struct GatewayView: Hashable, Sendable {
    /// One lock, by the last part of its topics.
    package struct Lock: Hashable, Sendable {
        fileprivate(set) var words: [String: String] = [:]
        fileprivate(set) var attributes = PublishedDocument.null
        fileprivate(set) var result = PublishedDocument.null

        static let wordTopics = ["state", "battery", "connectivity", "commands_enabled"]

        fileprivate var isComplete: Bool {
            Self.wordTopics.allSatisfy { words[$0] != nil } && attributes != .null
        }
    }

    private let baseTopic: String
    /// `online` or `offline`; nil: never heard.
    package private(set) var availability: String?
    private(set) var info = PublishedDocument.null
    private(set) var problems: PublishedDocument?
    private(set) var locks: [String: Lock] = [:]

    package init(baseTopic: String) { self.baseTopic = baseTopic }

    /// What to subscribe to: everything retained.
    package var subscriptions: [String] {
        // The last result first: not every lock has one, so nobody waits for it.
        (["command/result"] + Lock.wordTopics + ["attributes"]).map { "\(baseTopic)/+/\($0)" }
            + ["gateway/availability", "gateway/info", "gateway/problem"].map { "\(baseTopic)/\($0)" }
    }

    package var isOnline: Bool { availability == "online" }

    /// The locks of the gateway, or, before it has said which, those that were heard of.
    package var lockNames: [String] {
        let named = info["locks"].elements.compactMap { $0["id"].text }
        return named.isEmpty ? locks.keys.sorted() : named
    }

    /// Whether there is nothing more to wait for.
    ///
    /// Of a gateway that is offline much may have expired; only time tells that nothing more comes.
    package var isComplete: Bool {
        isOnline && info != .null && problems != nil && lockNames.allSatisfy { locks[$0]?.isComplete ?? false }
    }

    /// Takes a message; others than those subscribed to are passed over.
    package mutating func take(_ payload: [UInt8], on topic: String) {
        guard topic.hasPrefix("\(baseTopic)/") else { return }
        let parts = topic.dropFirst(baseTopic.count + 1).split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        let word = payload.isEmpty ? nil : String(decoding: payload.prefix(64), as: UTF8.self).onTerminal
        let document = PublishedDocument(payload) ?? .null
        switch (parts[0], parts[1]) {
        case ("gateway", "availability"): availability = word
        case ("gateway", "info"): info = document
        case ("gateway", "problem"): problems = payload.isEmpty ? nil : document
        case ("gateway", _): return
        case (let lock, "attributes"): locks[lock, default: Lock()].attributes = document
        case (let lock, "command/result"): locks[lock, default: Lock()].result = document
        case (let lock, let leaf):
            guard Lock.wordTopics.contains(leaf) else { return }
            locks[lock, default: Lock()].words[leaf] = word
        }
        if let lock = locks[parts[0]], lock == Lock() { locks[parts[0]] = nil }
    }
}

extension GatewayView {
    /// All of it as one JSON document with the keys `availability`, `info`, `problems` and `locks`.
    ///
    /// `locks` has for each lock the keys `id`, `state`, `battery`, `connectivity`, `commands_enabled` (as on their
    /// topics), `attributes` and `last_command` (the documents). What the broker has not is null.
    ///
    /// - Parameter wanted: the locks; all when empty.
    /// - Returns: the document.
    package func json(of wanted: [String] = []) -> JSONValue {
        let names = lockNames.filter { wanted.isEmpty || wanted.contains($0) }
        return [
            "availability": availability.map(JSONValue.text) ?? .null,
            "info": info.json,
            "problems": problems?.json ?? .null,
            "locks": .list(
                names.map { name in
                    let lock = locks[name] ?? Lock()
                    var members: [String: JSONValue] = [
                        "id": .text(name), "attributes": lock.attributes.json, "last_command": lock.result.json,
                    ]
                    for topic in Lock.wordTopics { members[topic] = lock.words[topic].map(JSONValue.text) ?? .null }
                    return .object(members)
                }
            ),
        ]
    }
}

extension GatewayView {
    /// `json(of:)` on one line.
    package func jsonText(of wanted: [String]) -> String { String(decoding: json(of: wanted).bytes, as: UTF8.self) }
}
