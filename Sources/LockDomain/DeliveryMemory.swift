/// One webhook that was admitted.
package struct Delivery: Hashable, Sendable {
    /// Reports of different families do not overtake each other in a way that matters.
    package enum Family: String, Hashable, Sendable {
        case bolt
        case battery
        case signal
    }

    package let family: Family
    package let stamp: WebhookStamp
    package let arrivedAt: UnixTime

    package init(family: Family, stamp: WebhookStamp, arrivedAt: UnixTime) {
        self.family = family
        self.stamp = stamp
        self.arrivedAt = arrivedAt
    }
}

/// Tells new webhooks from late and repeated ones.
package struct DeliveryMemory: Hashable, Sendable {
    enum Admission: Hashable, Sendable {
        case new
        /// Signed before one of its family that was already admitted, by this much.
        case late(Duration)
        /// The same delivery again.
        case repeated
    }

    /// How many deliveries are known at most; a lock causes a few a minute.
    package static let capacity = 256
    /// The largest difference of clocks that a configuration can allow, in seconds.
    private static let greatestTolerance: Int64 = 60

    private var seen: [Delivery] = []
    private var newest: [Delivery.Family: Int64] = [:]

    package init() {}

    /// The deliveries that a repeat can be told by, and the newest of each family, in an order that gives the same again.
    package var all: [Delivery] { seen }

    /// What a delivery is, by those before it.
    func admission(of delivery: Delivery) -> Admission {
        guard !seen.contains(where: { $0.stamp == delivery.stamp }) else { return .repeated }
        guard let newest = plausibleNewest(before: delivery), delivery.stamp.signedAt < newest else { return .new }
        return .late(.seconds(newest - delivery.stamp.signedAt))
    }

    /// The newest stamp of the family.
    ///
    /// One from further ahead of our clock than any check of the age lets through was admitted while a clock was wrong;
    /// it makes nothing late.
    private func plausibleNewest(before delivery: Delivery) -> Int64? {
        guard let newest = newest[delivery.family] else { return nil }
        let (limit, overflow) = delivery.arrivedAt.seconds.addingReportingOverflow(Self.greatestTolerance)
        return overflow || newest <= limit ? newest : nil
    }

    mutating func record(_ delivery: Delivery) {
        seen.append(delivery)
        // The check of their age refuses the oldest by then, unless more arrive than any lock sends; the newest of a
        // family stays in either case, for it is what the others are late against.
        if seen.count > Self.capacity, let index = seen.firstIndex(where: isDispensable) { seen.remove(at: index) }
        newest[delivery.family] = max(plausibleNewest(before: delivery) ?? .min, delivery.stamp.signedAt)
    }

    private func isDispensable(_ delivery: Delivery) -> Bool {
        seen.contains {
            $0 != delivery && $0.family == delivery.family && $0.stamp.signedAt >= delivery.stamp.signedAt
        }
    }
}
