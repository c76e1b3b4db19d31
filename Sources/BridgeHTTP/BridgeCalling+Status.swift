package import LockDomain
import LoqedWire
package import PlainHTTP

extension BridgeCalling {
    /// Reads the bridge's status.
    package func readStatus(of bridge: HTTPEndpoint) async -> StatusAnswer {
        switch await perform(.status, at: bridge) {
        case .failure(let failure): return .failed(failure)
        case .success(let answer):
            guard let status = try? BridgeStatus(statusBody: answer.body) else { return .failed(.unreadable) }
            return .read(status, BridgeKind(statusContentType: answer.fields["Content-Type"]))
        }
    }
}
