/// One line of a bridge's list of webhooks.
///
/// The URL of a stranger is a secret of theirs.
package struct WebhookEntry: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    package let id: UInt64
    package let url: String
    package let triggers: WebhookTriggers

    package init(id: UInt64, url: String, triggers: WebhookTriggers) {
        self.id = id
        self.url = url
        self.triggers = triggers
    }

    package var description: String { "<webhook \(id)>" }
    package var customMirror: Mirror { Mirror(self, children: ["id": id]) }

    /// Reads the bridge's answer to a list.
    ///
    /// Numbers may be text.
    package static func list(body: [UInt8]) throws(WireError) -> [WebhookEntry] {
        guard let elements = try JSONValue.parse(body).array else {
            throw .wrongType(path: "body", expected: "a list of webhooks")
        }
        var entries: [WebhookEntry] = []
        for (index, element) in elements.enumerated() {
            guard let object = element.object, let id = object["id"]?.int.flatMap(UInt64.init(exactly:)) else {
                throw .wrongType(path: "[\(index)].id", expected: "a number")
            }
            guard let url = object["url"]?.string else { throw .wrongType(path: "[\(index)].url", expected: "text") }
            entries.append(WebhookEntry(id: id, url: url, triggers: WebhookTriggers(fields: object)))
        }
        return entries
    }

    /// The entry as the bridge lists it.
    package var json: String { "{\"id\":\(id),\"url\":\(JSONValue.literal(url)),\(triggers.members)}" }
}

extension WebhookEntry {
    /// Reads the body of a creation, as a bridge would.
    package static func creation(body: [UInt8]) -> (url: String, triggers: WebhookTriggers)? {
        guard let object = try? JSONValue.parse(body).object, let url = object["url"]?.string else { return nil }
        return (url, WebhookTriggers(fields: object))
    }
}
