package import LockDomain
package import LoqedWire
package import PlainHTTP

/// Carries requests to a bridge: each on one fresh connection, none twice.
package protocol BridgeCalling: Sendable {
    /// Performs a request that may be asked again, such as a read.
    func perform(_ request: BridgeRequest, at bridge: HTTPEndpoint) async -> Result<HTTPAnswer, BridgeFailure>
    /// Delivers a signed command, unless there is an objection when the connection stands and nothing has been written.
    func deliver(
        _ command: BridgeRequest,
        to bridge: HTTPEndpoint,
        unless objection: @Sendable () -> NotSentReason?
    ) async -> CommandAnswer
    /// Opens and closes a connection; says between which addresses it ran.
    func route(to bridge: HTTPEndpoint) async -> Result<BridgeRoute, BridgeFailure>
}

/// The two ends of a connection to a bridge.
package struct BridgeRoute: Hashable, Sendable {
    /// The address of this machine that leads to the bridge.
    package let local: String
    package let remote: String

    package init(local: String, remote: String) {
        self.local = local
        self.remote = remote
    }
}

/// The real thing, over TCP.
package struct BridgeClient: BridgeCalling {
    /// What the bridge can be waited for, and how much it may say.
    package struct Limits: Sendable {
        package var connect: Duration = .seconds(3)
        package var answer: Duration = .seconds(5)
        /// Bytes of a body; LOQED's are below a few kilobytes.
        package var body = 64 * 1024

        package init() {}
    }

    private let threads: HTTPThreads
    private let limits: Limits

    package init(threads: HTTPThreads, limits: Limits = Limits()) {
        self.threads = threads
        self.limits = limits
    }

    package func perform(
        _ request: BridgeRequest,
        at bridge: HTTPEndpoint
    ) async -> Result<HTTPAnswer, BridgeFailure> {
        do throws(ConnectFailure) {
            let connection = try await OneShotConnection.open(to: bridge, timeout: limits.connect, on: threads)
            do throws(ExchangeFailure) {
                let answer = try await exchange(request, on: connection)
                switch answer.status {
                case 200...299: return .success(answer)
                case 401, 403: return .failure(.unauthorised)
                default: return .failure(.badStatus)
                }
            } catch {
                return .failure(BridgeFailure(error))
            }
        } catch {
            return .failure(BridgeFailure(error))
        }
    }

    package func deliver(
        _ command: BridgeRequest,
        to bridge: HTTPEndpoint,
        unless objection: @Sendable () -> NotSentReason?
    ) async -> CommandAnswer {
        do throws(ConnectFailure) {
            let connection = try await OneShotConnection.open(to: bridge, timeout: limits.connect, on: threads)
            if let reason = objection() {
                await connection.close()
                return .notSent(reason)
            }
            do throws(ExchangeFailure) {
                return CommandAnswer(try await exchange(command, on: connection))
            } catch {
                return CommandAnswer(error)
            }
        } catch {
            return .notSent(.unreachable(BridgeFailure(error)))
        }
    }

    package func route(to bridge: HTTPEndpoint) async -> Result<BridgeRoute, BridgeFailure> {
        do throws(ConnectFailure) {
            let connection = try await OneShotConnection.open(to: bridge, timeout: limits.connect, on: threads)
            let (local, remote) = (connection.localAddress, connection.remoteAddress)
            await connection.close()
            guard let local, let remote else { return .failure(.noAnswer) }
            return .success(BridgeRoute(local: local, remote: remote))
        } catch {
            return .failure(BridgeFailure(error))
        }
    }

    private func exchange(
        _ request: BridgeRequest,
        on connection: consuming OneShotConnection
    ) async throws(ExchangeFailure) -> HTTPAnswer {
        let request = HTTPRequest(
            method: request.method,
            target: request.target,
            fields: HTTPFields(request.fields.map { HTTPField($0.name, $0.value) }),
            body: request.body
        )
        return try await connection.exchange(request, timeout: limits.answer, maximumBody: limits.body)
    }
}

// The one place that says what an outcome on the wire means for a command.
extension CommandAnswer {
    init(_ answer: HTTPAnswer) {
        self = (200...299).contains(answer.status) ? .acknowledged : .refused(status: answer.status)
    }

    init(_ failure: ExchangeFailure) {
        switch failure {
        case .closedBeforeWriting: self = .notSent(.unreachable(.noAnswer))
        // A byte may have left: whatever went wrong then, the door may have moved.
        case .timeout, .closed, .malformedAnswer, .answerTooLarge, .cancelled: self = .unanswered
        }
    }
}

extension BridgeFailure {
    init(_ failure: ConnectFailure) {
        switch failure {
        case .nameNotFound: self = .nameNotFound
        case .refused: self = .refused
        case .noRoute, .other: self = .noRoute
        case .timeout, .cancelled: self = .connectTimeout
        }
    }

    init(_ failure: ExchangeFailure) {
        switch failure {
        case .malformedAnswer, .answerTooLarge: self = .unreadable
        case .closedBeforeWriting, .timeout, .closed, .cancelled: self = .noAnswer
        }
    }
}
