import LockDomain
package import Logging
package import LoqedWire
import NIOConcurrencyHelpers
package import PlainHTTP

/// A LOQED bridge with its lock, on real sockets.
package final class BridgeSimulator: Sendable {
    let configuration: SimulatorConfiguration
    let key: BridgeKey
    let clock: SimulatorClock
    let threads: HTTPThreads
    let logger: Logger
    let device: NIOLockedValueBox<SimulatedDevice>
    let jobs: (stream: AsyncStream<SimulatedDelivery>, queue: AsyncStream<SimulatedDelivery>.Continuation)
    private let alarms: (stream: AsyncStream<Duration>, queue: AsyncStream<Duration>.Continuation)
    private let nextAlarm = NIOLockedValueBox<Duration?>(nil)
    private let isWanted = NIOLockedValueBox(false)
    private let bridgePort: BridgePort
    private let foreign: ForeignTargets
    private let foreignIDs = NIOLockedValueBox<[UInt64]>([])

    /// - Throws: when a key of the configuration is not one.
    package init(
        _ configuration: SimulatorConfiguration,
        clock: SimulatorClock,
        threads: HTTPThreads,
        logger: Logger
    ) throws(KeyError) {
        self.configuration = configuration
        self.clock = clock
        self.threads = threads
        self.logger = logger
        key = try BridgeKey(base64: configuration.bridgeKey)
        let device = NIOLockedValueBox(try SimulatedDevice(configuration, bootedAt: clock.now().unix.seconds))
        self.device = device
        foreign = ForeignTargets(on: threads) {
            let wait = device.withLockedValue { $0.timing.foreignAnswer / $0.speed }
            try? await clock.sleep(clock.now().uptime + wait)
        }
        bridgePort = BridgePort(configuration.listen, on: threads)
        let jobs = AsyncStream.makeStream(of: SimulatedDelivery.self)
        self.jobs = (jobs.stream, jobs.continuation)
        let alarms = AsyncStream.makeStream(of: Duration.self)
        self.alarms = (alarms.stream, alarms.continuation)
    }

    /// The simulated lock as it is now.
    package var snapshot: SimulatedDevice { device.withLockedValue { $0 } }

    /// The port the bridge listens on, once it does.
    package var port: Int? { bridgePort.number }

    /// How many webhooks came to targets of others that take any.
    package var foreignDeliveries: Int { foreign.served }

    /// Starts to listen; returns the port.
    @discardableResult
    package func listen() async throws(ListenFailure) -> Int {
        isWanted.withLockedValue { $0 = true }
        try await settlePort()
        return port ?? configuration.listen.port
    }

    /// Stops taking connections, and gives the port back.
    package func stopListening() async {
        isWanted.withLockedValue { $0 = false }
        // Giving back cannot fail.
        try? await settlePort()
        await foreign.removeAll()
    }

    /// Moves the lock and delivers webhooks until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.deliver() }
            for await deadline in alarms.stream {
                group.addTask {
                    try? await self.clock.sleep(deadline)
                    self.change { _, _ in }
                    await self.followDevice()
                }
            }
            group.cancelAll()
        }
    }

    /// Does something to the device now, and sees to what follows from it.
    @discardableResult
    func change<Result>(_ body: (inout SimulatedDevice, Moment) -> Result) -> Result {
        let now = clock.now()
        let (result, new, deadline) = device.withLockedValue { device in
            device.pass(to: now.uptime)
            let result = body(&device, now)
            device.pass(to: now.uptime)
            let new = device.takeDeliveries(at: now)
            // A lag of nothing is over at once.
            device.pass(to: now.uptime)
            return (result, new, device.nextDeadline)
        }
        for job in new { jobs.queue.yield(job) }
        if let deadline { setAlarm(at: deadline, now: now.uptime) }
        return result
    }

    /// Sees that something wakes the device by then; one sleeper serves all who want it no sooner.
    private func setAlarm(at deadline: Duration, now: Duration) {
        let isNew = nextAlarm.withLockedValue { next in
            if let set = next, set > now, set <= deadline { return false }
            next = deadline
            return true
        }
        if isNew { alarms.queue.yield(deadline) }
    }

    // MARK: The port

    /// Opens or closes the port as the device has it now.
    private func settlePort() async throws(ListenFailure) {
        let (device, isWanted) = (device, isWanted)
        try await bridgePort.settle {
            isWanted.withLockedValue { $0 } ? device.withLockedValue { $0.port } : nil
        } makeServer: { [self] in
            var limits = HTTPServer.Limits()
            // Whoever is left hanging gives up first.
            limits.head = .seconds(600)
            limits.request = .seconds(600)
            limits.connectionsPerAddress = limits.connections
            return HTTPServer(limits: limits, on: threads, responder: BridgeResponder(simulator: self))
        }
    }

    private func followDevice() async {
        guard isWanted.withLockedValue({ $0 }) else { return }
        do throws(ListenFailure) {
            try await settlePort()
        } catch {
            logger.error("the bridge's port could not be changed", metadata: ["reason": "\(error)"])
        }
    }

    // MARK: Being controlled

    /// Carries out a line of control; returns what to tell the person.
    package func perform(_ command: SimulatorCommand) async throws(ListenFailure) -> String {
        switch command {
        case .help: return SimulatorCommand.usage
        case .state: return describe()
        case .report: return report()
        case .quit: return ""
        case .foreign(let kind): try await changeForeign(kind)
        default: change { device, now in device.perform(command, at: now) }
        }
        // A simulator that was told to listen no more stays so.
        if isWanted.withLockedValue({ $0 }) { try await settlePort() }
        return describe()
    }

    private func changeForeign(_ kind: ForeignTarget?) async throws(ListenFailure) {
        guard let kind else {
            let ids = foreignIDs.withLockedValue { ids in
                defer { ids = [] }
                return ids
            }
            change { device, _ in for id in ids { _ = device.removeWebhook(id) } }
            return await foreign.removeAll()
        }
        let url = try await foreign.add(kind)
        let id = change { device, _ in device.addWebhook(url: url, triggers: .all) ? device.webhooks.last?.id : nil }
        foreignIDs.withLockedValue { $0 += id.map { [$0] } ?? [] }
    }
}
