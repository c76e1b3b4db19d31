import ArgumentParser
import BridgeHTTP
import Gateway
import Glibc
import LocalNetwork
import PlainHTTP

/// Lists the LOQED bridges of the network.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "List the LOQED bridges on the network.",
        discussion: """
            Asks by multicast DNS for three seconds, and every bridge that answers for its status. Nothing is changed. \
            Multicast DNS stays within a network: bridges of another network or VLAN are not seen, nor is anything from \
            a container that is not on the host's network.

            With --json: a list of objects with the keys name, host, addresses, port, mac (12 hexadecimal digits), kind \
            (esp32, shelly), lock_online, failure (why it gave no status) and lock (the one of the configuration whose \
            bridge it is). What is not known is null.

            EXAMPLES
              loqed-gateway discover
              loqed-gateway discover --json --no-ask

            Exit codes: 0 also when there are none, 69 when there is no network to ask on, 78 when the configuration that was named has mistakes, 66 when it \
            cannot be read.
            """
    )

    @OptionGroup var source: ConfigurationOptions

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(inversion: .prefixedNo, help: "Ask each bridge for its status.")
    var ask = true

    func run() async throws {
        let locks = try configuredLocks()
        let (progress, isAsking) = (ProgressLine.live(), ask)
        progress.now("looking for bridges")
        let threads = HTTPThreads()
        let discovery = BridgeDiscovery(
            network: LiveHomeNetwork(),
            bridge: BridgeClient(threads: threads),
            locks: locks
        )
        let result: Result<[DiscoveredBridge], MulticastFailure> = await progress.shown {
            do throws(MulticastFailure) {
                return .success(try await discovery.bridges(isAsking: isAsking))
            } catch {
                return .failure(error)
            }
        }
        try? await threads.shutDown()
        switch result {
        case .failure(let failure):
            var standardError = StandardError()
            print(
                "loqed-gateway: no network to ask on (\(failure)); see that this machine is connected to the bridge's network",
                to: &standardError
            )
            throw ExitCode(EX_UNAVAILABLE)
        case .success(let bridges) where json: StandardOutput.show(DiscoveredBridge.json(bridges))
        case .success([]):
            StandardOutput.show(
                "No bridge answered. See that it has power and is in this network; else give its IP address."
            )
        case .success(let bridges): for bridge in bridges { StandardOutput.show(bridge.line) }
        }
    }

    /// Those of the configuration; one that nobody asked for need not be there, nor be right: a newcomer has none yet.
    private func configuredLocks() throws(ExitCode) -> [GatewayConfiguration.Lock] {
        let environment = LaunchEnvironment.live()
        guard source.config == nil else { return try source.load(in: environment).locks }
        return (try? source.file(in: environment).load(in: environment))?.locks ?? []
    }
}
