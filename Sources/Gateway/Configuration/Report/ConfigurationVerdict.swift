import LockMessages

/// What `loqed-gateway check` found, for people and for programs.
package struct ConfigurationVerdict: Sendable {
    private let path: String
    private let result: Result<LoadedConfiguration, ConfigurationFailure>

    /// Reads the configuration; connects to nothing.
    package init(_ file: ConfigurationFile, in environment: LaunchEnvironment) {
        path = file.path
        do throws(ConfigurationFailure) {
            result = .success(try file.read(in: environment))
        } catch {
            result = .failure(error)
        }
    }

    /// 0, or an exit code of `sysexits.h`.
    package var exitCode: Int32 {
        switch result {
        case .success: 0
        case .failure(let failure): failure.exitCode
        }
    }

    /// What goes to standard output; with the configuration, if it is good and asked for.
    package func text(printing: Bool) -> String? {
        guard case .success(let loaded) = result else { return nil }
        let verdict = "\(path) is good: \(loaded.configuration.summary)"
        return printing ? loaded.effectiveText : verdict
    }

    /// What goes to standard error: what is wrong, or what should still be changed.
    package var complaint: String? {
        switch result {
        case .success(let loaded):
            loaded.warnings.isEmpty ? nil : loaded.warnings.map(\.warning).joined(separator: "\n")
        case .failure(let failure): failure.description
        }
    }

    /// One object with the keys `file`, `good`, `summary`, `problems`, `warnings` and `settings`, which is null unless the
    /// configuration is asked for and good.
    package func json(printing: Bool) -> String {
        var members: [String: JSONValue] = [
            "file": .text(ShownPath(path).text), "good": false, "summary": .null, "problems": [], "warnings": [],
            "settings": .null,
        ]
        switch result {
        case .success(let loaded):
            members["good"] = true
            members["summary"] = .text(loaded.configuration.summary)
            members["warnings"] = .list(loaded.warnings.map(\.json))
            if printing { members["settings"] = .list(loaded.effective.map(\.json)) }
        case .failure(.invalid(let problems)): members["problems"] = .list(problems.map(\.json))
        case .failure(.unreadable(let path, let failure)):
            members["problems"] = [
                [
                    "file": .text(path), "line": .null, "column": .null, "source": .text(path), "key": .null,
                    "reason": .text("\(failure)"),
                    "remedy": .text(ConfigurationFailure.remedy(for: failure, of: path)),
                ]
            ]
        }
        return String(decoding: JSONValue.object(members).bytes, as: UTF8.self)
    }
}

extension ConfigurationProblem {
    /// The same form as that of a mistake, marked as a warning.
    package var warning: String {
        let subject = keyPath.isEmpty ? "" : "\(keyPath): "
        return "\(place): warning: \(subject)\(reason)\n    \(remedy)"
    }

    var json: JSONValue {
        var (file, line, column): (JSONValue, JSONValue, JSONValue) = (.null, .null, .null)
        if case .file(let path, let position) = place {
            (file, line, column) = (.text(path), .number(position.line), .number(position.column))
        }
        return [
            "file": file, "line": line, "column": column, "source": .text(place.description),
            "key": keyPath.isEmpty ? .null : .text(keyPath), "reason": .text(reason), "remedy": .text(remedy),
        ]
    }
}
