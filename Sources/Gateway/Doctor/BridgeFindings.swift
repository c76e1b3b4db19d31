import LocalNetwork
import LockDomain

/// What a look at one lock's bridge showed, step by step; a step that was not taken is absent.
struct BridgeFindings: Sendable {
    /// What became of the look for the addresses of its name.
    var lookup: HostAnswer?
    /// The way to the bridge's address.
    var route: Result<Route, RouteFailure>?
    /// The address at which the bridge took a connection, or why not.
    var port: Result<String, BridgeFailure>?
    var status: StatusAnswer?
    var list: Result<WebhookListing, WebhookTrouble>?
    var callback: Result<CallbackChooser.Choice, UnusableCallback>?
    var listener: Listener?

    /// What answers where the bridge is told to call.
    enum Listener: Hashable, Sendable {
        /// As the gateway's own webhook listener does.
        case ours
        /// With this HTTP status: something else.
        case stranger(status: Int)
        /// The connection is refused.
        case nobody
        /// No connection comes about, or no answer.
        case silent
    }
}
