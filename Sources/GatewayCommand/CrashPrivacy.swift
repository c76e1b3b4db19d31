import Glibc

/// Keeps secrets from getting out by a crash.
///
/// The memory of this process holds keys and passwords. A core file is a copy of it, and Swift's backtraces, where
/// `SWIFT_BACKTRACE` turns them on, show the memory that the registers point to. What remains of a crash is Swift's own line with
/// the place in the source, and the signal.
enum CrashPrivacy {
    static func begin() {
        // By the kernel's rule 1 stands for neither a file nor a program to pipe to, where 0 still calls the program.
        var none = rlimit(rlim_cur: 1, rlim_max: 1)
        if setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) != 0 {
            none.rlim_max = 0
            none.rlim_cur = 0
            setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        }
        leaveMemoryOut()
        for crash in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] { signal(crash, SIG_DFL) }
    }
    /// Where a limit of 0 was set from outside, that program is called; what it is given has nothing of the memory in it then.
    private static func leaveMemoryOut() {
        let filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)
        guard filter >= 0 else { return }
        _ = write(filter, "0", 1)
        close(filter)
    }
}
