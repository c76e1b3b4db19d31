/// Tells from how connections end what stands behind it, and how long to wait.
///
/// Brokers without MQTT 5, and mosquitto before 2.1 with it, give no reason when another client takes a session over, nor when
/// they do not like a message.
struct FailureCount {
    /// So many short connections in a row are no chance.
    private static let patience = 3

    private let backOff: BackOff
    private var failures = 0
    private var shortLived = 0
    private var takeovers = 0

    init(_ backOff: BackOff) { self.backOff = backOff }

    /// Takes in the end of a connection or attempt; returns what it means, and how long to wait.
    ///
    /// The lifetime is nil when the connection did not come about. Publishing means that something of ours was not
    /// acknowledged yet.
    mutating func note(
        _ error: MosquittoError,
        lifetime: Duration?,
        wasPublishing: Bool,
        draw: BackOff.Draw
    ) -> (error: MosquittoError, delay: Duration) {
        if let lifetime, lifetime >= backOff.resetAfter {
            failures = 0
            shortLived = 0
            // Somebody who fights for the session waits as long as we do at most, and comes then.
            if lifetime >= backOff.takeoverMaximum * 2 { takeovers = 0 }
        }
        failures += 1
        // An attempt that fails means that the broker itself is away, or has another reason than somebody else's connection.
        shortLived = lifetime != nil && error == .connectionLost ? shortLived + 1 : 0
        var error = error
        if error == .connectionLost, lifetime != nil, takeovers > 0, !wasPublishing {
            error = .closedRepeatedly
        } else if shortLived >= Self.patience {
            error = wasPublishing ? .closedWhilePublishing : .closedRepeatedly
        }
        guard error == .takenOver || error == .closedRepeatedly else {
            return (error, backOff.delay(afterFailures: failures, draw: draw))
        }
        takeovers += 1
        return (error, backOff.delay(afterTakeovers: takeovers, draw: draw))
    }
}
