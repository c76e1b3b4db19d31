import Mosquitto

/// What a person at the terminal asks of the running gateway.
package struct GatewayVisit: Sendable {
    let visit: BrokerVisit
    let baseTopic: String

    package init(_ visit: BrokerVisit) {
        self.visit = visit
        baseTopic = visit.mqtt.baseTopic
    }

    /// Everything that is retained about the gateway and its locks.
    ///
    /// - Parameter locks: the locks that are meant.
    /// - Returns: what came before nothing more did.
    /// - Throws: that there is no broker or that it went away, that there is no gateway, or no such lock.
    package func look(at locks: [String] = []) async throws(ClientTrouble) -> GatewayView {
        var view = GatewayView(baseTopic: baseTopic)
        let found: GatewayView = try await visit.run(subscribingTo: view.subscriptions) {
            event throws(ClientTrouble) in
            switch event {
            case .message(let message):
                view.take(message.payload, on: message.topic)
                return view.isComplete ? view : nil
            case .quiet: return view
            // What has come so far is not all, and looks like it.
            case .lost(let error): throw visit.trouble(error)
            case .ready, .timeUp, .failed: return nil
            }
        }
        guard found.availability != nil || !found.lockNames.isEmpty else {
            throw .noGateway(below: baseTopic, at: visit.broker)
        }
        if let unknown = locks.first(where: { !found.lockNames.contains($0) }) {
            throw .unknownLock(unknown, known: found.lockNames)
        }
        return found
    }
}
