/// The version of the gateway, as published.
package enum GatewayVersion {
    package static let current = "0.1.0"
}
