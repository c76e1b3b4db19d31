/// Something that an owner may want to know of those who connect.
package enum HTTPNotice: Hashable, Sendable {
    /// TLS was spoken: somebody wrote `https` where `http` belongs.
    case tlsSpoken
    case http2Spoken
    /// There are more connections than places, and some are closed early.
    case crowded
    /// The system has no descriptor left for a connection.
    case outOfDescriptors
}

/// Who is asked and told about those who connect.
///
/// Called on a thread of the server; does not block.
package protocol HTTPPeerWatching: Sendable {
    /// Whether the server is there for this sender; strangers do not take its place.
    func isExpected(_ address: String) -> Bool
    /// Called for every occurrence; `address` is empty where nobody in particular is to blame.
    func noticed(_ notice: HTTPNotice, from address: String)
}

/// For servers to which everybody is alike.
package struct UnknownPeers: HTTPPeerWatching {
    package init() {}

    package func isExpected(_ address: String) -> Bool { false }
    package func noticed(_ notice: HTTPNotice, from address: String) {}
}
