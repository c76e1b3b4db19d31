import BridgeHTTP
import LockDomain
import PlainHTTP

/// The address of ours that a bridge is told.
struct WebhookAddress: Sendable {
    /// What was configured; comes before everything else.
    let advertised: String?
    /// Where the listener listens.
    let listen: HTTPEndpoint

    /// The URL for a lock's webhooks, absent when the bridge could not reach it.
    func url(for lock: LockID, over route: BridgeRoute) -> String? {
        let path = WebhookController.path(of: lock)
        if let advertised { return advertised + path }
        let isWildcard = listen.host == "0.0.0.0" || listen.host == "::"
        let host = isWildcard ? route.local : listen.host
        // An address that never leaves this machine is no use to a bridge elsewhere.
        guard !Self.isLoopback(host) || Self.isLoopback(route.remote) else { return nil }
        return "http://" + HTTPEndpoint(host: host, port: listen.port).authority + path
    }

    private static func isLoopback(_ host: String) -> Bool {
        host.hasPrefix("127.") || host == "::1" || host.lowercased() == "localhost"
    }
}
