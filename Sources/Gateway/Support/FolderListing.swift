import FoundationEssentials
import Glibc

/// The names of a folder's files with their modes and sizes, and nothing of what is in them.
struct FolderListing {
    static func text(of path: String) -> String {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            let reason = access(path, F_OK) == 0 ? "cannot be listed by this user" : "is not there"
            return "The folder \(reason)."
        }
        var lines = [line(of: path, as: ".")]
        lines += names.sorted().prefix(200).map { line(of: "\(path)/\($0)", as: $0) }
        if names.count > 200 { lines.append("and \(names.count - 200) more") }
        return lines.joined(separator: "\n")
    }

    private static func line(of path: String, as name: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0 else { return "?          ?  \(name)" }
        let kinds: [mode_t: String] = [S_IFDIR: "folder", S_IFREG: "file", S_IFLNK: "link"]
        let kind = kinds[status.st_mode & S_IFMT] ?? "other"
        let mode = String(status.st_mode & 0o7777, radix: 8)
        let owner = status.st_uid == geteuid() ? "own" : status.st_uid == 0 ? "root" : "another's"
        return "\(mode) \(kind) \(owner) \(status.st_size) bytes \(name)"
    }
}
