/// What a supervisor asks for.
///
/// Carried out in order; announcements at once, the rest at leisure.
package enum LockEffect: Hashable, Sendable {
    case announce(Announcement)
    /// Put this on record. What precedes a command in the list is to be safe before that is written.
    case remember(LockFact)
    /// Write one signed command. Owes one ``LockEvent/commandAnswered(_:_:)``.
    case sendCommand(CommandAttempt)
    /// Keep that attempt back if nothing of it has been written. It still owes its answer.
    case withdrawCommand(CommandAttempt)
    /// Read `/status`. Owes one ``LockEvent/statusRead(_:_:)``.
    case readStatus(ReadID)
    /// Open and close a connection to the bridge. Owes one ``LockEvent/probed(_:)``.
    case probe
    /// See that our webhook is registered. Owes one ``LockEvent/webhooksReconciled(_:over:)``.
    case reconcileWebhooks
    /// Give up the read or the reconciliation under way: a command needs the bridge. It still owes its answer.
    case abandonBridgeCall
    case note(Notice)
    /// Tell people who ask why something was decided.
    case explain(LockDecision)
}

/// What the world is told.
package enum Announcement: Hashable, Sendable {
    case report(LockReport)
    case occurrence(LockOccurrence)
    case commandResult(CommandResult)
}

/// What the owner's log is told.
///
/// Carries no secret, by type.
package enum Notice: Hashable, Sendable {
    case connectivityChanged(Connectivity)
    case webhookPathChanged(WebhookPath)
    case bridgeRecognised(BridgeKind)
    case statusUnreadable(BridgeFailure)
    case webhookRepeated
    case webhookLate(by: Duration)
    case clockSkewed(Duration)
    case unexpectedOwnKey(KeyID)
    case commandsSwitched(Bool)
    /// Our clock agrees with the bridge's, and with the time at which the gateway was built; or does not.
    case clockCredible(Bool)
    case webhooksReconciled(WebhookReconciliation)
    case commandEnded(CommandID, LockAction?, CommandStatus)
}
