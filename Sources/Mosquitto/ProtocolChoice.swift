/// Which version of MQTT the sessions with one broker speak, as far as its answers tell.
///
/// 5 first. When the broker refuses 5, or closes twice without an answer to it, 3.1.1 for all; and 5 again with the first
/// attempt after the last connection that spoke 3.1.1 has ended, for then the broker may be a new one. A connection that works
/// is never ended for the sake of 5, and while one speaks 3.1.1 the others do too.
///
/// What closes can also be something before the broker while that is away: the port of a container, a load balancer. So the
/// first answer to 3.1.1 after mere closings proves only that somebody is there now, and 5 is tried once more.
struct ProtocolChoice {
    /// How often a broker may close without an answer to MQTT 5 before 3.1.1 is tried: once can be chance.
    static let patience = 2

    /// For the next attempt, whoever makes it.
    private(set) var version: SessionConfiguration.ProtocolVersion = .v5
    private var closings = 0
    /// The present 3.1.1 is a guess, for the broker has not refused 5 with a word.
    private var isGuess = false
    /// The broker has answered to a guess, so what closes now is the broker.
    private var hasAnswered = false
    /// The sessions whose connection speaks 3.1.1 now.
    private var spoken: Set<Int> = []

    /// A connection came about; says whether it is to be kept.
    mutating func connected(_ session: Int, _ version: SessionConfiguration.ProtocolVersion) -> Bool {
        closings = 0
        if version == .v311, isGuess {
            hasAnswered = true
            return false
        }
        isGuess = false
        hasAnswered = false
        if version == .v311 { spoken.insert(session) }
        return true
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
            isGuess = false
            return true
        case (.v5, .closedWithoutAnswer), (.v5, .notMQTT):
            closings += 1
            guard closings >= Self.patience else { return false }
            version = .v311
            isGuess = !hasAnswered
            return hasAnswered
        case (.v5, _): if error.isAnswer { closings = 0 }
        case (.v311, _):
            guard !error.isAnswer, spoken.isEmpty else { return false }
            let isTrial = isGuess && hasAnswered
            if !isTrial { hasAnswered = false }
            tryVersion5Again()
            return isTrial
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

    /// Says whether the connection is to be kept.
    func connected(_ session: Session, _ version: SessionConfiguration.ProtocolVersion) -> Bool {
        session.configuration.version != .v5 || choice.connected(session.key, version)
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
