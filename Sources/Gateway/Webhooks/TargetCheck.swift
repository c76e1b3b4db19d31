import BridgeHTTP
import LocalNetwork
import LockDomain
import PlainHTTP

/// Tries whether targets take connections from this machine; sends nothing to them.
struct TargetCheck: Sendable {
    /// How long one is waited for.
    static let patience: Duration = .seconds(2)
    /// How many are tried at a time.
    private static let width = 16

    let calling: any BridgeCalling
    let network: any HomeNetwork

    /// Why each of them does not answer; those that do are left out.
    func failures(of targets: Set<NetworkAddress>) async -> [NetworkAddress: BridgeFailure] {
        await withTaskGroup(of: (NetworkAddress, BridgeFailure?).self) { group in
            var waiting = targets.sorted { "\($0)" < "\($1)" }[...]
            var failures: [NetworkAddress: BridgeFailure] = [:]
            for target in waiting.prefix(Self.width) { group.addTask { (target, await failure(of: target)) } }
            waiting = waiting.dropFirst(Self.width)
            for await (target, failure) in group {
                failures[target] = failure
                if let next = waiting.popFirst() { group.addTask { (next, await self.failure(of: next)) } }
            }
            return failures
        }
    }

    private func failure(of target: NetworkAddress) async -> BridgeFailure? {
        guard case .failure(let failure) = await calling.route(to: await target.onLink(of: network)) else { return nil }
        return failure
    }
}

extension NetworkAddress {
    /// Where to connect to; a name that only its bearer answers for is asked on the link, if the system cannot.
    func onLink(of network: any HomeNetwork) async -> HTTPEndpoint {
        guard isMulticastName, let name = MulticastName(host) else { return endpoint }
        let addresses = await network.addresses(of: name)
        let best = addresses.first { $0.family == .v4 } ?? addresses.first
        return HTTPEndpoint(host: best?.description ?? host, port: Int(port))
    }
}
