package import BridgeHTTP
package import LocalNetwork
package import LockDomain
package import LockMessages
import PlainHTTP

/// A bridge on the network, as one look showed it.
package struct DiscoveredBridge: Hashable, Sendable {
    /// The name by which it announces itself.
    package let name: String
    /// Such as `LOQED-a0b1c2d3e4f1.local`.
    package let host: String
    /// The most useful first.
    package let addresses: [String]
    package let port: Int
    /// Wi-Fi MAC, 12 lower-case hexadecimal digits.
    package let mac: String?
    /// What it said when it was asked for its status; nil: it was not asked.
    package let answer: StatusAnswer?
    /// The lock of the configuration whose bridge it is.
    package let lock: LockID?

    package init(
        name: String,
        host: String,
        addresses: [String],
        port: Int,
        mac: String?,
        answer: StatusAnswer?,
        lock: LockID?
    ) {
        self.name = name
        self.host = host
        self.addresses = addresses
        self.port = port
        self.mac = mac
        self.answer = answer
        self.lock = lock
    }
}

/// Lists the LOQED bridges of the network.
package struct BridgeDiscovery: Sendable {
    private let network: any HomeNetwork
    private let bridge: any BridgeCalling
    private let locks: [GatewayConfiguration.Lock]

    /// - Parameters:
    ///   - network: finds the bridges.
    ///   - bridge: asks them for their status.
    ///   - locks: those that are configured, to tell which bridge is whose.
    package init(network: any HomeNetwork, bridge: any BridgeCalling, locks: [GatewayConfiguration.Lock]) {
        self.network = network
        self.bridge = bridge
        self.locks = locks
    }

    /// Listens as long as the network has patience; asks each bridge for its status if `isAsking`.
    ///
    /// - Throws: when nobody could be asked.
    package func bridges(isAsking: Bool) async throws(MulticastFailure) -> [DiscoveredBridge] {
        let found = try await network.bridges { _ in false }
        return await withTaskGroup(of: (Int, DiscoveredBridge).self) { group in
            for (index, bridge) in found.enumerated() {
                group.addTask { (index, await self.look(at: bridge, isAsking: isAsking)) }
            }
            var bridges: [(Int, DiscoveredBridge)] = []
            for await bridge in group { bridges.append(bridge) }
            return bridges.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func look(at found: FoundBridge, isAsking: Bool) async -> DiscoveredBridge {
        let addresses = found.addresses.map(\.description)
        var answer: StatusAnswer?
        if isAsking, let address = addresses.first {
            answer = await bridge.readStatus(of: HTTPEndpoint(host: address, port: found.port))
        }
        // What the bridge says of itself comes before what its name says.
        let said: String? = if case .read(let status, _) = answer { status.bridgeMAC } else { nil }
        let mac = said ?? found.hardwareAddress?.description
        return DiscoveredBridge(
            name: found.instance,
            host: found.host,
            addresses: addresses,
            port: found.port,
            mac: mac,
            answer: answer,
            lock: locks.first { isBridge(of: $0, at: addresses, mac: mac, host: found.host) }?.id
        )
    }

    private func isBridge(
        of lock: GatewayConfiguration.Lock,
        at addresses: [String],
        mac: String?,
        host: String
    ) -> Bool {
        if let configured = lock.bridgeMAC { return configured == mac }
        return addresses.contains(lock.bridge.host) || lock.bridge.host == host.lowercased()
    }
}

// MARK: - As text

extension DiscoveredBridge {
    /// A line for people: address, MAC, what it is, whose it is.
    package var line: String {
        let place = addresses.first.map { HTTPEndpoint(host: $0, port: port).authority } ?? host
        let owner = lock.map { "lock \($0)" } ?? "not configured: write bridge: \(addresses.first ?? host)"
        return [place.padded(to: 21), (mac ?? "MAC unknown").padded(to: 12), said.padded(to: 32), owner]
            .joined(separator: "  ")
    }

    private var said: String {
        switch answer {
        case .read(let status, let kind): "\(kind.rawValue), lock \(status.isLockOnline ? "online" : "offline")"
        case .failed(let failure): "does not answer: \(failure.rawValue)"
        case .abandoned, nil: host
        }
    }

    /// Keys that are always there: `name`, `host`, `addresses`, `port`, `mac`, `kind`, `lock_online`, `failure`, `lock`.
    package var json: JSONValue {
        var (kind, isOnline, failure): (BridgeKind?, Bool?, BridgeFailure?) = (nil, nil, nil)
        switch answer {
        case .read(let status, let which): (kind, isOnline) = (which, status.isLockOnline)
        case .failed(let why): failure = why
        case .abandoned, nil: break
        }
        return [
            "name": .text(name),
            "host": .text(host),
            "addresses": .list(addresses.map(JSONValue.text)),
            "port": .number(port),
            "mac": mac.map(JSONValue.text) ?? .null,
            "kind": kind.map { .text($0.rawValue) } ?? .null,
            "lock_online": isOnline.map(JSONValue.flag) ?? .null,
            "failure": failure.map { .text($0.rawValue) } ?? .null,
            "lock": lock.map { .text($0.rawValue) } ?? .null,
        ]
    }

    /// A list of them, as `loqed-gateway discover --json` prints it.
    package static func json(_ bridges: [DiscoveredBridge]) -> String {
        String(decoding: JSONValue.list(bridges.map(\.json)).bytes, as: UTF8.self)
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
