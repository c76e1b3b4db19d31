import Glibc
import NIOConcurrencyHelpers
package import Testing

/// Waits for something that another thread or process brings about; fails the test after half a minute.
///
/// For states that announce themselves to nobody. Where there is an event, wait for the event.
package func eventually(
    _ what: Comment,
    within limit: Duration = .seconds(30),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async rethrows {
    // Counted in looks, not by the clock: while other tests keep all threads busy, time passes and nothing can happen.
    let pause = Duration.milliseconds(5)
    for _ in 0..<Int(limit / pause) {
        if try await condition() { return }
        try? await Task.sleep(for: pause)
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// Runs something that blocks on a thread of its own: Swift's own threads are few, and all tests share them.
package func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { outcome in
        Thread.start { outcome.resume(with: Result(catching: work)) }
    }
}

enum Thread {
    private final class Box {
        let work: @Sendable () -> Void

        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }

    static func start(_ work: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work() }
                return nil
            },
            Unmanaged.passRetained(Box(work)).toOpaque()
        )
        pthread_detach(thread)
    }
}

/// Reads a stream of events in order, with a limit on every wait.
package final class EventReader<Element: Sendable>: Sendable {
    private let events = NIOLockedValueBox<[Element]>([])
    private let isOver = NIOLockedValueBox(false)

    package init(_ stream: AsyncStream<Element>) {
        // Ends with the stream, which its owner ends.
        Task { [events, isOver] in
            for await element in stream { events.withLockedValue { $0.append(element) } }
            isOver.withLockedValue { $0 = true }
        }
    }

    /// The next event that `select` takes; those before it are passed over.
    ///
    /// Fails the test after half a minute.
    package func first<Value: Sendable>(
        _ what: Comment,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ select: (Element) -> Value?
    ) async throws -> Value {
        var found: Value?
        await eventually(what, sourceLocation: sourceLocation) {
            events.withLockedValue { events in
                while found == nil, !events.isEmpty { found = select(events.removeFirst()) }
            }
            return found != nil
        }
        return try #require(found, what, sourceLocation: sourceLocation)
    }

    /// Passes over everything that has come.
    package func forget() { events.withLockedValue { $0 = [] } }

    /// Waits for the end of the stream; returns what came before it and was not read.
    package func rest() async -> [Element] {
        await eventually("the stream ends") { isOver.withLockedValue { $0 } }
        return events.withLockedValue { $0 }
    }
}
