import NIOConcurrencyHelpers
import PlainHTTP

/// The port of the simulated bridge: open, refusing, or silent, and always the same number.
actor BridgePort {
    private enum Use {
        case open(HTTPServer)
        case refusing
        case silent(DeadPort)
    }

    private let endpoint: HTTPEndpoint
    private let threads: HTTPThreads
    private let known = NIOLockedValueBox<Int?>(nil)
    /// Holds the number through every change, so that nobody else is given it meanwhile.
    private var anchor: DeadPort?
    private var use: Use = .refusing
    private var isChanging = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ endpoint: HTTPEndpoint, on threads: HTTPThreads) {
        self.endpoint = endpoint
        self.threads = threads
    }

    /// The number of the port, once there is one.
    nonisolated var number: Int? { known.withLockedValue { $0 } }

    /// Brings the port to what is wanted by the time that it is this caller's turn; nothing means given back.
    func settle(
        _ wanted: @Sendable () -> SimulatedDevice.PortState?,
        makeServer: @Sendable () -> HTTPServer
    ) async throws(ListenFailure) {
        while isChanging { await withCheckedContinuation { waiting.append($0) } }
        isChanging = true
        defer {
            isChanging = false
            let next = waiting
            waiting = []
            for caller in next { caller.resume() }
        }
        try await change(to: wanted(), makeServer)
    }

    private func change(
        to wanted: SimulatedDevice.PortState?,
        _ makeServer: @Sendable () -> HTTPServer
    ) async throws(ListenFailure) {
        guard let wanted else { return await giveBack() }
        switch (use, wanted) {
        case (.open, .open), (.silent, .silent): return
        case (.refusing, .refusing) where anchor != nil: return
        default: break
        }
        await close()
        let anchor =
            if let anchor { anchor } else {
                try DeadPort(.refusing, host: endpoint.host, port: number ?? endpoint.port)
            }
        self.anchor = anchor
        known.withLockedValue { $0 = anchor.port }
        use = try await take(anchor.port, for: wanted, makeServer)
    }

    /// Listens where the anchor is.
    ///
    /// A process that is just being started has copies of all sockets until it runs its own program, so that a listener
    /// of ours may be there for a moment after it was closed.
    private func take(
        _ port: Int,
        for wanted: SimulatedDevice.PortState,
        _ makeServer: @Sendable () -> HTTPServer
    ) async throws(ListenFailure) -> Use {
        for _ in 0..<1000 {
            do throws(ListenFailure) {
                return try await listen(on: port, for: wanted, makeServer)
            } catch {
                guard error == .addressInUse, (try? await Task.sleep(for: .milliseconds(10))) != nil else {
                    throw error
                }
            }
        }
        throw .addressInUse
    }

    private func listen(
        on port: Int,
        for wanted: SimulatedDevice.PortState,
        _ makeServer: @Sendable () -> HTTPServer
    ) async throws(ListenFailure) -> Use {
        switch wanted {
        case .open:
            let server = makeServer()
            _ = try await server.start(host: endpoint.host, port: port)
            return .open(server)
        case .refusing:
            await waitUntilRefusing(port)
            return .refusing
        case .silent: return .silent(try DeadPort(.silent, host: endpoint.host, port: port))
        }
    }

    /// Waits out the copies of a listener of ours that processes just being started still have: those would take connections.
    private func waitUntilRefusing(_ port: Int) async {
        let place = HTTPEndpoint(host: endpoint.host, port: port)
        while !Task.isCancelled {
            do throws(ConnectFailure) {
                await (try await OneShotConnection.open(to: place, timeout: .seconds(1), on: threads)).close()
                try? await Task.sleep(for: .milliseconds(1))
            } catch {
                return
            }
        }
    }

    /// Leaves the port refusing.
    private func close() async {
        let old = use
        use = .refusing
        switch old {
        case .open(let server): await server.shutDown(within: .zero)
        case .refusing: break
        case .silent(let port): port.release()
        }
    }

    private func giveBack() async {
        await close()
        anchor?.release()
        anchor = nil
    }
}
