import LockDomain
import LockMessages
import Logging

extension LoadedConfiguration {
    /// Everything that the gateway goes by, in the order of the shipped file.
    ///
    /// The values are those of the configuration itself, so what is shown is what counts.
    var effective: [EffectiveSetting] { mqtt + homeAssistant + webhook + rest + supervision + locks }

    /// The configuration as text, each value with its origin, secrets redacted.
    package var effectiveText: String { EffectiveText(effective).text }

    private func setting(_ keyPath: String, _ value: JSONValue) -> EffectiveSetting {
        EffectiveSetting(keyPath: keyPath, value: value, place: origins[keyPath]?.place)
    }

    private func setting(_ keyPath: String, _ text: String) -> EffectiveSetting { setting(keyPath, .text(text)) }

    private func setting(_ keyPath: String, _ duration: Duration) -> EffectiveSetting {
        setting(keyPath, .text(DurationUnit.text(of: duration)))
    }

    /// A key that has no default, if it was given.
    private func optional(_ keyPath: String, _ value: (some CustomStringConvertible)?) -> [EffectiveSetting] {
        value.map { [setting(keyPath, .text("\($0)"))] } ?? []
    }

    /// A secret: itself redacted, or the name of the file it is in.
    private func secret(_ keyPath: String) -> [EffectiveSetting] {
        let file = keyPath + "_file"
        if let origin = origins[file], let text = origin.text { return [setting(file, text)] }
        return origins[keyPath] == nil ? [] : [setting(keyPath, EffectiveSetting.redacted)]
    }

    /// The name of a file as it was given.
    private func file(_ keyPath: String) -> [EffectiveSetting] { optional(keyPath, origins[keyPath]?.text) }

    private var mqtt: [EffectiveSetting] {
        let mqtt = configuration.mqtt
        let start = [setting("mqtt.host", mqtt.host), setting("mqtt.port", .number(Int(mqtt.port)))]
        let login = optional("mqtt.username", mqtt.login?.username) + secret("mqtt.password")
        let middle = [
            setting("mqtt.protocol", mqtt.protocolVersion.rawValue), setting("mqtt.client_id", mqtt.clientID),
            setting("mqtt.base_topic", mqtt.baseTopic), setting("mqtt.keep_alive", mqtt.keepAlive),
            setting("mqtt.response_topic_prefix", mqtt.responseTopicPrefix),
        ]
        guard mqtt.tls != nil else { return start + login + middle }
        let files = ["ca_file", "certificate_file", "private_key_file"].flatMap { file("mqtt.tls.\($0)") }
        return start + login + middle + (files.isEmpty ? [setting("mqtt.tls", .object([:]))] : files)
    }

    private var homeAssistant: [EffectiveSetting] {
        [
            setting("home_assistant.discovery", .flag(configuration.homeAssistant.discovery)),
            setting("home_assistant.discovery_prefix", configuration.homeAssistant.discoveryPrefix),
        ]
    }

    private var webhook: [EffectiveSetting] {
        let webhook = configuration.webhook
        return [setting("webhook.listen", webhook.listen.description)]
            + optional("webhook.advertise", webhook.advertise.map { "http://\($0)" })
            + [setting("webhook.timestamp_tolerance", webhook.timestampTolerance)]
    }

    private var rest: [EffectiveSetting] {
        optional("admin.listen", configuration.admin) + [
            setting("state_directory", configuration.stateDirectory),
            setting("log.level", configuration.log.level.rawValue),
            setting("log.format", configuration.log.format.rawValue),
        ]
    }

    private var supervision: [EffectiveSetting] {
        let supervision = configuration.supervision
        return [
            setting("supervision.status_interval", supervision.statusInterval),
            setting("supervision.status_interval_unproven", supervision.statusIntervalUnproven),
            setting("supervision.probe_interval", supervision.probeInterval),
            setting("supervision.movement_timeout", supervision.movementTimeout),
        ] + optional("supervision.internet_check", supervision.internetCheck)
    }

    private var locks: [EffectiveSetting] {
        configuration.locks.enumerated().flatMap { index, lock in
            let path = "locks[\(index)]"
            let actions = LockAction.allCases.filter(lock.allowedActions.contains)
            let names = lock.keyNames.map { ("\($0.key.rawValue)", JSONValue.text($0.value)) }
            var settings = [setting("\(path).id", lock.id.rawValue), setting("\(path).name", lock.name)]
            settings += file("\(path).integration_file")
            settings.append(setting("\(path).bridge", lock.bridge.description))
            settings += secret("\(path).bridge_key") + secret("\(path).key_secret")
            settings.append(setting("\(path).local_key_id", .number(Int(lock.localKeyID.rawValue))))
            let commands: JSONValue = .list(actions.map { .text($0.rawValue.lowercased()) })
            settings.append(setting("\(path).commands", commands))
            settings.append(setting("\(path).key_names", .object(Dictionary(uniqueKeysWithValues: names))))
            return settings
        }
    }
}
