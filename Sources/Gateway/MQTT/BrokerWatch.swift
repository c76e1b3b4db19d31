import LockDomain
import LockMessages
import Mosquitto

/// How all sessions with the broker stand, and what of it is worth a line in the log or a problem.
///
/// A broker that is away concerns every session, again and again; it is told once, and so is its coming back. The same trouble
/// is not told twice within ``quiet``, whatever comes and goes.
struct BrokerWatch {
    enum Peer: Hashable, Sendable {
        case gateway
        case lock(LockID)

        var name: String { if case .lock(let lock) = self { lock.rawValue } else { "gateway" } }

        var lock: LockID? { if case .lock(let lock) = self { lock } else { nil } }
    }

    enum Line: Equatable {
        /// All sessions have their connection, after that time without one (nil: for the first time).
        case connected(SessionConfiguration.ProtocolVersion, after: Duration?)
        /// A trouble that was not there before; how often it came and was not told since it was told last.
        case trouble(BrokerTrouble, Peer, untold: Int, retryAfter: Duration)
        /// The broker speaks 3.1.1 only, or is to be spoken to so.
        case withoutVersion5(isConfigured: Bool)
        case version5Again
    }

    private enum Standing {
        case up(SessionConfiguration.ProtocolVersion)
        case down
    }

    static let quiet = Duration.seconds(60)

    private var peers: Set<Peer>
    private let isVersion311Configured: Bool
    private var standings: [Peer: Standing] = [:]
    /// What is shown as a problem.
    private var shown: [Peer: BrokerTrouble] = [:]
    /// What keeps the gateway's own session from its connection; it cannot be published, but counted.
    private(set) var gatewayTrouble: BrokerTrouble?
    /// Told since all were connected last.
    private var open: Set<BrokerTrouble> = []
    private var told: [BrokerTrouble: Duration] = [:]
    private var untold: [BrokerTrouble: Int] = [:]
    private var lostAt: Duration?
    private var wasConnected = false
    /// The lowest in use, since what it lacks is lacking.
    private(set) var version: SessionConfiguration.ProtocolVersion?

    init(peers: Set<Peer>, isVersion311Configured: Bool) {
        self.peers = peers
        self.isVersion311Configured = isVersion311Configured
    }

    mutating func join(_ peer: Peer) { peers.insert(peer) }

    mutating func leave(_ peer: Peer) {
        peers.remove(peer)
        standings[peer] = nil
        shown[peer] = nil
    }

    /// What the peer's problem is now.
    func problem(of peer: Peer) -> BrokerTrouble? { shown[peer] }

    mutating func connected(
        _ peer: Peer,
        _ version: SessionConfiguration.ProtocolVersion,
        at now: Duration
    ) -> [Line] {
        standings[peer] = .up(version)
        shown[peer] = nil
        if peer == .gateway { gatewayTrouble = nil }
        var lines = noteVersion(version)
        guard peers.allSatisfy({ isUp($0) }) else { return lines }
        if !wasConnected || !open.isEmpty {
            lines.append(.connected(self.version ?? version, after: lostAt.map { now - $0 }))
        }
        wasConnected = true
        lostAt = nil
        open = []
        return lines
    }

    mutating func disconnected(
        _ peer: Peer,
        _ trouble: BrokerTrouble,
        retryAfter: Duration,
        at now: Duration
    ) -> [Line] {
        let wasUp = isUp(peer)
        standings[peer] = .down
        if peer == .gateway { gatewayTrouble = trouble }
        if wasUp, wasConnected, lostAt == nil { lostAt = now }
        // A broker that restarts ends all sessions, and they do not come back in the same instant: that is no problem of a
        // lock. One that cannot come back while the gateway's own is there is.
        if peer != .gateway, isUp(.gateway), !(wasUp && trouble.mayBeRestart) { shown[peer] = trouble }
        guard !open.contains(trouble) else { return [] }
        if let last = told[trouble], now - last < Self.quiet {
            untold[trouble, default: 0] += 1
            return []
        }
        told[trouble] = now
        open.insert(trouble)
        return [
            .trouble(trouble, peer, untold: untold.removeValue(forKey: trouble) ?? 0, retryAfter: retryAfter)
        ]
    }

    private func isUp(_ peer: Peer) -> Bool { if case .up = standings[peer] { true } else { false } }

    private mutating func noteVersion(_ newest: SessionConfiguration.ProtocolVersion) -> [Line] {
        let before = version
        let versions = standings.values.map { if case .up(let version) = $0 { version } else { newest } }
        version = versions.contains(.v311) ? .v311 : .v5
        guard version != before else { return [] }
        if version == .v311 { return [.withoutVersion5(isConfigured: isVersion311Configured)] }
        return before == nil ? [] : [.version5Again]
    }
}

extension SessionConfiguration.ProtocolVersion {
    var name: String { self == .v5 ? "5" : "3.1.1" }
}

extension BrokerTrouble {
    /// Nobody has to do anything about it when the broker is restarted.
    fileprivate var mayBeRestart: Bool {
        switch self {
        case .lost, .shuttingDown, .silent: true
        default: false
        }
    }

    /// What the end of a connection or attempt means; nil when it is our own doing.
    init?(_ error: MosquittoError) {
        switch error {
        case .nameNotFound: self = .nameNotFound
        case .connectionRefused: self = .refused
        case .connectTimeout: self = .noAnswer
        case .connectFailed: self = .noRoute
        case .tls(let failure): self = .tls(TLS(failure))
        case .closedWithoutAnswer: self = .closedWithoutAnswer
        case .notMQTT: self = .notMQTT
        case .connectionLost: self = .lost
        case .keepAliveTimeout, .acknowledgementTimeout: self = .silent
        case .badCredentials: self = .badLogin
        case .notAuthorised: self = .notAuthorised
        case .clientIDNotValid: self = .clientIDNotValid
        case .unsupportedProtocolVersion: self = .versionRefused
        case .brokerUnavailable: self = .unavailable
        case .banned: self = .banned
        case .quotaExceeded: self = .quotaExceeded
        case .takenOver: self = .clientIDTaken(isSaid: true)
        case .closedRepeatedly: self = .clientIDTaken(isSaid: false)
        case .closedWhilePublishing: self = .closedWhilePublishing
        case .serverShuttingDown: self = .shuttingDown
        case .packetTooLarge: self = .packetTooLarge
        case .administrativeAction: self = .closedByAdministrator
        case .unreadableFile(let path): self = .unreadableFile(ShownPath(path).text)
        case .refused, .disconnected, .library, .invalid: self = .other(error.description)
        case .notConnected, .tooManyUnacknowledged, .mayHaveBeenDelivered, .publishRefused, .subscribeRefused,
            .cancelled, .closed:
            return nil
        }
    }
}

extension BrokerTrouble.TLS {
    fileprivate init(_ failure: TLSFailure) {
        switch failure {
        case .unknownAuthority: self = .unknownAuthority
        case .certificateExpired: self = .certificateExpired
        case .certificateNotYetValid: self = .certificateNotYetValid
        case .wrongName: self = .wrongName
        case .caFileUnusable: self = .caFileUnusable
        case .clientCertificateUnusable: self = .clientCertificateUnusable
        case .clientKeyUnusable: self = .clientKeyUnusable
        case .clientCertificateMissing: self = .clientCertificateMissing
        case .clientCertificateRefused: self = .clientCertificateRefused
        case .notTLS: self = .notTLS
        case .noCommonVersion: self = .noCommonVersion
        case .other(let text): self = .other(text)
        }
    }
}
