package import LockDomain
package import Logging
package import LoqedWire

/// Everything that the owner decides, checked: what is here can be used as it is.
package struct GatewayConfiguration: Sendable {
    package let mqtt: MQTT
    package let homeAssistant: HomeAssistant
    package let webhook: Webhook
    /// Where health and metrics are read; nil: nowhere.
    package let admin: NetworkAddress?
    package let log: Log
    package let supervision: Supervision
    /// The folder where the gateway keeps what must outlive it.
    package let stateDirectory: String
    /// At least one; no two with the same id or the same bridge.
    package let locks: [Lock]

    package init(
        mqtt: MQTT,
        homeAssistant: HomeAssistant = HomeAssistant(),
        webhook: Webhook = Webhook(),
        admin: NetworkAddress? = nil,
        log: Log = Log(),
        supervision: Supervision = Supervision(),
        stateDirectory: String = "state",
        locks: [Lock]
    ) {
        self.mqtt = mqtt
        self.homeAssistant = homeAssistant
        self.webhook = webhook
        self.admin = admin
        self.log = log
        self.supervision = supervision
        self.stateDirectory = stateDirectory
        self.locks = locks
    }

    /// How the locks appear in Home Assistant: the keys of `home_assistant`.
    package struct HomeAssistant: Hashable, Sendable {
        package let discovery: Bool
        /// A topic without wildcards and without a slash at either end.
        package let discoveryPrefix: String

        package init(discovery: Bool = true, discoveryPrefix: String = "homeassistant") {
            self.discovery = discovery
            self.discoveryPrefix = discoveryPrefix
        }
    }

    /// Where the bridges' webhooks arrive.
    package struct Webhook: Hashable, Sendable {
        package let listen: NetworkAddress
        /// What the bridges are told to call, over plain HTTP.
        ///
        /// Nil: the local address that leads to each bridge.
        package let advertise: NetworkAddress?
        /// How far the stamp of a webhook may be from our clock: 1 s to 60 s.
        package let timestampTolerance: Duration

        package init(
            listen: NetworkAddress = NetworkAddress(host: "0.0.0.0", port: 8099),
            advertise: NetworkAddress? = nil,
            timestampTolerance: Duration = .seconds(20)
        ) {
            self.listen = listen
            self.advertise = advertise
            self.timestampTolerance = timestampTolerance
        }
    }

    /// What is logged, and how: the keys of `log`.
    package struct Log: Hashable, Sendable {
        /// For people, or one JSON object for each line.
        package enum Format: String, Hashable, Sendable, CaseIterable {
            case text
            /// One object per line.
            case json
        }

        package let level: Logger.Level
        package let format: Format

        package init(level: Logger.Level = .info, format: Format = .text) {
            self.level = level
            self.format = format
        }
    }

    /// How often bridges are asked, and how long things may take: the keys of `supervision`.
    package struct Supervision: Hashable, Sendable {
        /// How often `/status` is read while webhooks arrive: at least 30 s.
        package let statusInterval: Duration
        /// The same while they are not proved to arrive, or the lock is offline: at least 10 s.
        package let statusIntervalUnproven: Duration
        /// How often the bridge is looked for: at least 1 s.
        package let probeInterval: Duration
        /// How long a movement may take: at least 2 s.
        package let movementTimeout: Duration
        /// A server in the internet, connected to when a bridge refuses: some refuse while the internet is gone.
        ///
        /// Nil: nothing is ever sent there.
        package let internetCheck: NetworkAddress?

        package init(
            statusInterval: Duration = .seconds(3600),
            statusIntervalUnproven: Duration = .seconds(60),
            probeInterval: Duration = .seconds(30),
            movementTimeout: Duration = .seconds(30),
            internetCheck: NetworkAddress? = nil
        ) {
            self.statusInterval = statusInterval
            self.statusIntervalUnproven = statusIntervalUnproven
            self.probeInterval = probeInterval
            self.movementTimeout = movementTimeout
            self.internetCheck = internetCheck
        }
    }

    /// One lock: the keys of an entry of `locks`.
    package struct Lock: Sendable {
        package let id: LockID
        /// What people call it.
        package let name: String
        package let bridge: NetworkAddress
        package let bridgeKey: BridgeKey
        package let keySecret: CommandSecret
        /// The key that ``keySecret`` belongs to: 0 to 250.
        package let localKeyID: KeyID
        /// Wi-Fi MAC of the bridge, where the configuration tells it: 12 lower-case hexadecimal digits.
        package let bridgeMAC: String?
        /// Empty for a lock that is only watched.
        package let allowedActions: Set<LockAction>
        package let keyNames: [KeyID: String]

        package init(
            id: LockID,
            name: String,
            bridge: NetworkAddress,
            bridgeMAC: String? = nil,
            bridgeKey: BridgeKey,
            keySecret: CommandSecret,
            localKeyID: KeyID,
            allowedActions: Set<LockAction> = [.lock, .unlock],
            keyNames: [KeyID: String] = [:]
        ) {
            self.id = id
            self.name = name
            self.bridge = bridge
            self.bridgeMAC = bridge.bridgeMAC ?? bridgeMAC
            self.bridgeKey = bridgeKey
            self.keySecret = keySecret
            self.localKeyID = localKeyID
            self.allowedActions = allowedActions
            self.keyNames = keyNames
        }
    }
}

extension GatewayConfiguration {
    /// What a good configuration amounts to: "1 lock, broker 127.0.0.1:1883".
    package var summary: String {
        let broker = NetworkAddress(host: mqtt.host, port: mqtt.port)
        return "\(locks.count) \(locks.count == 1 ? "lock" : "locks"), broker \(broker)"
    }
}
