import Glibc

/// State in files of a folder that belongs to one gateway alone.
///
/// The folder has mode 0700, its files 0600. While it is open no other gateway can open it.
package final class StateFolder: StateDisk {
    private static let maximumFile = 64 << 20

    private let path: String
    /// Held open for its lock.
    private let lockDescriptor: Int32

    /// Opens the folder, made if need be.
    ///
    /// - Throws: with the code `EWOULDBLOCK` when another gateway has it open.
    package init(path: String) throws(DiskFailure) {
        self.path = path
        try Self.makeFolder(path)
        let lockFile = "\(path)/lock"
        let descriptor = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw DiskFailure("open \(lockFile)", code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw DiskFailure("lock \(lockFile)", code: code)
        }
        lockDescriptor = descriptor
    }

    /// The lock is given back by name: a process that is just being started may still hold a copy of the descriptor.
    deinit {
        flock(lockDescriptor, LOCK_UN)
        close(lockDescriptor)
    }

    private static func makeFolder(_ path: String) throws(DiskFailure) {
        guard mkdir(path, 0o700) != 0 else { return }
        guard errno == EEXIST else { throw DiskFailure("create \(path)", code: errno) }
        var status = stat()
        guard stat(path, &status) == 0 else { throw DiskFailure("look at \(path)", code: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw DiskFailure("use \(path)", code: ENOTDIR) }
        if status.st_mode & 0o077 != 0, chmod(path, 0o700) != 0 { throw DiskFailure("protect \(path)", code: errno) }
    }

    package func read(_ file: StateFile) throws(DiskFailure) -> [UInt8]? {
        let descriptor = open(name(of: file), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", file)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", file) }
            guard count > 0 else { return bytes }
            bytes += chunk.prefix(count)
            guard bytes.count <= Self.maximumFile else { throw DiskFailure("read \(name(of: file))", code: EFBIG) }
        }
    }

    package func replace(_ file: StateFile, with bytes: [UInt8]) throws(DiskFailure) {
        let draft = name(of: file) + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw DiskFailure("create \(draft)", code: errno) }
        do throws(DiskFailure) {
            defer { close(descriptor) }
            try write(bytes, to: descriptor, file)
            guard fsync(descriptor) == 0 else { throw failure("sync", file) }
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, name(of: file)) == 0 else { throw failure("replace", file) }
        try syncFolder()
    }

    package func append(_ bytes: [UInt8], to file: StateFile) throws(DiskFailure) {
        let descriptor = open(name(of: file), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw failure("open", file) }
        defer { close(descriptor) }
        try write(bytes, to: descriptor, file)
    }

    package func makeDurable(_ file: StateFile) throws(DiskFailure) {
        let descriptor = open(name(of: file), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw failure("open", file) }
        defer { close(descriptor) }
        guard fdatasync(descriptor) == 0 else { throw failure("sync", file) }
    }

    package func setAside(_ file: StateFile) throws(DiskFailure) -> String {
        for aside in asides(of: file) where access(aside, F_OK) != 0 {
            guard rename(name(of: file), aside) == 0 else { throw failure("rename", file) }
            try syncFolder()
            return aside
        }
        throw DiskFailure("rename \(name(of: file))", code: EEXIST)
    }

    package func lastSetAside(_ file: StateFile) -> String? {
        asides(of: file).last { access($0, F_OK) == 0 }
    }

    private func asides(of file: StateFile) -> [String] { (1...999).map { "\(name(of: file)).damaged-\($0)" } }

    private func write(_ bytes: [UInt8], to descriptor: Int32, _ file: StateFile) throws(DiskFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", file) }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes names safe, as `fsync` of a file makes its bytes.
    private func syncFolder() throws(DiskFailure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DiskFailure("open \(path)", code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw DiskFailure("sync \(path)", code: errno) }
    }

    private func name(of file: StateFile) -> String { "\(path)/\(file.rawValue)" }

    private func failure(_ step: String, _ file: StateFile) -> DiskFailure {
        DiskFailure("\(step) \(name(of: file))", code: errno)
    }
}
