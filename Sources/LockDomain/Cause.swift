/// What set the bolt in motion.
package enum Cause: String, Hashable, Sendable, CaseIterable {
    /// The touch sensor, or the phone near it.
    case touch
    /// A turn by hand that the motor finished.
    case twist
    /// The PIN pad outside.
    case pin
    /// The button of the outside module.
    case button
    /// A key at a distance: phone app, cloud or another bridge client.
    case remote
    /// The lock by itself, such as the latch falling back after an opening.
    case auto
    /// A command of this gateway.
    case gateway
    /// No key and no motor start was reported: a hand on the knob, as far as anyone can tell.
    case byHand = "by_hand"
    case unknown
}
