import Glibc

/// What a search knows so far, as its caller sees it.
struct MulticastGlance<Value: Sendable>: Sendable {
    let value: Value
    /// Whether the caller wants no more than what else comes at once.
    let isEnough: Bool
}

/// The thread's part of a search.
struct MulticastWork<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, MulticastFailure>

    let goal: MulticastSearch.Goal
    let identifier: UInt16
    let limit: Duration
    /// How long to go on once there is enough.
    let gathering: Duration
    let group: MulticastGroup
    let look: @Sendable (MulticastSearch, [MulticastLink]) -> MulticastGlance<Value>
    let pipe: WakePipe

    /// Asks and listens until there is enough, the limit is reached, or somebody wakes the pipe.
    func run(on links: [MulticastLink]) -> Outcome {
        let links = Array(links.prefix(MulticastSearch.mostLinks))
        let sockets = self.sockets(on: links)
        guard !sockets.isEmpty else { return .failure(.noLink) }
        let origin = ContinuousClock.now
        var search = MulticastSearch(goal, identifier: identifier, start: .zero)
        var glance = look(search, links)
        var enoughAt: Duration?
        var wasSent = false
        while true {
            let now = origin.duration(to: .now)
            enoughAt = glance.isEnough ? enoughAt ?? now : nil
            let end = min(limit, enoughAt.map { $0 + gathering } ?? limit)
            guard now < end else { break }
            if let query = search.queryDue(at: now) {
                if send(query, through: sockets) { wasSent = true }
                guard wasSent else { return .failure(.noLink) }
            }
            guard wait(for: sockets, atMost: min(end, search.nextDeadline) - now) else { break }
            var hasMore = false
            for socket in sockets where take(from: socket, into: &search, since: origin) { hasMore = true }
            if hasMore { glance = look(search, links) }
        }
        return .success(look(search, links).value)
    }

    private func sockets(on links: [MulticastLink]) -> [MulticastSocket] {
        let groups = [group.v4, group.v6].compactMap(\.self)
        return links.flatMap { link in
            groups.flatMap { address in
                [
                    MulticastSocket.asking(on: link, group: address, port: group.port),
                    MulticastSocket.listening(on: link, group: address, port: group.port),
                ].compactMap(\.self)
            }
        }
    }

    /// Whether at least one link took it.
    private func send(_ query: MulticastQuery, through sockets: [MulticastSocket]) -> Bool {
        var wasSent = false
        for socket in sockets {
            let message = socket.delivery == .toGroup ? query.forAnswerToAll : query.forAnswerToUs
            if let message, socket.send(message) { wasSent = true }
        }
        return wasSent
    }

    /// Takes what has come, but not so much at once that the other sockets and the clock must wait long.
    ///
    /// - Parameters:
    ///   - socket: where it came in.
    ///   - search: learns from it.
    ///   - origin: when the search began.
    /// - Returns: whether there was anything new in it.
    private func take(
        from socket: MulticastSocket,
        into search: inout MulticastSearch,
        since origin: ContinuousClock.Instant
    ) -> Bool {
        var hasMore = false
        for _ in 0..<16 {
            guard let (datagram, sender) = socket.receive() else { break }
            // Only the service itself answers from its port (RFC 6762 section 6.7).
            guard sender.port == group.port else { continue }
            let place = MulticastPlace(link: socket.link, delivery: socket.delivery)
            if search.receive(datagram, from: sender.address, at: place, now: origin.duration(to: .now)) {
                hasMore = true
            }
        }
        return hasMore
    }

    /// Whether to go on: false once somebody said to stop.
    private func wait(for sockets: [MulticastSocket], atMost limit: Duration) -> Bool {
        var waits = [pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0)]
        waits += sockets.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
        let count = unsafe poll(&waits, nfds_t(waits.count), limit.asPollTimeout)
        return (count >= 0 || errno == EINTR) && waits[0].revents == 0
    }
}
