import Glibc

/// The file that a setup writes: whole or not at all, and kept from others.
struct SetupFile {
    let path: String

    var exists: Bool { access(path, F_OK) == 0 }

    /// Finds out, before anybody answers questions, whether a file can be put here.
    func expectPlace() throws(SetupFailure) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw SetupFailure(
                code: EX_CANTCREAT,
                "\(ShownPath(path).text) is not a file",
                remedy: "Name one: --output FILE."
            )
        }
        guard access(folder, W_OK | X_OK) == 0 else { throw failure("cannot be written") }
    }

    /// Writes the text beside the file and puts it in its place; one that was there stays as `PATH.old`.
    ///
    /// Only the owner may read it, and the group where the folder, or the file before, belongs to a group of its own: that
    /// of the service.
    func write(_ text: Secret<String>, replacing: Bool) throws(SetupFailure) {
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw failure("cannot be written") }
        let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(descriptor)
            unlink(temporary)
        }
        keepFromOthers(descriptor)
        let isWritten = text.reveal { text in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 || errno == EINTR else { return false }
                rest = rest.dropFirst(max(count, 0))
            }
            return fsync(descriptor) == 0
        }
        guard isWritten else { throw failure("cannot be written") }
        if replacing, exists {
            unlink("\(path).old")
            guard link(path, "\(path).old") == 0, rename(temporary, path) == 0 else {
                throw failure("cannot be replaced")
            }
        } else {
            // Unlike a renaming, this fails when somebody else was faster.
            guard link(temporary, path) == 0 else { throw failure("cannot be made") }
        }
        let folder = open(self.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func keepFromOthers(_ descriptor: Int32) {
        var status = stat()
        guard stat(path, &status) == 0 || stat(folder, &status) == 0, status.st_gid != getegid() else { return }
        // Without the right to give the file away it stays with the owner alone.
        if fchown(descriptor, uid_t.max, status.st_gid) == 0 { fchmod(descriptor, S_IRUSR | S_IWUSR | S_IRGRP) }
    }

    private func failure(_ what: String) -> SetupFailure {
        let code = errno
        let reason = String(cString: strerror(code))
        let remedy =
            switch code {
            case EACCES, EPERM, EROFS: "Name a file in a folder that you may write to, or be root: --output FILE."
            // The folder is shown only where the whole path is.
            case ENOENT where ShownPath(path).text == path: "Make its folder first: mkdir -p \(ShellWord(folder))"
            case EEXIST: "Somebody made it just now; look at it, and add --force to replace it."
            default: "Name another file: --output FILE."
            }
        return SetupFailure(code: EX_CANTCREAT, "\(ShownPath(path).text) \(what): \(reason)", remedy: remedy)
    }
}
