/// By which rule of evidence the state is what it is.
package enum EvidenceRule: String, Hashable, Sendable, CaseIterable {
    /// Nothing has been heard of the lock since the gateway started.
    case nothingHeard = "nothing_heard"
    /// The lock reported that it stands there.
    case reported
    /// The lock reported that its motor started.
    case started
    /// The lock reported that its motor stalled.
    case stalled
    /// The lock reported a stop at a place that it does not know.
    case stoppedNowhere = "stopped_nowhere"
    /// The way to the lock was lost, and with it every claim.
    case linkLost = "link_lost"
    /// A command may have moved a lock whose webhooks do not arrive.
    case commandUnconfirmed = "command_unconfirmed"
    /// A command from before a restart may still move the lock.
    case commandRecovered = "command_recovered"
    /// The bolt moved shortly before a restart, and `/status` may still show what was before.
    case movedBeforeRestart = "moved_before_restart"
    /// The bolt moved shortly before the way to the lock was lost, and `/status` may still show what was before.
    case movedBeforeLoss = "moved_before_loss"
    /// Nothing was known, and one read of `/status` showed a position.
    case firstRead = "first_read"
    /// A lock that was away showed a position once; a second read must agree.
    case firstOfTwoReads = "first_of_two_reads"
    /// A lock that was away showed the same position twice.
    case twoReads = "two_reads"
    /// A read of `/status` showed no position.
    case noPosition = "no_position"
    /// The latch was back by the time it always is.
    case latchFellBack = "latch_fell_back"
    /// One read of `/status` outweighs what the lock said long ago, or what an earlier read showed.
    case readOutweighs = "read_outweighs"
    /// Two reads of `/status` that agree outweigh a recent report.
    case twoReadsOutweigh = "two_reads_outweigh"
    /// One read of `/status` contradicts a recent report, which holds until a second agrees with the first.
    case contradicted
    /// The movement's time was over, and `/status` showed its end.
    case readAfterMovement = "read_after_movement"
    /// `/status` showed another position than the movement's, and can no longer lag behind.
    case readBeyondLag = "read_beyond_lag"
    /// The movement's time was over, and nothing has shown how it ended.
    case movementUnresolved = "movement_unresolved"
    /// Two reads of `/status` that agree showed where the bolt stands after a stall.
    case twoReadsEndJam = "two_reads_end_jam"
}
