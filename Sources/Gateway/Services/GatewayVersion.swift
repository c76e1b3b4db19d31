package import LockDomain

/// The version of the gateway, as published.
package enum GatewayVersion {
    package static let current = "0.1.0"
    /// When this version was made, no later: a clock that shows less is wrong.
    package static let madeAfter = UnixTime(seconds: 1_793_491_200)
}
