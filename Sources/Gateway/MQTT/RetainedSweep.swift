import LockDomain
import Mosquitto

/// Looks once for retained messages on topics that move a lock, and on those of locks that are gone.
///
/// The sessions of the locks ask not to be sent any. This one asks for nothing else, and goes again.
struct RetainedSweep: Sendable {
    /// For how long retained messages are waited for, and how long the look may take in all.
    static let patience = Duration.seconds(2)
    static let limit = Duration.seconds(30)

    let reactor: MosquittoReactor
    var configuration: SessionConfiguration
    var topics: [String]
    let time: TimeSource

    /// The topics on which something lies; nil when nobody could look.
    func look() async -> Set<String>? {
        guard let session = try? await reactor.open(configuration) else { return nil }
        let limit = time.now().uptime + Self.limit
        let found = await withTaskGroup(of: Set<String>?.self) { group in
            group.addTask { await self.collect(from: session) }
            group.addTask {
                try? await time.sleep(limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        await session.close(within: .seconds(1))
        return found
    }

    private func collect(from session: MosquittoSession) async -> Set<String>? {
        await withDiscardingTaskGroup { group in
            var found: Set<String>? = nil
            for await event in session.events {
                switch event {
                case .connected:
                    found = []
                    // Ends the events, and with them this loop, when there was time enough.
                    group.addTask { await self.ask(session) }
                case .message(let message):
                    if message.isRetained, !message.payload.isEmpty { found?.insert(message.topic) }
                case .disconnected: found = nil
                case .dropped: continue
                }
            }
            return found
        }
    }

    private func ask(_ session: MosquittoSession) async {
        for topic in topics {
            // A topic that may not be read holds nothing that we could act on.
            try? await session.subscribe(Subscription(topic, retainHandling: .sendRetained))
        }
        try? await time.sleep(time.now().uptime + Self.patience)
        await session.close(within: .seconds(1))
    }
}
