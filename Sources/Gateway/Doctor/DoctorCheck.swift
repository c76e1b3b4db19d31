/// What the doctor looks at, one thing each.
///
/// The codes are part of the command's interface: they stay, others may join them. `docs/doctor.md` explains each.
package enum DoctorCheck: String, Hashable, Sendable, CaseIterable {
    // This machine.
    case configuration
    case secretFiles = "secret_files"
    case clock
    case stateDirectory = "state_directory"
    case diskSpace = "disk_space"
    case journal

    // The broker.
    case brokerConnection = "broker_connection"
    case brokerLogin = "broker_login"
    case brokerProtocol = "broker_protocol"
    case brokerSubscribe = "broker_subscribe"
    case brokerPublish = "broker_publish"
    case retainedCommands = "retained_commands"

    // The running gateway.
    case gatewayOnline = "gateway_online"
    case gatewayVersion = "gateway_version"
    case gatewayLocks = "gateway_locks"
    case clientID = "client_id"
    case gatewayProblems = "gateway_problems"
    case homeAssistant = "home_assistant"

    // Each lock.
    case bridgeName = "bridge_name"
    case bridgeRoute = "bridge_route"
    case bridgePort = "bridge_port"
    case bridgeStatus = "bridge_status"
    case lockLink = "lock_link"
    case bridgeKind = "bridge_kind"
    case bridgeMAC = "bridge_mac"
    case bridgeKey = "bridge_key"
    case webhookList = "webhook_list"
    case callbackAddress = "callback_address"
    case webhookListener = "webhook_listener"
    case webhookPath = "webhook_path"
    case clockSkew = "clock_skew"
    case discovery

    /// Under which head it is shown.
    package enum Section: Hashable, Sendable {
        case machine
        case broker
        case gateway
        case lock
    }

    package var section: Section {
        switch self {
        case .configuration, .secretFiles, .clock, .stateDirectory, .diskSpace, .journal: .machine
        case .brokerConnection, .brokerLogin, .brokerProtocol, .brokerSubscribe, .brokerPublish, .retainedCommands:
            .broker
        case .gatewayOnline, .gatewayVersion, .gatewayLocks, .clientID, .gatewayProblems, .homeAssistant: .gateway
        case .bridgeName, .bridgeRoute, .bridgePort, .bridgeStatus, .lockLink, .bridgeKind, .bridgeMAC, .bridgeKey,
            .webhookList, .callbackAddress, .webhookListener, .webhookPath, .clockSkew, .discovery:
            .lock
        }
    }
}
