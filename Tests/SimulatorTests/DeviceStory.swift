import FoundationEssentials
import LockDomain
import LoqedSimulator
import LoqedWire
import Testing

/// The scenario files beside this file.
enum ScenarioFiles {
    private static let folder = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/")!)) + "/Scenarios"

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".scenario") }
            .map { String($0.dropLast(".scenario".count)) }.sorted()
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name).scenario", encoding: .utf8)
    }

    static func scenario(_ name: String) throws -> Scenario {
        try Scenario(text(name), file: "\(name).scenario")
    }
}

/// A scenario told to a device, in time that only the test moves; its targets answer at once.
struct DeviceStory {
    /// The time of the golden vectors.
    static let epoch: Int64 = 1_700_000_000

    var device: SimulatedDevice
    private(set) var now = Duration.zero
    /// What the targets were sent: when, what, and what is odd about it.
    private(set) var heard: [String] = []
    /// The bodies of the same.
    private(set) var bodies: [String] = []
    private var steps: ArraySlice<Scenario.Step>

    init(_ name: String) throws {
        device = try SimulatedDevice(SimulatorConfiguration(), bootedAt: Self.epoch - 1000)
        device.addWebhook(url: "http://127.0.0.1/target", triggers: .all)
        steps = try ScenarioFiles.scenario(name).steps[...]
    }

    var moment: Moment {
        let milliseconds = Int64((now / .milliseconds(1)).rounded())
        return Moment(uptime: now, unix: UnixTime(milliseconds: Self.epoch * 1000 + milliseconds))
    }

    var status: BridgeStatus {
        get throws { try BridgeStatus(statusBody: Array(device.status(ipAddress: "127.0.0.1").utf8)) }
    }

    /// Tells everything up to then.
    mutating func tell(until seconds: Double) {
        let end = Duration.milliseconds(Int64(seconds * 1000))
        while let next = [steps.first?.at, device.nextDeadline].compactMap({ $0 }).min(), next <= end {
            now = max(now, next)
            device.pass(to: now)
            collect()
            guard let step = steps.first, step.at <= now else { continue }
            steps = steps.dropFirst()
            device.perform(step.command, at: moment)
            device.pass(to: now)
            collect()
        }
        now = end
    }

    /// A command that is signed now arrives.
    mutating func command(_ action: LockAction) throws {
        let secret = try CommandSecret(base64: SimulatorConfiguration.demoKeySecret)
        device.receive(
            base64: SignedCommand(action, key: KeyID(3)!, secret: secret, at: moment.unix).base64,
            at: moment
        )
        collect()
    }

    private mutating func collect() {
        for delivery in device.takeDeliveries(at: moment) {
            let skew = delivery.signedAt - moment.unix.seconds
            let oddities = (skew == 0 ? "" : " signed \(skew) s") + (delivery.isForged ? " forged" : "")
            heard.append("\(now / .seconds(1)) \(delivery.event.words)\(oddities)")
            bodies.append(String(decoding: delivery.body, as: UTF8.self))
            device.finishDelivery(at: now)
        }
    }
}

extension SimulatedEvent {
    /// In short, for comparing.
    var words: String {
        switch self {
        case .going(let target, let name, let key): "\(name) \(target.wireName) \(key?.rawValue ?? 255)"
        case .reached(let bolt, let key): "reached \(bolt.wireName) \(key?.rawValue ?? 255)"
        case .stalled(let key): "stalled \(key?.rawValue ?? 255)"
        case .battery(let level): "battery \(level)"
        case .signal(let wifi, let bluetooth): "signal \(wifi) \(bluetooth)"
        }
    }
}
