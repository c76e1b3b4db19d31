import Glibc
import NIOConcurrencyHelpers

/// A real mosquitto on a port and in a folder of its own.
package final class TemporaryBroker: Sendable {
    package let port: Int
    package let folder = TemporaryFolder()
    private let namespace: Namespace?
    private let process = NIOLockedValueBox<ChildProcess?>(nil)

    /// Writes its files and starts it.
    ///
    /// - Parameters:
    ///   - settings: lines of mosquitto's configuration; `FOLDER` stands for the broker's folder.
    ///   - files: further files in that folder, by name.
    ///   - namespace: the network it runs in; nil: that of this process.
    ///   - startsNow: false for a broker that is to come later.
    /// - Throws: when mosquitto is not installed, or does not take connections.
    package init(
        settings: [String] = ["allow_anonymous true"],
        files: [String: String] = [:],
        in namespace: Namespace? = nil,
        startsNow: Bool = true
    ) async throws {
        self.namespace = namespace
        port = FreePort.any()
        for (name, text) in files { folder.write(text, to: name) }
        let lines = ["listener \(port) 127.0.0.1", "set_tcp_nodelay true", "user root"] + settings
        folder.write(
            lines.map { $0.replacing("FOLDER", with: folder.path) }.joined(separator: "\n") + "\n",
            to: "broker.conf"
        )
        if startsNow { try await start() }
    }

    /// Starts it and returns once it takes connections.
    package func start() async throws {
        guard let namespace else { return try await blocking { try self.startNow() } }
        try await namespace.perform { try self.startNow() }
    }

    private func startNow() throws {
        let child = try ChildProcess(
            "mosquitto",
            ["-c", "\(folder.path)/broker.conf", "-v"],
            output: "\(folder.path)/broker.log"
        )
        process.withLockedValue { $0 = child }
        // A process that starts gives no other sign than its open port.
        for _ in 0..<2000 {
            if FreePort.isTaken(port) { return }
            usleep(5000)
        }
        throw BrokerFailure(log: log)
    }

    /// Ends it without a word to its clients.
    package func kill() async { await end(SIGKILL) }

    /// Ends it in order.
    package func stop() async { await end(SIGTERM) }

    /// Makes it read its files anew.
    package func reload() { process.withLockedValue { $0?.send(SIGHUP) } }

    /// What it has logged.
    package var log: String { TemporaryFolder.read("\(folder.path)/broker.log") }

    private func end(_ signal: Int32) async {
        let child = process.withLockedValue { process in
            defer { process = nil }
            return process
        }
        child?.send(signal)
        _ = try? await blocking { child?.wait() }
    }
}

package struct BrokerFailure: Error, CustomStringConvertible {
    let log: String

    package var description: String { "mosquitto does not take connections:\n\(log)" }
}
