import BridgeHTTP
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP

/// A bridge that answers as it is told, and writes down what it was asked.
final class ScriptedBridge: BridgeCalling {
    private struct State {
        var requests: [String] = []
        var targets: [String] = []
        var status = #"{"bridge_mac_wifi":"a0b1c2d3e4f1","lock_online":1,"bolt_state":"day_lock"}"#
        var address: String? = "192.168.1.50"
        var answer = CommandAnswer.acknowledged
        var meanwhile: @Sendable () -> Void = {}
    }

    private let state = NIOLockedValueBox(State())

    var requests: [String] { state.withLockedValue { $0.requests } }
    var targets: [String] { state.withLockedValue { $0.targets } }

    func shows(mac: String?) {
        let mac = mac.map { "\"bridge_mac_wifi\":\"\($0)\"," } ?? ""
        state.withLockedValue { $0.status = "{\(mac)\"lock_online\":1,\"bolt_state\":\"day_lock\"}" }
    }

    func isAt(_ address: String?) { state.withLockedValue { $0.address = address } }

    func perform(_ request: BridgeRequest, at bridge: HTTPEndpoint) async -> Result<HTTPAnswer, BridgeFailure> {
        state.withLockedValue { state in
            state.requests.append("\(request) at \(bridge.host)")
            return .success(HTTPAnswer(status: 200, contentType: "text/html", text: state.status))
        }
    }

    /// What happens between the connection and the command.
    func connects(_ meanwhile: @escaping @Sendable () -> Void) { state.withLockedValue { $0.meanwhile = meanwhile } }

    func deliver(
        _ command: BridgeRequest,
        to bridge: HTTPEndpoint,
        unless objection: @Sendable () -> NotSentReason?
    ) async -> CommandAnswer {
        state.withLockedValue { $0.meanwhile }()
        if let reason = objection() { return .notSent(reason) }
        return state.withLockedValue { state in
            state.requests.append("\(command) at \(bridge.host)")
            state.targets.append(command.target)
            return state.answer
        }
    }

    func route(to bridge: HTTPEndpoint) async -> Result<BridgeRoute, BridgeFailure> {
        state.withLockedValue { state in
            state.requests.append("route to \(bridge.host)")
            guard let address = state.address else { return .failure(.nameNotFound) }
            return .success(BridgeRoute(local: "192.168.1.10", remote: address))
        }
    }
}
