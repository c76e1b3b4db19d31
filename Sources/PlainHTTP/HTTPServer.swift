import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers requests.
///
/// Called on a thread of the server for the head, in a task of its own for the rest.
package protocol HTTPResponding: Sendable {
    /// Decides by the head alone, before any byte of the body is read.
    func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission
    func respond(to request: ReceivedRequest) async -> HTTPReply
}

/// What is known of a request before its body.
package struct HTTPRequestHeadline: Sendable {
    package let method: String
    /// Without the query.
    package let path: String
    /// Behind the question mark, percent-encoded; absent when there is none.
    package let query: String?
    package let fields: HTTPFields
    /// The sender's address without its port; an IPv4 address that came in IPv6 form is given as IPv4.
    package let remoteAddress: String
}

package enum HTTPAdmission: Sendable {
    /// Go on, with a body of at most that many bytes.
    case readBody(limit: Int)
    /// Answer at once and close.
    case answer(HTTPAnswer)
}

package struct ReceivedRequest: Sendable {
    package let head: HTTPRequestHeadline
    package let body: [UInt8]
}

package enum HTTPReply: Sendable {
    case answer(HTTPAnswer)
    /// For simulators of servers that misbehave: raw bytes, then this end.
    case raw([UInt8], then: Ending)
    /// For simulators as well: one of these bytes after another, that far apart, until the peer or the deadline of the
    /// request ends it.
    case drip([UInt8], every: Duration)

    package enum Ending: Sendable {
        case close
        /// The peer gets a reset instead of an orderly end.
        case reset
        /// Nothing more; the deadline of the request ends it.
        case stayOpen
    }
}

/// Why a server could not start.
package enum ListenFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case addressInUse
    case notPermitted
    case noSuchAddress
    case other(errno: Int32)

    package var description: String {
        switch self {
        case .addressInUse: "another program listens there already"
        case .notPermitted: "this user may not listen there"
        case .noSuchAddress: "this machine does not have that address"
        case .other(let errno): "the system refuses (errno \(errno))"
        }
    }
}

/// A small HTTP/1.1 server with a limit on everything that a stranger can make grow.
package final class HTTPServer: Sendable {
    package struct Limits: Sendable {
        /// Connections in all; further ones are closed at once.
        package var connections = 128
        package var connectionsPerAddress = 32
        /// From the first byte of a connection, or of a further request on it, to the last byte of the request and its
        /// answer.
        ///
        /// Never extended by bytes that trickle in.
        package var request: Duration = .seconds(10)
        /// How long a connection may rest between requests.
        package var idle: Duration = .seconds(15)

        package init() {}
    }

    /// What has happened since the start.
    package struct Statistics: Hashable, Sendable {
        package var accepted = 0
        package var refused = 0
        package var timedOut = 0
        package var open = 0
        package var answered: [Int: Int] = [:]
    }

    private struct State {
        var statistics = Statistics()
        var perAddress: [String: Int] = [:]
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
        var listener: (any Channel)?
        var emptied: [CheckedContinuation<Void, Never>] = []
    }

    let limits: Limits
    let responder: any HTTPResponding
    private let state = NIOLockedValueBox(State())
    private let threads: HTTPThreads

    package init(limits: Limits = Limits(), on threads: HTTPThreads, responder: any HTTPResponding) {
        self.limits = limits
        self.threads = threads
        self.responder = responder
    }

    package var statistics: Statistics { state.withLockedValue { $0.statistics } }

    /// Listens; returns the port, which matters when `port` is 0 (any).
    package func start(host: String, port: Int) async throws(ListenFailure) -> Int {
        let bootstrap = ServerBootstrap(group: threads.group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let address = enter(channel) else { throw ChannelError.ioOnClosedChannel }
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                    try pipeline.addHandler(HTTPExchange(server: self, remoteAddress: address))
                }
            }
        do {
            let listener = try await bootstrap.bind(host: host, port: port).get()
            state.withLockedValue {
                $0.listener = listener
                $0.isDraining = false
            }
            return listener.localAddress?.port ?? port
        } catch {
            throw ListenFailure(error)
        }
    }

    /// Stops listening, lets requests under way finish for at most `limit`, then cuts what is left.
    package func shutDown(within limit: Duration) async {
        let (listener, channels) = state.withLockedValue { state in
            state.isDraining = true
            defer { state.listener = nil }
            return (state.listener, Array(state.channels.values))
        }
        try? await listener?.close()
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        let loop = threads.group.next()
        let cut = loop.scheduleTask(in: TimeAmount(limit)) { [self] in
            for channel in state.withLockedValue({ Array($0.channels.values) }) { channel.close(promise: nil) }
        }
        await withCheckedContinuation { (outcome: CheckedContinuation<Void, Never>) in
            let isEmpty = state.withLockedValue { state in
                if !state.channels.isEmpty { state.emptied.append(outcome) }
                return state.channels.isEmpty
            }
            if isEmpty { outcome.resume() }
        }
        cut.cancel()
    }

    // MARK: For the connections

    var isDraining: Bool { state.withLockedValue { $0.isDraining } }

    func answered(_ status: Int) { state.withLockedValue { $0.statistics.answered[status, default: 0] += 1 } }

    func timedOut() { state.withLockedValue { $0.statistics.timedOut += 1 } }

    private func enter(_ channel: any Channel) -> String? {
        let address = Self.plainAddress(channel.remoteAddress)
        let isAdmitted = state.withLockedValue { state in
            let hasRoom =
                !state.isDraining && state.channels.count < limits.connections
                && state.perAddress[address, default: 0] < limits.connectionsPerAddress
            guard hasRoom else {
                state.statistics.refused += 1
                return false
            }
            state.statistics.accepted += 1
            state.perAddress[address, default: 0] += 1
            state.channels[ObjectIdentifier(channel)] = channel
            state.statistics.open = state.channels.count
            return true
        }
        guard isAdmitted else { return nil }
        channel.closeFuture.whenComplete { [self] _ in leave(channel, address) }
        return address
    }

    private func leave(_ channel: any Channel, _ address: String) {
        let emptied = state.withLockedValue { state in
            state.channels[ObjectIdentifier(channel)] = nil
            state.statistics.open = state.channels.count
            let left = state.perAddress[address, default: 1] - 1
            state.perAddress[address] = left > 0 ? left : nil
            guard state.channels.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.emptied = [] }
            return state.emptied
        }
        for outcome in emptied { outcome.resume() }
    }

    private static func plainAddress(_ address: SocketAddress?) -> String {
        let text = address?.ipAddress ?? ""
        let mapped = "::ffff:"
        return text.lowercased().hasPrefix(mapped) && text.contains(".") ? String(text.dropFirst(mapped.count)) : text
    }
}

extension ListenFailure {
    init(code: Int32) {
        switch code {
        case EADDRINUSE: self = .addressInUse
        case EACCES, EPERM: self = .notPermitted
        case EADDRNOTAVAIL: self = .noSuchAddress
        default: self = .other(errno: code)
        }
    }

    fileprivate init(_ error: any Error) {
        guard let code = (error as? IOError)?.errnoCode else {
            self = .noSuchAddress
            return
        }
        self.init(code: code)
    }
}
