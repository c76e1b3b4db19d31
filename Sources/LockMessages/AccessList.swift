package import LockDomain

/// Who may do what on the broker, as lines of mosquitto's `acl_file`.
///
/// Exact topics, and nothing beyond what each needs: with such a file mosquitto denies all that it does not name.
package struct AccessList: Hashable, Sendable {
    /// Somebody who is no gateway, with the locks that they are to deal with.
    package struct User: Hashable, Sendable {
        package let name: String
        package let locks: [LockID]

        package init(name: String, locks: [LockID]) {
            self.name = name
            self.locks = locks
        }
    }

    private enum Line: Hashable {
        case comment(String)
        case user(String)
        case read(String)
        case write(String)
        case readAndWrite(String)
    }

    private let layout: TopicLayout
    private let homeAssistant: HomeAssistantLayout
    private let isDiscoverable: Bool
    private let answers: String
    private let locks: [LockID]
    private let formerLocks: [LockID]
    /// The user that the gateway logs in as.
    private let gateway: String
    /// The user that Home Assistant logs in as; nil: there is none.
    private let assistant: String?
    /// Those who see the locks and command them, such as Node-RED.
    private let operators: [User]
    /// Those who see the locks and no more, such as a display on the wall.
    private let panels: [User]

    /// Puts a list together.
    ///
    /// - Parameters:
    ///   - base: `mqtt.base_topic`.
    ///   - answers: `mqtt.response_topic_prefix`.
    ///   - discoveryPrefix: `home_assistant.discovery_prefix`.
    ///   - isDiscoverable: `home_assistant.discovery`.
    ///   - locks: those of the configuration.
    ///   - formerLocks: those that the gateway is to take off the broker.
    ///   - gateway: the gateway's user.
    ///   - assistant: Home Assistant's user.
    ///   - operators: those who may command.
    ///   - panels: those who may only look.
    package init(
        base: TopicPrefix,
        answers: TopicPrefix,
        discoveryPrefix: TopicPrefix,
        isDiscoverable: Bool,
        locks: [LockID],
        formerLocks: [LockID],
        gateway: String,
        assistant: String?,
        operators: [User],
        panels: [User]
    ) {
        layout = TopicLayout(base: base)
        self.answers = answers == base ? "\(base)/answers/#" : "\(answers)/#"
        homeAssistant = HomeAssistantLayout(prefix: discoveryPrefix)
        self.isDiscoverable = isDiscoverable
        self.locks = locks.sorted()
        self.formerLocks = formerLocks.sorted()
        self.gateway = gateway
        self.assistant = assistant
        self.operators = operators
        self.panels = panels
    }

    /// The file's text, ending in a line feed.
    package var text: String {
        let head: [Line] = [
            .comment("Who may do what with the locks, for mosquitto. Made by: loqed-gateway acl"),
            .comment(
                "It goes into the file that mosquitto.conf names as acl_file, beside the lines of your other devices:"
            ),
            .comment("with an acl_file, nobody may do anything that it does not name."),
        ]
        return ([head] + sections).map { $0.map(Self.text).joined() }.joined(separator: "\n")
    }

    /// The same for programs, and for brokers that take no `acl_file`: an object with `users`, a list of objects with `name`
    /// and `rules`, each with `access` (`read`, `write` or `readwrite`) and `topic`.
    package var json: JSONValue {
        let users = sections.map { lines in
            let name = lines.compactMap { line in if case .user(let name) = line { name } else { nil } }.first ?? ""
            return JSONValue.object(["name": .text(name), "rules": .list(lines.compactMap(Self.rule))])
        }
        return ["users": .list(users)]
    }

    /// `json` on one line.
    package var jsonText: String { String(decoding: json.bytes, as: UTF8.self) }

    private static func rule(_ line: Line) -> JSONValue? {
        switch line {
        case .comment, .user: nil
        case .read(let topic): ["access": "read", "topic": .text(topic)]
        case .write(let topic): ["access": "write", "topic": .text(topic)]
        case .readAndWrite(let topic): ["access": "readwrite", "topic": .text(topic)]
        }
    }

    /// Of one user each.
    private var sections: [[Line]] {
        [gatewayLines] + (assistant.map { [assistantLines($0)] } ?? []) + operators.map(operatorLines)
            + panels.map(panelLines)
    }

    private static func text(_ line: Line) -> String {
        switch line {
        case .comment(let text): "# \(text)\n"
        case .user(let name): "user \(name)\n"
        case .read(let topic): "topic read \(topic)\n"
        case .write(let topic): "topic write \(topic)\n"
        case .readAndWrite(let topic): "topic readwrite \(topic)\n"
        }
    }

    // MARK: Sections

    private var gatewayLines: [Line] {
        var lines: [Line] = [.comment("The gateway."), .user(gateway)]
        // What it says it may read too: the terminal and the doctor come as this user, unless told otherwise.
        lines += gatewayTopics.map(Line.readAndWrite)
        for lock in locks {
            lines += shown(lock).map(Line.readAndWrite)
            lines += asked(lock).map(Line.read)
        }
        lines.append(.write(answers))
        // It takes its devices back when there is no discovery any more, and looks first whether they are there.
        lines += discovered.map(Line.readAndWrite)
        if isDiscoverable { lines.append(.read(homeAssistant.birth)) }
        lines.append(.comment("By these the doctor sees that the broker has this list; nobody reads them."))
        lines += ([layout.gatewayProbe] + locks.map(layout.probe)).map(Line.readAndWrite)
        for lock in formerLocks {
            lines.append(.comment("Until the gateway has taken \(lock) off the broker."))
            // The same that it clears, and looks for before.
            let devices = [HomeAssistantDevice.Subject.lock(lock), .bridge(lock)]
            let topics =
                [Publication].clearing(lock, in: layout).map(\.topic) + devices.map(homeAssistant.configuration)
            lines += topics.map(Line.readAndWrite)
        }
        return lines
    }

    private func assistantLines(_ name: String) -> [Line] {
        var lines: [Line] = [.comment("Home Assistant."), .user(name)]
        lines += gatewayTopics.map(Line.read)
        for lock in locks {
            lines += shown(lock).map(Line.read)
            lines += asked(lock).map(Line.write)
        }
        if isDiscoverable {
            lines.append(.comment("A device that somebody deletes there is cleared here."))
            lines += discovered.map(Line.readAndWrite)
            lines.append(.comment("Its own birth and last words."))
            lines.append(.readAndWrite(homeAssistant.birth))
        }
        return lines
    }

    private func operatorLines(_ user: User) -> [Line] {
        var lines: [Line] = [.comment("Sees and commands \(Self.list(user.locks))."), .user(user.name)]
        lines += gatewayTopics.map(Line.read)
        for lock in user.locks {
            lines += shown(lock).map(Line.read)
            lines += [.write(layout.command(of: lock)), .write(layout.refresh(of: lock))]
        }
        lines.append(.comment("Where it may ask for the results of its commands."))
        lines.append(.read(answers))
        return lines
    }

    /// Not who came and went, nor what was commanded: only how the doors are.
    private func panelLines(_ user: User) -> [Line] {
        var lines: [Line] = [.comment("Sees how \(Self.list(user.locks)) are, and no more."), .user(user.name)]
        if user.locks.count == 1 {
            lines[0] = .comment("Sees how \(Self.list(user.locks)) is, and no more.")
        }
        lines.append(.read(layout.gatewayAvailability))
        for lock in user.locks {
            lines += [layout.state(of: lock), layout.battery(of: lock), layout.connectivity(of: lock)].map(Line.read)
        }
        return lines
    }

    private static func list(_ locks: [LockID]) -> String { locks.map(\.rawValue).joined(separator: ", ") }

    // MARK: Topics

    private var gatewayTopics: [String] { [layout.gatewayAvailability, layout.gatewayInfo, layout.gatewayProblem] }

    private var discovered: [String] {
        let subjects = [.gateway] + locks.flatMap { [HomeAssistantDevice.Subject.bridge($0), .lock($0)] }
        return subjects.map(homeAssistant.configuration)
    }

    /// What the gateway publishes of a lock.
    private func shown(_ lock: LockID) -> [String] {
        [
            layout.state(of: lock), layout.battery(of: lock), layout.connectivity(of: lock),
            layout.attributes(of: lock), layout.event(of: lock), layout.commandResult(of: lock),
            layout.commandsEnabled(of: lock),
        ]
    }

    /// What the gateway listens to.
    private func asked(_ lock: LockID) -> [String] {
        [layout.command(of: lock), layout.refresh(of: lock), layout.commandsSwitch(of: lock)]
    }
}
