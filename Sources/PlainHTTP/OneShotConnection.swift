import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// One TCP connection for one request: no reuse, no redirect, no proxy, no retry.
///
/// Opening and exchanging are two steps, so that "provably never sent" is a fact and not a guess: whatever fails in
/// ``open(to:timeout:on:)`` was never sent, whatever fails in ``exchange(_:timeout:maximumBody:)`` may have been received.
package struct OneShotConnection: ~Copyable {
    private let channel: any Channel
    private let endpoint: HTTPEndpoint
    private let collector: NIOLoopBound<AnswerCollector>

    /// Connects.
    package static func open(
        to endpoint: HTTPEndpoint,
        timeout: Duration,
        on threads: HTTPThreads
    ) async throws(ConnectFailure) -> OneShotConnection {
        let loop = threads.group.next()
        let pending = NIOLockedValueBox<(any Channel)?>(nil)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(timeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                pending.withLockedValue { $0 = channel }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(HTTPRequestEncoder())
                    try pipeline.addHandler(
                        ByteToMessageHandler(HTTPResponseDecoder(informationalResponseStrategy: .drop))
                    )
                    try pipeline.addHandler(AnswerCollector())
                }
            }
        do {
            // The whole look-up and connect has one limit; the bootstrap's own covers each address by itself.
            // Taken on the loop at once: a peer that closes right away takes the pipeline with it.
            let connect = bootstrap.connect(host: endpoint.host, port: endpoint.port).flatMapThrowing { channel in
                let collector = try channel.pipeline.syncOperations.handler(type: AnswerCollector.self)
                return (channel, NIOLoopBound(collector, eventLoop: loop))
            }
            let deadline = loop.scheduleTask(in: TimeAmount(timeout)) {
                pending.withLockedValue { $0 }?.close(promise: nil)
            }
            // On the loop, so that a connection just made is not cut while its owner waits for a thread.
            connect.whenComplete { _ in deadline.cancel() }
            let (channel, collector) = try await withTaskCancellationHandler {
                try await connect.get()
            } onCancel: {
                pending.withLockedValue { $0 }?.close(promise: nil)
            }
            return OneShotConnection(channel: channel, endpoint: endpoint, collector: collector)
        } catch {
            throw Task.isCancelled ? .cancelled : ConnectFailure(error)
        }
    }

    private init(channel: any Channel, endpoint: HTTPEndpoint, collector: NIOLoopBound<AnswerCollector>) {
        self.channel = channel
        self.endpoint = endpoint
        self.collector = collector
    }

    /// The address of this machine that the connection uses, absent when it is already gone.
    package var localAddress: String? { channel.localAddress?.ipAddress }

    /// The address of the peer, absent when the connection is already gone.
    package var remoteAddress: String? { channel.remoteAddress?.ipAddress }

    /// Closes without having sent anything.
    package consuming func close() async { try? await channel.close() }

    /// Writes the request in one piece and waits for the whole answer, at most `timeout` in all.
    package consuming func exchange(
        _ request: HTTPRequest,
        timeout: Duration,
        maximumBody: Int
    ) async throws(ExchangeFailure) -> HTTPAnswer {
        let (channel, collector) = (channel, collector)
        var headers = HTTPHeaders(request.fields.all.map { ($0.name, $0.value) })
        headers.add(name: "Host", value: endpoint.authority)
        headers.add(name: "Connection", value: "close")
        if !request.body.isEmpty { headers.add(name: "Content-Length", value: String(request.body.count)) }
        let head = HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: request.method),
            uri: request.target,
            headers: headers
        )
        let body = request.body
        let answer = channel.eventLoop.flatSubmit { () -> EventLoopFuture<Result<HTTPAnswer, ExchangeFailure>> in
            let promise = channel.eventLoop.makePromise(of: Result<HTTPAnswer, ExchangeFailure>.self)
            guard channel.isActive else {
                promise.succeed(.failure(.closedBeforeWriting))
                return promise.futureResult
            }
            collector.value.begin(promise, maximumBody: maximumBody)
            let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
                collector.value.end(.failure(.timeout))
            }
            promise.futureResult.whenComplete { _ in
                deadline.cancel()
                channel.close(promise: nil)
            }
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            if !body.isEmpty {
                channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
            }
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            return promise.futureResult
        }
        let result: Result<HTTPAnswer, ExchangeFailure>? = await withTaskCancellationHandler {
            try? await answer.get()
        } onCancel: {
            channel.eventLoop.execute { collector.value.end(.failure(.cancelled)) }
        }
        guard let result else { throw .closed }
        return try result.get()
    }
}

extension ConnectFailure {
    fileprivate init(_ error: any Error) {
        switch error {
        case let error as NIOConnectionError:
            // Without an address that was tried, the name had none.
            self = error.connectionErrors.first.map { ConnectFailure($0.error) } ?? .nameNotFound
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: self = .refused
            case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EACCES, EPERM: self = .noRoute
            case ETIMEDOUT: self = .timeout
            default: self = .other(errno: error.errnoCode)
            }
        case ChannelError.connectTimeout, is ChannelError: self = .timeout
        case is SocketAddressError: self = .nameNotFound
        default: self = .other(errno: 0)
        }
    }
}

/// Gathers the parts of one answer.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private var promise: EventLoopPromise<Result<HTTPAnswer, ExchangeFailure>>?
    private var maximumBody = 0
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []

    func begin(_ promise: EventLoopPromise<Result<HTTPAnswer, ExchangeFailure>>, maximumBody: Int) {
        self.promise = promise
        self.maximumBody = maximumBody
    }

    func end(_ result: Result<HTTPAnswer, ExchangeFailure>) {
        promise?.succeed(result)
        promise = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let part):
            guard body.count + part.readableBytes <= maximumBody else { return end(.failure(.answerTooLarge)) }
            body.append(contentsOf: part.readableBytesView)
        case .end:
            guard let head else { return end(.failure(.malformedAnswer)) }
            let fields = HTTPFields(head.headers.map { HTTPField($0.name, $0.value) })
            end(.success(HTTPAnswer(status: Int(head.status.code), fields: fields, body: body)))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(error is HTTPParserError ? .malformedAnswer : .closed))
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(.closed))
        context.fireChannelInactive()
    }
}
