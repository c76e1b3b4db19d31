package import LockDomain

/// Something that is wrong now and needs a person.
package struct Problem: Hashable, Sendable {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case clock
        case wrongBridge = "wrong_bridge"
        /// A retained message lies on a topic that moves the lock.
        case retainedCommand = "retained_command"
        /// Nothing can be put on record, so no command is carried out.
        case journalUnavailable = "journal_unavailable"
        /// What was on record could not be read and was set aside.
        case stateSetAside = "state_set_aside"
    }

    /// Nil: of the gateway as a whole.
    package let lock: LockID?
    package let code: Code
    /// What is wrong, for people; one sentence without a full stop.
    package let text: String
    /// What to do about it.
    package let remedy: String

    package init(_ code: Code, of lock: LockID? = nil, text: String, remedy: String) {
        self.lock = lock
        self.code = code
        self.text = text
        self.remedy = remedy
    }
}

extension Problem {
    package init(_ problem: LockProblem, of lock: LockID) {
        switch problem {
        case .clock:
            self.init(
                .clock,
                of: lock,
                text: "our clock is not right, so no command can be signed",
                remedy: "give this machine the time by NTP, and the bridge too; commands work again by themselves"
            )
        case .wrongBridge:
            self.init(
                .wrongBridge,
                of: lock,
                text: "another bridge answers at the address of this lock's bridge",
                remedy: "correct locks.bridge in the configuration, or give the bridge a fixed address in the router"
            )
        }
    }

    package static func retainedCommand(on topic: String, of lock: LockID) -> Problem {
        Problem(
            .retainedCommand,
            of: lock,
            text: "a retained message lies on \(topic); other programs may act on it again and again",
            remedy: "clear it: mosquitto_pub -t \(topic) -r -n; and publish commands without retain"
        )
    }

    package static func journalUnavailable(folder: String) -> Problem {
        Problem(
            .journalUnavailable,
            text: "the state directory \(folder) cannot be written, so commands are refused",
            remedy: "make the folder writable for the gateway and see that its disk is not full"
        )
    }

    package static func stateSetAside(as file: String) -> Problem {
        Problem(
            .stateSetAside,
            text: "what was on record could not be read and was set aside as \(file)",
            remedy:
                "nothing must be done; ids of earlier commands are no longer known. Delete the file to end this note"
        )
    }
}

/// Everything that is wrong now: a list of objects with the keys `lock` (null: the gateway), `code`, `text`, `remedy`.
///
/// Sorted by lock and code, so equal problems give equal bytes; empty when all is well.
package struct ProblemDocument: Hashable, Sendable {
    private let problems: Set<Problem>

    package init(_ problems: Set<Problem>) { self.problems = problems }

    package var json: JSONValue {
        .list(
            problems.sorted { key(of: $0) < key(of: $1) }.map { problem in
                [
                    "lock": JSONValue(problem.lock?.rawValue),
                    "code": .text(problem.code.rawValue),
                    "text": .text(problem.text),
                    "remedy": .text(problem.remedy),
                ]
            }
        )
    }

    private func key(of problem: Problem) -> (String, String, String) {
        (problem.lock?.rawValue ?? "", problem.code.rawValue, problem.text)
    }
}
