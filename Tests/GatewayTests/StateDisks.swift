import Glibc
import NIOConcurrencyHelpers

@testable import Gateway

/// A disk that can be looked into, and that fails when it is told to.
final class MemoryDisk: StateDisk {
    enum Call: Hashable, Sendable {
        case replace(StateFile)
        case append(StateFile)
        case makeDurable(StateFile)
    }

    private struct State {
        var files: [StateFile: [UInt8]] = [:]
        var aside: [String] = []
        var calls: [Call] = []
        var failure: DiskFailure?
    }

    private let state: NIOLockedValueBox<State>
    /// 1 while it hangs.
    private let hanging = ConditionLock(value: 0)

    init(_ files: [StateFile: [UInt8]] = [:]) { state = NIOLockedValueBox(State(files: files)) }

    var calls: [Call] { state.withLockedValue { $0.calls } }
    var aside: [String] { state.withLockedValue { $0.aside } }

    subscript(file: StateFile) -> [UInt8]? { state.withLockedValue { $0.files[file] } }

    func text(_ file: StateFile) -> String { String(decoding: self[file] ?? [], as: UTF8.self) }

    func fails(_ code: Int32?) { state.withLockedValue { $0.failure = code.map { DiskFailure("write", code: $0) } } }

    /// Nothing comes back from a call until it is well again.
    func hangs(_ isHanging: Bool) {
        hanging.lock()
        hanging.unlock(withValue: isHanging ? 1 : 0)
    }

    func read(_ file: StateFile) throws(DiskFailure) -> [UInt8]? { self[file] }

    func replace(_ file: StateFile, with bytes: [UInt8]) throws(DiskFailure) {
        try call(.replace(file)) { $0.files[file] = bytes }
    }

    func append(_ bytes: [UInt8], to file: StateFile) throws(DiskFailure) {
        try call(.append(file)) { $0.files[file, default: []] += bytes }
    }

    func makeDurable(_ file: StateFile) throws(DiskFailure) { try call(.makeDurable(file)) { _ in } }

    func setAside(_ file: StateFile) throws(DiskFailure) -> String {
        state.withLockedValue { state in
            let name = "\(file.rawValue).damaged-\(state.aside.count + 1)"
            state.aside.append(name)
            state.files[file] = nil
            return name
        }
    }

    func lastSetAside(_ file: StateFile) -> String? { aside.last { $0.hasPrefix(file.rawValue) } }

    private func call(_ call: Call, _ change: (inout State) -> Void) throws(DiskFailure) {
        let failure: DiskFailure? = state.withLockedValue { state in
            state.calls.append(call)
            if state.failure == nil { change(&state) }
            return state.failure
        }
        hanging.lock(whenValue: 0)
        hanging.unlock()
        if let failure { throw failure }
    }
}
