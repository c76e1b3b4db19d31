import Glibc

/// Why names on the link could not even be asked for.
package enum MulticastFailure: Error, Hashable, Sendable {
    /// No interface is up that takes multicast and has an address, or none let a question out.
    case noLink
    /// Neither a thread nor a pipe could be had.
    case noResources
    case kernel(KernelFailure)
}

/// The addresses of a host on the link.
package struct MulticastAnswer: Hashable, Sendable {
    /// The most useful first; at least one.
    package let addresses: [IPAddress]
    /// For how long the answer holds; between ten seconds and two minutes.
    package let timeToLive: Duration

    package init(addresses: [IPAddress], timeToLive: Duration) {
        self.addresses = addresses
        self.timeToLive = timeToLive
    }
}

/// Where questions for names on the link go.
package struct MulticastGroup: Hashable, Sendable {
    package let v4: IPAddress?
    package let v6: IPAddress?
    package let port: UInt16

    package init(v4: IPAddress?, v6: IPAddress?, port: UInt16) {
        self.v4 = v4
        self.v6 = v6
        self.port = port
    }

    /// The groups of multicast DNS (RFC 6762 section 3).
    package static let standard = MulticastGroup(
        v4: IPAddress(bytes: [224, 0, 0, 251]),
        v6: IPAddress(bytes: [0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB]),
        port: 5353
    )
}

/// Asks the link for names by multicast DNS (RFC 6762).
///
/// Works beside any other resolver of the machine, needs none, and keeps nothing: each search asks anew. It asks from a
/// port of its own, so that devices answer it alone, which gets through where an access point loses multicast; from the
/// second question on it asks also from the service's port for an answer to all, for devices that know no other way.
package struct MulticastResolver: Sendable {
    private let interfaces: InterfaceList
    private let threads: ThreadStarter
    private let group: MulticastGroup
    private let choose: @Sendable (LocalInterface) -> Bool
    private let draw: @Sendable () -> UInt16

    /// Sends nothing yet.
    ///
    /// - Parameters:
    ///   - interfaces: told anew for each search.
    ///   - threads: one is held for the time of each search.
    ///   - group: where questions go.
    ///   - choose: the interfaces to ask on.
    ///   - draw: draws the number of a search.
    package init(
        interfaces: InterfaceList,
        threads: ThreadStarter,
        group: MulticastGroup = .standard,
        choose: @escaping @Sendable (LocalInterface) -> Bool = MulticastResolver.isSuitable,
        draw: @escaping @Sendable () -> UInt16
    ) {
        self.interfaces = interfaces
        self.threads = threads
        self.group = group
        self.choose = choose
        self.draw = draw
    }

    /// Whether bridges may be heard there: it is up, takes multicast, and is neither a loopback nor a mere port.
    @Sendable package static func isSuitable(_ interface: LocalInterface) -> Bool {
        interface.isUp && interface.takesMulticast && interface.kind != .loopback && !interface.isPort
    }

    /// Searches until there is enough, the time is over, or the task is cancelled; then tells what was found.
    ///
    /// - Parameters:
    ///   - goal: what is looked for.
    ///   - limit: how long to search at most.
    ///   - gathering: how long to go on once there is enough.
    ///   - look: makes of the search's knowledge what the caller wants; called on the search's thread, first before
    ///     anything is known, then whenever there is more, and at the end.
    /// - Returns: what the last look saw.
    /// - Throws: when nobody could be asked.
    func search<Value: Sendable>(
        for goal: MulticastSearch.Goal,
        within limit: Duration,
        gathering: Duration,
        look: @escaping @Sendable (MulticastSearch, [MulticastLink]) -> MulticastGlance<Value>
    ) async throws(MulticastFailure) -> Value {
        guard let pipe = WakePipe() else { throw .noResources }
        let work = MulticastWork(
            goal: goal,
            identifier: draw(),
            limit: limit,
            gathering: gathering,
            group: group,
            look: look,
            pipe: pipe
        )
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (outcome: CheckedContinuation<MulticastWork<Value>.Outcome, Never>) in
                let isStarted = threads.start {
                    do throws(KernelFailure) {
                        let links = try interfaces.interfaces().filter(choose).map(MulticastLink.init)
                        outcome.resume(returning: work.run(on: links))
                    } catch {
                        outcome.resume(returning: .failure(.kernel(error)))
                    }
                }
                if !isStarted { outcome.resume(returning: .failure(.noResources)) }
            }
        } onCancel: {
            pipe.wake()
        }
        return try outcome.get()
    }
}
