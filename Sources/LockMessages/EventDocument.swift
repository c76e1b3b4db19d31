package import LockDomain

/// One happening at a lock.
///
/// Every key is always there, null where it says nothing:
///
/// | key | value |
/// |---|---|
/// | `event_type` | a word of `LockOccurrence.Word` |
/// | `raw_type` | LOQED's own name of the event, such as `STATE_CHANGED_NIGHT_LOCK` |
/// | `cause` | what set the bolt in motion, a word of `Cause` |
/// | `key_id`, `key_name` | the key that acted, and its name in the configuration |
/// | `time` | RFC 3339 in UTC |
package struct EventDocument {
    private let occurrence: LockOccurrence

    package init(_ occurrence: LockOccurrence) { self.occurrence = occurrence }

    package var json: JSONValue {
        [
            "event_type": JSONValue(occurrence.word),
            "raw_type": JSONValue(occurrence.rawType),
            "cause": JSONValue(occurrence.cause),
            "key_id": JSONValue(occurrence.key.map { Int($0.rawValue) }),
            "key_name": JSONValue(occurrence.keyName),
            "time": JSONValue(occurrence.time),
        ]
    }
}
