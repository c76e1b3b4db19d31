/// One thing that happened, published once and never retained.
package struct LockOccurrence: Hashable, Sendable {
    /// The published name of the happening.
    package enum Word: String, Hashable, Sendable, CaseIterable {
        case locked
        case unlocked
        case opened
        case locking
        case unlocking
        case opening
        case jammed
        case unknown
        case commandFailed = "command_failed"
        case online
        case offline
        case unexpectedOwnKey = "unexpected_own_key"
    }

    package let word: Word
    /// LOQED's own name of the event, if it is one of LOQED's.
    package let rawType: String?
    package let cause: Cause?
    package let key: KeyID?
    /// The name that the configuration gives to ``key``.
    package let keyName: String?
    package let time: UnixTime

    package init(
        _ word: Word,
        rawType: String? = nil,
        cause: Cause? = nil,
        key: KeyID? = nil,
        keyName: String? = nil,
        time: UnixTime
    ) {
        self.word = word
        self.rawType = rawType
        self.cause = cause
        self.key = key
        self.keyName = keyName
        self.time = time
    }
}
