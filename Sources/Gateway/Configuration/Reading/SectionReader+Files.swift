extension SectionReader {
    private static let maximumFile = 1 << 20
    static let maximumSecret = 4096
    private static let relativeNames = "A relative name counts from the folder of the configuration file."

    /// The path of a file that can be read and is not empty, as seen from the working directory.
    mutating func file(_ key: String, example: String, isSecret: Bool = false) -> String? {
        guard let setting = setting(key, example: example), let path = path(from: setting, example: example),
            bytes(of: path, for: setting, maximum: Self.maximumFile) != nil
        else { return nil }
        session.note(setting.keyPath, from: setting.place, text: setting.text)
        if isSecret { session.warnOfAccess(to: path, from: setting.place, setting.keyPath, "the file \(path)") }
        return path
    }

    /// The path of a folder, as seen from the working directory; it need not be there yet.
    mutating func folder(_ key: String, example: String, default standard: String) -> String {
        guard let setting = setting(key, example: example), let path = path(from: setting, example: example) else {
            return session.resolve(standard)
        }
        return path
    }

    /// A secret that is given as `key`, or as `key_file` with the name of a file that holds it.
    ///
    /// What the environment or the command line says of either replaces both in the layers below. The command line
    /// takes the name of a file alone: every user of a machine can read its processes' arguments.
    mutating func secret(_ key: String, example: String) -> SecretSetting? {
        let direct = setting(key, example: example)
        let file = setting(key + "_file", example: "\(key).txt")
        if let direct, direct.layer == .commandLine {
            let remedy = "Use --set \(direct.keyPath)_file=FILE: every user of this machine can read the arguments."
            session.report(direct.place, direct.keyPath, "is a secret, which a command line cannot keep", remedy)
            return nil
        }
        switch (direct, file) {
        case (let direct?, let file?) where direct.layer == file.layer:
            let remedy = "Keep one of the two: \(key) or \(key)_file."
            session.report(file.place, file.keyPath, "is given beside \(key)", remedy)
            return nil
        case (let direct, let file?) where direct.map({ $0.layer < file.layer }) ?? true:
            session.forgetOrigin(of: keyPath(of: key))
            return contents(of: file, insteadOf: key)
        case (let direct?, _):
            session.forgetOrigin(of: keyPath(of: key + "_file"))
            if !DemoKeys.contains(direct.text) { session.foundSecret(at: direct.place) }
            return checked(direct.text, SecretSource(direct, file: nil))
        case (nil, _): return nil
        }
    }

    /// The same for a secret that must be there.
    mutating func requiredSecret(_ key: String, example: String) -> SecretSetting? {
        if !isGiven(key + "_file") { reportMissing(key, "Give \(key), or \(key)_file with the name of a file.") }
        return secret(key, example: example)
    }

    /// The secret in the file that a setting names.
    func contents(of setting: Setting, insteadOf key: String) -> SecretSetting? {
        guard !ShownPath.isSecret(setting.text) else {
            let remedy =
                setting.isOption
                ? "Write the secret alone into a file, and name that."
                : "Use \(key) for the secret itself, \(key)_file for the name of a file."
            session.report(setting.place, setting.keyPath, "is not the name of a file but looks like a secret", remedy)
            return nil
        }
        guard let path = path(from: setting, example: "\(key).txt"),
            let bytes = bytes(of: path, for: setting, maximum: Self.maximumSecret)
        else { return nil }
        session.note(setting.keyPath, from: setting.place, text: setting.text)
        session.warnOfAccess(to: path, from: setting.place, setting.keyPath, "the file \(path)")
        let source = SecretSource(setting, file: path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            report("is not UTF-8 text", of: source)
            return nil
        }
        let end = text.unicodeScalars.lastIndex { $0 != "\n" && $0 != "\r" }
        return checked(end.map { String(text.unicodeScalars[...$0]) } ?? "", source)
    }

    private func checked(_ text: String, _ source: SecretSource) -> SecretSetting? {
        switch text.utf8.count {
        case 0: report("is empty", of: source)
        case ...Self.maximumSecret where text.utf8.contains(0): report("holds a zero byte", of: source)
        case ...Self.maximumSecret: return SecretSetting(secret: Secret(text), source: source)
        default: report("is longer than \(Self.maximumSecret) bytes", of: source)
        }
        return nil
    }

    /// Reports what is wrong with a secret, naming the file it is in.
    func report(_ reason: String, of source: SecretSource, remedy: String? = nil) {
        let subject = source.file.map { "the text of the file \($0) " } ?? ""
        let remedy =
            remedy ?? (source.file == nil ? "Write the secret in quotes." : "Write the secret alone into the file.")
        session.report(source.place, source.keyPath, subject + reason, remedy)
    }

    /// The path of a file, or of a credential: `credential:NAME` is the file of that name in the folder that the
    /// service manager made.
    func path(from setting: Setting, example: String) -> String? {
        guard let name = Self.credentialName(in: setting.text) else {
            guard !ShownPath.isSecret(setting.text) else {
                let reason = "is not the name of a file but looks like a secret"
                session.report(setting.place, setting.keyPath, reason, setting.example(example))
                return nil
            }
            return value(of: setting, .text(maximum: 1024, example: example)).map(session.resolve)
        }
        guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), name.utf8.allSatisfy({ $0 > 0x20 }) else {
            let remedy = setting.example("\(Self.credentialPrefix)mqtt.password")
            session.report(
                setting.place,
                setting.keyPath,
                "must have the name of a credential behind the colon",
                remedy
            )
            return nil
        }
        guard let folder = session.credentials else {
            let remedy = "Start the gateway by a unit with a line LoadCredential=NAME:FILE, or name a file."
            let reason = "names a credential, and there are none: CREDENTIALS_DIRECTORY is not set"
            session.report(setting.place, setting.keyPath, reason, remedy)
            return nil
        }
        return "\(folder)/\(name)"
    }

    private static let credentialPrefix = "credential:"

    private static func credentialName(in text: String) -> Substring? {
        text.hasPrefix(credentialPrefix) ? text.dropFirst(credentialPrefix.count) : nil
    }

    func bytes(of path: String, for setting: Setting, maximum: Int) -> [UInt8]? {
        let reason: String
        do {
            let bytes = try session.read(path, maximum: maximum, maybeStream: setting.layer == .commandLine)
            guard bytes.isEmpty || bytes.count > maximum else { return bytes }
            reason = bytes.isEmpty ? "is empty" : "is larger than \(maximum) bytes"
        } catch {
            reason = "\(error)"
        }
        let isCredential = Self.credentialName(in: setting.text) != nil
        let remedy =
            setting.isOption
            ? "A relative name counts from the working directory."
            : isCredential ? "The unit needs a line LoadCredential= with this name." : Self.relativeNames
        session.report(setting.place, setting.keyPath, "the file \(ShownPath(path).text) \(reason)", remedy)
        return nil
    }
}
