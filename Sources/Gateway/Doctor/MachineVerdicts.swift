import LockDomain

/// What the evidence about this machine amounts to.
enum MachineVerdicts {
    // MARK: Configuration

    static func configuration(
        _ result: Result<GatewayConfiguration, ConfigurationFailure>,
        path: String
    ) -> DoctorFinding {
        switch result {
        case .success(let configuration): return .ok(.configuration, "\(path): \(configuration.summary)")
        case .failure(.unreadable(let path, let failure)):
            return .failed(
                .configuration,
                .noInput,
                "\(path): \(failure)",
                remedy: ConfigurationFailure.remedy(for: failure, of: path)
            )
        case .failure(.invalid(let problems)):
            let count = problems.count == 1 ? "1 mistake" : "\(problems.count) mistakes"
            return .failed(
                .configuration,
                .configuration,
                "\(path): \(count)\n\(ConfigurationFailure.invalid(problems))",
                remedy: "correct each as it says, then run: loqed-gateway check"
            )
        }
    }

    // MARK: Files with secrets

    static func secretFiles(_ files: [SecretFile]) -> DoctorFinding {
        let open = files.filter { !$0.access.isEmpty }
        guard !open.isEmpty else {
            guard !files.isEmpty else { return .ok(.secretFiles, "no secret comes from a file") }
            return .ok(.secretFiles, "\(list(files.map(\.path))): closed to others")
        }
        let found = open.map { "\($0.path) can be \($0.access.contains(.writing) ? "changed" : "read")" }
        return .warning(
            .secretFiles,
            "\(list(found)) by every user of this machine, and holds a secret",
            remedy: "chmod o= \(open.map { "\(ShellWord($0.path))" }.joined(separator: " "))"
        )
    }

    // MARK: Clock

    static func clock(_ now: UnixTime) -> DoctorFinding {
        guard now < GatewayVersion.madeAfter else {
            return .ok(.clock, "shows a time after this gateway was made")
        }
        return .failed(
            .clock,
            .dataError,
            "shows a time before this gateway was made, so no command can be signed",
            remedy: "give this machine the time by NTP"
        )
    }

    // MARK: State directory

    static func stateDirectory(_ facts: FolderFacts) -> DoctorFinding {
        let path = facts.path
        switch facts.standing {
        case .missing(parentIsWritable: true):
            return .ok(.stateDirectory, "\(path) is not there yet; the gateway makes it when it starts")
        case .missing(parentIsWritable: false):
            return .failed(
                .stateDirectory,
                .cannotCreate,
                "\(path) is not there and cannot be made by this user",
                remedy: "make it: install -d -m 700 -o USER \(path), with the user that the gateway runs as"
            )
        case .notAFolder:
            return .failed(
                .stateDirectory,
                .configuration,
                "\(path) is not a folder",
                remedy: "name a folder in state_directory"
            )
        case .there(let mode, let owner, let isWritable):
            guard owner == .us else { return foreignFolder(path, mode: mode, owner) }
            guard isWritable else {
                return .failed(
                    .stateDirectory,
                    .cannotCreate,
                    "\(path) cannot be written, so every command is refused",
                    remedy: "chmod 700 \(path), and see that its file system is not mounted read-only"
                )
            }
            guard facts.closedFiles.isEmpty else {
                return .failed(
                    .stateDirectory,
                    .cannotCreate,
                    "\(list(facts.closedFiles)) cannot be used by the owner of the folder, so every command is refused",
                    remedy: handOver(path)
                )
            }
            guard mode & 0o077 == 0 else {
                return .warning(
                    .stateDirectory,
                    "\(path) has mode \(octal(mode)): other users may look into it",
                    remedy: "chmod 700 \(path)"
                )
            }
            return .ok(.stateDirectory, "\(path) has mode \(octal(mode)) and can be written")
        }
    }

    /// Somebody else's folder, which a gateway of ours could not use: it could not close it to others.
    ///
    /// One that is closed and no superuser's looks like that of a gateway that runs as another user.
    private static func foreignFolder(_ path: String, mode: UInt32, _ owner: FolderFacts.Owner) -> DoctorFinding {
        guard owner == .superuser || mode & 0o077 != 0 else {
            return .warning(
                .stateDirectory,
                "\(path) belongs to another user than the one that runs this check",
                remedy: "run the check as the user that the gateway runs as"
            )
        }
        return .failed(
            .stateDirectory,
            .cannotCreate,
            "\(path) belongs to \(owner == .superuser ? "root" : "another user"), and a gateway of the user that runs this check"
                + " cannot keep its state there, so every command is refused",
            remedy: "\(handOver(path)); if the gateway runs as another user, run the check as that one"
        )
    }

    private static func handOver(_ path: String) -> String {
        "chown -R USER \(ShellWord(path)), with the user that the gateway runs as"
    }

    /// Below this much no journal can be kept for long.
    private static let little: UInt64 = 64 << 20
    private static let nothing: UInt64 = 1 << 20

    static func diskSpace(_ free: UInt64?, path: String) -> DoctorFinding {
        guard let free else { return .skipped(.diskSpace, "\(path) is on no disk that tells its free space") }
        let text = "\(free >> 20) MiB are free for \(path)"
        let remedy = "free some space on the disk that \(path) is on"
        switch free {
        case ..<nothing:
            return .failed(.diskSpace, .cannotCreate, "\(text): commands are refused when none is left", remedy: remedy)
        case ..<little: return .warning(.diskSpace, text, remedy: remedy)
        default: return .ok(.diskSpace, text)
        }
    }

    static func journal(_ facts: JournalFacts, in folder: FolderFacts) -> DoctorFinding {
        switch facts {
        case .nothing: .ok(.journal, "nothing is on record yet")
        case .read(let locks, let commands):
            .ok(.journal, "\(count(locks, "lock")) and the ids of \(count(commands, "command")) are on record")
        case .forbidden(let file) where folder.isOurs:
            .skipped(.journal, "\(file) may not be read: see state_directory")
        case .forbidden(let file):
            .warning(
                .journal,
                "\(file) may not be read by this user",
                remedy: "run the check as the user that the gateway runs as"
            )
        case .unreadable(let file, let reason):
            .failed(
                .journal,
                .dataError,
                "\(file): \(reason)",
                remedy: "see that the disk is well, then start the gateway again"
            )
        case .damaged(let file, isNewer: true):
            .warning(
                .journal,
                "\(file) was written by a newer gateway; this one would set it aside",
                remedy: "run the newer gateway again: ids of earlier commands are in that file"
            )
        case .damaged(let file, isNewer: false):
            .warning(
                .journal,
                "\(file) cannot be read as a record; the gateway sets it aside when it starts",
                remedy: "see to the disk; commands are off then until you turn them on (commands_enabled)"
            )
        }
    }

    // MARK: Words

    static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

    private static func list(_ words: [String]) -> String { words.joined(separator: ", ") }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

/// The state directory as it is found; nothing is made or changed.
struct FolderFacts: Hashable, Sendable {
    enum Standing: Hashable, Sendable {
        case missing(parentIsWritable: Bool)
        case notAFolder
        case there(mode: UInt32, owner: Owner, isWritable: Bool)
    }

    enum Owner: Hashable, Sendable {
        /// The user that runs the check; for the superuser everybody.
        case us
        case superuser
        case another
    }

    let path: String
    let standing: Standing
    /// Files in it that the gateway needs, and that the owner of the folder may not use.
    let closedFiles: [String]

    init(path: String, standing: Standing, closedFiles: [String] = []) {
        self.path = path
        self.standing = standing
        self.closedFiles = closedFiles
    }

    var isOurs: Bool {
        if case .there(_, .us, _) = standing { true } else { false }
    }
}

/// What is on record, or why it cannot be told.
enum JournalFacts: Hashable, Sendable {
    case nothing
    case read(locks: Int, commands: Int)
    case forbidden(file: String)
    case unreadable(file: String, reason: String)
    case damaged(file: String, isNewer: Bool)
}
