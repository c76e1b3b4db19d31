import LockDomain

/// Where Home Assistant looks for devices, and says that it has come up.
package struct HomeAssistantLayout: Hashable, Sendable {
    private let prefix: TopicPrefix

    /// - Parameter prefix: Home Assistant's discovery prefix, `homeassistant` unless its owner changed it.
    package init(prefix: TopicPrefix) { self.prefix = prefix }

    /// The retained message of one device.
    package func configuration(of subject: HomeAssistantDevice.Subject) -> String {
        "\(prefix)/device/\(subject.identifier)/config"
    }

    /// Where Home Assistant says `online` once it has started; devices are published again then.
    package var birth: String { "\(prefix)/status" }

    /// Whether a message on ``birth`` says that Home Assistant has started.
    package func isBirth(_ payload: [UInt8]) -> Bool { payload.elementsEqual("online".utf8) }
}
