import BridgeHTTP
import LocalNetwork
import LockDomain
import LockMessages

/// What was seen of one lock's bridge amounts to.
struct BridgeVerdicts {
    let lock: GatewayConfiguration.Lock
    let facts: BridgeFindings
    /// What the bridge was known by before: 12 lower-case hexadecimal digits.
    let knownMAC: String?
    /// Whether the gateway is online on the broker.
    let isGatewayOnline: Bool
    /// Whether that gateway has the lock, as far as it can be told.
    let isServed: Bool

    private var id: LockID { lock.id }
    private var bridge: String { lock.bridge.shownName }

    var findings: [DoctorFinding] {
        [name, route, port, status, link, kind, mac, key, list, callback, listener].map { $0() }
    }

    private static let unreached = "the bridge was not reached"

    // MARK: The way there

    func name() -> DoctorFinding {
        guard !lock.bridge.isNumeric else {
            return .ok(.bridgeName, of: id, "the bridge is configured by its address \(lock.bridge.host)")
        }
        let problem = Problem(.nameNotFound, of: id, bridge: bridge)
        let missing = DoctorFinding.failed(
            .bridgeName,
            of: id,
            .unavailable,
            problem.text,
            remedy: problem.remedy
        )
        switch facts.lookup {
        case .addresses(let addresses)?:
            let shown = addresses.map(\.description).joined(separator: ", ")
            return .ok(
                .bridgeName,
                of: id,
                "\(lock.bridge.host) is \(shown)\(lock.bridge.isMulticastName ? " (mDNS)" : "")"
            )
        case .unknown?, nil: return missing
        case .silence?:
            return .failed(
                .bridgeName,
                of: id,
                .unavailable,
                "no name server answers for \(lock.bridge.host)",
                remedy: "see that the name servers of this machine answer, or give the bridge's IP address as"
                    + " locks.bridge"
            )
        }
    }

    func route() -> DoctorFinding {
        switch facts.route {
        case nil: return .skipped(.bridgeRoute, of: id, "the bridge's address is not known")
        case .success(let route)?:
            let through = route.gateway.map { " through the router \($0)" } ?? ""
            return .ok(.bridgeRoute, of: id, "\(route.interface) leads there\(through), from \(route.local)")
        case .failure?:
            let problem = Problem(.noRoute, of: id, bridge: bridge)
            return .failed(.bridgeRoute, of: id, .unavailable, problem.text, remedy: problem.remedy)
        }
    }

    func port() -> DoctorFinding {
        switch facts.port {
        case .success(let address)?:
            return .ok(
                .bridgePort,
                of: id,
                "\(NetworkAddress(host: address, port: lock.bridge.port)) takes connections"
            )
        case .failure(.nameNotFound)?, nil:
            return .skipped(.bridgePort, of: id, "the bridge's address is not known")
        case .failure(let failure)?:
            let problem = Problem(failure, of: id, bridge: bridge)
            return .failed(.bridgePort, of: id, .unavailable, problem.text, remedy: problem.remedy)
        }
    }

    // MARK: What it says

    func status() -> DoctorFinding {
        switch facts.status {
        case nil, .abandoned?: return .skipped(.bridgeStatus, of: id, Self.unreached)
        case .read?: return .ok(.bridgeStatus, of: id, "/status answers")
        case .failed(let failure)?:
            let problem = Problem(failure, of: id, bridge: bridge)
            let isAway = [.connectTimeout, .refused, .noRoute, .noAnswer].contains(failure)
            return .failed(
                .bridgeStatus,
                of: id,
                isAway ? .unavailable : .dataError,
                problem.text,
                remedy: problem.remedy
            )
        }
    }

    private var read: (status: BridgeStatus, kind: BridgeKind)? {
        guard case .read(let status, let kind) = facts.status else { return nil }
        return (status, kind)
    }

    /// Wi-Fi MAC that the bridge must have; absent while nobody knows.
    private var expectedMAC: String? { lock.bridge.bridgeMAC ?? knownMAC }

    private var isWrongBridge: Bool {
        guard let mac = read?.status.bridgeMAC, let expectedMAC else { return false }
        return mac != expectedMAC
    }

    private static let stranger = "another bridge answers there"

    func link() -> DoctorFinding {
        guard let read else { return .skipped(.lockLink, of: id, Self.unreached) }
        guard !isWrongBridge else { return .skipped(.lockLink, of: id, Self.stranger) }
        guard read.status.isLockOnline else {
            return .failed(
                .lockLink,
                of: id,
                .unavailable,
                "the bridge has no connection to the lock",
                remedy: "put fresh batteries into the lock, and bring the bridge closer to it"
            )
        }
        let battery = read.status.battery.level.map { ", its batteries have \($0) %" } ?? ""
        return .ok(.lockLink, of: id, "the bridge hears the lock\(battery)")
    }

    func kind() -> DoctorFinding {
        guard let read else { return .skipped(.bridgeKind, of: id, Self.unreached) }
        switch read.kind {
        case .esp32: return .ok(.bridgeKind, of: id, "ESP32: it signs its webhooks")
        case .shelly:
            return .warning(
                .bridgeKind,
                of: id,
                "Shelly-based: its webhooks may come unsigned, so they only make the gateway look; who turned the lock"
                    + " is then not known",
                remedy: "nothing must be done; update the bridge in LOQED's app when there is a newer firmware"
            )
        }
    }

    func mac() -> DoctorFinding {
        guard let read else { return .skipped(.bridgeMAC, of: id, Self.unreached) }
        guard let mac = read.status.bridgeMAC else {
            return .skipped(.bridgeMAC, of: id, "the bridge does not tell its Wi-Fi MAC")
        }
        let shown = Self.colons(mac)
        guard let expectedMAC else { return .ok(.bridgeMAC, of: id, "\(shown); the gateway has met no other yet") }
        guard mac != expectedMAC else { return .ok(.bridgeMAC, of: id, "\(shown), as known") }
        return .failed(
            .bridgeMAC,
            of: id,
            .configuration,
            "the bridge at \(bridge) is \(shown), and this lock's bridge is \(Self.colons(expectedMAC))",
            remedy: "correct locks.bridge, or give the bridge a fixed address in the router; for a new bridge copy its"
                + " bridge_key from LOQED's portal"
        )
    }

    static func colons(_ mac: String) -> String {
        stride(from: 0, to: mac.count, by: 2).map { mac.dropFirst($0).prefix(2).uppercased() }.joined(separator: ":")
    }

    // MARK: Webhooks

    func key() -> DoctorFinding {
        switch facts.list {
        case .success?:
            return .ok(.bridgeKey, of: id, "the bridge accepts bridge_key: it gave its list of webhooks for it")
        case .failure(let trouble)? where trouble.code == .noPermission:
            return .failed(
                .bridgeKey,
                of: id,
                .noPermission,
                trouble.text,
                remedy: trouble.remedy
            )
        case .failure?: return .skipped(.bridgeKey, of: id, "the list of webhooks could not be asked for")
        case nil: return .skipped(.bridgeKey, of: id, isWrongBridge ? Self.stranger : Self.unreached)
        }
    }

    func list() -> DoctorFinding {
        switch facts.list {
        case nil: return .skipped(.webhookList, of: id, isWrongBridge ? Self.stranger : Self.unreached)
        case .failure(let trouble)? where trouble.code == .noPermission:
            return .skipped(.webhookList, of: id, "the bridge does not accept our key")
        case .failure(let trouble)?:
            return .failed(
                .webhookList,
                of: id,
                trouble.code == .unavailable ? .unavailable : .dataError,
                trouble.text,
                remedy: trouble.remedy
            )
        case .success(let listing)?: return list(listing)
        }
    }

    private func list(_ listing: WebhookListing) -> DoctorFinding {
        let commands = listing.commands
        let others = MachineVerdicts.count(listing.others.count, "other target")
        guard listing.addressTrouble == nil, !listing.isUntidy else {
            guard listing.addressTrouble == nil else {
                return .skipped(.webhookList, of: id, "which target is right cannot be told: see callback_address")
            }
            guard isServed else { return .skipped(.webhookList, of: id, GatewayVerdicts.unserved) }
            let isMissing = !listing.items.contains(where: \.isOurs)
            return .warning(
                .webhookList,
                of: id,
                isMissing
                    ? "ours is not on the bridge's list, next to \(others)"
                    : "ours is doubled or not as it should be on the bridge's list, next to \(others)",
                remedy: isGatewayOnline
                    ? "wait a minute for the gateway to mend it; then see its log, or: \(commands.add(listing.subject))"
                    : "start the gateway, which mends it; or: \(commands.add(listing.subject))"
            )
        }
        guard listing.dead.isEmpty else {
            let ids = listing.dead.map { "\($0.id)" }
            return .warning(
                .webhookList,
                of: id,
                "ours is there; \(listing.dead.count) of \(others) \(ids.count == 1 ? "does" : "do") not answer, and delay"
                    + " every event",
                remedy:
                    "if nobody needs \(ids.count == 1 ? "it" : "them"): \(commands.remove(listing.subject, ids: ids))"
            )
        }
        guard listing.others.count <= 3 else {
            return .warning(
                .webhookList,
                of: id,
                "ours is there, next to \(others): each one makes every event later",
                remedy: "see who needs them: \(commands.list(listing.subject))"
            )
        }
        return .ok(.webhookList, of: id, "ours is there, once and right, next to \(others)")
    }

    func callback() -> DoctorFinding {
        switch facts.callback {
        case nil: return .skipped(.callbackAddress, of: id, Self.unreached)
        case .success(let choice)?:
            return .ok(.callbackAddress, of: id, "the bridge is told \(choice.base)\(WebhookController.path(of: id))")
        case .failure(let why)?:
            let problem = Problem(.callbackUnusable(why), of: id, bridge: bridge)
            return .failed(.callbackAddress, of: id, .configuration, problem.text, remedy: problem.remedy)
        }
    }

    func listener() -> DoctorFinding {
        guard case .success(let choice) = facts.callback, let listener = facts.listener else {
            return .skipped(.webhookListener, of: id, "there is no address to try")
        }
        let place = choice.route.callback
        switch listener {
        case .ours: return .ok(.webhookListener, of: id, "the gateway's listener answers at \(place)")
        case .stranger(404) where !isServed: return .skipped(.webhookListener, of: id, GatewayVerdicts.unserved)
        case .stranger(404):
            return .failed(
                .webhookListener,
                of: id,
                .dataError,
                "what answers at \(place) does not know this lock: another gateway, or one with an older configuration",
                remedy: "restart the gateway, or give each gateway its own port in webhook.listen"
            )
        case .stranger(let status):
            return .failed(
                .webhookListener,
                of: id,
                .dataError,
                "what answers at \(place) is not the gateway (HTTP \(status))",
                remedy: "give the gateway another port in webhook.listen"
            )
        case .nobody, .silent:
            let reason = listener == .nobody ? "nothing listens at \(place)" : "\(place) does not answer"
            return .failed(
                .webhookListener,
                of: id,
                .unavailable,
                isGatewayOnline ? "\(reason), though the gateway is online" : reason,
                remedy: isGatewayOnline
                    ? "if the gateway runs elsewhere, run this there; else let webhook.listen and webhook.advertise agree"
                    : "start the gateway: systemctl start loqed-gateway, or: loqed-gateway run"
            )
        }
    }
}
