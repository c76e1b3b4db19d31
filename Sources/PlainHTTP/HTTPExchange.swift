import Glibc
import NIOCore
import NIOHTTP1

/// One connection of the server: reads a request, has it answered, and again while it is kept alive.
///
/// One thing at a time: while a request is answered nothing is read, so requests sent ahead are answered in their order and
/// wait where they cost nothing, in the sender's memory.
final class HTTPExchange: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// Nothing of a request is there.
        case resting
        case readingHead
        case readingBody(HTTPRequestHeadline, keepAlive: Bool)
        /// Until the answer is with the system, whether or not the peer reads it.
        case answering
        /// The peer may read why it was refused; what still comes in is counted and thrown away.
        case lingering(bytesLeft: Int)
        /// Whatever still comes in is passed over.
        case done
    }

    let server: HTTPServer
    private let remoteAddress: String
    private var parser: HTTPRequestParser
    private var buffer = ByteBuffer()
    private var phase: Phase = .resting
    private var requestDeadline = NIODeadline.distantFuture
    private var timer: Scheduled<Void>?
    /// The time of the request that comes next runs already.
    private var isTimed = false
    private var awaitsRead = false
    private var isInputClosed = false
    private var omitsBody = false

    init(server: HTTPServer, remoteAddress: String) {
        self.server = server
        self.remoteAddress = remoteAddress
        parser = HTTPRequestParser(size: server.limits.size)
    }

    func channelActive(context: ChannelHandlerContext) {
        beginTiming(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        phase = .done
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if case .answering = phase {
            awaitsRead = true
        } else {
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        switch phase {
        case .done: return
        case .lingering(let left):
            guard part.readableBytes <= left else { return close(context) }
            phase = .lingering(bytesLeft: left - part.readableBytes)
        case .resting, .readingHead, .readingBody, .answering:
            buffer.discardReadBytes()
            buffer.writeBuffer(&part)
            advance(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: if case .resting = phase { close(context) }
        case ChannelEvent.inputClosed:
            isInputClosed = true
            // A peer that has said all it wants still gets its answer.
            if case .answering = phase { return }
            close(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close(context) }

    // MARK: Reading

    /// Goes on with what has been read, as far as it goes.
    private func advance(_ context: ChannelHandlerContext) {
        if case .resting = phase, buffer.readableBytes > 0 {
            if !isTimed { beginTiming(context) }
            phase = .readingHead
            server.note(.unfinished, of: context.channel)
        }
        do throws(HTTPRefusal) {
            while isReading, let step = try parser.next(&buffer) {
                switch step {
                case .head(let head): try begin(head, context)
                case .end(let body): finish(body, context)
                }
            }
        } catch {
            refuse(error, context)
        }
    }

    private var isReading: Bool {
        switch phase {
        case .readingHead, .readingBody: true
        case .resting, .answering, .lingering, .done: false
        }
    }

    private func begin(_ head: ParsedHead, _ context: ChannelHandlerContext) throws(HTTPRefusal) {
        omitsBody = head.method == "HEAD"
        arm(at: requestDeadline, context)
        let parts = head.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let headline = HTTPRequestHeadline(
            method: head.method,
            path: String(parts.first ?? ""),
            query: parts.count > 1 ? String(parts[1]) : nil,
            fields: head.fields,
            remoteAddress: remoteAddress
        )
        switch server.responder.admit(headline) {
        case .answer(let answer): send(answer, then: .lingering(bytesLeft: server.limits.lingerBytes), context)
        case .readBody(let limit):
            try parser.admitBody(upTo: limit)
            phase = .readingBody(headline, keepAlive: head.isKeepAlive)
            if head.awaitsContinue, buffer.readableBytes == 0 {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")),
                    promise: nil
                )
            }
        }
    }

    private func finish(_ body: [UInt8], _ context: ChannelHandlerContext) {
        guard case .readingBody(let headline, let keepAlive) = phase else { return }
        phase = .answering
        server.note(.underWay, of: context.channel)
        let reply = context.eventLoop.makePromise(of: HTTPReply.self)
        let responder = server.responder
        reply.completeWithTask { await responder.respond(to: ReceivedRequest(head: headline, body: body)) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        reply.futureResult.whenSuccess { reply in
            let (exchange, context) = bound.value
            exchange.reply(reply, keepAlive: keepAlive, context)
        }
    }

    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        switch refusal {
        case .answer(let status):
            send(HTTPAnswer(status: status), then: .lingering(bytesLeft: server.limits.lingerBytes), context)
        case .foreign(let notice):
            server.noticed(notice, from: remoteAddress)
            close(context)
        }
    }

    // MARK: Answering

    private func reply(_ reply: HTTPReply, keepAlive: Bool, _ context: ChannelHandlerContext) {
        guard context.channel.isActive, case .answering = phase else { return }
        switch reply {
        case .answer(let answer):
            send(answer, then: keepAlive && !server.isDraining && !isInputClosed ? .resting : .done, context)
        case .raw(let bytes, let ending): sendRaw(bytes, then: ending, context)
        case .drip(let bytes, let pause):
            become(.done, context)
            drip(bytes[...], every: TimeAmount(pause), context)
        }
    }

    /// Writes an answer, and goes on with `next` when the system has taken the last byte of it.
    private func send(_ answer: HTTPAnswer, then next: Phase, _ context: ChannelHandlerContext) {
        phase = .answering
        server.answered(answer.status)
        let isLast = if case .resting = next { false } else { true }
        let bytes = answer.bytes(closing: isLast, withoutBody: omitsBody)
        // Set before the write whose completion may close: a timer set after it would keep the dead channel.
        arm(at: .now() + TimeAmount(server.limits.answer), context)
        let written = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            let (exchange, context) = bound.value
            exchange.answered(then: next, context)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: written)
    }

    private func answered(then next: Phase, _ context: ChannelHandlerContext) {
        guard context.channel.isActive, case .answering = phase else { return }
        switch next {
        case .resting:
            server.note(.resting, of: context.channel)
            isTimed = false
            phase = .resting
            arm(at: .now() + TimeAmount(server.limits.idle), context)
            advance(context)
            resumeReading(context)
        case .lingering where !isInputClosed:
            // Closed outright, with unread bytes before it, the system would take the answer back.
            server.note(.answered, of: context.channel)
            buffer.clear()
            arm(at: .now() + TimeAmount(server.limits.linger), context, counts: false)
            context.close(mode: .output, promise: nil)
            become(next, context)
        default: close(context)
        }
    }

    private func become(_ next: Phase, _ context: ChannelHandlerContext) {
        phase = next
        resumeReading(context)
    }

    private func resumeReading(_ context: ChannelHandlerContext) {
        if case .answering = phase { return }
        guard awaitsRead else { return }
        awaitsRead = false
        context.read()
    }

    // MARK: For simulators

    private func sendRaw(_ bytes: [UInt8], then ending: HTTPReply.Ending, _ context: ChannelHandlerContext) {
        become(.done, context)
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
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: written)
    }

    private func drip(_ bytes: ArraySlice<UInt8>, every pause: TimeAmount, _ context: ChannelHandlerContext) {
        guard let byte = bytes.first, context.channel.isActive else { return context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [byte])), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: pause) {
            let (exchange, context) = bound.value
            exchange.drip(bytes.dropFirst(), every: pause, context)
        }
    }

    // MARK: Time

    /// A request begins now; its limits do not move any more.
    private func beginTiming(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        isTimed = true
        requestDeadline = now + TimeAmount(server.limits.request)
        arm(at: min(requestDeadline, now + TimeAmount(server.limits.head)), context)
    }

    private func arm(at deadline: NIODeadline, _ context: ChannelHandlerContext, counts: Bool = true) {
        timer?.cancel()
        let (channel, server) = (context.channel, server)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            if counts { server.timedOut() }
            channel.close(promise: nil)
        }
    }

    private func close(_ context: ChannelHandlerContext) {
        phase = .done
        timer?.cancel()
        context.close(promise: nil)
    }
}

extension HTTPAnswer {
    /// As it goes over the wire; who answers, and with what software, is nobody's business.
    fileprivate func bytes(closing: Bool, withoutBody: Bool) -> [UInt8] {
        var head = "HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n"
        for field in fields.all { head += "\(field.name): \(field.value)\r\n" }
        head += "Content-Length: \(body.count)\r\n"
        if closing { head += "Connection: close\r\n" }
        return Array((head + "\r\n").utf8) + (withoutBody ? [] : body)
    }
}
