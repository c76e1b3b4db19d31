import BridgeHTTP
import GatewayTestSupport
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

private let key = try! BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=")
private let lock = LockID("front_door")!
private let now = UnixTime(seconds: 1_700_000_000)

/// Keeps what it is told.
private final class Receiver: WebhookReceiving {
    let events = NIOLockedValueBox<[LockEvent]>([])
    let rejections = NIOLockedValueBox<[WebhookRejection?]>([])
    let unknown = NIOLockedValueBox<[String]>([])
    let hasRoom = NIOLockedValueBox(true)
    let bridgeAddresses = NIOLockedValueBox<Set<String>>(["127.0.0.1"])

    func target(for id: LockID) -> WebhookTarget? {
        id == lock ? WebhookTarget(key: key, bridgeAddresses: bridgeAddresses.withLockedValue { $0 }) : nil
    }

    func receive(_ event: LockEvent, for lock: LockID) -> Bool {
        events.withLockedValue { $0.append(event) }
        return hasRoom.withLockedValue { $0 }
    }

    func wasUnknown(_ lock: LockID, to address: String) { unknown.withLockedValue { $0.append("\(lock) \(address)") } }

    func refused(_ rejection: WebhookRejection?, for lock: LockID) {
        rejections.withLockedValue { $0.append(rejection) }
    }
}

@Suite struct `The webhook listener` {
    private static let threads = HTTPThreads()
    private static let body = #"{"wifi_strength":64,"ble_strength":71}"#

    private func post(
        _ body: String = body,
        to path: String = "/loqed/front_door",
        method: String = "POST",
        fields: [HTTPField]? = nil,
        receiver: Receiver = Receiver()
    ) async throws -> (status: Int, receiver: Receiver) {
        let controller = WebhookController(receiver: receiver, tolerance: .seconds(20), now: { now })
        let server = HTTPServer(on: Self.threads, responder: controller)
        let port = try await server.start(host: "127.0.0.1", port: 0)
        let endpoint = HTTPEndpoint(host: "127.0.0.1", port: port)
        let connection = try await OneShotConnection.open(to: endpoint, timeout: .seconds(60), on: Self.threads)
        let request = HTTPRequest(
            method: method,
            target: path,
            fields: HTTPFields(fields ?? signed(body)),
            body: Array(body.utf8)
        )
        let answer = try await connection.exchange(request, timeout: .seconds(60), maximumBody: 1000)
        await server.shutDown(within: .seconds(1))
        return (answer.status, receiver)
    }

    private func signed(_ body: String, at seconds: Int64 = 1_700_000_000) -> [HTTPField] {
        let hash = WebhookHash.delivery(body: Array(body.utf8), at: seconds, key: key)
        return [HTTPField("TIMESTAMP", String(seconds)), HTTPField("HASH", hash.hex)]
    }

    @Test func `takes a signed webhook and passes on what it says`() async throws {
        let (status, receiver) = try await post()
        #expect(status == 200)
        guard case .bridgeReported(let report, let stamp)? = receiver.events.withLockedValue({ $0.first }) else {
            Issue.record("nothing was passed on")
            return
        }
        #expect(report == BridgeReport(kind: .signal, signal: SignalReading(wifi: 64, bluetooth: 71)))
        #expect(stamp.signedAt == 1_700_000_000)
    }

    @Test(arguments: ["/loqed/back_door", "/", "/loqed/", "/loqed/front_door/", "/loqed/FRONT_DOOR", "/metrics"])
    func `knows no other path`(path: String) async throws {
        let (status, receiver) = try await post(to: path, fields: [])
        #expect(status == 404)
        #expect(receiver.rejections.withLockedValue { $0 }.isEmpty)
        // Only the path of a lock may be that of one that was taken out.
        let unknown = path == "/loqed/back_door" ? ["back_door 127.0.0.1"] : []
        #expect(receiver.unknown.withLockedValue { $0 } == unknown)
    }

    @Test func `takes nothing but POST`() async throws {
        #expect(try await post("", method: "GET", fields: []).status == 405)
    }

    @Test func `takes 16 KiB and not one byte more`() async throws {
        let padding = 16 * 1024 - Self.body.utf8.count
        let largest = Self.body + String(repeating: " ", count: padding)
        #expect(try await post(largest).status == 200)
        #expect(try await post(largest + " ").status == 413)
    }

    @Test func `refuses doubled headers before it looks at the signature`() async throws {
        let (status, receiver) = try await post(fields: signed(Self.body) + [HTTPField("Hash", "00")])
        #expect(status == 400)
        #expect(receiver.rejections.withLockedValue { $0 } == [.malformed])
    }

    @Test func `takes an unsigned webhook of the bridge as a doorbell, which carries nothing`() async throws {
        let claim = #"{"event_type":"STATE_CHANGED_NIGHT_LOCK","requested_state":"NIGHT_LOCK"}"#
        let (status, receiver) = try await post(claim, fields: [])
        #expect(status == 202)
        #expect(receiver.events.withLockedValue { $0 } == [.doorbellRang])
    }

    @Test func `refuses an unsigned webhook from any other address`() async throws {
        let receiver = Receiver()
        receiver.bridgeAddresses.withLockedValue { $0 = ["192.0.2.1"] }
        let (status, _) = try await post(fields: [HTTPField("TIMESTAMP", "1700000000")], receiver: receiver)
        #expect(status == 403)
        #expect(receiver.rejections.withLockedValue { $0 } == [.unsigned])
        #expect(receiver.events.withLockedValue { $0 }.isEmpty)
    }

    @Test func `refuses a wrong signature, also of an old one`() async throws {
        let fields = [HTTPField("TIMESTAMP", "1"), HTTPField("HASH", String(repeating: "0", count: 64))]
        let (status, receiver) = try await post(fields: fields)
        #expect(status == 401)
        #expect(receiver.rejections.withLockedValue { $0 } == [.badSignature])
        #expect(receiver.events.withLockedValue { $0 }.isEmpty)
    }

    @Test func `refuses a webhook too old or too early, and says by how much`() async throws {
        let (status, receiver) = try await post(fields: signed(Self.body, at: 1_699_999_960))
        #expect(status == 401)
        #expect(receiver.rejections.withLockedValue { $0 } == [.stale(skew: .seconds(40))])
        #expect(receiver.events.withLockedValue { $0 } == [.webhookRefusedForAge(skew: .seconds(40))])
    }

    @Test func `refuses a signed body that is not LOQED's`() async throws {
        #expect(try await post("{}").status == 400)
        #expect(try await post("not JSON").status == 400)
    }

    @Test func `says so when the lock's queue is full`() async throws {
        let receiver = Receiver()
        receiver.hasRoom.withLockedValue { $0 = false }
        #expect(try await post(receiver: receiver).status == 503)
    }
}
