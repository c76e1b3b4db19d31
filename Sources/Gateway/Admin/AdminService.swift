import Logging
import PlainHTTP
import ServiceLifecycle

/// The listener for health and metrics.
struct AdminService: Service, CustomStringConvertible {
    private let server: HTTPServer
    let port: Int

    /// Starts to listen; nil when nobody configured where.
    static func start(
        _ listen: NetworkAddress?,
        _ controller: AdminController,
        threads: HTTPThreads,
        logger: Logger
    ) async throws(StartFailure) -> AdminService? {
        guard let listen else { return nil }
        let server = HTTPServer(on: threads, peers: UnknownPeers(), responder: controller)
        do throws(ListenFailure) {
            let port = try await server.start(host: listen.host, port: Int(listen.port))
            logger.info("admin listener started", metadata: ["listen": "\(listen.host):\(port)"])
            return AdminService(server: server, port: port)
        } catch {
            throw .admin(listen, error)
        }
    }

    private init(server: HTTPServer, port: Int) {
        self.server = server
        self.port = port
    }

    var description: String { "admin listener" }

    func run() async throws {
        try? await gracefulShutdown()
        await server.shutDown(within: .seconds(1))
    }
}
