package import LockDomain

/// One webhook on its way to every target that wants it.
package struct SimulatedDelivery: Hashable, Sendable {
    package let event: SimulatedEvent
    package let body: [UInt8]
    /// Unix seconds of the bridge's clock.
    package let signedAt: Int64
    package let isForged: Bool
    /// The values of the body, for the brackets in a target's URL.
    let values: [String: String]
    let boot: Int
}

/// Webhooks that are late.
struct HeldDelivery: Hashable, Sendable {
    let due: Duration
    let deliveries: [SimulatedDelivery]
    /// They wait for the next one to overtake them.
    let isOvertaken: Bool
}

extension SimulatedDevice {
    /// How long a webhook waits for another to overtake it, at speed 1.
    private static let patience: Duration = .seconds(10)

    /// The webhooks to send now, in order; each is done with by ``finishDelivery(at:)``.
    package mutating func takeDeliveries(at now: Moment) -> [SimulatedDelivery] {
        let happened = takeEvents()
        var ready = releaseHeld(at: now.uptime)
        for event in happened {
            guard !faults.webhooks.losesOne() else {
                counters.webhooks.lost += 1
                continue
            }
            let delivery = makeDelivery(of: event, at: now)
            let copies = faults.webhooks.repeats ? [delivery, delivery] : [delivery]
            ready += route(copies, at: now.uptime)
        }
        undelivered += ready.count
        if !happened.isEmpty, undelivered == 0 { delivered(at: now.uptime) }
        return ready
    }

    /// One webhook was offered to all its targets.
    package mutating func finishDelivery(at now: Duration) {
        undelivered -= 1
        if undelivered == 0 { delivered(at: now) }
    }

    /// A webhook of the bridge's life before its last start is never sent.
    func isCurrent(_ delivery: SimulatedDelivery) -> Bool { isPowered && delivery.boot == boots }

    private mutating func releaseHeld(at now: Duration) -> [SimulatedDelivery] {
        let due = held.filter { $0.due <= now }.sorted { $0.due < $1.due }
        held.removeAll { $0.due <= now }
        return due.flatMap(\.deliveries)
    }

    private mutating func route(_ copies: [SimulatedDelivery], at now: Duration) -> [SimulatedDelivery] {
        if faults.webhooks.delay > .zero {
            let due = now + faults.webhooks.delay / speed
            held.append(HeldDelivery(due: due, deliveries: copies, isOvertaken: false))
            return []
        }
        if let index = held.firstIndex(where: \.isOvertaken) { return copies + held.remove(at: index).deliveries }
        guard faults.webhooks.swaps else { return copies }
        held.append(HeldDelivery(due: now + Self.patience / speed, deliveries: copies, isOvertaken: true))
        return []
    }

    private func makeDelivery(of event: SimulatedEvent, at now: Moment) -> SimulatedDelivery {
        let body = fields(of: event)
        // However fast the time of the simulation passes, the receiver sees the lateness that was asked for.
        let delay = faults.webhooks.delay
        let ahead = faults.clockSkew - (delay - delay / speed)
        return SimulatedDelivery(
            event: event,
            body: Array(body.text(numbersAsText: manners.writesNumbersAsText).utf8),
            signedAt: now.unix.seconds + ahead.components.seconds,
            isForged: faults.webhooks.forges,
            values: body.values,
            boot: boots
        )
    }
}
