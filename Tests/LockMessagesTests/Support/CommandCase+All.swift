import LockDomain
import LockMessages

extension CommandCase {
    static let all = words + objects + wrongWords + wrongMembers + wrongValues + notJSON + notText

    private static let words: [CommandCase] = [
        CommandCase("LOCK", .order(.lock)),
        CommandCase("UNLOCK", .order(.unlock)),
        CommandCase("OPEN", .order(.open)),
        CommandCase("lock", .order(.lock)),
        CommandCase("uNlOcK", .order(.unlock)),
        CommandCase("  LOCK\r\n", .order(.lock)),
        CommandCase("\topen ", .order(.open)),
        CommandCase("LOCK" + String(repeating: " ", count: 1020), .order(.lock)),
    ]

    private static let objects: [CommandCase] = [
        CommandCase(#"{"command":"LOCK"}"#, .order(.lock)),
        CommandCase(#" { "command" : "Open" } "#, .order(.open)),
        CommandCase(#"{"command":"UNLOCK","id":"a"}"#, .order(.unlock, id: "a")),
        CommandCase(#"{"id":"7{}\",\u003a\\","command":"LOCK"}"#, .order(.lock, id: #"7{}",:\"#)),
        CommandCase(#"{"comm\u0061nd":"L\u004FCK"}"#, .order(.lock)),
        CommandCase(
            #"{"command":"LOCK","id":"x","issued_at":"2026-11-23T10:20:30.123Z","#
                + #""expires_at":"2026-11-23T11:20:31+01:00","if_state":"unlocked"}"#,
            .order(
                .lock,
                id: "x",
                issuedAt: 1_795_429_230_123,
                expiresAt: 1_795_429_231_000,
                ifState: .unlocked
            )
        ),
        CommandCase(#"{"command":"OPEN","if_state":"unknown"}"#, .order(.open, ifState: .unknown)),
        CommandCase(
            #"{"command":"LOCK","issued_at":"2026-11-23T10:20:30.123456+00:00"}"#,
            .order(.lock, issuedAt: 1_795_429_230_123)
        ),
        // What Home Assistant makes of our command template.
        CommandCase(
            #"{"command":"UNLOCK","id":"ha-20261123T102030123456","#
                + #""issued_at":"2026-11-23T10:20:30.123456+00:00"}"#,
            .order(.unlock, id: "ha-20261123T102030123456", issuedAt: 1_795_429_230_123)
        ),
    ]

    private static let wrongWords: [CommandCase] = [
        CommandCase("", .malformed),
        CommandCase("   \n", .malformed),
        CommandCase("TOGGLE", .unknownCommand),
        CommandCase("locked", .unknownCommand),
        CommandCase("LOCKLOCK", .unknownCommand),
        CommandCase("NIGHT_LOCK", .unknownCommand),
        CommandCase("LOCK NOW", .malformed),
        CommandCase("LOCK,UNLOCK", .malformed),
        CommandCase("LOCK;", .malformed),
        CommandCase("1", .malformed),
        CommandCase("\"LOCK\"", .malformed),
        CommandCase("LOCK\u{0}", .malformed),
        CommandCase("LOCK\u{A0}", .malformed),
        CommandCase("LOC\u{212A}", .malformed),
        CommandCase("ＬＯＣＫ", .malformed),
        CommandCase("LOCK" + String(repeating: " ", count: 1021), .malformed),
        CommandCase(#"{"command":"TOGGLE"}"#, .unknownCommand),
        CommandCase(#"{"command":"TOGGLE","id":"t1"}"#, .refusal(.unknownCommand, id: "t1")),
        CommandCase(#"{"command":""}"#, .unknownCommand),
        CommandCase(#"{"command":" LOCK"}"#, .unknownCommand),
        CommandCase(#"{"command":"LOC\u212a"}"#, .unknownCommand),
        CommandCase(#"{"command":"LOCK\u0000"}"#, .unknownCommand),
    ]

    private static let wrongMembers: [CommandCase] = [
        CommandCase("{}", .malformed),
        CommandCase(#"{"id":"a"}"#, .refusal(.malformed, id: "a")),
        CommandCase(#"{"Command":"LOCK"}"#, .malformed),
        CommandCase(#"{"":"LOCK"}"#, .malformed),
        CommandCase(#"{"command":"LOCK","force":"yes","id":"a"}"#, .refusal(.malformed, id: "a", action: .lock)),
        CommandCase(#"{"command":"LOCK","command":"OPEN"}"#, .malformed),
        CommandCase(#"{"command":"LOCK","command":"LOCK","id":"a"}"#, .refusal(.malformed, id: "a")),
        CommandCase(#"{"command":"LOCK","comm\u0061nd":"OPEN"}"#, .malformed),
        CommandCase(#"{"command":"LOCK","id":"a","id":"b"}"#, .refusal(.malformed, action: .lock)),
        CommandCase(
            #"{"command":"LOCK","if_state":"locked","id":"a","if_state":"open"}"#,
            .refusal(.malformed, id: "a", action: .lock)
        ),
        CommandCase(#"{"command":"TOGGLE","force":"yes"}"#, .malformed),
    ]

    private static let wrongValues: [CommandCase] = [
        CommandCase(#"{"command":null}"#, .malformed),
        CommandCase(#"{"command":1,"id":"a"}"#, .refusal(.malformed, id: "a")),
        CommandCase(#"{"command":LOCK,"id":"a"}"#, .refusal(.malformed, id: "a")),
        CommandCase(#"{"command":["LOCK"]}"#, .malformed),
        CommandCase(#"{"command":{"command":"LOCK"}}"#, .malformed),
        CommandCase(#"{"command":"LOCK","id":null}"#, .refusal(.malformed, action: .lock)),
        CommandCase(#"{"command":"LOCK","id":7}"#, .refusal(.malformed, action: .lock)),
        CommandCase(#"{"command":"LOCK","id":""}"#, .refusal(.malformed, action: .lock)),
        CommandCase(#"{"command":"LOCK","id":"a b"}"#, .refusal(.malformed, action: .lock)),
        CommandCase(#"{"command":"LOCK","id":"é"}"#, .refusal(.malformed, action: .lock)),
        CommandCase(
            #"{"command":"LOCK","id":"\#(String(repeating: "x", count: 65))"}"#,
            .refusal(.malformed, action: .lock)
        ),
        CommandCase(
            #"{"command":"OPEN","id":"a","issued_at":1795429230}"#,
            .refusal(.malformed, id: "a", action: .open)
        ),
        CommandCase(#"{"command":"OPEN","issued_at":"1795429230"}"#, .refusal(.malformed, action: .open)),
        CommandCase(#"{"command":"OPEN","issued_at":"2026-11-23T10:20:30"}"#, .refusal(.malformed, action: .open)),
        CommandCase(#"{"command":"OPEN","expires_at":"2026-02-30T10:20:30Z"}"#, .refusal(.malformed, action: .open)),
        CommandCase(#"{"command":"OPEN","expires_at":"never"}"#, .refusal(.malformed, action: .open)),
        CommandCase(#"{"command":"OPEN","if_state":"LOCKED"}"#, .refusal(.malformed, action: .open)),
        CommandCase(#"{"command":"OPEN","if_state":"day_lock"}"#, .refusal(.malformed, action: .open)),
        CommandCase(#"{"command":"OPEN","if_state":false}"#, .refusal(.malformed, action: .open)),
    ]

    private static let notJSON: [CommandCase] = [
        CommandCase("{", .malformed),
        CommandCase("[]", .malformed),
        CommandCase(#"["LOCK"]"#, .malformed),
        CommandCase(#"{"command":"LOCK""#, .malformed),
        CommandCase(#"{"command":"LOCK","#, .malformed),
        CommandCase(#"{"command":"LOCK",}"#, .malformed),
        CommandCase(#"{,"command":"LOCK"}"#, .malformed),
        CommandCase(#"{"command" "LOCK"}"#, .malformed),
        CommandCase(#"{"command":}"#, .malformed),
        CommandCase(#"{'command':'LOCK'}"#, .malformed),
        CommandCase(#"{command:"LOCK"}"#, .malformed),
        CommandCase(#"{"command":"LOCK"}x"#, .malformed),
        CommandCase(#"{"command":"LOCK"}{"command":"OPEN"}"#, .malformed),
        CommandCase(#"{"command":"LOCK"/**/}"#, .malformed),
        CommandCase(#"{"command":"LOCK\"}"#, .malformed),
        CommandCase(#"{"command":"LO\x43K"}"#, .malformed),
        CommandCase(#"{"command":"\ud83d"}"#, .malformed),
        CommandCase(#"{"command":"\udd11\ud83d"}"#, .malformed),
        CommandCase(#"{"command":"LOCK\u00"}"#, .malformed),
        CommandCase("{\"command\":\"LOCK\n\"}", .malformed),
        CommandCase("{\"command\":\u{A0}\"LOCK\"}", .malformed),
        CommandCase(String(repeating: "{\"a\":", count: 200), .malformed),
    ]

    private static let notText: [CommandCase] = [
        CommandCase([0xFF], .malformed),
        CommandCase([0xEF, 0xBB, 0xBF] + Array("LOCK".utf8), .malformed),
        CommandCase(Array("LOCK".utf8) + [0xC3], .malformed),
        CommandCase([0xC1, 0x8C] + Array("OCK".utf8), .malformed),
        CommandCase(Array("LOCK".utf16).flatMap { [UInt8($0), 0] }, .malformed),
        CommandCase(Array(#"{"command":"LOCK"}"#.utf16).flatMap { [UInt8($0), 0] }, .malformed),
        CommandCase(Array(#"{"command":"LOCK"}"#.utf16).flatMap { [0, UInt8($0)] }, .malformed),
        CommandCase([UInt8](repeating: UInt8(ascii: "{"), count: 1_000_000), .malformed),
    ]
}
