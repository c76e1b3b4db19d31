import LockMessages

extension JSONValue {
    subscript(key: String) -> JSONValue? { members[key] }

    var members: [String: JSONValue] {
        guard case .object(let members) = self else { return [:] }
        return members
    }

    /// The paths of all members of objects inside objects, such as `battery.level`.
    var keyPaths: Set<String> {
        members.reduce(into: []) { paths, member in
            paths.insert(member.key)
            paths.formUnion(member.value.keyPaths.map { "\(member.key).\($0)" })
        }
    }
}
