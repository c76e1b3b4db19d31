/// Words that say nothing of a home, since they stand in every bundle.
///
/// A place-holder for one would only hide what a maintainer must see.
enum CommonWords {
    private static let programs = [
        "loqed", "loqed-gateway", "gateway", "homeassistant", "mosquitto", "broker", "bridge", "lock", "locks",
        "localhost",
    ]
    private static let topics = [
        "availability", "info", "problem", "state", "battery", "connectivity", "attributes", "event", "command",
        "result", "commands_enabled", "set", "refresh", "answers", "doctor", "status", "device",
    ]
    private static let states = [
        "locked", "unlocked", "open", "locking", "unlocking", "opening", "unknown", "online", "offline", "unlock", "on",
        "off",
    ]
    /// Of the log and of the bundle itself.
    private static let others = [
        "trace", "debug", "info", "notice", "warning", "error", "critical", "json", "text", "system", "configuration",
        "explain", "readyz", "metrics", "root", "user", "users", "host", "example",
    ]

    private static let all = Set(programs + topics + states + others + HomeWords.keys)

    /// Also for topics and names that are made of such words alone: `loqed/answers`.
    static func contains(_ word: String) -> Bool {
        word.split(separator: "/").allSatisfy { all.contains(String($0)) }
    }
}
