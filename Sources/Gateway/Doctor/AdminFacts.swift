import LockMessages
import PlainHTTP

/// What the gateway on this machine says of itself on its admin listener.
struct AdminFacts: Hashable, Sendable {
    /// Its own session with the broker.
    enum Session: Hashable, Sendable {
        case up
        /// It has come about only while we looked.
        case coming
        /// With the code of what is in the way, where the gateway says one.
        case down(Problem.Code?)
    }

    let isWell: Bool
    let session: Session

    init(isWell: Bool, session: Session) {
        self.isWell = isWell
        self.session = session
    }

    /// - Parameters:
    ///   - health: the answer of `/healthz`.
    ///   - readiness: the answer of `/readyz`; nil: there was none.
    init(health: HTTPAnswer, readiness: HTTPAnswer?) {
        isWell = health.status == 200
        // What else may be wrong, the other page says too.
        let words = readiness.map { String(decoding: $0.body, as: UTF8.self) } ?? ""
        session = HealthDocument.saysNotConnected(words) ? .down(HealthDocument.trouble(in: words)) : .up
    }

    /// What two looks show, of which the later was after that at the broker.
    func followed(by later: AdminFacts?) -> AdminFacts {
        guard let later else { return self }
        if case .down = session, later.session == .up {
            return AdminFacts(isWell: later.isWell, session: .coming)
        }
        return later
    }
}
