import LockDomain
import LockMessages

/// What a setup has found out, as a configuration file.
struct SetupDocument: Sendable {
    var mqtt: GatewayConfiguration.MQTT
    /// The file of the password, where it stands in one.
    var passwordFile: String?
    var webhook = GatewayConfiguration.Webhook()
    /// Where `health` and `explain` ask the gateway.
    var admin = NetworkAddress(host: "127.0.0.1", port: 8098)
    var id: LockID
    var name: String
    var bridge: NetworkAddress
    var information: IntegrationInformation
    var actions: Set<LockAction>

    /// The lock as the gateway would have it.
    var lock: GatewayConfiguration.Lock {
        GatewayConfiguration.Lock(
            id: id,
            name: name,
            bridge: bridge,
            bridgeMAC: information.bridgeMAC,
            bridgeKey: information.bridgeKey,
            keySecret: information.keySecret,
            localKeyID: information.localKeyID,
            allowedActions: actions
        )
    }

    /// The text of the file, with the secrets in it.
    func text(at path: String) -> Secret<String> {
        var lines = [
            "# Configuration of loqed-gateway, written by `loqed-gateway setup`. It holds the keys of a door: keep it so.",
            "# All other keys are explained in the gateway.yaml that comes with the gateway. After a change:",
            "#   loqed-gateway check --config \(ShellWord(path))",
            "",
            "mqtt:",
            "  host: \(quoted(mqtt.host))",
            "  port: \(mqtt.port)",
        ]
        if let login = mqtt.login {
            lines.append("  username: \(quoted(login.username))")
            if let passwordFile {
                lines.append("  password_file: \(quoted(passwordFile))")
            } else if let password = login.password {
                lines.append("  password: \(password.reveal { quoted($0) })")
            }
        }
        if let tls = mqtt.tls { lines.append(tls.caFile.map { "  tls: {ca_file: \(quoted($0))}" } ?? "  tls: {}") }
        lines += ["webhook:", "  listen: \(quoted(webhook.listen.description))"]
        if let advertise = webhook.advertise { lines.append("  advertise: \(quoted("http://\(advertise)"))") }
        lines += [
            "# Health, metrics and what `loqed-gateway explain` asks, for this machine alone.",
            "admin:",
            "  listen: \(quoted(admin.description))",
        ]
        let commands = LockAction.allCases.filter(actions.contains).map { $0.rawValue.lowercased() }
        lines += [
            "locks:",
            "  - id: \(quoted(id.rawValue))",
            "    name: \(quoted(name))",
            "    bridge: \(quoted(bridge.host.contains(":") || bridge.port != 80 ? bridge.description : bridge.host))",
            "    bridge_key: \(information.texts.bridgeKey.reveal { quoted($0) })",
            "    key_secret: \(information.texts.keySecret.reveal { quoted($0) })",
            "    local_key_id: \(information.localKeyID.rawValue)",
            "    commands: [\(commands.joined(separator: ", "))]",
        ]
        return Secret(lines.joined(separator: "\n") + "\n")
    }

    /// What JSON puts into quotes, YAML reads alike.
    private func quoted(_ text: String) -> String { String(decoding: JSONValue.text(text).bytes, as: UTF8.self) }
}

extension LockID {
    /// A name for topics, made of a name for people: `Front door` becomes `front_door`.
    init?(slugOf name: String) {
        let letters = name.lowercased().unicodeScalars.map { scalar -> Character in
            let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            return isPlain ? Character(scalar) : "_"
        }
        let slug = String(letters).split(separator: "_").joined(separator: "_").prefix(64)
        self.init(String(slug))
    }
}
