import BridgeHTTP
import LocalNetwork
import LockDomain
import LoqedWire
import PlainHTTP

/// Looks at a lock's bridge: reads its status and its list of webhooks, and changes nothing.
struct BridgeExamination: Sendable {
    let calling: any BridgeCalling
    let network: any HomeNetwork
    let clerk: WebhookClerk
    let callbacks: CallbackChooser
    let threads: HTTPThreads

    /// Looks at one bridge.
    ///
    /// - Parameters:
    ///   - lock: whose bridge it is.
    ///   - mac: what the bridge is known by, 12 lower-case hexadecimal digits: nothing is signed for any other.
    /// - Returns: what was seen, up to the first step that failed.
    func facts(of lock: GatewayConfiguration.Lock, mac: String?) async -> BridgeFindings {
        var facts = BridgeFindings()
        var endpoint = lock.bridge.endpoint
        if lock.bridge.isMulticastName, let name = MulticastName(lock.bridge.host) {
            let addresses = await network.addresses(of: name)
            facts.lookup = addresses.isEmpty ? .unknown : .addresses(addresses)
            guard let best = addresses.first(where: { $0.family == .v4 }) ?? addresses.first else { return facts }
            endpoint = HTTPEndpoint(host: best.description, port: endpoint.port)
        } else if !lock.bridge.isNumeric {
            // A connection that does not come about in time does not tell whether the name or the bridge is at fault.
            let answer = await network.addresses(ofHost: lock.bridge.host)
            facts.lookup = answer
            guard case .addresses(let addresses) = answer else { return facts }
            facts.route = addresses.first.map(route)
        }
        if let address = IPAddress(endpoint.host) { facts.route = route(to: address) }
        switch await calling.route(to: endpoint) {
        case .failure(let failure):
            facts.port = .failure(failure)
            return facts
        case .success(let route):
            facts.port = .success(route.remote)
            endpoint = HTTPEndpoint(host: route.remote, port: endpoint.port)
            if let address = IPAddress(route.remote) { facts.route = self.route(to: address) }
        }
        facts.callback = callbacks.choice(forBridgeAt: endpoint.host)
        if case .success(let choice) = facts.callback { facts.listener = await listener(at: choice, of: lock.id) }
        let status = await calling.readStatus(of: endpoint)
        facts.status = status
        guard case .read(let read, _) = status else { return facts }
        let expected = lock.bridge.bridgeMAC ?? mac
        guard read.bridgeMAC == nil || expected == nil || read.bridgeMAC == expected else { return facts }
        do throws(WebhookTrouble) {
            facts.list = .success(try await clerk.list(WebhookSubject(lock), checksTargets: true))
        } catch {
            facts.list = .failure(error)
        }
        return facts
    }

    private func route(to address: IPAddress) -> Result<Route, RouteFailure> {
        do throws(RouteFailure) {
            return .success(try network.route(to: address))
        } catch {
            return .failure(error)
        }
    }

    /// Asks what the gateway's listener never does anything for.
    private func listener(at choice: CallbackChooser.Choice, of lock: LockID) async -> BridgeFindings.Listener {
        guard let address = NetworkAddress(choice.route.callback, defaultPort: 80) else { return .silent }
        let request = HTTPRequest(target: WebhookController.path(of: lock))
        let patience = TargetCheck.patience
        do throws(ConnectFailure) {
            let connection = try await OneShotConnection.open(to: address.endpoint, timeout: patience, on: threads)
            do throws(ExchangeFailure) {
                let answer = try await connection.exchange(request, timeout: patience, maximumBody: 64 * 1024)
                let isOurs = answer.status == 405 && answer.fields["Allow"] == "POST"
                return isOurs ? .ours : .stranger(status: answer.status)
            } catch {
                return .silent
            }
        } catch {
            return error == .refused ? .nobody : .silent
        }
    }
}
