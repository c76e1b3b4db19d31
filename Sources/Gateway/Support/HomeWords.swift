/// What a home calls its things, and its secrets: the words that must not be in what is posted.
///
/// Gathered from every layer of the configuration, also from one that has mistakes, and from whatever else knows names.
struct HomeWords {
    /// In the order in which they are to be numbered.
    private(set) var names: [(word: String, kind: Pseudonyms.Kind)] = []
    private(set) var secrets: [Secret<String>] = []
    /// Whether the configuration could be read to its end, rightly or wrongly written: else it may have names that are
    /// not known.
    private(set) var isWhole = true

    /// Reads what it can; asks the outside world for the files that hold secrets.
    init(_ file: ConfigurationFile, in environment: LaunchEnvironment) {
        let session = ReadingSession(path: file.path, environment: environment)
        do throws(FileFailure) {
            let document = YAMLDocument(try environment.read(file.path, YAMLDocument.maximumSize + 1))
            // A file without locks is not the one that the gateway ran with, or no more than a part of it.
            isWhole = document.mistakes.isEmpty && document.root.isConfiguration
            take(document.root, of: "", session)
        } catch {
            isWhole = false
        }
        for (name, value) in environment.variables.sorted(by: { $0.key < $1.key }) {
            guard name.hasPrefix(ReadingSession.variablePrefix) else { continue }
            take(value, of: Self.key(ofVariable: name.dropFirst(ReadingSession.variablePrefix.count)), session)
        }
        for assignment in file.assignments {
            let key = assignment.key.split(separator: ".").last.map(String.init) ?? ""
            take(assignment.value ?? "", of: key, session)
        }
    }

    mutating func note(_ word: String, _ kind: Pseudonyms.Kind) { names.append((word, kind)) }
}

extension YAMLNode {
    fileprivate var isConfiguration: Bool {
        guard case .mapping(let pairs) = content else { return false }
        return pairs.contains { $0.key == "locks" }
    }
}

// MARK: - What a key of the configuration says

extension HomeWords {
    private enum Meaning {
        /// The same in every home.
        case common
        case name(Pseudonyms.Kind)
        case address
        case secret
        /// A file that holds a secret and nothing else.
        case secretFile
        /// What LOQED's portal shows.
        case portalFile
    }

    /// Every key of the configuration, by its last part, and those of LOQED's portal.
    private static let meanings: [String: Meaning] = {
        let common = [
            "mqtt", "port", "protocol", "keep_alive", "tls", "ca_file", "certificate_file", "private_key_file",
            "home_assistant", "discovery", "webhook", "timestamp_tolerance", "admin", "log", "level", "format",
            "supervision", "status_interval", "status_interval_unproven", "probe_interval", "movement_timeout",
            "state_directory", "locks", "local_key_id", "commands", "lock_key_local_id", "config",
        ]
        var meanings: [String: Meaning] = [
            "id": .name(.lock), "name": .name(.door), "key_names": .name(.person), "username": .name(.user),
            "client_id": .name(.name), "base_topic": .name(.name), "response_topic_prefix": .name(.name),
            "discovery_prefix": .name(.name), "host": .address, "listen": .address, "advertise": .address,
            "internet_check": .address, "bridge": .address, "bridge_ip": .address, "bridge_mdns_hostname": .address,
            "password": .secret, "bridge_key": .secret, "key_secret": .secret, "lock_key_key": .secret,
            "backend_key": .secret, "password_file": .secretFile, "bridge_key_file": .secretFile,
            "key_secret_file": .secretFile, "integration_file": .portalFile,
        ]
        for key in common { meanings[key] = .common }
        return meanings
    }()

    /// The words that a configuration is written with; no home is known by them.
    static var keys: some Collection<String> { meanings.keys }

    /// The last part of the key that a variable is for: `password_file` for `MQTT_PASSWORD_FILE`.
    private static func key(ofVariable name: Substring) -> String {
        let name = name.lowercased()
        return meanings.keys.filter { name == $0 || name.hasSuffix("_\($0)") }.max { $0.count < $1.count } ?? name
    }

    private mutating func take(_ node: YAMLNode, of key: String, _ session: ReadingSession) {
        switch node.content {
        case .scalar(let text, _): take(text, of: key, session)
        // What is an item of the list of locks is no list of locks.
        case .sequence(let items): for item in items { take(item, of: key == "locks" ? "" : key, session) }
        case .mapping(let pairs):
            for pair in pairs {
                guard key == "key_names" else {
                    // A list of locks that was written as a mapping has their ids as keys.
                    if key == "locks", Self.meanings[pair.key] == nil { note(pair.key, .lock) }
                    take(pair.value, of: pair.key, session)
                    continue
                }
                if Int(pair.key) == nil { note(pair.key, .person) }
                take(pair.value, of: key, session)
            }
        case .unusable: break
        }
    }

    private mutating func take(_ text: String, of key: String, _ session: ReadingSession) {
        switch Self.meanings[key] {
        case .common: break
        case .name(.person) where Int(text) != nil: break
        case .name(let kind): note(text, kind)
        case .address: noteAddress(text)
        case .secret: secrets.append(Secret(text))
        case .secretFile:
            guard let bytes = Self.bytes(of: text, SectionReader.maximumSecret, session) else { return }
            let secret = String(decoding: bytes, as: UTF8.self)
            secrets.append(Secret(secret.split(whereSeparator: \.isNewline).joined(separator: "\n")))
        case .portalFile:
            guard let bytes = Self.bytes(of: text, IntegrationInformation.maximumSize, session) else { return }
            take(YAMLDocument(bytes).root, of: "", session)
        case nil:
            // A key that was mistyped.
            if ["pas", "word", "pwd", "secret", "key", "token"].contains(where: key.lowercased().contains) {
                secrets.append(Secret(text))
            } else if text.contains(where: \.isLetter), !["true", "false", "null"].contains(text) {
                note(text, .name)
            }
        }
    }

    private mutating func noteAddress(_ text: String) {
        let rest = text.lowercased().hasPrefix("http://") ? String(text.dropFirst(7)) : text
        // Bridges by their MAC are told by their form.
        guard NetworkAddress(bridge: rest)?.bridgeMAC == nil else { return }
        let host = rest.split(separator: "/").first?.split(separator: ":").first.map(String.init)
        note(NetworkAddress(rest, defaultPort: 1)?.host ?? host ?? rest, .host)
    }

    private static func bytes(of file: String, _ maximum: Int, _ session: ReadingSession) -> [UInt8]? {
        let prefix = "credential:"
        let path =
            file.hasPrefix(prefix)
            ? session.credentials.map { "\($0)/\(file.dropFirst(prefix.count))" } : session.resolve(file)
        guard let path, !ShownPath.isSecret(file) else { return nil }
        do throws(FileFailure) {
            return try session.read(path, maximum: maximum)
        } catch {
            return nil
        }
    }
}

// MARK: - What others call by a name

extension HomeWords {
    private static let maximumNames = 1000

    /// What the gateway says of itself on the broker: it may still run with an earlier configuration.
    mutating func take(_ view: GatewayView) {
        for lock in view.info["locks"].elements.prefix(Self.maximumNames) {
            if let id = lock["id"].text { note(id, .lock) }
            if let name = lock["name"].text { note(name, .door) }
        }
        for (id, lock) in view.locks.sorted(by: { $0.key < $1.key }).prefix(Self.maximumNames) {
            note(id, .lock)
            if let person = lock.attributes["last_action"]["key_name"].text { note(person, .person) }
        }
    }

    /// The names of locks in topics below the base.
    mutating func take(topics: some Sequence<String>, below base: String) {
        for topic in topics.sorted().prefix(Self.maximumNames) where topic.hasPrefix("\(base)/") {
            if let name = topic.dropFirst(base.count + 1).split(separator: "/").first { note(String(name), .lock) }
        }
    }

    /// What the admin listener answers to `/explain`.
    mutating func take(explanation: String) {
        let locks = PublishedDocument(Array(explanation.utf8))?["locks"].elements ?? []
        for lock in locks.prefix(Self.maximumNames) { if let id = lock["id"].text { note(id, .lock) } }
    }

    /// Whoever is logged in, also behind `sudo`.
    mutating func takeUsers(of variables: [String: String]) {
        let folder = variables["HOME"]?.split(separator: "/").last.map(String.init)
        for name in ["SUDO_USER", "LOGNAME", "USER"].map({ variables[$0] }) + [folder] {
            if let name, name != "root" { note(name, .user) }
        }
    }

    /// Whoever has a folder that is named in a text.
    mutating func takeHomes(in text: String) {
        let bytes = Array(text.utf8)
        for parent in ["/home/", "/Users/", "/media/"].map({ Array($0.utf8) }) {
            for start in bytes.indices where bytes[start] == parent[0] && bytes[start...].starts(with: parent) {
                let name = bytes[(start + parent.count)...].prefix(while: Self.isNamePart)
                guard name.contains(where: { $0 != UInt8(ascii: ".") }) else { continue }
                note(String(decoding: name, as: UTF8.self), .user)
            }
        }
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...:
            true
        default: false
        }
    }
}
