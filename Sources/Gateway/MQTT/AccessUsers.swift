import LockDomain
import LockMessages

/// The users of a broker that are to have to do with the locks, as they were named on the command line.
package struct AccessUsers: Sendable {
    /// Nil: `mqtt.username`.
    package var gateway: String?
    /// Nil: `homeassistant`, if there is discovery.
    package var homeAssistant: String?
    /// `NAME`, or `NAME=LOCK,LOCK`.
    package var operators: [String]
    package var panels: [String]
    package var formerLocks: [String]

    package init(
        gateway: String?,
        homeAssistant: String?,
        operators: [String],
        panels: [String],
        formerLocks: [String]
    ) {
        self.gateway = gateway
        self.homeAssistant = homeAssistant
        self.operators = operators
        self.panels = panels
        self.formerLocks = formerLocks
    }
}

/// Why no access list could be made.
package enum AccessFailure: Error, Equatable, CustomStringConvertible {
    case noGatewayUser
    case sameUser(String)
    case badName(String)
    case unknownLock(String, known: [String])
    case notFormer(String)
    case badTopic(String)

    package var description: String {
        switch self {
        case .noGatewayUser:
            "the gateway logs in without a name, so nobody can be told from it; set mqtt.username (and its password) in the"
                + " configuration, or name the user it is going to have: --user-gateway NAME"
        case .sameUser(let name):
            "\(name) has two parts to play, and would have the rights of both; give each a user of its own"
                + " (--user-gateway, --user-home-assistant, --user-operator, --user-panel)"
        case .badName(let name): "\"\(name)\" is no name that a user of mosquitto can have"
        case .unknownLock(let lock, let known):
            "there is no lock \(lock) in the configuration; there is: \(known.joined(separator: ", "))"
        case .notFormer(let lock): "\(lock) is no id of a lock that was removed from the configuration"
        case .badTopic(let key): "\(key) cannot stand in a file of mosquitto: it begins or ends with a blank"
        }
    }
}

extension GatewayConfiguration {
    /// Who may do what on the broker: the lines of an `acl_file` for mosquitto, or one document with a line feed at its end.
    package func accessList(for users: AccessUsers, isJSON: Bool = false) throws(AccessFailure) -> String {
        let base = try prefix(mqtt.baseTopic, "mqtt.base_topic")
        let answers = try prefix(mqtt.responseTopicPrefix, "mqtt.response_topic_prefix")
        let discovery = try prefix(homeAssistant.discoveryPrefix, "home_assistant.discovery_prefix")
        guard let gateway = users.gateway ?? mqtt.login?.username else { throw .noGatewayUser }
        let assistant = users.homeAssistant ?? (homeAssistant.discovery ? "homeassistant" : nil)
        var operators: [AccessList.User] = []
        for text in users.operators { operators.append(try user(text)) }
        var panels: [AccessList.User] = []
        for text in users.panels { panels.append(try user(text)) }
        let names = [gateway] + [assistant].compactMap { $0 } + (operators + panels).map(\.name)
        for (index, name) in names.enumerated() {
            guard Self.isUserName(name) else { throw .badName(name) }
            if names[..<index].contains(name) { throw .sameUser(name) }
        }
        var former: [LockID] = []
        for text in users.formerLocks {
            guard let lock = LockID(text), !locks.contains(where: { $0.id == lock }) else { throw .notFormer(text) }
            former.append(lock)
        }
        let list = AccessList(
            base: base,
            answers: answers,
            discoveryPrefix: discovery,
            isDiscoverable: homeAssistant.discovery,
            locks: locks.map(\.id),
            formerLocks: former,
            gateway: gateway,
            assistant: assistant,
            operators: operators,
            panels: panels
        )
        return isJSON ? list.jsonText + "\n" : list.text
    }

    /// `NAME` is for all locks, `NAME=LOCK,LOCK` for those.
    private func user(_ text: String) throws(AccessFailure) -> AccessList.User {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return AccessList.User(name: text, locks: locks.map(\.id).sorted()) }
        var ids: [LockID] = []
        for word in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            guard let lock = locks.first(where: { $0.id.rawValue == word }) else {
                throw .unknownLock(String(word), known: locks.map(\.id.rawValue).sorted())
            }
            if !ids.contains(lock.id) { ids.append(lock.id) }
        }
        return AccessList.User(name: String(parts[0]), locks: ids)
    }

    /// Blanks at the ends would be taken away by mosquitto, and the line would be for another user.
    private static func isUserName(_ name: String) -> Bool {
        !name.isEmpty && name.first != " " && name.last != " "
            && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private func prefix(_ topic: String, _ key: String) throws(AccessFailure) -> TopicPrefix {
        guard let prefix = TopicPrefix(topic), topic.first != " ", topic.last != " " else { throw .badTopic(key) }
        return prefix
    }
}
