import LockDomain
import LockMessages
import NIOConcurrencyHelpers

/// When the gateway is called online, and what is said where nobody knows a lock any more.
extension MQTTLink {
    /// How long the gateway waits to be called online for locks whose sessions have not come.
    static let patience = Duration.seconds(3)

    /// The gateway's own connection has come about.
    ///
    /// What the broker shows of the locks may be old until their own sessions have come too, so it is not called online
    /// before.
    func arrive() {
        patienceEnd.withLockedValue { end in
            end = time.now().uptime + Self.patience
            gateway.publish(.availability(pumps.allSatisfy(\.isSettled), in: layout))
        }
        arrivals.signal.yield()
    }

    /// A session has published all that it has.
    func noteSettled() {
        if patienceEnd.withLockedValue({ $0 != nil }) { arrivals.signal.yield() }
    }

    /// Says `online` once every lock's topics are right, after each arrival.
    ///
    /// A lock whose session does not come in time does not keep the others waiting: the gateway's own session says then
    /// that nothing is known of it.
    func comeOnline() async {
        await withDiscardingTaskGroup { group in
            var alarm: Duration?
            // Looked at before all others: each of a thousand locks says when it has come.
            var missing: SessionPump?
            for await _ in arrivals.stream {
                guard let end = patienceEnd.withLockedValue({ $0 }) else { continue }
                if alarm != end {
                    alarm = end
                    group.addTask {
                        guard (try? await self.time.sleep(end)) != nil else { return }
                        self.arrivals.signal.yield()
                    }
                }
                let isOver = time.now().uptime >= end
                if !isOver {
                    if let missing, !missing.isSettled { continue }
                    missing = pumps.first { !$0.isSettled }
                    guard missing == nil else { continue }
                }
                await standIn(for: ends.withLockedValue { $0.filter { !$0.value.pump.hasArrived } })
                patienceEnd.withLockedValue { newest in
                    // After another arrival all begins anew.
                    guard newest == end else { return }
                    newest = nil
                    gateway.publish(.availability(true, in: layout))
                }
            }
            group.cancelAll()
        }
    }

    /// Says in place of sessions that are not there that nothing is known of their locks.
    private func standIn(for late: [LockID: LockEnd]) async {
        guard !late.isEmpty else { return }
        await gateway.say(late.flatMap { lastWords(of: $0.key, $0.value) })
        for lock in late.keys {
            // Meanwhile its session may have come, or the lock gone; then it is not this that may stand there.
            if let end = ends.withLockedValue({ $0[lock] }) {
                for word in lastWords(of: lock, end) { end.pump.republish(word.topic) }
            } else {
                [Publication].clearing(lock, in: layout).forEach(gateway.clear)
            }
        }
    }

    /// The last words: nobody knows anything of the locks any more, and the gateway is away.
    func close() async {
        births.signal.finish()
        arrivals.signal.finish()
        deletions.signal.finish()
        joins.signal.finish()
        let unsaid = await withTaskGroup(of: [Publication].self) { group in
            for (lock, end) in ends.withLockedValue({ $0 }) {
                let words = lastWords(of: lock, end)
                group.addTask { await end.pump.close(lastWords: words, within: .seconds(2)) ? [] : words }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        // For a lock whose session is not there, the gateway's own says them. That it is away comes first as well: there
        // may be no time for the rest.
        let away = Publication.availability(false, in: layout)
        await gateway.close(lastWords: unsaid.isEmpty ? [away] : [away] + unsaid + [away], within: .seconds(2))
        reporter.writeRest()
    }

    func lastWords(of lock: LockID, _ end: LockEnd) -> [Publication] {
        .lastWords(of: lock, after: end.report, in: layout)
    }
}
