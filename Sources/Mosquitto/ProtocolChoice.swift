/// Which version of MQTT the sessions with one broker speak, as far as its answers tell.
///
/// 5 first. When the broker refuses 5, or closes twice without an answer to it, 3.1.1 for all; and 5 again with the first
/// attempt after the last connection that spoke 3.1.1 has ended, for then the broker may be a new one. A connection that works
/// is never ended for the sake of 5, and while one speaks 3.1.1 the others do too.
struct ProtocolChoice {
    /// How often a broker may close without an answer to MQTT 5 before 3.1.1 is tried: once can be chance.
    static let patience = 2

    /// For the next attempt, whoever makes it.
    private(set) var version: SessionConfiguration.ProtocolVersion = .v5
    private var closings = 0
    /// The sessions whose connection speaks 3.1.1 now.
    private var spoken: Set<Int> = []

    /// A connection came about.
    mutating func connected(_ session: Int, _ version: SessionConfiguration.ProtocolVersion) {
        closings = 0
        guard version == .v311 else { return }
        spoken.insert(session)
    }

    /// A connection that had come about has ended.
    mutating func ended(_ session: Int) {
        guard spoken.remove(session) != nil, spoken.isEmpty else { return }
        tryVersion5Again()
    }

    /// An attempt has failed; says whether the next one may be made at once, with the other version.
    mutating func failed(_ error: MosquittoError, with tried: SessionConfiguration.ProtocolVersion) -> Bool {
        switch (tried, error) {
        case (.v5, .unsupportedProtocolVersion):
            version = .v311
            return true
        case (.v5, .closedWithoutAnswer), (.v5, .notMQTT):
            closings += 1
            if closings >= Self.patience { version = .v311 }
        case (.v5, _): if error.isAnswer { closings = 0 }
        case (.v311, _): if !error.isAnswer, spoken.isEmpty { tryVersion5Again() }
        }
        return false
    }

    /// One more closing is enough then: it is no longer unheard of.
    private mutating func tryVersion5Again() {
        guard version == .v311 else { return }
        version = .v5
        closings = Self.patience - 1
    }
}

extension MosquittoError {
    /// The broker answered the CONNECT, in the version it was asked in.
    fileprivate var isAnswer: Bool {
        switch self {
        case .badCredentials, .notAuthorised, .clientIDNotValid, .brokerUnavailable, .banned, .quotaExceeded,
            .packetTooLarge, .refused:
            true
        default: false
        }
    }
}

/// A ``ProtocolChoice`` that sessions share.
///
/// Not sendable: only the reactor touches it.
final class SharedProtocolChoice {
    private var choice = ProtocolChoice()

    func version(for configuration: SessionConfiguration) -> SessionConfiguration.ProtocolVersion {
        configuration.version == .v311 ? .v311 : choice.version
    }

    func connected(_ session: Session, _ version: SessionConfiguration.ProtocolVersion) {
        if session.configuration.version == .v5 { choice.connected(session.key, version) }
    }

    /// A connection or attempt has ended; says whether the next attempt may be made at once.
    func ended(
        _ session: Session,
        _ error: MosquittoError,
        with version: SessionConfiguration.ProtocolVersion?,
        wasUp: Bool
    ) -> Bool {
        guard session.configuration.version == .v5 else { return false }
        if wasUp { choice.ended(session.key) } else if let version { return choice.failed(error, with: version) }
        return false
    }
}
