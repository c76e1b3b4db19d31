import FoundationEssentials
import LockDomain
import LockMessages
import Testing

/// One file under `Golden`, and what the gateway would publish now.
struct Golden: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]

    var testDescription: String { name }

    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden")

    static let isUpdate = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

    var expected: [UInt8] {
        get throws { Array(try Data(contentsOf: Self.directory.appending(path: name))) }
    }

    func write() throws { try Data(bytes).write(to: Self.directory.appending(path: name)) }

    static let all: [Golden] =
        [
            Golden("report-online.txt", [Publication](Samples.fullReport, for: Samples.frontDoor, in: Samples.layout)),
            Golden(
                "report-offline.txt",
                [Publication](Samples.offlineReport, for: Samples.frontDoor, in: Samples.layout)
            ),
            Golden(
                "report-at-start.txt",
                [Publication](Samples.emptyReport, for: Samples.frontDoor, in: Samples.layout)
            ),
            Golden("event.txt", [Publication(event, for: Samples.frontDoor, in: Samples.layout)]),
            Golden("event-offline.txt", [Publication(silence, for: Samples.frontDoor, in: Samples.layout)]),
            Golden(
                "gateway.txt",
                [
                    .availability(true, in: Samples.layout), Publication(Samples.info, in: Samples.layout),
                    .availability(false, in: Samples.layout),
                ]
            ),
            Golden(
                "problems-of-a-lock.txt",
                lockProblems.map {
                    let problem = Problem($0, of: Samples.frontDoor, bridge: "192.0.2.50")
                    return Publication(ProblemDocument([problem]), in: Samples.layout)
                }
            ),
            Golden(
                "problems.txt",
                [
                    Publication(ProblemDocument([]), in: Samples.layout),
                    Publication(ProblemDocument(problems), in: Samples.layout),
                ]
            ),
            Golden("removed-lock.txt", .clearing(Samples.frontDoor, in: Samples.layout)),
            Golden(
                "home-assistant-gateway.txt",
                [Publication(.gateway(version: "1.2.3", in: Samples.layout), in: Samples.homeAssistant)]
            ),
            Golden(
                "home-assistant-bridge.txt",
                [
                    Samples.knownBridge, BridgeFacts(mac: "a0b1c2d3e4f1", signalUnit: .decibels),
                ].compactMap { Samples.bridge($0) }.map { Publication($0, in: Samples.homeAssistant) }
            ),
            Golden(
                "home-assistant-lock.txt",
                [
                    Publication(
                        Samples.device(allowing: [.lock, .unlock], Samples.knownBridge),
                        in: Samples.homeAssistant
                    )
                ]
            ),
            Golden(
                "home-assistant-lock-that-opens.txt",
                [Publication(Samples.device(allowing: Set(LockAction.allCases)), in: Samples.homeAssistant)]
            ),
        ] + results

    private static let results: [Golden] =
        [
            ("received", .received), ("sending", .sending), ("sent", .sent), ("accepted", .accepted),
            ("confirmed", .confirmed), ("failed", .failed(.noConfirmation)), ("expired", .expired(nil)),
            ("expired-for-a-reason", .expired(.unreachable)), ("superseded", .superseded),
            ("refused", .refused(.notAllowed)),
        ].map { name, status in
            Golden(
                "result-\(name).txt",
                [Publication(Samples.result(status), for: Samples.frontDoor, in: Samples.layout)]
            )
        } + [
            Golden("result-repeated.txt", [Publication(repeated, for: Samples.frontDoor, in: Samples.layout)])
        ]

    private static let repeated = CommandResult(
        id: Samples.command("garden-7"),
        action: .unlock,
        status: .refused(.duplicate),
        receivedAt: Samples.now,
        updatedAt: Samples.now,
        first: .init(status: .failed(.noResponse), updatedAt: Samples.earlier(by: 60_000))
    )

    private static let problems: Set<Problem> = [
        .journalUnavailable(folder: "state", isOpen: true), .stateSetAside(as: "state/state.json.damaged-1"),
        .retainedCommand(on: "loqed/back_door/command", of: Samples.lock("back_door")),
        .bridgeMoved(of: Samples.lock("back_door"), from: "192.0.2.50", to: "192.0.2.77"),
    ]

    /// All that can be wrong with a lock, at once.
    private static let lockProblems: [LockProblem] =
        [
            .clock, .clockSkew(.seconds(40)), .clockSkew(.seconds(-9)), .wrongBridge, .bridgeKeyRefused,
            .webhookListUnreadable, .webhookListFull(foreign: 5), .webhooksMissing(nil),
            .webhooksMissing(CallbackRoute(bridge: "192.0.2.50", callback: "192.0.2.10:8099")),
        ]
        + BridgeFailure.allCases.map(LockProblem.bridgeUnreachable)
        + UnusableCallback.Reason.allCases.map {
            .callbackUnusable(UnusableCallback($0, remedy: "webhook.advertise: 192.0.2.10:8099"))
        }

    private static let event = LockOccurrence(
        .unlocked,
        rawType: "STATE_CHANGED_LATCH",
        cause: .pin,
        key: KeyID(12),
        keyName: "Cleaner",
        time: Samples.now
    )

    private static let silence = LockOccurrence(.offline, time: Samples.now)

    /// A line with topic and delivery, then the payload, for each.
    private init(_ name: String, _ publications: [Publication]) {
        self.name = name
        bytes = publications.flatMap { publication in
            let retained = publication.isRetained ? "retained" : "not retained"
            let expiry = publication.expiry.map { "expires after \($0.components.seconds) s" } ?? "does not expire"
            return Array("# \(publication.topic) (\(retained), \(expiry))\n".utf8) + publication.payload
                + Array("\n".utf8)
        }
    }
}
