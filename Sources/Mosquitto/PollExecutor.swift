import CMosquitto
import Glibc
import NIOConcurrencyHelpers

/// One thread that runs the jobs of its actor and, between jobs, waits for sockets on the actor's behalf.
///
/// The loops of libmosquitto are not used: they wait by `select`, which ends at descriptor 1024, and they end for good at
/// several kinds of refusal. Here the actor says what to wait for and is called back on the same thread.
final class PollExecutor: SerialExecutor {
    /// What to wait for until the next turn.
    struct Interest {
        var sockets: [pollfd]
        /// Absent: until a job comes or a socket is ready.
        var timeoutMilliseconds: Int32?
    }

    struct Hooks: Sendable {
        var interest: @Sendable () -> Interest
        /// Called after each wait, with the sockets as `poll` left them.
        var turn: @Sendable ([pollfd]) -> Void
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var hooks: Hooks?
        var isStopping = false
        var thread: pthread_t?
    }

    private let state = NIOLockedValueBox(State())
    private let wakeDescriptor = cmosquitto_eventfd()

    init() {
        var thread = pthread_t()
        // The thread keeps the executor alive; `stop()` ends it.
        let box = unsafe Unmanaged.passRetained(self)
        let started = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<PollExecutor>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        precondition(started == 0, "a thread for MQTT could not be started")
        pthread_detach(thread)
    }

    deinit { close(wakeDescriptor) }

    func install(_ hooks: Hooks) {
        state.withLockedValue { $0.hooks = hooks }
        wake()
    }

    /// Ends the thread once its jobs are done.
    ///
    /// Jobs that come later never run.
    func stop() {
        state.withLockedValue { $0.isStopping = true }
        wake()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLockedValue { $0.jobs.append(job) }
        wake()
    }

    func isIsolatingCurrentContext() -> Bool? {
        state.withLockedValue { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "called from outside the MQTT thread")
    }

    /// Ends the wait under way; callable from any thread.
    func wake() {
        var one: UInt64 = 1
        _ = unsafe write(wakeDescriptor, &one, 8)
    }

    private func run() {
        unsafe cmosquitto_name_thread("mqtt")
        state.withLockedValue { $0.thread = pthread_self() }
        while true {
            let (jobs, hooks, isStopping) = state.withLockedValue { state in
                defer { state.jobs = [] }
                return (state.jobs, state.hooks, state.isStopping)
            }
            for job in jobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
            guard jobs.isEmpty else { continue }
            if isStopping { return }
            wait(hooks)
        }
    }

    private func wait(_ hooks: Hooks?) {
        let interest = hooks?.interest() ?? Interest(sockets: [], timeoutMilliseconds: nil)
        var all = interest.sockets + [pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)]
        let ready = unsafe poll(&all, nfds_t(all.count), interest.timeoutMilliseconds ?? -1)
        if ready > 0, all.removeLast().revents != 0 {
            var count: UInt64 = 0
            _ = unsafe read(wakeDescriptor, &count, 8)
        } else if ready <= 0 {
            all.removeLast()
        }
        hooks?.turn(ready > 0 ? all : [])
    }
}
