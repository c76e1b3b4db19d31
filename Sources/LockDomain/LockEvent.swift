/// What a supervisor can be told.
///
/// All are past: they have happened.
package enum LockEvent: Hashable, Sendable {
    /// The gateway runs; the first event a supervisor gets.
    case started
    /// A deadline may have passed. Harmless when none has.
    case woke
    /// A webhook whose signature and age were checked.
    case bridgeReported(BridgeReport, WebhookStamp)
    /// A webhook without a signature from the bridge's own address. It proves nothing but says that there is news.
    case doorbellRang
    /// A correctly signed webhook was refused for its age: our clock less the bridge's, whole seconds.
    case webhookRefusedForAge(skew: Duration)
    /// A well-formed command arrived.
    case commandRequested(CommandRequest)
    /// A message arrived on the command topic that is not to be carried out.
    case commandRejected(RejectedCommand)
    /// An attempt came to its end; it answers ``LockEffect/sendCommand(_:)``.
    case commandAnswered(CommandAttempt, CommandAnswer)
    /// Answers ``LockEffect/readStatus(_:)``.
    case statusRead(ReadID, StatusAnswer)
    /// Answers ``LockEffect/probe``: why the bridge could not be reached, nil when it was.
    case probed(BridgeFailure?)
    /// Answers ``LockEffect/reconcileWebhooks``; with the addresses, once there were any.
    case webhooksReconciled(WebhookReconciliation, over: CallbackRoute?)
    /// This machine's addresses or routes changed.
    case networkChanged
    /// Somebody turned commands on or off.
    case commandsSwitched(Bool)
    /// Somebody asked for a fresh read of the bridge.
    case refreshRequested
    /// The owner changed the names of keys or what may be asked of the lock; nothing else of it.
    case configured(LockIdentity)
    /// The gateway ends; the last event a supervisor gets. What it still asks for, besides announcements, is not done.
    case stopping
}

/// The number of one read of `/status`.
package struct ReadID: Hashable, Sendable {
    package let rawValue: Int

    package init(_ rawValue: Int) { self.rawValue = rawValue }
}

/// How the care for our entry in the bridge's list of webhooks ended.
package enum WebhookReconciliation: Hashable, Sendable {
    /// Our entry is there, alone and right, next to this many of others.
    case inOrder(foreign: Int)
    /// The bridge could not be asked, or did not do as it was told.
    case failed(BridgeFailure)
    /// The bridge does not accept our bridge key.
    case badKey
    /// The bridge takes no more targets: so many belong to others, and ours is not among them.
    case listFull(foreign: Int)
    /// No address of this machine would do as a target; nothing was registered.
    case noUsableAddress(UnusableCallback)
    /// Given up in favour of a command.
    case abandoned
}
