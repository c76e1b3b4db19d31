import BridgeHTTP
import LockDomain
package import Logging
import LoqedWire
import Mosquitto
package import PlainHTTP
package import ServiceLifecycle

/// Why the gateway could not start.
package enum StartFailure: Error, CustomStringConvertible {
    /// The webhook listener could not listen.
    case listen(NetworkAddress, ListenFailure)
    /// The admin listener could not listen.
    case admin(NetworkAddress, ListenFailure)
    /// The sessions with the broker could not be set up.
    case mqtt(String)
    /// Another gateway uses the state directory.
    case stateInUse(folder: String)

    package var description: String {
        switch self {
        case .listen(let endpoint, let failure):
            "webhook.listen: cannot listen on \(endpoint): \(failure)"
        case .admin(let endpoint, let failure):
            "admin.listen: cannot listen on \(endpoint): \(failure)"
        case .mqtt(let reason): "mqtt: \(reason)"
        case .stateInUse(let folder):
            "state_directory: another gateway uses \(folder); stop it, or give each gateway a folder of its own"
        }
    }
}

/// The composition root: the one place that names live types and joins them.
package struct GatewayServices: Sendable {
    /// In the order in which they start; they end in the reverse.
    package let services: [any Service]
    /// The port on which webhooks are taken.
    package let webhookPort: Int
    /// The port on which health and metrics are read.
    package let adminPort: Int?
    /// Takes another configuration while all of this runs.
    package let reloader: GatewayReloader

    /// Starts to listen and to connect, and returns what is to be run.
    ///
    /// MQTT comes first: no bridge and no internet is needed to be heard there.
    package static func make(
        _ configuration: GatewayConfiguration,
        version: String,
        threads: HTTPThreads,
        time: TimeSource,
        network: any HomeNetwork = LiveHomeNetwork(),
        manager: ServiceManager? = nil,
        logger: Logger
    ) async throws(StartFailure) -> GatewayServices {
        let state = try GatewayState.open(configuration)
        let inbox = EngineInbox()
        let reactor = MosquittoReactor()
        let link: MQTTLink
        do throws(MosquittoError) {
            link = try await MQTTLink.open(
                try MQTTLink.Settings(
                    configuration,
                    formerLocks: state.formerLocks(besides: configuration.locks),
                    version: version
                ),
                reactor: reactor,
                inbox: inbox,
                makeID: { makeCommandID() },
                time: time,
                logger: logger
            )
        } catch {
            throw .mqtt(error.description)
        }
        let record = state.makeRecord(configuration, link: link, logger: logger)
        let meter = GatewayMeter(time: time)
        let bridge = MeteredBridge(base: BridgeClient(threads: threads), meter: meter)
        let locator = BridgeLocator(
            bridge: bridge,
            network: network,
            macs: state.bridgeMACs(of: configuration.locks),
            journal: LocationLog(link: link, logger: logger)
        )
        let edgeLog = EdgeLog(time: time, logger: logger)
        let directory = LockDirectory(
            configuration.locks,
            locator: locator,
            inbox: inbox,
            journal: edgeLog,
            time: time
        )
        let webhooks = WebhookController(
            receiver: MeteredReceiver(base: directory, meter: meter),
            tolerance: configuration.webhook.timestampTolerance,
            now: { time.now().unix }
        )
        let server = HTTPServer(on: threads, peers: directory, responder: webhooks)
        let listen = configuration.webhook.listen
        let port: Int
        do throws(ListenFailure) {
            port = try await server.start(host: listen.host, port: Int(listen.port))
        } catch {
            throw .listen(listen, error)
        }
        logger.info("webhook listener started", metadata: ["listen": "\(listen.host):\(port)"])
        let explanations = ExplanationBook(
            configuration.locks.map(\.id),
            policy: configuration.supervision.policy
        )
        let runner = EffectRunner(
            directory: directory,
            locator: locator,
            bridge: bridge,
            callbacks: CallbackChooser(
                advertised: configuration.webhook.advertise,
                listen: HTTPEndpoint(host: listen.host, port: port),
                network: network
            ),
            internet: InternetCheck(
                network: network,
                target: configuration.supervision.internetCheck?.endpoint,
                calling: bridge
            ),
            announcer: MeteredAnnouncer(base: link, meter: meter),
            record: record,
            explanations: explanations,
            inbox: inbox,
            time: time,
            isRecordUsable: state.isUsable
        )
        let engine = GatewayEngine(
            locks: configuration.locks.map {
                LockSetting($0, policy: configuration.supervision.policy, memory: state.memories[$0.id])
            },
            inbox: inbox,
            runner: runner,
            time: time
        )
        let health = EngineHealth(inbox: inbox, time: time)
        let metrics = GatewayMetrics(
            meter: meter,
            link: link,
            listener: server,
            inbox: inbox,
            version: version,
            startedAt: Double(time.now().unix.milliseconds) / 1000
        )
        let controller = AdminController(
            health: health,
            isConnected: { link.isConnected },
            trouble: { link.trouble },
            metrics: metrics.text,
            explanations: explanations
        )
        let admin = try await AdminService.start(configuration.admin, controller, threads: threads, logger: logger)
        let reports = manager.map {
            ServiceManagerReports(
                manager: $0,
                health: health,
                summary: configuration.summary,
                time: time,
                logger: logger
            )
        }
        return GatewayServices(
            record: RecordService(record: record, time: time, logger: logger),
            link: link,
            engine: EngineService(engine: engine, inbox: inbox),
            listener: ListenerService(server: server),
            watch: NetworkWatchService(
                network: network,
                directory: directory,
                locator: locator,
                inbox: inbox,
                logger: logger
            ),
            edgeLog: edgeLog,
            admin: admin,
            reports: reports,
            reloader: GatewayReloader(
                configuration,
                GatewayReloader.Parts(
                    link: link,
                    directory: directory,
                    locator: locator,
                    record: record,
                    inbox: inbox,
                    meter: meter,
                    explanations: explanations,
                    bridge: bridge,
                    network: network,
                    time: time,
                    logger: logger
                )
            ),
            webhookPort: port
        )
    }

    private init(
        record: RecordService,
        link: MQTTLink,
        engine: EngineService,
        listener: ListenerService,
        watch: NetworkWatchService,
        edgeLog: EdgeLog,
        admin: AdminService?,
        reports: ServiceManagerReports?,
        reloader: GatewayReloader,
        webhookPort: Int
    ) {
        self.reloader = reloader
        self.webhookPort = webhookPort
        adminPort = admin?.port
        let optional: [(any Service)?] = [admin, reports]
        services = [record, link, engine, edgeLog, listener, watch] + optional.compactMap { $0 }
    }

    /// A name for a command that brought none: 64 random bits.
    private static func makeCommandID() -> CommandID {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        guard let id = CommandID("g-" + digits) else { preconditionFailure("hexadecimal digits are printable") }
        return id
    }
}

/// Keeps the record; at the end it is written out whole, unless the disk hangs.
struct RecordService: Service, CustomStringConvertible {
    /// How long the end may wait for the disk: it is the last thing, and everything together has 5 s.
    static let patience = Duration.milliseconds(1500)

    let record: FactRecord
    let time: TimeSource
    let logger: Logger

    var description: String { "record" }

    func run() async throws {
        try? await gracefulShutdown()
        guard await !record.close(within: Self.patience, by: time) else { return }
        logger.warning(
            "the state directory does not answer; ending without it",
            metadata: [
                "reason": "a write has not ended; what is not in the journal yet is lost",
                "remedy": "look after the disk",
            ]
        )
    }
}

/// Runs the engine; at the end it still handles what has arrived.
private struct EngineService: Service, CustomStringConvertible {
    let engine: GatewayEngine
    let inbox: EngineInbox

    var description: String { "engine" }

    func run() async throws {
        await withGracefulShutdownHandler {
            await engine.run()
        } onGracefulShutdown: {
            inbox.finish()
        }
    }
}

/// Runs the webhook listener; at the end it lets requests under way finish.
private struct ListenerService: Service, CustomStringConvertible {
    let server: HTTPServer

    var description: String { "webhook listener" }

    func run() async throws {
        try? await gracefulShutdown()
        await server.shutDown(within: .seconds(1))
    }
}
