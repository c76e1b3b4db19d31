import BridgeHTTP
import LockDomain
import LoqedWire
import Testing

@testable import Gateway

@Suite struct `What is counted of webhooks` {
    private struct Receiver: WebhookReceiving {
        var hasRoom = true

        func target(for lock: LockID) -> WebhookTarget? { nil }
        func receive(_ event: LockEvent, for lock: LockID) -> Bool { hasRoom }
        func wasUnknown(_ lock: LockID, to address: String) {}
        func refused(_ rejection: WebhookRejection?, for lock: LockID) {}
    }

    private struct Announcer: Announcing {
        func announce(_ announcement: Announcement, for lock: LockID) {}
        func note(_ notice: Notice, for lock: LockID) {}
    }

    private let time = DrivenTime()
    private let lock = LockID("front_door")!
    private let meter: GatewayMeter
    private let announcer: MeteredAnnouncer

    init() {
        meter = GatewayMeter(time: time.source)
        announcer = MeteredAnnouncer(base: Announcer(), meter: meter)
    }

    private func receiver(hasRoom: Bool = true) -> MeteredReceiver {
        MeteredReceiver(base: Receiver(hasRoom: hasRoom), meter: meter)
    }

    private var webhook: LockEvent {
        .bridgeReported(
            BridgeReport(kind: .reached(.nightLock)),
            WebhookStamp(signedAt: 1_700_000_000, fingerprint: 1)
        )
    }

    private var counts: [String: Int] {
        let series = meter.counted.counters.filter { $0.key.name == .webhooks }
        return Dictionary(uniqueKeysWithValues: series.map { ($0.key.labels[1].value, $0.value) })
    }

    private var taken: [Double] { meter.counted.histograms[MetricSeries(.webhookSeconds)].map { [$0.sum] } ?? [] }

    @Test func `is one verdict for each, and they add up`() {
        let receiver = receiver()
        for _ in 0..<10 { #expect(receiver.receive(webhook, for: lock)) }
        for _ in 0..<3 { announcer.note(.webhookRepeated, for: lock) }
        for _ in 0..<2 { announcer.note(.webhookLate(by: .seconds(1)), for: lock) }
        #expect(receiver.receive(.doorbellRang, for: lock))
        #expect(self.receiver(hasRoom: false).receive(webhook, for: lock) == false)
        receiver.refused(.stale(skew: .seconds(30)), for: lock)
        #expect(receiver.receive(.webhookRefusedForAge(skew: .seconds(30)), for: lock))
        receiver.refused(.badSignature, for: lock)
        #expect(
            counts == [
                "accepted": 5, "repeated": 3, "late": 2, "doorbell": 1, "overload": 1, "stale": 1, "bad_signature": 1,
            ]
        )
    }

    @Test func `never goes down, though a repeat is known as one only after it was taken`() {
        let receiver = receiver()
        for _ in 0..<2 { _ = receiver.receive(webhook, for: lock) }
        #expect(counts == ["accepted": 2])
        announcer.note(.webhookRepeated, for: lock)
        #expect(counts == ["accepted": 2, "repeated": 1])
        _ = receiver.receive(webhook, for: lock)
        #expect(counts == ["accepted": 2, "repeated": 1])
        meter.forget(lock)
        #expect(counts == [:])
    }

    private func announce() {
        announcer.announce(.occurrence(LockOccurrence(.locked, time: UnixTime(seconds: 0))), for: lock)
    }

    @Test func `is the time to what the webhook says, and not to what another says`() {
        let receiver = receiver()
        _ = receiver.receive(webhook, for: lock)
        announcer.note(.webhookRepeated, for: lock)
        time.advance(by: .milliseconds(900))
        announce()
        #expect(taken == [], "a repeat says nothing")

        _ = receiver.receive(webhook, for: lock)
        time.advance(by: .milliseconds(500))
        _ = receiver.receive(webhook, for: lock)
        time.advance(by: .milliseconds(125))
        announce()
        #expect(taken == [0.125], "the first of them had nothing new")
    }
}
