import NIOCore
import NIOPosix

/// The threads on which connections live.
///
/// One is enough for a home; end them explicitly.
package struct HTTPThreads: Sendable {
    let group: MultiThreadedEventLoopGroup

    package init(count: Int = 1) { group = MultiThreadedEventLoopGroup(numberOfThreads: count) }

    /// Ends the threads; nothing may be under way any more.
    package func shutDown() async throws { try await group.shutdownGracefully() }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(
            seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue + attoseconds / 1_000_000_000
        )
    }
}
