/// Tells from how connections end what stands behind it, and how long to wait.
///
/// Brokers without MQTT 5, and mosquitto before 2.1 with it, give no reason when another client takes a session over, nor when
/// they do not like a message.
struct FailureCount {
    /// So many short connections in a row are no chance.
    private static let patience = 3
    /// Nor are so many that last longer, up to a minute each, when no attempt in between fails: a broker that is restarted
    /// is away for a while.
    private static let persistence = 5
    private static let nearby = Duration.seconds(60)

    private let backOff: BackOff
    private var failures = 0
    private var shortLived = 0
    private var nearbyEnds = 0
    private var takeovers = 0
    /// How long a connection must last for the takeovers before it to be forgotten.
    private var memory: Duration = .zero

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
        let isShort = lifetime.map { $0 < backOff.resetAfter } ?? false
        if let lifetime, !isShort {
            failures = 0
            if lifetime >= memory {
                takeovers = 0
                memory = .zero
            }
        }
        failures += 1
        // An attempt that fails means that the broker itself is away, or has another reason than somebody else's connection.
        shortLived = isShort && error == .connectionLost ? shortLived + 1 : 0
        let isNearby = lifetime.map { $0 < Self.nearby } ?? false
        nearbyEnds = isNearby && error == .connectionLost && !wasPublishing ? nearbyEnds + 1 : 0
        var error = error
        if nearbyEnds >= Self.persistence { error = .closedRepeatedly }
        if shortLived >= Self.patience {
            error = wasPublishing ? .closedWhilePublishing : .closedRepeatedly
            nearbyEnds = 0
        }
        guard error == .takenOver || error == .closedRepeatedly else {
            return (error, backOff.delay(afterFailures: failures, draw: draw))
        }
        takeovers += 1
        let delay = backOff.delay(afterTakeovers: takeovers, draw: draw)
        // Somebody who fights for the session waits about as long as we do, and comes then. What is only inferred may have been
        // a broker that was restarted a few times, and is remembered for no longer than it takes to tell.
        let longest = backOff.takeoverMaximum * 2
        memory = error == .takenOver ? longest : max(memory, min(delay * 4, longest))
        return (error, delay)
    }
}
