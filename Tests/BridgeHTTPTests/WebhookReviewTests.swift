import BridgeHTTP
import LockDomain
import LoqedWire
import Testing

private let lock = LockID("front_door")!
private let url = "http://192.0.2.20:8099/loqed/front_door"
private let old = "http://192.0.2.99:8099/loqed/front_door"

private func entry(_ id: UInt64, _ url: String = url, _ triggers: WebhookTriggers = .all) -> WebhookEntry {
    WebhookEntry(id: id, url: url, triggers: triggers)
}

@Suite struct `A list of webhooks` {
    @Test func `is told apart into ours and others', by the path alone`() {
        let entries = [
            entry(1, "http://192.0.2.30:8123/api/webhook/x"), entry(2, old), entry(3, url, .battery), entry(4),
            entry(5),
            entry(6, "http://192.0.2.20:8099/loqed/front_door?x=1"), entry(7, "HTTPS://my.example/loqed/front_door"),
            entry(8, "no address/at/all/loqed/front_door"), entry(9, ""),
        ]
        let review = WebhookReview(entries, of: lock, url: url)
        #expect(
            review.items.map(\.standing) == [
                .foreign, .otherAddress, .otherTriggers, .right, .duplicate, .foreign, .otherAddress, .foreign,
                .foreign,
            ]
        )
        #expect(review.foreign.map(\.id) == [1, 6, 8, 9])
    }

    @Test func `has none of ours without a lock, and is not judged without an address`() {
        #expect(WebhookReview([entry(1)], of: nil, url: url).items.map(\.standing) == [.foreign])
        let review = WebhookReview([entry(1), entry(2, old)], of: lock, url: nil)
        #expect(review.items.map(\.standing) == [.unjudged, .unjudged])
        #expect(review.plan.isEmpty, "what is right is not known, so nothing is wrong")
    }

    @Test func `needs nothing when ours is right`() {
        #expect(WebhookReview([entry(1, "http://192.0.2.30/"), entry(2)], of: lock, url: url).plan.isEmpty)
    }

    @Test func `needs ours when it is missing`() {
        #expect(WebhookReview([], of: lock, url: url).plan == WebhookPlan(creation: url, deletions: []))
    }

    @Test func `has old addresses replaced before old triggers, which are of some use until then`() {
        let (triggers, address) = (entry(1, url, .battery), entry(2, old))
        let plan = WebhookReview([triggers, address], of: lock, url: url).plan
        #expect(plan == WebhookPlan(creation: url, deletions: [address, triggers]))
    }

    @Test func `keeps the first of equals`() {
        let plan = WebhookReview([entry(4), entry(2), entry(3)], of: lock, url: url).plan
        #expect(plan == WebhookPlan(creation: nil, deletions: [entry(2), entry(3)]))
    }

    @Test func `loses nothing that shares its id with what must stay`() {
        let stranger = entry(1, "http://192.0.2.30:8123/")
        #expect(WebhookReview([entry(2), entry(2)], of: lock, url: url).plan.isEmpty)
        #expect(WebhookReview([stranger, entry(1, old)], of: lock, url: url).plan.deletions == [])
        #expect(WebhookReview([stranger, entry(1, old)], of: lock, url: url).removal.isEmpty)
    }

    @Test func `is rid of ours alone, or of what is named`() {
        let stranger = entry(1, "http://192.0.2.30:8123/")
        let review = WebhookReview([stranger, entry(2), entry(3, old)], of: lock, url: url)
        #expect(review.removal == WebhookPlan(creation: nil, deletions: [entry(2), entry(3, old)]))
        #expect(review.removal(of: [1, 9]) == WebhookPlan(creation: nil, deletions: [stranger]))
    }

    @Test func `is done when what was planned is there and what was not is gone`() {
        let plan = WebhookPlan(creation: url, deletions: [entry(2, old)])
        #expect(plan.isDone(in: [entry(2)]))
        #expect(!plan.isDone(in: [entry(2, old), entry(3)]))
        #expect(!plan.isDone(in: [entry(3, url, .battery)]))
    }
}
