package import LockDomain

/// One happening, published once.
struct EventDocument: Encodable {
    let event_type: String
    let raw_type: OrNull<String>
    let cause: OrNull<String>
    let key_id: OrNull<Int>
    let key_name: OrNull<String>
    let time: Timestamp

    init(_ occurrence: LockOccurrence) {
        event_type = occurrence.word.rawValue
        raw_type = OrNull(occurrence.rawType)
        cause = OrNull(occurrence.cause?.rawValue)
        key_id = OrNull((occurrence.key?.rawValue).map(Int.init))
        key_name = OrNull(occurrence.keyName)
        time = Timestamp(occurrence.time)
    }
}

/// Where a command stands.
struct CommandResultDocument: Encodable {
    let id: String
    let command: OrNull<String>
    let status: String
    /// Why it was refused, failed or expired; null otherwise.
    let error: OrNull<String>
    let road: String
    let attempts: Int
    let received_at: Timestamp
    let updated_at: Timestamp

    init(_ result: CommandResult) {
        id = result.id.rawValue
        command = OrNull(result.action?.rawValue)
        let (status, reason) = result.status.words
        self.status = status
        error = OrNull(reason)
        road = result.road.rawValue
        attempts = result.attempts
        received_at = Timestamp(result.receivedAt)
        updated_at = Timestamp(result.updatedAt)
    }
}

extension CommandStatus {
    /// The published word, and the reason that goes with it.
    package var words: (status: String, reason: String?) {
        switch self {
        case .received: ("received", nil)
        case .sending: ("sending", nil)
        case .sent: ("sent", nil)
        case .accepted: ("accepted", nil)
        case .confirmed: ("confirmed", nil)
        case .superseded: ("superseded", nil)
        case .failed(let reason): ("failed", reason.rawValue)
        case .expired(let reason): ("expired", reason?.rawValue)
        case .refused(let reason): ("refused", reason.rawValue)
        }
    }
}

/// What the gateway says of itself.
package struct GatewayInfoDocument: Encodable, Sendable {
    let version: String
    let started_at: Timestamp
    let locks: [String]
    let `protocol`: String
    let features: [String]

    /// - Parameters:
    ///   - protocolName: the version of MQTT in use, `5` or `3.1.1`.
    ///   - features: what this gateway can do beyond the contract's core, in stable words.
    package init(version: String, startedAt: UnixTime, locks: [LockID], protocolName: String, features: [String]) {
        self.version = version
        started_at = Timestamp(startedAt)
        self.locks = locks.map(\.rawValue)
        self.protocol = protocolName
        self.features = features.sorted()
    }
}
