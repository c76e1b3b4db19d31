import ServiceLifecycle
import UnixSignals

/// Ends the group of services after SIGTERM or SIGINT.
///
/// The signals are taken from the moment it is made, which must be before anything listens: taking them needs file
/// descriptors, and callers can take the last ones as soon as there is a port to call. A process that cannot hear signals
/// any more can only be killed. A signal that comes before the group runs ends it when it does.
struct EndingService: Service, CustomStringConvertible {
    private let signals: UnixSignalsSequence

    init() async { signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint]) }

    var description: String { "signals" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in signals { return }
        }
    }

    /// The group must end in good order when this does.
    var configuration: ServiceGroupConfiguration.ServiceConfiguration {
        .init(service: self, successTerminationBehavior: .gracefullyShutdownGroup)
    }
}
