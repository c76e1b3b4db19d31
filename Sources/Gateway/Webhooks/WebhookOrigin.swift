/// The part of a target's URL that may be shown to the person at the terminal: scheme, host and port.
///
/// User, password, path and query of others may hold secrets and are not kept.
package struct WebhookOrigin: Hashable, Sendable, CustomStringConvertible {
    private let scheme: String
    let address: NetworkAddress

    /// Nil for what is no plain HTTP address; also where it is not sure which part of it is the host.
    init?(url: String) {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        guard let port: UInt16 = ["http": 80, "https": 443][scheme] else { return nil }
        var rest = url.dropFirst(scheme.count)
        guard rest.hasPrefix("://") else { return nil }
        rest = rest.dropFirst(3)
        let authority = rest.prefix { !"/?#\\".contains($0) }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        // A password may hold a slash that nobody escaped: what looks like the host is then a part of it.
        guard !rest[authority.endIndex...].contains("@") else { return nil }
        guard let address = NetworkAddress(String(host), defaultPort: port) else { return nil }
        self.scheme = scheme
        self.address = address
    }

    package var description: String { "\(scheme)://\(address)" }
}
