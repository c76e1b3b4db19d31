import Glibc

/// Starts threads for work that blocks: Swift's own threads are few, and nothing may hold one.
package struct ThreadStarter: Sendable {
    /// Runs the work on a thread of its own; false when no thread could be had, and then it never runs.
    package let start: @Sendable (@escaping @Sendable () -> Void) -> Bool

    package init(start: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool) { self.start = start }

    /// Ordinary detached threads.
    package static let live = ThreadStarter { OwnThread.start($0) }
}

private enum OwnThread {
    private final class Work: Sendable {
        let perform: @Sendable () -> Void

        init(_ perform: @escaping @Sendable () -> Void) { self.perform = perform }
    }

    static func start(_ perform: @escaping @Sendable () -> Void) -> Bool {
        var thread = pthread_t()
        let work = unsafe Unmanaged.passRetained(Work(perform))
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().perform()
                return nil
            },
            work.toOpaque()
        )
        guard code == 0 else {
            unsafe work.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
