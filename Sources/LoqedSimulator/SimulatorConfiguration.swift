package import LockDomain
package import PlainHTTP

/// How the simulated lock and bridge are set up.
package struct SimulatorConfiguration: Sendable {
    /// The keys of the demo.
    ///
    /// Everybody knows them: they belong to no lock.
    package static let demoKeySecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    package static let demoBridgeKey = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

    /// Where the bridge answers.
    package var listen = HTTPEndpoint(host: "127.0.0.1", port: 8080)
    /// Where the simulation is controlled; absent: by its owner only.
    package var control: HTTPEndpoint?
    package var bridgeKey = demoBridgeKey
    /// Base64 secrets by local key id.
    package var keys: [Int: String] = [3: demoKeySecret]
    package var wifiMAC = "a0b1c2d3e4f1"
    package var bluetoothMAC = "a0b1c2d3e4f3"
    package var bolt: BoltState = .dayLock
    package var battery = 82
    package var kind: BridgeKind = .esp32
    /// How many times faster than a real lock it moves.
    package var speed = 1.0
    package var timing = SimulatorTiming()

    package init() {}
}

/// Durations of the real thing at speed 1, and limits of its checks.
package struct SimulatorTiming: Hashable, Sendable {
    /// From the request to the event that the motor starts: 0.4 to 6 s were seen.
    package var untilGoing: Duration = .seconds(1)
    /// From there to the event that it stopped.
    package var untilReached: Duration = .seconds(3)
    /// From `open` until the latch has fallen back by itself.
    package var untilLatch: Duration = .seconds(3)
    /// From the loss of Bluetooth to the bridge's report of it.
    package var untilOffline: Duration = .seconds(15)
    /// How long `/status` still shows the old state after the last webhook was delivered.
    package var statusLag: Duration = .seconds(2)
    /// How old a signed command may be; not scaled by the speed.
    package var commandLife: Duration = .seconds(15)
    /// How far the time of a signed request about webhooks may be off; not scaled by the speed.
    package var requestTolerance: Duration = .seconds(60)
    /// How long the bridge waits for one target; not scaled by the speed.
    package var deliveryTimeout: Duration = .seconds(5)
    /// How long a slow target of somebody else takes to answer.
    package var foreignAnswer: Duration = .seconds(3)

    package init() {}

    /// The durations that a line of control can change, by their short names.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case wake, motor, latch, notice, lag, slow, life

        var keyPath: WritableKeyPath<SimulatorTiming, Duration> {
            switch self {
            case .wake: \.untilGoing
            case .motor: \.untilReached
            case .latch: \.untilLatch
            case .notice: \.untilOffline
            case .lag: \.statusLag
            case .slow: \.foreignAnswer
            case .life: \.commandLife
            }
        }
    }
}
