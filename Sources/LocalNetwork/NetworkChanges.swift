import Glibc

/// Tells when this machine's links, addresses or routes change.
///
/// The kernel tells of every single step; what comes in quick succession is told once. Ends when ``stop()`` is called, when
/// the reader of ``events`` is cancelled, and when nobody holds this any more.
package final class NetworkChanges: Sendable {
    /// How long changes are gathered.
    package struct Patience: Sendable {
        package var quiet: Duration
        package var longest: Duration

        /// - Parameters:
        ///   - quiet: how long it must be quiet before changes are told.
        ///   - longest: how long they are held back at most.
        package init(quiet: Duration = .milliseconds(500), longest: Duration = .seconds(5)) {
            self.quiet = quiet
            self.longest = longest
        }
    }

    /// Changes since the last one read; what the reader was too slow for is united with the next.
    ///
    /// Ends also when the kernel's socket fails, which it does not while there is memory.
    package let events: AsyncStream<NetworkChange>
    private let pipe: WakePipe

    /// Listens from now on: what changes after this returns is told.
    ///
    /// - Parameters:
    ///   - threads: one is held for as long as this listens.
    ///   - patience: how long changes are gathered.
    /// - Throws: when no socket or thread can be had.
    package init(threads: ThreadStarter, patience: Patience = Patience()) throws(KernelFailure) {
        guard let pipe = WakePipe() else { throw .unusable(errno) }
        let socket = SharedDescriptor(try Descriptor.netlink(groups: Netlink.Group.all))
        let (events, continuation) = AsyncStream.makeStream(
            of: NetworkChange.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        continuation.onTermination = { _ in pipe.wake() }
        self.events = events
        self.pipe = pipe
        let listening = ChangeListening(socket: socket, pipe: pipe, patience: patience, told: continuation)
        guard threads.start({ listening.run() }) else { throw .unusable(EAGAIN) }
    }

    deinit { pipe.wake() }

    /// Ends the events.
    package func stop() { pipe.wake() }
}

/// The thread's part: waits, reads, tells.
private struct ChangeListening: Sendable {
    let socket: SharedDescriptor
    let pipe: WakePipe
    let patience: NetworkChanges.Patience
    let told: AsyncStream<NetworkChange>.Continuation

    func run() {
        let origin = ContinuousClock.now
        var gathering = ChangeGathering(quiet: patience.quiet, longest: patience.longest)
        while true {
            let left = gathering.nextDeadline.map { $0 - origin.duration(to: .now) }
            var waits = [pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)]
            waits.append(pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0))
            let count = unsafe poll(&waits, nfds_t(waits.count), left?.asPollTimeout ?? -1)
            guard count >= 0 || errno == EINTR, waits[1].revents == 0 else { break }
            if count > 0, waits[0].revents != 0 {
                guard let change = read() else { break }
                gathering.note(change, at: origin.duration(to: .now))
            }
            if let change = gathering.due(at: origin.duration(to: .now)) { tell(change) }
        }
        told.finish()
    }

    /// Tells a change together with what the reader has not taken yet.
    private func tell(_ change: NetworkChange) {
        var change = change
        while case .dropped(let older) = told.yield(change), !change.isSuperset(of: older) { change.formUnion(older) }
    }

    /// What one datagram tells; absent when the socket is of no more use.
    private func read() -> NetworkChange? {
        switch socket.receive() {
        case .datagram(let bytes): NetworkChange(datagram: bytes)
        case .foreign, .failure(EAGAIN), .failure(EINTR): []
        // The kernel had more to tell than there was room for.
        case .failure(ENOBUFS), .failure(EMSGSIZE): .unknown
        case .failure: nil
        }
    }
}

extension Duration {
    /// As `poll` takes it: in milliseconds, rounded up, never negative.
    var asPollTimeout: Int32 {
        guard self > .zero else { return 0 }
        let parts = components
        let (milliseconds, isTooLong) = parts.seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLong else { return .max }
        return Int32(clamping: milliseconds + parts.attoseconds / 1_000_000_000_000_000 + 1)
    }
}
