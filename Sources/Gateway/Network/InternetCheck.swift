package import BridgeHTTP
import LockDomain
package import PlainHTTP

/// Whether this machine has lost the internet: some bridges refuse connections for as long as theirs is gone.
package struct InternetCheck: Sendable {
    private let network: any HomeNetwork
    private let target: HTTPEndpoint?
    private let calling: any BridgeCalling

    /// - Parameters:
    ///   - network: tells of routes.
    ///   - target: a server in the internet that is connected to; nil: only routes count, and nothing is sent.
    ///   - calling: connects.
    package init(network: any HomeNetwork, target: HTTPEndpoint?, calling: any BridgeCalling) {
        self.network = network
        self.target = target
        self.calling = calling
    }

    /// False also when nothing tells.
    package func isGone() async -> Bool {
        guard network.leadsToInternet else { return true }
        guard let target else { return false }
        switch await calling.route(to: target) {
        case .success, .failure(.refused): return false
        case .failure: return true
        }
    }
}
