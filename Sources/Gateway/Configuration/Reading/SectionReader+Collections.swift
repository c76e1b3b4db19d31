extension SectionReader {
    /// A list of mappings, which must be there and have at least one.
    ///
    /// Leaves out those that cannot be used.
    mutating func sections<Value>(
        _ key: String,
        remedy: String,
        _ read: (inout SectionReader) -> Value?
    ) -> [Value] {
        reportMissing(key, remedy)
        guard let pair = pair(key), let items = items(of: pair, remedy: remedy) else { return [] }
        if items.isEmpty {
            session.report(session.place(pair.value.position), keyPath(of: key), "is empty", remedy)
        }
        return items.enumerated().compactMap { index, item in
            var reader = SectionReader(
                item,
                at: item.position,
                keyPath: "\(keyPath(of: key))[\(index)]",
                isOverridable: false,
                session: session
            )
            let value = read(&reader)
            reader.reportUnknownKeys()
            return value
        }
    }

    /// A list of values, which may be left out and may be empty.
    mutating func list<Value>(_ key: String, of kind: ValueKind<Value>, example: String) -> [Value]? {
        let remedy = "Example: \(key): \(example)"
        guard let pair = pair(key), let items = items(of: pair, remedy: remedy) else { return nil }
        return items.enumerated().compactMap { index, item in
            text(of: item, "\(keyPath(of: key))[\(index)]", remedy: remedy)
                .flatMap { value(of: $0, kind, remedy: remedy) }
        }
    }

    /// A mapping whose keys are values too.
    ///
    /// It may be left out and may be empty.
    mutating func table<Key: Hashable, Value>(
        _ key: String,
        of keys: ValueKind<Key>,
        and values: ValueKind<Value>,
        example: String
    ) -> [Key: Value]? {
        let remedy = "Example: \(key): \(example)"
        guard let pair = pair(key), !pair.value.isNull else { return nil }
        let path = keyPath(of: key)
        guard case .mapping(let entries) = pair.value.content else {
            if pair.value.content != .unusable {
                session.report(session.place(pair.value.position), path, "must be a mapping", remedy)
            }
            return nil
        }
        var table: [Key: Value] = [:]
        for entry in entries {
            let keySetting = Setting(text: entry.key, place: session.place(entry.keyPosition), keyPath: path)
            guard let name = value(of: keySetting, keys, remedy: remedy) else { continue }
            let entryPath = "\(path).\(entry.key)"
            if table[name] != nil {
                session.report(keySetting.place, entryPath, "is given twice", "Remove one of the two.")
            }
            table[name] =
                text(of: entry.value, entryPath, remedy: remedy).flatMap { value(of: $0, values, remedy: remedy) }
                ?? table[name]
        }
        return table
    }

    private func items(of pair: YAMLNode.Pair, remedy: String) -> [YAMLNode]? {
        switch pair.value.content {
        case .sequence(let items): return items
        case .unusable: return nil
        case .scalar, .mapping:
            let reason = pair.value.isNull ? "has no value" : "must be a list"
            session.report(session.place(pair.value.position), keyPath(of: pair.key), reason, remedy)
            return nil
        }
    }
}
