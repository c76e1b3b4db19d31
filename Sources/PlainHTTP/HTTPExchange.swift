import Glibc
import NIOCore
import NIOHTTP1

/// One connection of the server: reads a request, has it answered, and again while it is kept alive.
final class HTTPExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// Between requests.
        case resting
        case reading(HTTPRequestHeadline, keepAlive: Bool, limit: Int, body: [UInt8])
        case answering
        /// Closing: whatever still comes in is passed over.
        case done
    }

    private let server: HTTPServer
    private let remoteAddress: String
    private var phase: Phase = .resting
    private var timer: Scheduled<Void>?
    private var hasBegun = false

    init(server: HTTPServer, remoteAddress: String) {
        self.server = server
        self.remoteAddress = remoteAddress
    }

    func channelActive(context: ChannelHandlerContext) {
        arm(server.limits.request, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        phase = .done
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let part): take(part, context)
        case .end: finish(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        if case .resting = phase { close(context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close(context) }

    // MARK: Reading

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard case .resting = phase else { return }
        if hasBegun { arm(server.limits.request, context) }
        hasBegun = true
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let headline = HTTPRequestHeadline(
            method: head.method.rawValue,
            path: String(parts.first ?? ""),
            query: parts.count > 1 ? String(parts[1]) : nil,
            fields: HTTPFields(head.headers.map { HTTPField($0.name, $0.value) }),
            remoteAddress: remoteAddress
        )
        switch server.responder.admit(headline) {
        case .answer(let answer): send(answer, keepAlive: false, context)
        case .readBody(let limit):
            let announced = head.headers.first(name: "Content-Length").flatMap(Int.init) ?? 0
            guard announced <= limit else { return tooLarge(context) }
            phase = .reading(headline, keepAlive: head.isKeepAlive, limit: limit, body: [])
            if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
                let go = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
            }
        }
    }

    private func take(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .reading(let headline, let keepAlive, let limit, var body) = phase else { return }
        phase = .done
        guard body.count + part.readableBytes <= limit else { return tooLarge(context) }
        body.append(contentsOf: part.readableBytesView)
        phase = .reading(headline, keepAlive: keepAlive, limit: limit, body: body)
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard case .reading(let headline, let keepAlive, _, let body) = phase else { return }
        phase = .answering
        let reply = context.eventLoop.makePromise(of: HTTPReply.self)
        let responder = server.responder
        reply.completeWithTask { await responder.respond(to: ReceivedRequest(head: headline, body: body)) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        reply.futureResult.whenSuccess { reply in
            let (exchange, context) = bound.value
            exchange.reply(reply, keepAlive: keepAlive, context)
        }
    }

    private func tooLarge(_ context: ChannelHandlerContext) {
        send(HTTPAnswer(status: 413), keepAlive: false, context)
    }

    // MARK: Answering

    private func reply(_ reply: HTTPReply, keepAlive: Bool, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        switch reply {
        case .answer(let answer): send(answer, keepAlive: keepAlive && !server.isDraining, context)
        case .raw(let bytes, let ending): sendRaw(bytes, then: ending, context)
        case .drip(let bytes, let pause):
            phase = .done
            drip(bytes[...], every: TimeAmount(pause), context)
        }
    }

    private func send(_ answer: HTTPAnswer, keepAlive: Bool, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(answer.fields.all.map { ($0.name, $0.value) })
        headers.replaceOrAdd(name: "Content-Length", value: String(answer.body.count))
        if !keepAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: answer.status)
        server.answered(answer.status)
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
            promise: nil
        )
        if !answer.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        // The timer is set before the write whose completion may close: one set after it would keep the dead channel.
        if keepAlive {
            phase = .resting
            arm(server.limits.idle, context)
        } else {
            phase = .done
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        if !keepAlive { written.futureResult.whenComplete { _ in channel.close(promise: nil) } }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func sendRaw(_ bytes: [UInt8], then ending: HTTPReply.Ending, _ context: ChannelHandlerContext) {
        phase = .done
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        switch ending {
        case .close: written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        case .reset:
            written.futureResult.whenComplete { _ in
                guard let socket = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
                socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
            }
        case .stayOpen: break
        }
        // Past the encoder: these bytes are meant as they are.
        guard let encoder = try? channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self) else {
            return channel.close(promise: nil)
        }
        encoder.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: written)
    }

    private func drip(_ bytes: ArraySlice<UInt8>, every pause: TimeAmount, _ context: ChannelHandlerContext) {
        let channel = context.channel
        let encoder = try? channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        guard let byte = bytes.first, let encoder, channel.isActive else { return channel.close(promise: nil) }
        encoder.writeAndFlush(NIOAny(ByteBuffer(bytes: [byte])), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: pause) {
            let (exchange, context) = bound.value
            exchange.drip(bytes.dropFirst(), every: pause, context)
        }
    }

    // MARK: Time

    private func arm(_ duration: Duration, _ context: ChannelHandlerContext) {
        timer?.cancel()
        let (channel, server) = (context.channel, server)
        timer = context.eventLoop.scheduleTask(in: TimeAmount(duration)) {
            server.timedOut()
            channel.close(promise: nil)
        }
    }

    private func close(_ context: ChannelHandlerContext) {
        phase = .done
        timer?.cancel()
        context.close(promise: nil)
    }
}
