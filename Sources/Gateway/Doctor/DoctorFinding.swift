package import LockDomain

/// What one check found.
package struct DoctorFinding: Hashable, Sendable {
    /// What the process ends with when a check failed, of `sysexits.h`.
    package enum Failure: Int32, Hashable, Sendable, Comparable {
        /// Something cannot be reached, or does not run.
        case unavailable = 69
        /// Something answers, and not as it should.
        case dataError = 65
        /// A file cannot be read.
        case noInput = 66
        /// Something cannot be written.
        case cannotCreate = 73
        /// A key, a login or a right is not accepted.
        case noPermission = 77
        /// The configuration has mistakes.
        case configuration = 78

        /// The worse is what a person has to do more about: what is away may come back by itself.
        package static func < (left: Failure, right: Failure) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .unavailable: 0
            case .dataError: 1
            case .cannotCreate: 2
            case .noPermission: 3
            case .noInput: 4
            case .configuration: 5
            }
        }
    }

    /// How a check ended.
    package enum Verdict: Hashable, Sendable {
        case ok
        case warning
        case failed(Failure)
        case skipped

        package var word: String {
            switch self {
            case .ok: "ok"
            case .warning: "warning"
            case .failed: "failed"
            case .skipped: "skipped"
            }
        }
    }

    package let check: DoctorCheck
    /// Absent when it is not about one lock.
    package let lock: LockID?
    package let verdict: Verdict
    /// What was seen, or why nothing was looked at: a sentence without a full stop, or several lines of which the first
    /// is one.
    package let evidence: String
    /// The one thing to do about it; absent when nothing needs to be done.
    package let remedy: String?

    private init(
        _ check: DoctorCheck,
        _ lock: LockID?,
        _ verdict: Verdict,
        _ evidence: String,
        _ remedy: String?
    ) {
        self.check = check
        self.lock = lock
        self.verdict = verdict
        self.evidence = evidence
        self.remedy = remedy
    }

    static func ok(_ check: DoctorCheck, of lock: LockID? = nil, _ evidence: String) -> DoctorFinding {
        DoctorFinding(check, lock, .ok, evidence, nil)
    }

    static func warning(
        _ check: DoctorCheck,
        of lock: LockID? = nil,
        _ evidence: String,
        remedy: String
    ) -> DoctorFinding {
        DoctorFinding(check, lock, .warning, evidence, remedy)
    }

    static func failed(
        _ check: DoctorCheck,
        of lock: LockID? = nil,
        _ failure: Failure,
        _ evidence: String,
        remedy: String
    ) -> DoctorFinding {
        DoctorFinding(check, lock, .failed(failure), evidence, remedy)
    }

    static func skipped(_ check: DoctorCheck, of lock: LockID? = nil, _ reason: String) -> DoctorFinding {
        DoctorFinding(check, lock, .skipped, reason, nil)
    }
}
