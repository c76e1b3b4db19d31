/// Stands for a folder that could not be opened or read: nothing can be kept, and nothing that is there is touched.
struct UnavailableDisk: StateDisk {
    let failure: DiskFailure

    func read(_ file: StateFile) throws(DiskFailure) -> [UInt8]? { throw failure }
    func replace(_ file: StateFile, with bytes: [UInt8]) throws(DiskFailure) { throw failure }
    func append(_ bytes: [UInt8], to file: StateFile) throws(DiskFailure) { throw failure }
    func makeDurable(_ file: StateFile) throws(DiskFailure) { throw failure }
    func setAside(_ file: StateFile) throws(DiskFailure) -> String { throw failure }
    func lastSetAside(_ file: StateFile) -> String? { nil }
}
