/// Why no connection came about.
///
/// Provably nothing was sent.
package enum ConnectFailure: Error, Hashable, Sendable {
    case nameNotFound
    case refused
    case noRoute
    case timeout
    case other(errno: Int32)
    case cancelled
}

/// Why a connected exchange brought no answer.
package enum ExchangeFailure: Error, Hashable, Sendable {
    /// The connection was gone before the first byte was written. Provably nothing was sent.
    case closedBeforeWriting
    // From here on the request may have been received.
    case timeout
    /// The peer closed or reset the connection before a whole answer.
    case closed
    case malformedAnswer
    case answerTooLarge
    case cancelled
}
