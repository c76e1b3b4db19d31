import LockDomain

/// What to do about a command that came to nothing.
enum CommandAdvice {
    /// To a command that the broker's access list keeps from the gateway.
    ///
    /// The gateway's own user may not command, and should not: whoever reads its password could open the doors.
    static let anotherUser =
        "command as a user who may: --username OPERATOR --password-file FILE; loqed-gateway acl --user-operator OPERATOR"
        + " prints the lines for one"

    /// To a command that was refused for the reason `word`.
    static func refused(_ word: String?) -> String {
        switch word.flatMap(RefusalReason.init) {
        case .retained: "clear it: mosquitto_pub -r -n -t TOPIC"
        case .malformed, .unknownCommand: "the gateway is of another version; see: loqed-gateway --version"
        case .notAllowed: "add it to locks.commands of this lock in the configuration, if you want that"
        case .expired: "it was late, or the clocks differ: give both machines the time by NTP"
        case .duplicate: "this id was used within the last day; leave --id out, or take a new one"
        case .stateDiffers: "the lock is not in the state that --if-state asks for; see: loqed-gateway status"
        case .rateLimited, .busy: "too many commands at once; wait ten seconds and try again"
        case .disabled: "commands are turned off: mosquitto_pub -t BASE/LOCK/commands_enabled/set -m on"
        case nil: "see the gateway's log"
        }
    }

    /// To a command that failed or expired for the reason `word`; nil: nothing stood in the way but time.
    static func failed(_ word: String?) -> String {
        switch word.flatMap(FailureReason.init) {
        case .unreachable, .noResponse: "see that the bridge has power and network: loqed-gateway status"
        case .rejected: "the bridge does not take it; restart the bridge, and try again"
        case .unauthorized: "copy bridge_key and key_secret of this lock again from LOQED's portal"
        case .keyDeleted: "the key was deleted at LOQED; make a new one in the portal and put it into the configuration"
        case .rateLimited: "too many requests; wait a minute and try again"
        case .jammed: "look at the door: the bolt could not get to its place"
        case .noConfirmation, .outcomeUnknown: "look at the door, or at: loqed-gateway status"
        case .offline: "the bridge has lost the lock: see its batteries and its distance to the bridge"
        case .wrongBridge: "another bridge has that address; correct locks.bridge in the configuration"
        case .clock: "give the gateway's machine the time by NTP"
        case .journalUnavailable: "see that the state directory can be written and the disk is not full"
        case nil: "try again, and see: loqed-gateway status"
        }
    }
}
