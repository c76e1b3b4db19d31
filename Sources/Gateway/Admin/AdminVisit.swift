package import PlainHTTP

/// The terminal as a client of the running gateway's admin listener.
package struct AdminVisit: Sendable {
    private static let patience = Duration.seconds(5)
    /// A hundred locks with all their decisions are below this.
    private static let maximumBody = 4 << 20

    package let listen: NetworkAddress
    private let threads: HTTPThreads

    package init(_ listen: NetworkAddress, threads: HTTPThreads) {
        self.listen = listen
        self.threads = threads
    }

    /// What it answers; nil when nothing does.
    package func get(_ path: String) async -> HTTPAnswer? {
        // A listener on all addresses is on this one, too.
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][listen.host] ?? listen.host
        let endpoint = HTTPEndpoint(host: host, port: Int(listen.port))
        do {
            let connection = try await OneShotConnection.open(to: endpoint, timeout: Self.patience, on: threads)
            return try await connection.exchange(
                HTTPRequest(target: path),
                timeout: Self.patience,
                maximumBody: Self.maximumBody
            )
        } catch {
            return nil
        }
    }
}
