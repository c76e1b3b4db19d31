import Glibc

/// Looks names up without blocking the MQTT thread: each look-up has a thread of its own.
enum NameLookup {
    private final class Job: Sendable {
        let name: String
        let done: @Sendable ([String]) -> Void

        init(name: String, done: @escaping @Sendable ([String]) -> Void) {
            self.name = name
            self.done = done
        }
    }

    /// Whether `host` is an address already.
    static func isAddress(_ host: String) -> Bool { !addresses(of: host, flags: AI_NUMERICHOST).isEmpty }

    /// Calls `done` on another thread with the addresses of `name`, the preferred one first; none when there is no such name.
    static func start(_ name: String, done: @escaping @Sendable ([String]) -> Void) {
        var thread = pthread_t()
        let job = unsafe Unmanaged.passRetained(Job(name: name, done: done))
        let started = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let job = unsafe Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
                job.done(NameLookup.addresses(of: job.name, flags: 0))
                return nil
            },
            job.toOpaque()
        )
        guard started == 0 else {
            unsafe job.release()
            return done([])
        }
        pthread_detach(thread)
    }

    private static func addresses(of name: String, flags: Int32) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = flags
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [String] = []
        var position = unsafe list
        while let entry = unsafe position {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = socklen_t(text.count)
            let (address, length) = unsafe (entry.pointee.ai_addr, entry.pointee.ai_addrlen)
            if unsafe getnameinfo(address, length, &text, size, nil, 0, NI_NUMERICHOST) == 0 {
                addresses.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            }
            unsafe position = unsafe entry.pointee.ai_next
        }
        return addresses
    }
}
