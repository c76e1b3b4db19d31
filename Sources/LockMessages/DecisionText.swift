package import LockDomain

/// Decisions in words.
package struct DecisionText: Sendable {
    private let policy: LockPolicy

    /// - Parameter policy: the durations that decisions rest on.
    package init(policy: LockPolicy) { self.policy = policy }

    /// What was decided, and after what: one sentence without a full stop.
    package func text(of decision: LockDecision) -> String {
        let after = Self.after(decision.cause)
        return switch decision.subject {
        case .state(let state): "\(state.state.rawValue), because \(why(state)); decided \(after)"
        case .command(let command): "\(Self.subject(of: command.result)) \(Self.end(of: command, after: after))"
        case .passedOver(let reason): passedOver(reason)
        case .commandsSwitched(true): "commands were turned on"
        case .commandsSwitched(false): "commands were turned off; those of which nothing had left were refused"
        }
    }

    // MARK: The state

    /// The grounds: what follows on "because".
    package func why(_ state: StateDecision) -> String {
        switch state.connectivity {
        case .offline(.starting): "nothing has been heard of the lock since the gateway started"
        case .offline(.lockOffline):
            "the bridge has no connection to the lock: its batteries are empty, or it is too far away"
        case .offline(.bridgeUnreachable): "the bridge cannot be heard: \(Self.reason(state.failure))"
        case .online: grounds(state)
        }
    }

    /// What would make the state another one: sentences without a subject, such as "a report of the lock".
    package func whatWouldChange(_ state: StateDecision) -> String {
        switch state.connectivity {
        case .offline(.starting), .offline(.bridgeUnreachable): "an answer of the bridge"
        case .offline(.lockOffline): "a read of /status in which the lock is connected, or a report of the lock"
        case .online: "a report of the lock; \(reads(state)); \(loss)"
        }
    }

    private func grounds(_ state: StateDecision) -> String {
        let target = state.target.map(Self.position) ?? "an unknown place"
        let shown = state.shown.map(Self.position) ?? "something else"
        return switch state.rule {
        case .nothingHeard: "the lock is connected, and nothing has shown yet where the bolt stands"
        case .reported: "the lock reported by webhook that the bolt stands there"
        case .started: "the lock reported by webhook that its motor started towards \(target)"
        case .stalled: "the lock reported by webhook that its motor stalled"
        case .stoppedNowhere: "the lock reported by webhook a stop at a place that it does not know"
        case .linkLost: "the lock was away, and nothing has shown since where the bolt stands"
        case .commandUnconfirmed:
            "a command towards \(target) may have moved the bolt, and no webhook says so: the old position vouches for"
                + " nothing"
        case .commandRecovered: "a command towards \(target) from before the gateway's restart may still move the bolt"
        case .movedBeforeRestart:
            "the bolt moved towards \(target) shortly before the gateway's restart, and a read of /status that shows"
                + " something else may be out of date"
        case .movedBeforeLoss:
            "the bolt may have moved towards \(target) shortly before the lock was away, and a read of /status that shows"
                + " something else may be out of date"
        case .firstRead: "nothing was known, and a read of /status showed it"
        case .firstOfTwoReads:
            "the lock was away; a read of /status showed \(shown), and a second one must agree before that counts"
        case .twoReads: "the lock was away, and two reads of /status agreed"
        case .noPosition: "a read of /status showed no position of the bolt"
        case .latchFellBack:
            "the latch falls back by itself within \(policy.openWithoutLatch.inWords), and /status showed it"
        case .readOutweighs: "a read of /status showed it, and what was known before was older or itself from /status"
        case .twoReadsOutweigh: "two reads of /status agreed against the lock's last report"
        case .contradicted:
            "the lock reported it a short while ago; one read of /status showed \(shown), which may be out of date"
        case .readAfterMovement: "the time of the movement is over, and a read of /status showed its end"
        case .readBeyondLag: "a read of /status showed it, so long after the movement that it is not out of date"
        case .movementUnresolved:
            "a movement towards \(target) began, and nothing showed its end within \(policy.movementTimeout.inWords)"
        case .twoReadsEndJam: "two reads of /status after the stall agreed"
        }
    }

    private func reads(_ state: StateDecision) -> String {
        let gap = policy.overrideReadGap.inWords
        return switch state.rule {
        case .nothingHeard, .linkLost, .firstOfTwoReads, .noPosition:
            state.rule == .nothingHeard || state.rule == .noPosition
                ? "one read of /status that shows a position"
                : "two reads of /status that agree, \(policy.returnReadGap.inWords) apart"
        case .reported, .contradicted:
            "two reads of /status that agree on another position, \(gap) apart (one is enough when the report is older"
                + " than \(policy.webhookOutweighsStatus.inWords))"
        case .firstRead, .twoReads, .latchFellBack, .readOutweighs, .twoReadsOutweigh, .readAfterMovement,
            .readBeyondLag, .twoReadsEndJam:
            "a read of /status that shows another position"
        case .started, .movementUnresolved, .stoppedNowhere, .commandUnconfirmed, .commandRecovered,
            .movedBeforeRestart:
            "a read of /status that shows the movement's end, or any position \(policy.staleStatusWindow.inWords) after"
                + " it began"
        case .movedBeforeLoss:
            "two reads of /status that agree, \(policy.returnReadGap.inWords) apart, and that show the movement's end or"
                + " come \(policy.staleStatusWindow.inWords) after it began"
        case .stalled:
            "two reads of /status that agree, \(gap) apart, the first \(policy.staleStatusWindow.inWords) after the lock"
                + " last said that it moves or got a command"
        }
    }

    private var loss: String { "silence of the bridge for \(policy.proofLifetime.inWords)" }

    // MARK: Webhooks

    private func passedOver(_ reason: LockDecision.PassedOver) -> String {
        switch reason {
        case .repeated: "a webhook came again, byte for byte, and counted for nothing"
        case .late(let by):
            "a webhook came after one that is \(by.inWords) newer; it was published as an event and changed no state"
        case .refusedForAge(let age):
            "a signed webhook was refused: our clock is \(age.inWords) from its stamp; it only led to a read of /status"
        case .unsigned: "a webhook without a signature came from the bridge's address; it only led to a read of /status"
        }
    }
}

// MARK: - Words of their own

extension DecisionText {
    /// What had happened, as the end of a sentence.
    static func after(_ cause: LockDecision.Cause) -> String {
        switch cause {
        case .started: "when the gateway started"
        case .timePassed: "when time had passed without a word"
        case .webhook(let type?): "after the webhook \(String(type.prefix(64)))"
        case .webhook(nil): "after a webhook with readings"
        case .unsignedWebhook: "after a webhook without a signature"
        case .webhookRefusedForAge: "after a webhook that was refused for its age"
        case .commandArrived(let id): "when the command \(id) came"
        case .commandAnswered(let id, let answer): "when the command \(id) had been \(words(for: answer))"
        case .statusShowed(_, isLockOnline: false): "after a read of /status in which the lock is not connected"
        case .statusShowed(let bolt, _): "after a read of /status that showed \(position(bolt))"
        case .statusFailed(let failure): "after a read of /status that failed: \(reason(failure))"
        case .statusAbandoned: "after a read of /status that was given up for a command"
        case .bridgeProbed(nil): "after the bridge took a connection"
        case .bridgeProbed(let failure?): "after a connection to the bridge that failed: \(reason(failure))"
        case .webhooksReconciled: "after a look at the bridge's list of webhooks"
        case .networkChanged: "when this machine's network changed"
        case .commandsSwitched(let isOn): "when commands were turned \(isOn ? "on" : "off")"
        case .refreshRequested: "when somebody asked for a fresh read"
        case .configured: "when its owner changed its configuration"
        case .stopping: "when the gateway ended"
        }
    }

    private static func words(for answer: CommandAnswer) -> String {
        switch answer {
        case .acknowledged: "taken by the bridge"
        case .unanswered: "written and not answered"
        case .refused(let status): "refused by the bridge (HTTP \(status))"
        case .notSent(.unreachable(let failure)): "kept back: \(reason(failure))"
        case .notSent(.tooLate): "kept back: its time was over"
        case .notSent(.wrongBridge): "kept back: another bridge answers there"
        case .notSent(.withdrawn): "kept back: it was not wanted any more"
        case .notSent(.journalUnavailable): "kept back: it could not be put on record"
        }
    }

    static func position(_ bolt: BoltState) -> String {
        switch bolt {
        case .unknown: "no known position"
        case .open: "open"
        case .dayLock: "unlocked (day_lock)"
        case .nightLock: "locked (night_lock)"
        }
    }

    static func reason(_ failure: BridgeFailure?) -> String {
        switch failure {
        case .nameNotFound: "its name is not found on the network"
        case .noRoute: "this machine has no way to it"
        case .refused: "it refuses connections"
        case .refusedWithoutInternet: "it refuses connections, and the internet is gone"
        case .connectTimeout: "it does not answer a connection"
        case .noAnswer: "it takes connections and does not answer"
        case .unauthorised: "it answers that we may not ask"
        case .badStatus: "it answers with an error"
        case .unreadable: "its answer is not that of a LOQED bridge"
        case .wrongBridge: "another bridge answers at its address"
        case nil: "it gave no sign of life for too long"
        }
    }
}

extension Duration {
    /// In its largest whole unit; tenths of a second below ten seconds.
    var inWords: String {
        let (seconds, rest) = components
        let magnitude = seconds.magnitude
        switch magnitude {
        case ..<10 where rest != 0:
            return "\(magnitude).\(rest.magnitude / 100_000_000_000_000_000) s"
        case ..<120: return "\(magnitude) s"
        case ..<7200: return "\(magnitude / 60) min"
        default: return "\(magnitude / 3600) h"
        }
    }
}
