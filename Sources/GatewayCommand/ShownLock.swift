import LockDomain

/// The name of a lock as it was typed; a question mark for what cannot be one, for it may be a key.
struct ShownLock: CustomStringConvertible {
    let description: String

    init(_ typed: String) { description = LockID(typed)?.rawValue ?? "?" }
}
