import Gateway
import Glibc

extension LaunchEnvironment {
    /// The variables and files of this process.
    static func live() -> LaunchEnvironment {
        LaunchEnvironment(
            variables: variables(),
            access: { path in publicAccess(to: path) },
            folder: { path in folder(of: path) },
            isStream: { path in
                mode(of: path[...]).map { ![S_IFREG, S_IFDIR].contains($0 & S_IFMT) } ?? false
            },
            read: { path, maximum throws(FileFailure) in
                try contents(of: path, maximum: maximum)
            }
        )
    }

    private static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let variable = next.pointee {
            let parts = String(cString: variable).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if let name = parts.first, let value = parts.dropFirst().first { variables[String(name)] = String(value) }
            next = next.successor()
        }
        return variables
    }

    private static func folder(of path: String) -> String? {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard let resolved = realpath(folder, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// What the modes of a file and of the folders above it leave to everybody.
    private static func publicAccess(to path: String) -> PublicAccess? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        var rest = String(cString: resolved)[...]
        guard let mode = mode(of: rest) else { return nil }
        while let slash = rest.lastIndex(of: "/"), slash > rest.startIndex {
            rest = rest[..<slash]
            guard let mode = Self.mode(of: rest) else { return nil }
            // Nobody gets past a folder that may not be entered.
            guard mode & S_IXOTH != 0 else { return [] }
        }
        var access: PublicAccess = []
        if mode & S_IROTH != 0 { access.insert(.reading) }
        if mode & S_IWOTH != 0 { access.insert(.writing) }
        return access
    }

    private static func mode(of path: Substring) -> mode_t? {
        var status = stat()
        return stat(String(path), &status) == 0 ? status.st_mode : nil
    }

    private static func contents(of path: String, maximum: Int) throws(FileFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < maximum {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            guard count > 0 || errno == EINTR else { throw FileFailure(code: errno) }
            bytes += chunk.prefix(max(count, 0))
        }
        return Array(bytes.prefix(maximum))
    }
}

extension FileFailure {
    fileprivate init(code: Int32) {
        switch code {
        case ENOENT, ENOTDIR: self = .missing
        case EACCES, EPERM: self = .forbidden
        case EISDIR: self = .notAFile
        default: self = .failed
        }
    }
}
