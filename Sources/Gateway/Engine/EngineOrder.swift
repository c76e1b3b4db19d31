import LockDomain

/// What changes the locks that an engine looks after.
struct EngineOrder: Sendable {
    enum Kind: Sendable {
        /// Ends the supervisor.
        case retire(Retirement)
        /// A new supervisor takes over as soon as nothing of the one before is under way.
        case start(LockSetting)
    }

    /// How a retirement goes on.
    enum Step: Sendable {
        /// The last words are said.
        case stopped
        /// Nothing is under way any more at the bridge.
        case quiet
    }

    let lock: LockID
    let kind: Kind
    let steps: AsyncStream<Step>.Continuation
}

/// What becomes of what is said of a lock, or to it, while it has no supervisor.
///
/// Commands are refused as `busy` in any case: nobody knows when they could be carried out.
enum Retirement: Hashable, Sendable {
    /// The lock goes.
    case removed
    /// The lock has the same bridge as before, and what that says is kept for the next supervisor.
    case sameBridge
    /// The lock has another bridge or another key: what the one before says is no evidence any more.
    case otherBridge
}

extension EngineInbox {
    /// Ends the supervisor of a lock, which says its last words, and waits until all of its work has come to an end.
    ///
    /// - Parameters:
    ///   - lock: one that the engine looks after.
    ///   - retirement: what becomes of what comes meanwhile.
    ///   - limit: for how long it waits.
    ///   - time: the clock to wait by.
    ///   - onStop: called once the last words are said.
    /// - Returns: whether all work has ended; false also when the task was cancelled.
    func retire(
        _ lock: LockID,
        _ retirement: Retirement,
        within limit: Duration,
        by time: TimeSource,
        onStop: @escaping @Sendable () -> Void
    ) async -> Bool {
        let (steps, signal) = AsyncStream.makeStream(of: EngineOrder.Step.self)
        give(EngineOrder(lock: lock, kind: .retire(retirement), steps: signal))
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await step in steps {
                    switch step {
                    case .stopped: onStop()
                    case .quiet: return true
                    }
                }
                return false
            }
            group.addTask {
                try? await time.sleep(time.now().uptime + limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// Begins to look after a lock.
    func start(_ setting: LockSetting) {
        let (_, signal) = AsyncStream.makeStream(of: EngineOrder.Step.self)
        give(EngineOrder(lock: setting.identity.id, kind: .start(setting), steps: signal))
    }
}
