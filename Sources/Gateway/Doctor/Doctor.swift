import BridgeHTTP
import LockDomain
package import PlainHTTP

/// Looks at everything between a lock and the people who read its state, and says what to do about each fault.
///
/// Changes nothing anywhere: no command is sent, no state published, no webhook registered, no file made.
package struct Doctor: Sendable {
    private let environment: LaunchEnvironment
    private let file: ConfigurationFile
    private let commands: WebhookCommandLine
    private let network: any HomeNetwork
    private let threads: HTTPThreads
    private let time: TimeSource
    private let name: String
    private let progress: @Sendable (String) -> Void

    /// - Parameters:
    ///   - file: the configuration.
    ///   - environment: what it may be read from.
    ///   - commands: what the remedies say to type.
    ///   - network: finds names and routes.
    ///   - threads: for connections.
    ///   - time: both clocks.
    ///   - name: letters and digits that no other client of the broker has.
    ///   - progress: told what is looked at next.
    package init(
        _ file: ConfigurationFile,
        in environment: LaunchEnvironment,
        commands: WebhookCommandLine,
        network: any HomeNetwork = LiveHomeNetwork(),
        threads: HTTPThreads,
        time: TimeSource,
        name: String,
        progress: @escaping @Sendable (String) -> Void
    ) {
        self.file = file
        self.environment = environment
        self.commands = commands
        self.network = network
        self.threads = threads
        self.time = time
        self.name = name
        self.progress = progress
    }

    /// Looks at all of it.
    ///
    /// - Parameter wanted: the locks; all when empty.
    /// - Returns: what was found.
    /// - Throws: that there is no such lock; the known ones are given.
    package func examine(_ wanted: [String]) async throws(UnknownLock) -> DoctorReport {
        let result: Result<LoadedConfiguration, ConfigurationFailure>
        do throws(ConfigurationFailure) {
            result = .success(try file.read(in: environment))
        } catch {
            result = .failure(error)
        }
        let first = MachineVerdicts.configuration(result.map(\.configuration), path: file.path)
        let now = time.now().unix
        guard case .success(let loaded) = result else {
            let clock = MachineVerdicts.clock(now)
            let rest = DoctorCheck.allCases.filter { $0 != .configuration && $0 != .clock }
            return DoctorReport(
                [first, clock] + rest.map { .skipped($0, "there is no configuration to go by") },
                locks: []
            )
        }
        let configuration = loaded.configuration
        let known = configuration.locks.map(\.id.rawValue)
        if let unknown = wanted.first(where: { !known.contains($0) }) {
            throw UnknownLock(name: unknown, known: known)
        }
        let locks = configuration.locks.filter { wanted.isEmpty || wanted.contains($0.id.rawValue) }
        let (machine, macs) = machineFindings(loaded, now)
        let rest = await outerFindings(configuration, locks, macs)
        return DoctorReport([first] + machine + rest, locks: locks.map(\.id))
    }

    /// A lock was named that the configuration has not.
    package struct UnknownLock: Error, Hashable, Sendable {
        package let name: String
        package let known: [String]
    }

    // MARK: This machine

    private func machineFindings(
        _ loaded: LoadedConfiguration,
        _ now: UnixTime
    ) -> (findings: [DoctorFinding], macs: [LockID: String]) {
        let configuration = loaded.configuration
        let folder = configuration.stateDirectory
        let facts = MachineExamination.folder(folder)
        let (journal, memories) = MachineExamination.journal(
            in: folder,
            keyMarks: configuration.keyMarks,
            read: environment.read
        )
        return (
            [
                MachineVerdicts.secretFiles(loaded.secretFiles),
                MachineVerdicts.clock(now),
                MachineVerdicts.stateDirectory(facts),
                MachineVerdicts.diskSpace(MachineExamination.freeSpace(of: folder), path: folder),
                MachineVerdicts.journal(journal, in: facts),
            ], memories.compactMapValues(\.bridgeMAC)
        )
    }

    // MARK: The rest

    private func outerFindings(
        _ configuration: GatewayConfiguration,
        _ locks: [GatewayConfiguration.Lock],
        _ macs: [LockID: String]
    ) async -> [DoctorFinding] {
        guard let topics = GatewayTopics(configuration, locks: locks.map(\.id)) else { return [] }
        let mqtt = configuration.mqtt
        progress("looking at the broker \(NetworkAddress(host: mqtt.host, port: mqtt.port))")
        let examination = BrokerExamination(mqtt: mqtt, topics: topics, name: name, time: time)
        async let before = admin(of: configuration)
        let facts = await examination.facts()
        // Again, for the verdicts compare it with what the broker says: of a session that came or went meanwhile that would
        // be wrong.
        let admin = await before?.followed(by: await admin(of: configuration))
        let gateway = GatewayVerdicts(facts: facts, mqtt: mqtt, topics: topics, admin: admin)
        var known = macs
        for lock in locks { known[lock.id] = gateway.bridgeMAC(of: lock.id) ?? known[lock.id] }
        progress("looking at \(locks.count == 1 ? "the bridge" : "the bridges") and their webhooks")
        let bridges = await bridgeFacts(configuration, locks, known)
        var findings = BrokerVerdicts(facts: facts, mqtt: mqtt, topics: topics).findings + gateway.findings
        for lock in locks {
            let verdicts = BridgeVerdicts(
                lock: lock,
                facts: bridges[lock.id] ?? BridgeFindings(),
                knownMAC: known[lock.id],
                isGatewayOnline: facts.view.isOnline,
                isServed: facts.serves(lock.id)
            )
            findings += verdicts.findings
            findings += [
                gateway.webhookPath(of: lock.id), gateway.clockSkew(of: lock.id), gateway.discovery(of: lock.id),
            ]
        }
        return findings
    }

    private func admin(of configuration: GatewayConfiguration) async -> AdminFacts? {
        guard let listen = configuration.admin else { return nil }
        let visit = AdminVisit(listen, threads: threads)
        guard let health = await visit.get("/healthz") else { return nil }
        return AdminFacts(health: health, readiness: await visit.get("/readyz"))
    }

    private func bridgeFacts(
        _ configuration: GatewayConfiguration,
        _ locks: [GatewayConfiguration.Lock],
        _ macs: [LockID: String]
    ) async -> [LockID: BridgeFindings] {
        let client = BridgeClient(threads: threads)
        let webhook = configuration.webhook
        let examination = BridgeExamination(
            calling: client,
            network: network,
            clerk: WebhookClerk.live(webhook, commands: commands, threads: threads, time: time),
            callbacks: CallbackChooser(
                advertised: webhook.advertise,
                listen: webhook.listen.endpoint,
                network: network
            ),
            threads: threads
        )
        return await withTaskGroup(of: (LockID, BridgeFindings).self) { group in
            var waiting = locks[...]
            var facts: [LockID: BridgeFindings] = [:]
            func start(_ lock: GatewayConfiguration.Lock) {
                group.addTask { (lock.id, await examination.facts(of: lock, mac: macs[lock.id])) }
            }
            for lock in waiting.prefix(8) { start(lock) }
            waiting = waiting.dropFirst(8)
            for await (lock, found) in group {
                facts[lock] = found
                if let next = waiting.popFirst() { start(next) }
            }
            return facts
        }
    }
}
