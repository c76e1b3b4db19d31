import Glibc
import NIOConcurrencyHelpers
import NIOCore
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

/// What becomes of a request whose head has been read.
package enum HTTPAdmission: Sendable {
    /// Go on, with a body of at most that many bytes.
    case readBody(limit: Int)
    /// Answer at once and close.
    case answer(HTTPAnswer)
}

/// A request that was read to its end.
package struct ReceivedRequest: Sendable {
    package let head: HTTPRequestHeadline
    package let body: [UInt8]
}

/// What a request gets.
package enum HTTPReply: Sendable {
    case answer(HTTPAnswer)
    /// For simulators of servers that misbehave: raw bytes, then this end.
    case raw([UInt8], then: Ending)
    /// For simulators as well: one of these bytes after another, that far apart, until the peer or the deadline of the
    /// request ends it.
    case drip([UInt8], every: Duration)

    /// How the connection goes on after raw bytes.
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
    /// How much of everything the server allows.
    package struct Limits: Sendable {
        /// Connections in all.
        ///
        /// When there are more, or more of one address than the next limit says, the one with the least use of its place is
        /// closed; `ConnectionBook` has the rule.
        package var connections = 128
        /// Connections of one IPv4 address, or of one IPv6 network of 64 bits.
        package var connectionsPerAddress = 32
        /// What a request may measure, but for its body, about which the responder decides.
        package var size = HTTPRequestSize()
        /// From the beginning of a connection, or of a further request on it, to the last byte of the head.
        package var head: Duration = .seconds(5)
        /// From the same moment to the last byte of the request and its answer.
        ///
        /// Neither is extended by bytes that trickle in.
        package var request: Duration = .seconds(10)
        /// How long a connection may rest between requests.
        package var idle: Duration = .seconds(15)
        /// How long the peer may take to read an answer.
        package var answer: Duration = .seconds(5)
        /// How long a peer that was refused while it still sent is listened to, so that it can read why.
        package var linger: Duration = .seconds(1)
        /// The same in bytes; they are thrown away.
        package var lingerBytes = 64 * 1024
        /// Pause before the next attempt when the system cannot give a connection to us.
        package var acceptPause: Duration = .milliseconds(50)

        package init() {}
    }

    /// What has happened since the start.
    package struct Statistics: Hashable, Sendable {
        package var accepted = 0
        /// Closed at once, for want of a place.
        package var refused = 0
        /// Closed early, in favour of another.
        package var displaced = 0
        package var timedOut = 0
        /// How often the system had no connection to give.
        package var acceptFailures = 0
        package var open = 0
        package var answered: [Int: Int] = [:]
    }

    private struct State {
        var statistics = Statistics()
        var book: ConnectionBook<ObjectIdentifier>
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isDraining = false
        var listener: (any Channel)?
        var emptied: [CheckedContinuation<Void, Never>] = []
    }

    let limits: Limits
    let responder: any HTTPResponding
    private let peers: any HTTPPeerWatching
    private let state: NIOLockedValueBox<State>
    private let threads: HTTPThreads

    package init(
        limits: Limits = Limits(),
        on threads: HTTPThreads,
        peers: any HTTPPeerWatching = UnknownPeers(),
        responder: any HTTPResponding
    ) {
        self.limits = limits
        self.threads = threads
        self.peers = peers
        self.responder = responder
        let book = ConnectionBook<ObjectIdentifier>(
            limit: limits.connections,
            limitPerGroup: limits.connectionsPerAddress
        )
        state = NIOLockedValueBox(State(book: book))
    }

    package var statistics: Statistics { state.withLockedValue { $0.statistics } }

    /// Listens; returns the port, which matters when `port` is 0 (any).
    package func start(host: String, port: Int) async throws(ListenFailure) -> Int {
        let bootstrap = ServerBootstrap(group: threads.group)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptFailureHandler(server: self))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // What is read ahead of a request that is being answered is bounded by this.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let address = enter(channel) else { throw ChannelError.ioOnClosedChannel }
                    try channel.pipeline.syncOperations.addHandler(HTTPExchange(server: self, remoteAddress: address))
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
}

// MARK: For the connections

extension HTTPServer {
    var isDraining: Bool { state.withLockedValue { $0.isDraining } }

    func answered(_ status: Int) { state.withLockedValue { $0.statistics.answered[status, default: 0] += 1 } }

    func timedOut() { state.withLockedValue { $0.statistics.timedOut += 1 } }

    func noticed(_ notice: HTTPNotice, from address: String) { peers.noticed(notice, from: address) }

    /// The connection has come so far; decides who gives way when places run out.
    func note(_ standing: ConnectionBook<ObjectIdentifier>.Standing, of channel: any Channel) {
        state.withLockedValue { $0.book.note(standing, of: ObjectIdentifier(channel)) }
    }

    /// The system has no descriptor left for a connection that waits: some of ours make room.
    func acceptFailed() {
        let losers = state.withLockedValue { state in
            state.statistics.acceptFailures += 1
            let losers = state.book.makeRoom()
            state.statistics.displaced += losers.count
            return losers.compactMap { state.channels[$0] }
        }
        for loser in losers { loser.close(promise: nil) }
        peers.noticed(.outOfDescriptors, from: "")
    }

    /// Takes a connection on; returns its address, or nothing when it has no place.
    private func enter(_ channel: any Channel) -> String? {
        let sender = Sender(channel.remoteAddress)
        let isExpected = peers.isExpected(sender.address)
        let (isAdmitted, loser) = state.withLockedValue { state -> (Bool, (any Channel)?) in
            let id = ObjectIdentifier(channel)
            guard !state.isDraining,
                case .admitted(let loser) = state.book.admit(id, of: sender.group, isExpected: isExpected)
            else {
                state.statistics.refused += 1
                return (false, nil)
            }
            state.statistics.accepted += 1
            if loser != nil { state.statistics.displaced += 1 }
            state.channels[id] = channel
            state.statistics.open = state.channels.count
            return (true, loser.flatMap { state.channels[$0] })
        }
        loser?.close(promise: nil)
        if loser != nil || !isAdmitted { peers.noticed(.crowded, from: sender.address) }
        guard isAdmitted else { return nil }
        channel.closeFuture.whenComplete { [self] _ in leave(channel) }
        return sender.address
    }

    private func leave(_ channel: any Channel) {
        let emptied = state.withLockedValue { state in
            let id = ObjectIdentifier(channel)
            state.channels[id] = nil
            state.book.leave(id)
            state.statistics.open = state.channels.count
            guard state.channels.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            defer { state.emptied = [] }
            return state.emptied
        }
        for outcome in emptied { outcome.resume() }
    }
}

/// Where a connection comes from.
private struct Sender {
    /// Without the port; IPv4 in IPv6 form is given as IPv4.
    let address: String
    let group: SenderGroup

    init(_ address: SocketAddress?) {
        let text = address?.ipAddress ?? ""
        let mapped = "::ffff:"
        let isMapped = text.lowercased().hasPrefix(mapped) && text.contains(".")
        self.address = isMapped ? String(text.dropFirst(mapped.count)) : text
        switch address {
        // Behind family and port; with IPv6 also behind the flow's label.
        case .v4(let address): group = SenderGroup(withUnsafeBytes(of: address.address) { Array($0[4..<8]) })
        case .v6(let address): group = SenderGroup(withUnsafeBytes(of: address.address) { Array($0[8..<24]) })
        default: group = SenderGroup([])
        }
    }
}

/// Pauses when the system cannot give a connection to us.
///
/// The connection goes on waiting, so the system would say again and again that it is there. The library's own handler for this
/// delays only the next request to read, and the one that has just failed still stands: it does not end the loop.
private final class AcceptFailureHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let server: HTTPServer
    private var isPausing = false

    init(server: HTTPServer) { self.server = server }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) else {
            return context.fireErrorCaught(error)
        }
        server.acceptFailed()
        guard !isPausing, let options = context.channel.syncOptions else { return }
        isPausing = true
        try? options.setOption(.autoRead, value: false)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(server.limits.acceptPause)) {
            let (handler, context) = bound.value
            handler.isPausing = false
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        }
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
