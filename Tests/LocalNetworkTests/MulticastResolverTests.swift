import GatewayTestSupport
import Glibc
import NIOConcurrencyHelpers
import Testing

@testable import LocalNetwork

/// Answers on the loopback as a device would, or otherwise.
final class LoopbackResponder: Sendable {
    typealias Answers = @Sendable (DNSMessage) -> [[UInt8]]

    let group: MulticastGroup
    private let pipe: WakePipe

    /// - Parameters:
    ///   - address: a loopback address.
    ///   - fromElsewhere: whether it answers from another port than the one that is asked.
    ///   - answers: the datagrams for a query.
    /// - Throws: when there is no socket to be had.
    init(at address: IPAddress = "127.0.0.1", fromElsewhere: Bool = false, answers: @escaping Answers) throws {
        let pipe = try #require(WakePipe())
        self.pipe = pipe
        let asked = try #require(SharedSocket(at: address))
        let other = try #require(SharedSocket(at: address))
        group = MulticastGroup(
            v4: address.family == .v4 ? address : nil,
            v6: address.family == .v6 ? address : nil,
            port: try #require(asked.port)
        )
        let started = ThreadStarter.live.start {
            while true {
                var waits = [asked.number, pipe.reader].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                _ = poll(&waits, 2, -1)
                guard waits[1].revents == 0 else { return }
                while let (datagram, sender) = asked.descriptor.receive(room: 9000) {
                    guard let query = try? DNSMessage(reading: datagram) else { continue }
                    for answer in answers(query) {
                        _ = (fromElsewhere ? other : asked).descriptor.send(answer, to: sender)
                    }
                }
            }
        }
        try #require(started)
    }

    deinit { pipe.wake() }

    var resolver: MulticastResolver { resolver(on: .live) }

    func resolver(on threads: ThreadStarter) -> MulticastResolver {
        MulticastResolver(
            interfaces: InterfaceList(kernel: LiveRoutingKernel(), surroundings: Surroundings(isContainer: false)),
            threads: threads,
            group: group,
            choose: { $0.kind == .loopback },
            draw: { 0x1234 }
        )
    }

    private final class SharedSocket: Sendable {
        let descriptor: Descriptor

        init?(at address: IPAddress) {
            guard let descriptor = Descriptor.datagrams(at: SocketAddress(address, port: 0)) else { return nil }
            self.descriptor = descriptor
        }

        var number: Int32 { descriptor.number }

        var port: UInt16? {
            var bytes = [UInt8](repeating: 0, count: 28)
            var length = socklen_t(bytes.count)
            let number = number
            let code = bytes.withUnsafeMutableBytes { bytes in
                getsockname(number, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
            }
            return code == 0 ? SocketAddress(bytes)?.port : nil
        }
    }
}

private enum OpenFiles {
    static var count: Int {
        (0..<4096 as Range<Int32>).count { fcntl($0, F_GETFD) >= 0 }
    }
}

@Suite(.timeLimit(.minutes(2))) struct `Asking the link` {
    private let name: MulticastName

    init() throws { name = try #require(MulticastName("LOQED-a0b1c2d3e4f1.local")) }

    private static func answer(
        _ query: DNSMessage,
        _ address: IPAddress,
        of host: DNSName = "LOQED-a0b1c2d3e4f1.local"
    ) -> [UInt8] {
        let record = DNSRecord(name: host, timeToLive: 60, data: .address(address))
        return DNSMessage(identifier: query.identifier, flags: 0x8400, answers: [record]).encoded()
    }

    @Test(arguments: ["127.0.0.1", "::1"]) func `finds a host`(own: String) async throws {
        let responder = try LoopbackResponder(at: try #require(IPAddress(own))) {
            [Self.answer($0, "127.0.0.5"), Self.answer($0, "192.168.7.50")]
        }
        let answer = try await name.resolve(by: responder.resolver, within: .seconds(60), gathering: .seconds(1))
        #expect(answer.map { Set($0.addresses) } == ["127.0.0.5", "192.168.7.50"])
        #expect(answer?.timeToLive == .seconds(60))
    }

    @Test func `passes over rubbish and strangers`() async throws {
        let responder = try LoopbackResponder { query in
            [
                [], [1, 2, 3], [UInt8](repeating: 0xFF, count: 9000), [UInt8](repeating: 0, count: 20_000),
                Self.answer(query, "127.0.0.6", of: "other.local"),
                query.encoded(),
                Self.answer(query, "127.0.0.5"),
            ]
        }
        let answer = try await name.resolve(by: responder.resolver, within: .seconds(60))
        #expect(answer?.addresses == ["127.0.0.5"])
    }

    @Test func `asks again when a question is lost`() async throws {
        let count = NIOLockedValueBox(0)
        let responder = try LoopbackResponder { query in
            let isFirst = count.withLockedValue { count in
                count += 1
                return count == 1
            }
            return isFirst ? [] : [Self.answer(query, "127.0.0.5")]
        }
        let answer = try await name.resolve(by: responder.resolver, within: .seconds(60))
        #expect(answer?.addresses == ["127.0.0.5"])
        #expect(count.withLockedValue { $0 } >= 2)
    }

    @Test func `believes only the port that it asked`() async throws {
        let responder = try LoopbackResponder(fromElsewhere: true) { [Self.answer($0, "127.0.0.5")] }
        #expect(try await name.resolve(by: responder.resolver, within: .milliseconds(300)) == nil)
    }

    @Test func `ends without an answer when its time is over`() async throws {
        let responder = try LoopbackResponder { _ in [] }
        #expect(try await name.resolve(by: responder.resolver, within: .milliseconds(50)) == nil)
        #expect(try await name.resolve(by: responder.resolver, within: .zero) == nil)
    }

    @Test func `ends when it is cancelled`() async throws {
        let wasAsked = AsyncStream.makeStream(of: Void.self)
        let responder = try LoopbackResponder { _ in
            wasAsked.continuation.yield()
            return []
        }
        let (name, resolver) = (name, responder.resolver)
        let asking = Task { try await name.resolve(by: resolver, within: .seconds(86_400)) }
        for await _ in wasAsked.stream { break }
        asking.cancel()
        #expect(try await asking.value == nil)
    }

    @Test func `finds bridges by several questions`() async throws {
        let responder = try LoopbackResponder { query in
            query.questions.map { question in
                let data: DNSData =
                    switch question.type {
                    case .pointer: .pointer("LOQED-a0b1c2d3e4f1._http._tcp.local")
                    case .service: .service(target: "LOQED-a0b1c2d3e4f1.local", port: 8080)
                    default: .address(question.type == .addressV4 ? "127.0.0.5" : "fe80::5")
                    }
                let record = DNSRecord(name: question.name, timeToLive: 120, data: data)
                return DNSMessage(identifier: 0, flags: 0x8400, answers: [record]).encoded()
            }
        }
        let browser = BridgeBrowser(resolver: responder.resolver)
        let bridges = try await browser.bridges(within: .seconds(60)) { $0.first?.addresses.count == 2 }
        #expect(bridges.map(\.port) == [8080])
        #expect(bridges.first?.addresses == ["127.0.0.5", "fe80::5%lo"])
        let wanted = try #require(HardwareAddress("a0:b1:c2:d3:e4:f1"))
        let bridge = try await browser.bridge(with: wanted, within: .seconds(60), gathering: .seconds(1))
        #expect(bridge?.host == "LOQED-a0b1c2d3e4f1.local")
        #expect(bridge?.addresses.count == 2)
        let other = try #require(HardwareAddress("a0:b1:c2:d3:e4:f2"))
        #expect(try await browser.bridge(with: other, within: .milliseconds(300)) == nil)
    }

    @Test func `leaves neither threads nor open files behind`() async throws {
        let running = NIOLockedValueBox(0)
        let threads = ThreadStarter { work in
            running.withLockedValue { $0 += 1 }
            return ThreadStarter.live.start {
                work()
                running.withLockedValue { $0 -= 1 }
            }
        }
        let responder = try LoopbackResponder { [Self.answer($0, "127.0.0.5")] }
        let resolver = responder.resolver(on: threads)
        let before = OpenFiles.count
        for _ in 0..<100 {
            let answer = try await name.resolve(by: resolver, within: .seconds(60), gathering: .zero)
            #expect(answer != nil)
            _ = try await name.resolve(by: resolver, within: .zero)
            let name = self.name
            let cancelled = Task { try await name.resolve(by: resolver, within: .seconds(60)) }
            cancelled.cancel()
            _ = try await cancelled.value
        }
        await eventually("all threads have ended") { running.withLockedValue { $0 } == 0 }
        // Each search had three or more; other tests have theirs meanwhile.
        await eventually("the files are closed") { OpenFiles.count < before + 200 }
    }

    @Test func `fails when there is no link to ask on`() async throws {
        let resolver = MulticastResolver(
            interfaces: InterfaceList(kernel: LiveRoutingKernel(), surroundings: Surroundings(isContainer: false)),
            threads: .live,
            choose: { _ in false },
            draw: { 1 }
        )
        await #expect(throws: MulticastFailure.noLink) { try await name.resolve(by: resolver, within: .seconds(60)) }
    }

    @Test func `fails when no thread can be had`() async throws {
        let resolver = MulticastResolver(
            interfaces: InterfaceList(kernel: LiveRoutingKernel(), surroundings: Surroundings(isContainer: false)),
            threads: ThreadStarter { _ in false },
            draw: { 1 }
        )
        await #expect(throws: MulticastFailure.noResources) {
            try await name.resolve(by: resolver, within: .seconds(60))
        }
    }

    @Test func `leaves out interfaces that lead to no bridge`() {
        func isSuitable(
            _ kind: LocalInterface.Kind,
            up: Bool = true,
            multicast: Bool = true,
            port: Bool = false
        ) -> Bool {
            MulticastResolver.isSuitable(
                LocalInterface(
                    index: 2,
                    name: "x",
                    kind: kind,
                    isUp: up,
                    takesMulticast: multicast,
                    isPort: port,
                    addresses: []
                )
            )
        }
        #expect(isSuitable(.usual))
        #expect(isSuitable(.container))
        #expect(!isSuitable(.loopback))
        #expect(!isSuitable(.usual, up: false))
        #expect(!isSuitable(.usual, multicast: false))
        #expect(!isSuitable(.usual, port: true))
    }
}
