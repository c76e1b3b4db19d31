import BridgeHTTP
import LocalNetwork
package import LockDomain
package import PlainHTTP

/// Chooses the address of ours that a bridge is told.
package struct CallbackChooser: Sendable {
    /// A base for URLs, and between which addresses webhooks will run.
    package struct Choice: Hashable, Sendable {
        /// Such as `http://192.168.1.10:8099`.
        package let base: String
        package let route: CallbackRoute
    }

    /// What was configured; comes before everything else.
    private let advertised: CallbackHost?
    private let listen: CallbackHost
    private let network: any HomeNetwork

    package init(advertised: NetworkAddress?, listen: HTTPEndpoint, network: any HomeNetwork) {
        self.advertised = advertised.map { CallbackHost(host: $0.host, port: Int($0.port)) }
        self.listen = CallbackHost(host: listen.host, port: listen.port)
        self.network = network
    }

    /// The address for the bridge at this numeric address, or why there is none.
    package func choice(forBridgeAt host: String) -> Result<Choice, UnusableCallback> {
        guard let bridge = IPAddress(host) else { return .failure(UnusableCallback(.noRoute, remedy: "")) }
        let interfaces = (try? network.interfaces()) ?? []
        let chooser = CallbackAddress(listen: listen, advertised: advertised, interfaces: interfaces)
        switch chooser.verdict(bridge: bridge, route: try? network.route(to: bridge)) {
        case .usable(let base):
            let port = advertised?.port ?? listen.port
            // The port of the web is not written in URLs, but a firewall must be told of it.
            let callback = base.dropFirst("http://".count) + (port == 80 ? ":80" : "")
            return .success(Choice(base: base, route: CallbackRoute(bridge: host, callback: String(callback))))
        case .refused(let refusal):
            return .failure(UnusableCallback(UnusableCallback.Reason(refusal.reason), remedy: refusal.remedy))
        }
    }
}

extension UnusableCallback: Error {}

extension UnusableCallback.Reason {
    fileprivate init(_ reason: CallbackRefusal.Reason) {
        switch reason {
        case .loopback: self = .loopback
        case .containerOnly: self = .container
        case .noRoute: self = .noRoute
        case .listenerElsewhere: self = .listenerElsewhere
        case .wildcard, .malformed: self = .advertised
        }
    }
}
