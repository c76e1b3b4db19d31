import GatewayTestSupport
import Glibc
import LockDomain
import Testing

@testable import Gateway

@Suite struct `The doctor's verdict on this machine` {
    private func says(
        _ finding: DoctorFinding,
        _ verdict: DoctorFinding.Verdict,
        _ evidence: String,
        _ remedy: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(finding.verdict == verdict, sourceLocation: sourceLocation)
        #expect(finding.evidence == evidence, sourceLocation: sourceLocation)
        #expect(finding.remedy == remedy, sourceLocation: sourceLocation)
    }

    @Test func `no clock from before the gateway was made is believed`() {
        let before = UnixTime(milliseconds: GatewayVersion.madeAfter.milliseconds - 1)
        says(MachineVerdicts.clock(GatewayVersion.madeAfter), .ok, "shows a time after this gateway was made")
        says(
            MachineVerdicts.clock(before),
            .failed(.dataError),
            "shows a time before this gateway was made, so no command can be signed",
            "give this machine the time by NTP"
        )
    }

    @Test func `secrets are closed to others`() {
        func file(_ name: String, _ access: PublicAccess = []) -> SecretFile { SecretFile(path: name, access: access) }
        says(MachineVerdicts.secretFiles([]), .ok, "no secret comes from a file")
        says(MachineVerdicts.secretFiles([file("a.key"), file("b.key")]), .ok, "a.key, b.key: closed to others")
        says(
            MachineVerdicts.secretFiles([
                file("a.key", .reading), file("b.key"), file("c d.key", [.reading, .writing]),
            ]),
            .warning,
            "a.key can be read, c d.key can be changed by every user of this machine, and holds a secret",
            "chmod o= a.key 'c d.key'"
        )
    }

    @Test func `the state directory is the gateway's own`() {
        func folder(_ standing: FolderFacts.Standing) -> DoctorFinding {
            MachineVerdicts.stateDirectory(FolderFacts(path: "/state", standing: standing))
        }
        says(
            folder(.missing(parentIsWritable: true)),
            .ok,
            "/state is not there yet; the gateway makes it when it starts"
        )
        says(
            folder(.missing(parentIsWritable: false)),
            .failed(.cannotCreate),
            "/state is not there and cannot be made by this user",
            "make it: install -d -m 700 -o USER /state, with the user that the gateway runs as"
        )
        says(
            folder(.there(mode: 0o700, owner: .another, isWritable: false)),
            .warning,
            "/state belongs to another user than the one that runs this check",
            "run the check as the user that the gateway runs as"
        )
        says(
            folder(.there(mode: 0o500, owner: .us, isWritable: false)),
            .failed(.cannotCreate),
            "/state cannot be written, so every command is refused",
            "chmod 700 /state, and see that its file system is not mounted read-only"
        )
        says(
            folder(.there(mode: 0o700, owner: .us, isWritable: true)),
            .ok,
            "/state has mode 0700 and can be written"
        )
    }

    @Test func `the state directory of somebody else is no place for the state of our gateway`() {
        func folder(_ mode: UInt32, _ owner: FolderFacts.Owner, isWritable: Bool = false) -> DoctorFinding {
            MachineVerdicts.stateDirectory(
                FolderFacts(path: "/state", standing: .there(mode: mode, owner: owner, isWritable: isWritable))
            )
        }
        let remedy =
            "chown -R USER /state, with the user that the gateway runs as; if the gateway runs as another user, run the check"
            + " as that one"
        for mode: UInt32 in [0o755, 0o700] {
            says(
                folder(mode, .superuser),
                .failed(.cannotCreate),
                "/state belongs to root, and a gateway of the user that runs this check cannot keep its state there, so every"
                    + " command is refused",
                remedy
            )
        }
        says(
            folder(0o777, .another, isWritable: true),
            .failed(.cannotCreate),
            "/state belongs to another user, and a gateway of the user that runs this check cannot keep its state there, so"
                + " every command is refused",
            remedy
        )
        #expect(folder(0o700, .another).verdict == .warning, "so a gateway of another user keeps its own")
    }

    @Test func `files of the state that belong to somebody else are found where the folder is ours`() {
        let folder = FolderFacts(
            path: "/state",
            standing: .there(mode: 0o700, owner: .us, isWritable: true),
            closedFiles: ["/state/lock", "/state/state.json"]
        )
        says(
            MachineVerdicts.stateDirectory(folder),
            .failed(.cannotCreate),
            "/state/lock, /state/state.json cannot be used by the owner of the folder, so every command is refused",
            "chown -R USER /state, with the user that the gateway runs as"
        )
        says(
            MachineVerdicts.journal(.forbidden(file: "/state/state.json"), in: folder),
            .skipped,
            "/state/state.json may not be read: see state_directory"
        )
    }

    /// Closed by their mode, or for the superuser, who may read everything, by their owner.
    @Test(arguments: ["lock", "state.json", "journal.jsonl"])
    func `a file that the owner of the folder may not use is found, whoever looks`(name: String) throws {
        let folder = TemporaryFolder()
        #expect(MachineExamination.folder(folder.path).closedFiles == [])
        let file = folder.write("", to: name)
        #expect(MachineExamination.folder(folder.path).closedFiles == [])
        if geteuid() == 0 {
            #expect(chown(folder.path, 1234, 1234) == 0)
        } else {
            #expect(chmod(file, 0o000) == 0)
        }
        #expect(MachineExamination.folder(folder.path).closedFiles == [file])
        // The gateway only reads the snapshot, and puts another in its place.
        #expect(chmod(file, 0o444) == 0)
        #expect(MachineExamination.folder(folder.path).closedFiles == (name == "state.json" ? [] : [file]))
    }

    @Test func `a disk that fills up is told of before commands are refused`() {
        let remedy = "free some space on the disk that /state is on"
        says(MachineVerdicts.diskSpace(64 << 20, path: "/state"), .ok, "64 MiB are free for /state")
        says(MachineVerdicts.diskSpace(64 << 20 - 1, path: "/state"), .warning, "63 MiB are free for /state", remedy)
        says(
            MachineVerdicts.diskSpace(1 << 20 - 1, path: "/state"),
            .failed(.cannotCreate),
            "0 MiB are free for /state: commands are refused when none is left",
            remedy
        )
        says(MachineVerdicts.diskSpace(nil, path: "/state"), .skipped, "/state is on no disk that tells its free space")
    }

    @Test func `the record is read and left alone`() {
        func journal(_ facts: JournalFacts) -> DoctorFinding {
            MachineVerdicts.journal(
                facts,
                in: FolderFacts(path: "", standing: .there(mode: 0o700, owner: .another, isWritable: false))
            )
        }
        says(journal(.nothing), .ok, "nothing is on record yet")
        says(
            journal(.read(locks: 2, commands: 1)),
            .ok,
            "2 locks and the ids of 1 command are on record"
        )
        says(
            journal(.forbidden(file: "j")),
            .warning,
            "j may not be read by this user",
            "run the check as the user that the gateway runs as"
        )
        says(
            journal(.unreadable(file: "j", reason: "cannot be read")),
            .failed(.dataError),
            "j: cannot be read",
            "see that the disk is well, then start the gateway again"
        )
        says(
            journal(.damaged(file: "j", isNewer: true)),
            .warning,
            "j was written by a newer gateway; this one would set it aside",
            "run the newer gateway again: ids of earlier commands are in that file"
        )
    }

    @Test func `a record is read as the gateway reads it, also the tail that was cut off`() throws {
        let image = StateImage(keyMarks: [:])
        let lock = try #require(LockID("front_door"))
        let header = try image.journalHeader(generation: 1)
        let lines = try image.journalLines([
            (lock, .bridgeIdentified("a0b1c2d3e4f1")), (lock, .commandsSwitched(false)),
        ])
        func journal(_ bytes: [UInt8]?) -> (facts: JournalFacts, memories: [LockID: LockMemory]) {
            MachineExamination.journal(in: "state", keyMarks: [:]) { path, _ throws(FileFailure) in
                guard path == "state/journal.jsonl", let bytes else { throw .missing }
                return bytes
            }
        }
        #expect(journal(nil).facts == .nothing)
        #expect(journal(header + lines).facts == .read(locks: 1, commands: 0))
        #expect(journal(header + lines.dropLast()).memories[lock]?.areCommandsEnabled == true)
        #expect(journal(header + lines).memories[lock]?.bridgeMAC == "a0b1c2d3e4f1")
        #expect(
            journal(header + Array("rubbish\n".utf8)).facts
                == .damaged(file: "state/journal.jsonl", isNewer: false)
        )
    }
}

@Suite struct `The doctor's report` {
    private let front = LockID("front_door")!
    private let back = LockID("back_door")!

    private var report: DoctorReport {
        DoctorReport(
            [
                .ok(.bridgePort, of: back, "takes connections"),
                .failed(.bridgeName, of: front, .unavailable, "is not found", remedy: "see\nthe\u{1B}[31m bridge"),
                .skipped(.bridgePort, of: front, "not known"),
                .warning(.secretFiles, "first\nsecond", remedy: "chmod"),
                .failed(.configuration, .noPermission, "no", remedy: "yes"),
            ],
            locks: [back, front]
        )
    }

    @Test func `is in order, with the machine first and each lock by itself`() {
        #expect(
            report.text(style: TerminalStyle(isTerminal: false, environment: [:])) == """
                This machine
                  failed   configuration  no
                                          -> yes
                  warning  secret_files   first
                                          second
                                          -> chmod

                The lock back_door
                  ok       bridge_port    takes connections

                The lock front_door
                  failed   bridge_name    is not found
                                          -> see the\u{FFFD}[31m bridge
                  skipped  bridge_port    not known

                2 failed, 1 warning, 1 ok, 1 skipped.
                """
        )
    }

    @Test func `has colours on a terminal alone`() {
        let text = report.text(style: TerminalStyle(isTerminal: true, environment: [:]))
        #expect(text.contains("  \u{1B}[31mfailed   \u{1B}[0mconfiguration  no\n"))
        #expect(text.contains("  \u{1B}[33mwarning  \u{1B}[0msecret_files   first\n"))
        #expect(text.contains("  \u{1B}[32mok       \u{1B}[0mbridge_port    takes connections\n"))
    }

    @Test func `ends with the class of the worst failure`() {
        #expect(report.exitCode == 77)
        #expect(DoctorReport([.ok(.clock, "well"), .warning(.clock, "so", remedy: "so")], locks: []).exitCode == 0)
        let failures: [DoctorFinding.Failure] = [
            .cannotCreate, .configuration, .unavailable, .noInput, .dataError, .noPermission,
        ]
        #expect(
            failures.sorted() == [.unavailable, .dataError, .cannotCreate, .noPermission, .noInput, .configuration]
        )
    }

    @Test func `is one line of JSON`() {
        let report = DoctorReport([.failed(.bridgeName, of: front, .unavailable, "a", remedy: "b")], locks: [front])
        #expect(
            report.jsonText
                == #"{"checks":[{"check":"bridge_name","evidence":"a","lock":"front_door","remedy":"b","#
                + #""verdict":"failed"}],"counts":{"failed":1,"ok":0,"skipped":0,"warning":0},"exit_code":69,"#
                + #""verdict":"failed","version":"\#(GatewayVersion.current)"}"#
        )
    }
}
