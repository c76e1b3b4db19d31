import BridgeHTTP
package import LockDomain
package import Logging
package import LoqedWire
import NIOConcurrencyHelpers
package import PlainHTTP
import ServiceLifecycle

/// Where the edges note what never reaches a supervisor.
package protocol EdgeJournal: Sendable {
    /// A delivery was refused for that reason; none means that its JSON was not LOQED's.
    func webhookRefused(_ rejection: WebhookRejection?, for lock: LockID)
    /// A delivery that had been taken came again and again, and is not passed on any more.
    func replaysDropped(for lock: LockID)
    /// A webhook came for a lock that is not configured.
    func unknownLock(_ lock: LockID, calledFrom address: String)
    /// Something about those who connect to the listener.
    func noticed(_ notice: HTTPNotice, from address: String)
}

/// What strangers do to the webhook listener, in the log: at most one line for each lock and reason, and for each address, a
/// minute.
package final class EdgeLog: EdgeJournal, Service, CustomStringConvertible {
    private enum Kind: Hashable {
        case unsigned(LockID)
        case malformed(LockID)
        case badSignature(LockID)
        case stale(LockID)
        case notLOQED(LockID)
        case replayed(LockID)
        case unknownLock(LockID, address: String)
        case foreign(HTTPNotice, address: String)
        case listener(HTTPNotice)
    }

    private struct State {
        /// Of locks and reasons there are only so many.
        var webhooks = FoldedLog<Kind, Duration>(window: .seconds(60), capacity: .max)
        /// Of addresses there is no end.
        var addresses = FoldedLog<Kind, Duration>(window: .seconds(60), capacity: 8)

        var nextDeadline: Duration? {
            [webhooks.nextDeadline, addresses.nextDeadline].compactMap { $0 }.min()
        }
    }

    private typealias Line = FoldedLog<Kind, Duration>.Line

    private let state = NIOLockedValueBox(State())
    private let time: TimeSource
    private let logger: Logger
    /// Says that something was counted and a line will be due.
    private let counted = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    package init(time: TimeSource, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    package var description: String { "listener log" }

    /// Writes what was counted when its time has come, and at the end.
    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            for await _ in counted.stream {
                while let deadline = state.withLockedValue({ $0.nextDeadline }), !Task.isCancelled {
                    try? await time.sleep(deadline)
                    let now = time.now().uptime
                    write(state.withLockedValue { $0.webhooks.due(at: now) + $0.addresses.due(at: now) })
                }
            }
        }
        write(state.withLockedValue { $0.webhooks.rest() + $0.addresses.rest() })
    }

    /// Nothing more happens: ``run()`` writes what was counted and returns.
    package func end() { counted.continuation.finish() }

    package func webhookRefused(_ rejection: WebhookRejection?, for lock: LockID) {
        switch rejection {
        case .unsigned: note(.unsigned(lock))
        case .malformed: note(.malformed(lock))
        case .badSignature: note(.badSignature(lock))
        case .stale(let skew): note(.stale(lock), skew)
        case nil: note(.notLOQED(lock))
        }
    }

    package func replaysDropped(for lock: LockID) { note(.replayed(lock)) }

    package func unknownLock(_ lock: LockID, calledFrom address: String) {
        write(add { $0.addresses.note(.unknownLock(lock, address: address), .zero, at: $1) })
    }

    package func noticed(_ notice: HTTPNotice, from address: String) {
        switch notice {
        case .tlsSpoken, .http2Spoken:
            write(add { $0.addresses.note(.foreign(notice, address: address), .zero, at: $1) })
        case .crowded, .outOfDescriptors: note(.listener(notice))
        }
    }

    private func note(_ kind: Kind, _ detail: Duration = .zero) {
        write(add { $0.webhooks.note(kind, detail, at: $1) })
    }

    private func add(_ change: (inout State, Duration) -> [Line]) -> [Line] {
        let now = time.now().uptime
        let (lines, isCounting) = state.withLockedValue { state -> ([Line], Bool) in
            let lines = change(&state, now)
            return (lines, state.nextDeadline != nil)
        }
        if isCounting { counted.continuation.yield() }
        return lines
    }

    private func write(_ lines: [Line]) {
        for line in lines {
            var (message, fields) = Self.text(line)
            if line.count > 1 { fields["times"] = "\(line.count)" }
            logger.warning(message, metadata: fields)
        }
    }

    private static func text(_ line: Line) -> (Logger.Message, Logger.Metadata) {
        let refused: Logger.Message = "webhook refused"
        switch line.kind {
        case .unsigned(let lock):
            return (refused, fields(lock, "unsigned, and not from the bridge's address"))
        case .malformed(let lock): return (refused, fields(lock, "its headers are malformed"))
        case .badSignature(let lock): return (refused, fields(lock, "its signature is wrong; is bridge_key right?"))
        case .stale(let lock):
            return (refused, fields(lock, "it is signed \(line.detail.components.seconds) s away from our time"))
        case .notLOQED(let lock): return (refused, fields(lock, "its body is not LOQED's"))
        case .replayed(let lock): return ("webhook dropped", fields(lock, "it came before, several times"))
        case .unknownLock(let lock, let address):
            let remedy = "if a bridge is there: loqed-gateway webhooks remove --help"
            return (
                "a webhook came for a lock that is not configured",
                ["lock.id": "\(lock)", "from": "\(address)", "remedy": "\(remedy)"]
            )
        case .foreign(.tlsSpoken, let address):
            return ("TLS was spoken to the plain HTTP listener; write http, not https", ["from": "\(address)"])
        case .foreign(_, let address):
            return ("HTTP/2 was spoken to the HTTP/1.1 listener", ["from": "\(address)"])
        case .listener(.outOfDescriptors):
            return ("no descriptor left for a connection to the webhook listener; is the limit of open files low?", [:])
        case .listener:
            return ("more connections to the webhook listener than places; the idlest are closed", [:])
        case nil: return ("unknown locks were called, or other protocols spoken, from many addresses", [:])
        }
    }

    private static func fields(_ lock: LockID, _ reason: String) -> Logger.Metadata {
        ["lock.id": "\(lock)", "reason": "\(reason)"]
    }
}
