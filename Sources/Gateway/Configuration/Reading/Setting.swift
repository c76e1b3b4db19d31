/// The text of one value, and where somebody wrote it.
struct Setting {
    let text: String
    let place: ConfigurationProblem.Place
    let keyPath: String

    /// Settings of a higher layer go before those of a lower one.
    enum Layer: Comparable {
        case file
        case environment
        case commandLine
    }

    var layer: Layer {
        switch place {
        case .file: .file
        case .variable: .environment
        case .option, .assignment: .commandLine
        }
    }

    /// Whether it names a file by an option of its own, without a configuration around it.
    var isOption: Bool {
        switch place {
        case .file, .variable, .assignment: false
        case .option: true
        }
    }

    /// How a right value would look where this one stands.
    func example(_ value: String) -> String {
        switch place {
        case .file: "Example: \(keyPath.split(separator: ".").last ?? ""): \(value)"
        case .variable(let name): "Example: \(name)=\(value)"
        case .option(let name): "Example: \(name) \(value)"
        case .assignment(let key): "Example: --set \(key)=\(value)"
        }
    }
}
