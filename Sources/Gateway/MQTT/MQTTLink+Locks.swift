import LockDomain
import LockMessages
import Logging
import Mosquitto
import NIOConcurrencyHelpers

/// Locks that come and go while the sessions of all others stay as they are.
extension MQTTLink {
    /// Prepares a session for a lock that is to come; it begins to connect, and says nothing yet.
    func prepare(_ lock: GatewayConfiguration.Lock) async throws(MosquittoError) -> LockEnd {
        let settings = settings.withLockedValue { $0 }
        let end = try await makers.end(of: lock, settings, replies, reporter, logger)
        reporter.joined(.lock(lock.id), settings.connection(.lock(lock.id)))
        return end
    }

    /// Gives up a session that was prepared in vain.
    func discard(_ end: LockEnd) async {
        await end.pump.close(lastWords: [], within: .seconds(1), orByWill: false)
        reporter.left(.lock(end.lock.id))
    }

    /// Takes in a lock whose session was prepared.
    func add(_ end: LockEnd) async {
        let lock = end.lock
        for clearing in [Publication].clearing(lock.id, in: layout) { gateway.forget(clearing.topic) }
        open(end.intake, of: lock.id)
        ends.withLockedValue { $0[lock.id] = end }
        end.pump.publish(.stateUnknown(of: lock.id, in: layout))
        joins.signal.yield(end)
        list(lock)
        guard discovery != nil else { return }
        let homeAssistant = HomeAssistantLayout(prefix: settings.withLockedValue { $0.discoveryPrefix })
        await gateway.add(
            [HomeAssistantDevice.Subject.bridge(lock.id), .lock(lock.id)].map {
                Self.deletions(on: homeAssistant.configuration(of: $0))
            }
        )
    }

    /// Takes a lock that is called otherwise, or may do something else, or has another bridge.
    func change(_ lock: GatewayConfiguration.Lock) {
        ends.withLockedValue { $0[lock.id]?.lock = lock }
        list(lock)
    }

    /// Says at once that nothing of a lock is known any more.
    func doubt(_ lock: LockID) {
        guard let end = ends.withLockedValue({ $0[lock] }) else { return }
        for word in lastWords(of: lock, end) { end.pump.publish(word) }
        show([], from: .location(lock))
    }

    /// Takes a lock off the broker and out of Home Assistant, its devices first, and ends its session.
    func remove(_ lock: LockID) async {
        guard let end = ends.withLockedValue({ $0.removeValue(forKey: lock) }) else { return }
        settings.withLockedValue { $0.locks.removeAll { $0.id == lock } }
        replies.configured(settings.withLockedValue { $0.locks.map(\.id) })
        discovery?.withLockedValue { discovery in
            discovery.remove(lock).forEach(gateway.clear)
        }
        for topic in [layout.command(of: lock), layout.commandsSwitch(of: lock)] { show([], from: .topic(topic)) }
        for source in [ProblemBoard.Source.supervisor(lock), .location(lock)] { show([], from: source) }
        publishInfo(reporter.version)
        let clearings = [Publication].clearing(lock, in: layout)
        let areGone = await end.pump.close(lastWords: clearings, within: .seconds(2), orByWill: false)
        reporter.left(.lock(lock))
        // The broker is away, and is told by the gateway's own session once it is back.
        if !areGone { clearings.forEach(gateway.clear) }
    }

    /// Runs the sessions that have come since the start, and looks once what lies on their topics.
    func runJoined() async {
        await withDiscardingTaskGroup { group in
            for await end in joins.stream {
                group.addTask { await end.pump.run() }
                group.addTask { await self.lookForRetained(at: end) }
            }
        }
    }

    private func lookForRetained(at end: LockEnd) async {
        let lock = end.lock.id
        var sweep = sweep
        sweep.topics = [layout.command(of: lock), layout.commandsSwitch(of: lock)]
        sweep.configuration.clientID += "-\(lock)"
        guard let found = await sweep.look() else { return }
        showRetained(found, of: lock)
    }

    func showRetained(_ found: Set<String>, of lock: LockID) {
        for topic in [layout.command(of: lock), layout.commandsSwitch(of: lock)] where found.contains(topic) {
            retainedMessage(true, on: topic, of: lock)
            logger.warning(
                "a retained message lies on a topic that moves the lock; clear it with mosquitto_pub -r -n",
                metadata: [
                    "lock.id": "\(lock)", "mqtt.topic": "\(topic)",
                    "problem": "\(Problem.Code.retainedCommand.rawValue)",
                ]
            )
        }
    }

    /// Lets commands of the lock in.
    func open(_ intake: CommandIntake, of id: LockID) {
        intake.door.withLockedValue { door in
            door.answer = { [weak self] in self?.announce(.commandResult($0), for: id) }
            door.retained = { [weak self] in self?.retainedMessage($1, on: $0, of: id) }
        }
    }

    private func list(_ lock: GatewayConfiguration.Lock) {
        let ids = settings.withLockedValue { settings in
            if let index = settings.locks.firstIndex(where: { $0.id == lock.id }) {
                settings.locks[index] = lock
            } else {
                settings.locks.append(lock)
            }
            return settings.locks.map(\.id)
        }
        replies.configured(ids)
        discovery?.withLockedValue { discovery in
            let devices = discovery.take(LockListing(lock))
            if !devices.isEmpty { gateway.publish(inOrder: devices) }
        }
        publishInfo(reporter.version)
    }
}

extension MQTTLink.Makers {
    /// Opens a lock's session and what belongs to it.
    func end(
        of lock: GatewayConfiguration.Lock,
        _ settings: MQTTLink.Settings,
        _ replies: ReplyBook,
        _ reporter: BrokerReporter,
        _ logger: Logger
    ) async throws(MosquittoError) -> MQTTLink.LockEnd {
        let layout = TopicLayout(base: settings.baseTopic)
        let will = OutboundMessage(.stateUnknown(of: lock.id, in: layout))
        let session = try await reactor.open(settings.session(suffix: "-\(lock.id)", will: will))
        let intake = CommandIntake(
            lock: lock.id,
            layout: layout,
            inbox: inbox,
            replies: replies,
            makeID: makeID,
            time: time,
            switchLog: reporter.switches
        )
        let pump = SessionPump(
            peer: .lock(lock.id),
            session: session,
            subscriptions: intake.subscriptions,
            eventTopic: layout.event(of: lock.id),
            reporter: reporter,
            time: time,
            logger: logger,
            receive: { intake.receive($0) }
        )
        return MQTTLink.LockEnd(lock: lock, pump: pump, intake: intake)
    }
}
