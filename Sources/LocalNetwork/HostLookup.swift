import Glibc

/// What became of the question which addresses a host has.
package enum HostAnswer: Hashable, Sendable {
    /// The preferred one first; never empty.
    case addresses([IPAddress])
    /// There is no such host.
    case unknown
    /// Nobody answered: no name server does, or not in time.
    case silence
}

/// Asks for addresses as every program of this machine does: its hosts file, then its name servers.
package struct HostLookup: Sendable {
    private let threads: ThreadStarter

    /// - Parameter threads: one is held for the time of each question, which may be longer than anybody waits for it.
    package init(threads: ThreadStarter) { self.threads = threads }

    /// Asks for the addresses of a host.
    ///
    /// - Parameters:
    ///   - host: its name.
    ///   - limit: how long to wait.
    /// - Returns: the answer; `silence` also when the task was cancelled.
    package func addresses(of host: String, within limit: Duration) async -> HostAnswer {
        let (answers, signal) = AsyncStream.makeStream(of: HostAnswer.self, bufferingPolicy: .bufferingNewest(1))
        let isStarted = threads.start {
            signal.yield(Self.ask(for: host))
            signal.finish()
        }
        guard isStarted else { return .silence }
        return await withTaskGroup(of: HostAnswer.self) { group in
            group.addTask {
                for await answer in answers { return answer }
                return .silence
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return .silence
            }
            defer { group.cancelAll() }
            return await group.next() ?? .silence
        }
    }

    /// Blocks.
    private static func ask(for host: String) -> HostAnswer {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { return answer(to: code) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var position = unsafe list
        while let entry = unsafe position {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = socklen_t(text.count)
            let (address, length) = unsafe (entry.pointee.ai_addr, entry.pointee.ai_addrlen)
            if unsafe getnameinfo(address, length, &text, size, nil, 0, NI_NUMERICHOST) == 0,
                let address = IPAddress(
                    String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                )
            {
                addresses.append(address)
            }
            unsafe position = unsafe entry.pointee.ai_next
        }
        return addresses.isEmpty ? .unknown : .addresses(addresses)
    }

    /// What an error of `getaddrinfo` means: only a name server that answers can know that there is no such host.
    static func answer(to code: Int32) -> HostAnswer {
        switch code {
        case EAI_NONAME, noAddress: .unknown
        default: .silence
        }
    }

    /// glibc's EAI_NODATA, which its headers keep to themselves.
    private static let noAddress: Int32 = -5
}
