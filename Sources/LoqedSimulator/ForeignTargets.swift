import LockDomain
import NIOConcurrencyHelpers
import PlainHTTP

/// The targets of other people on the bridge's list, which the simulator serves itself, on loopback.
actor ForeignTargets {
    private struct Target {
        let server: HTTPServer?
        let dead: DeadPort?
    }

    private let threads: HTTPThreads
    private let wait: @Sendable () async -> Void
    private let count = NIOLockedValueBox(0)
    private var targets: [Target] = []

    /// Waiting takes as long as a slow one does to answer.
    init(on threads: HTTPThreads, wait: @escaping @Sendable () async -> Void) {
        self.threads = threads
        self.wait = wait
    }

    /// How many webhooks came to those that take any.
    nonisolated var served: Int { count.withLockedValue { $0 } }

    /// Starts one; returns its URL.
    func add(_ kind: ForeignTarget) async throws(ListenFailure) -> String {
        let port: Int
        switch kind {
        case .ok, .slow:
            let responder = ForeignResponder(count: count, wait: kind == .slow ? wait : nil)
            let server = HTTPServer(on: threads, responder: responder)
            port = try await server.start(host: "127.0.0.1", port: 0)
            targets.append(Target(server: server, dead: nil))
        case .dead, .refusing:
            let dead = try DeadPort(kind == .dead ? .silent : .refusing, host: "127.0.0.1", port: 0)
            port = dead.port
            targets.append(Target(server: nil, dead: dead))
        }
        return "http://127.0.0.1:\(port)/foreign/\(kind.rawValue)"
    }

    /// Ends them all.
    func removeAll() async {
        let old = targets
        targets = []
        for target in old {
            target.dead?.release()
            await target.server?.shutDown(within: .zero)
        }
    }
}

private struct ForeignResponder: HTTPResponding {
    let count: NIOLockedValueBox<Int>
    let wait: (@Sendable () async -> Void)?

    func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission { .readBody(limit: 64 * 1024) }

    func respond(to request: ReceivedRequest) async -> HTTPReply {
        count.withLockedValue { $0 += 1 }
        await wait?()
        return .answer(HTTPAnswer(status: 200))
    }
}
