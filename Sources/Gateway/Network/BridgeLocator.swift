package import BridgeHTTP
package import LocalNetwork
package import LockDomain
import NIOConcurrencyHelpers
package import PlainHTTP

/// Knows where each lock's bridge is now, and that it is the lock's own.
///
/// A bridge is where it was found last, until something fails there; then it is looked for again. An address that was
/// configured is believed until then; a bridge that left it is found by its Wi-Fi MAC, once that is known.
package final class BridgeLocator: Sendable {
    private struct Whereabouts {
        /// Where it was found, if not where it is configured.
        var found: HTTPEndpoint?
        /// Something failed there.
        var isDoubted = false
        /// Wi-Fi MAC of the lock's own bridge: 12 lower-case hexadecimal digits.
        var mac: String?
        /// Where a bridge with that MAC answered, and no other since.
        var metAt: Meeting?
        /// The addresses at which something answered as this bridge.
        var answeredAt: String?
    }

    private struct Meeting: Hashable {
        let host: String
        /// The machine on our link that had the address; absent when the way leads through a router.
        let neighbour: HardwareAddress?
    }

    private let bridge: any BridgeCalling
    private let network: any HomeNetwork
    private let search: BridgeSearch
    private let journal: any LocationJournal
    private let whereabouts: NIOLockedValueBox<[LockID: Whereabouts]>

    /// - Parameters:
    ///   - bridge: asks a bridge who it is.
    ///   - network: finds names and bridges.
    ///   - macs: the bridges that are known from before.
    ///   - journal: told of bridges that moved.
    package init(
        bridge: any BridgeCalling,
        network: any HomeNetwork,
        macs: [LockID: String],
        journal: any LocationJournal
    ) {
        self.bridge = bridge
        self.network = network
        self.journal = journal
        search = BridgeSearch(network: network)
        whereabouts = NIOLockedValueBox(macs.mapValues { Whereabouts(mac: $0) })
    }

    // MARK: What is learnt

    /// The lock's own bridge has this Wi-Fi MAC.
    package func identified(_ mac: String, of lock: LockID) { change(lock) { $0.mac = mac } }

    /// A request to the bridge failed: it may be somewhere else by now, and another may be there.
    package func failed(of lock: LockID) {
        change(lock) {
            $0.isDoubted = true
            $0.metAt = nil
        }
    }

    /// The bridge with that MAC answered there; one that is not the lock's own is as good as none.
    package func met(_ mac: String?, of lock: LockID, at host: String) {
        let meeting = meeting(at: host)
        change(lock) {
            let isOwn = mac == nil || $0.mac == nil || mac == $0.mac
            $0.isDoubted = !isOwn
            $0.answeredAt = isOwn ? host : nil
            $0.metAt = isOwn && mac != nil ? meeting : nil
        }
    }

    /// Another way leads to the bridge now, and possibly to another machine of the same address.
    ///
    /// What was found by its name is looked for again; an address that was configured is still the first to try.
    package func networkChanged(of lock: LockID) {
        change(lock) {
            $0.metAt = nil
            if $0.found != nil { $0.isDoubted = true }
        }
    }

    /// Forgets where the bridge of a lock is, and begins anew with what its configuration says.
    func configured(_ lock: LockID, mac: String?) { whereabouts.withLockedValue { $0[lock] = Whereabouts(mac: mac) } }

    /// The lock has gone; where its bridge was, none of ours is expected any more.
    func forget(_ lock: LockID) { whereabouts.withLockedValue { $0[lock] = nil } }

    // MARK: What is known

    /// Wi-Fi MAC of the lock's own bridge, once that is known.
    package func mac(of lock: LockID) -> String? { whereabouts.withLockedValue { $0[lock]?.mac } }

    /// The addresses from which a webhook may come that says nothing about its sender.
    package func addresses(of lock: GatewayConfiguration.Lock) -> Set<String> {
        let known = whereabouts.withLockedValue { $0[lock.id] }
        return Set([known?.found?.host ?? lock.bridge.host, known?.answeredAt].compactMap { $0 })
    }

    /// Whether some lock's bridge was found or answered there.
    package func hasBridge(at address: String) -> Bool {
        whereabouts.withLockedValue { all in
            all.values.contains { $0.found?.host == address || $0.answeredAt == address }
        }
    }

    /// The numeric address at which the bridge was last, or is configured; absent while neither is known.
    package func lastAddress(of lock: GatewayConfiguration.Lock) -> IPAddress? {
        let known = whereabouts.withLockedValue { $0[lock.id] }
        return [known?.answeredAt, known?.found?.host, lock.bridge.host].compactMap { $0 }.lazy
            .compactMap { IPAddress($0) }.first
    }

    /// Where the bridge is; looks for it if that is not known.
    package func endpoint(of lock: GatewayConfiguration.Lock) async -> Result<HTTPEndpoint, BridgeFailure> {
        let known = whereabouts.withLockedValue { $0[lock.id] } ?? Whereabouts()
        let configured = lock.bridge.endpoint
        if !known.isDoubted {
            if let found = known.found { return .success(found) }
            if lock.bridge.isNumeric { return .success(configured) }
        }
        let mac = (lock.bridgeMAC ?? known.mac).flatMap { HardwareAddress($0) }
        // What is on this very machine is nowhere else.
        let mayHaveMoved = IPAddress(configured.host)?.isLoopback != true
        if mayHaveMoved, let found = await find(configured, mac) {
            settle(lock, at: found == configured ? nil : found)
            return .success(found)
        }
        // A name that only the link can tell, and that nobody answers to now: its bearer may still be where it was.
        if lock.bridge.isMulticastName { return known.found.map(Result.success) ?? .failure(.nameNotFound) }
        settle(lock, at: nil)
        return .success(configured)
    }

    /// Where the bridge is, as a numeric address at which the lock's own bridge answered.
    ///
    /// Nothing may be signed for any other.
    package func identifiedEndpoint(
        of lock: GatewayConfiguration.Lock,
        expecting expected: String?
    ) async -> Result<HTTPEndpoint, BridgeFailure> {
        let numeric: HTTPEndpoint
        switch await numericEndpoint(of: lock) {
        case .success(let endpoint): numeric = endpoint
        case .failure(let failure): return .failure(failure)
        }
        guard let mac = expected ?? lock.bridgeMAC else { return .success(numeric) }
        let metAt = whereabouts.withLockedValue { $0[lock.id]?.metAt }
        // An address goes to another bridge without a failure when both are given new ones at once.
        guard metAt != meeting(at: numeric.host) else { return .success(numeric) }
        switch await bridge.readStatus(of: numeric) {
        case .read(let status, _):
            met(status.bridgeMAC, of: lock.id, at: numeric.host)
            return status.bridgeMAC == nil || status.bridgeMAC == mac ? .success(numeric) : .failure(.wrongBridge)
        case .failed(let failure):
            failed(of: lock.id)
            return .failure(failure)
        case .abandoned: return .failure(.noAnswer)
        }
    }

    private func meeting(at host: String) -> Meeting {
        Meeting(host: host, neighbour: IPAddress(host).flatMap { network.neighbour(at: $0) })
    }

    private func numericEndpoint(of lock: GatewayConfiguration.Lock) async -> Result<HTTPEndpoint, BridgeFailure> {
        let endpoint: HTTPEndpoint
        switch await self.endpoint(of: lock) {
        case .success(let found): endpoint = found
        case .failure(let failure): return .failure(failure)
        }
        guard IPAddress(endpoint.host) == nil else { return .success(endpoint) }
        switch await bridge.route(to: endpoint) {
        case .success(let route): return .success(HTTPEndpoint(host: route.remote, port: endpoint.port))
        case .failure(let failure):
            failed(of: lock.id)
            return .failure(failure)
        }
    }

    // MARK: Looking for it

    private func find(_ configured: HTTPEndpoint, _ mac: HardwareAddress?) async -> HTTPEndpoint? {
        // A bridge is known by its name to some networks that pass on no services.
        async let named = addresses(of: configured.host, mac)
        if let mac, let bridge = await search.bridge(with: mac), let address = bridge.addresses.first {
            // A port that was configured comes before one that was announced.
            let port = configured.port == NetworkAddress.bridgePort ? bridge.port : configured.port
            return HTTPEndpoint(host: address.description, port: port)
        }
        return await named.first.map { HTTPEndpoint(host: $0.description, port: configured.port) }
    }

    private func addresses(of host: String, _ mac: HardwareAddress?) async -> [IPAddress] {
        guard let name = MulticastName(host) ?? mac.flatMap({ MulticastName("LOQED-\($0).local") }) else { return [] }
        return await network.addresses(of: name)
    }

    private func settle(_ lock: GatewayConfiguration.Lock, at found: HTTPEndpoint?) {
        let isNews = whereabouts.withLockedValue { all in
            let before = all[lock.id]?.found
            all[lock.id, default: Whereabouts()].found = found
            if found != nil { all[lock.id]?.isDoubted = false }
            return before != found
        }
        if isNews { journal.bridgeFound(of: lock, at: found) }
    }

    private func change(_ lock: LockID, _ change: (inout Whereabouts) -> Void) {
        whereabouts.withLockedValue { change(&$0[lock, default: Whereabouts()]) }
    }
}
