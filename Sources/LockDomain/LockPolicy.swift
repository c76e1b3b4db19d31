/// Every duration and limit that decisions rest on.
package struct LockPolicy: Hashable, Sendable {
    // From the configuration.
    package var statusInterval: Duration = .seconds(3600)
    package var statusIntervalUnproven: Duration = .seconds(60)
    package var probeInterval: Duration = .seconds(30)
    /// How long a movement, and the confirmation of a command, may take.
    package var movementTimeout: Duration = .seconds(30)

    // Supervision of the road to the lock.
    package var failuresUntilUnreachable = 3
    package var connectTimeout: Duration = .seconds(3)
    package var answerTimeout: Duration = .seconds(5)
    package var doorbellInterval: Duration = .seconds(2)
    package var doorbellEcho: Duration = .seconds(5)
    package var refreshInterval: Duration = .seconds(10)
    package var reconcileInterval: Duration = .seconds(3600)
    package var reconcileRetryBase: Duration = .seconds(5)
    package var reconcileRetryMaximum: Duration = .seconds(300)
    package var skewWorthAWarning: Duration = .seconds(5)
    /// Two boots that the bridge dates less than this apart are one: its clock drifts a little.
    package var rebootThreshold: Duration = .seconds(30)

    // Rules of evidence.
    /// Two reads that agree, this far apart, show a lock that has just come back.
    package var returnReadGap: Duration = .seconds(5)
    /// Two reads that agree, this far apart, outweigh a recent webhook or end a jam.
    package var overrideReadGap: Duration = .seconds(30)
    package var webhookOutweighsStatus: Duration = .seconds(300)
    /// For this long after a movement began, a `/status` that still shows the old state proves nothing.
    package var staleStatusWindow: Duration = .seconds(180)
    package var secondLookAfter: Duration = .seconds(60)
    package var openWithoutLatch: Duration = .seconds(15)

    // Commands.
    package var commandDeadline: Duration = .seconds(30)
    package var openDeadline: Duration = .seconds(10)
    package var retryDelays: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2)]
    /// When `/status` is first read after a command whose webhooks may not reach us.
    package var unprovenLook: Duration = .seconds(10)
    package var alreadyThereSettles: Duration = .seconds(5)
    package var rateLimit = 6
    package var rateWindow: Duration = .seconds(10)
    /// Our clock cannot show less than this while it is right.
    package var builtAt = UnixTime(seconds: 0)
    /// How far our clock may be from the bridge's, and a sender's from ours, before it is not believed.
    package var clockTolerance: Duration = .seconds(60)

    package init() {}

    /// How long a command may wait for its first byte to be sent.
    package func deadline(of action: LockAction) -> Duration { action == .open ? openDeadline : commandDeadline }

    /// When the bridge is asked again after this many failures in a row: 5 s and 10 s at the default probe interval.
    package func delay(afterFailures failures: Int) -> Duration {
        switch failures {
        case 1: probeInterval / 6
        case 2: probeInterval / 3
        default: probeInterval
        }
    }

    /// How long one sign of life of the bridge holds: until every probe that should have renewed it has failed.
    package var proofLifetime: Duration {
        probeInterval + delay(afterFailures: 1) + delay(afterFailures: 2)
            + (connectTimeout + answerTimeout) * failuresUntilUnreachable
    }
}

/// What the owner decides about a lock.
///
/// Only names and commands change while its supervisor lives.
package struct LockIdentity: Hashable, Sendable {
    package let id: LockID
    /// The key that our commands are signed with.
    package let ownKey: KeyID
    package let keyNames: [KeyID: String]
    package let allowedActions: Set<LockAction>
    /// Wi-Fi address of the bridge, if the owner named it: 12 lower-case hexadecimal digits.
    package let bridgeMAC: String?

    package init(
        id: LockID,
        ownKey: KeyID,
        keyNames: [KeyID: String] = [:],
        allowedActions: Set<LockAction>,
        bridgeMAC: String? = nil
    ) {
        self.id = id
        self.ownKey = ownKey
        self.keyNames = keyNames
        self.allowedActions = allowedActions
        self.bridgeMAC = bridgeMAC
    }
}
