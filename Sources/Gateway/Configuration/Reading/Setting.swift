/// The text of one value, and where somebody wrote it.
struct Setting {
    let text: String
    let place: ConfigurationProblem.Place
    let keyPath: String

    var isVariable: Bool {
        switch place {
        case .file, .option: false
        case .variable: true
        }
    }

    var isOption: Bool {
        switch place {
        case .file, .variable: false
        case .option: true
        }
    }

    /// How a right value would look where this one stands.
    func example(_ value: String) -> String {
        switch place {
        case .file: "Example: \(keyPath.split(separator: ".").last ?? ""): \(value)"
        case .variable(let name): "Example: \(name)=\(value)"
        case .option(let name): "Example: \(name) \(value)"
        }
    }
}
