/// The hardware addresses of machines on our links, as far as the kernel has learnt them.
///
/// Sends nothing: an address that nobody has spoken to lately is not there.
package struct NeighbourTable: Sendable {
    private let kernel: any RoutingKernel

    package init(kernel: any RoutingKernel) { self.kernel = kernel }

    /// The hardware address of a machine.
    ///
    /// - Parameter address: on one of our links; one without a zone is looked for on all.
    /// - Returns: absent when it is unknown, or when two links have different machines of that address.
    /// - Throws: when the kernel cannot be asked.
    package func hardwareAddress(of address: IPAddress) throws(KernelFailure) -> HardwareAddress? {
        let plain = address.on(zone: nil)
        let records = try kernel.messages(answering: .neighbours(address.family)).compactMap(NeighbourRecord.init)
        var known = records.filter { $0.address == plain && $0.isKnown }
        if let zone = address.zone {
            let links = try kernel.messages(answering: .links).compactMap(LinkRecord.init)
            let link = links.first { $0.name == zone } ?? links.first { String($0.index) == zone }
            known = known.filter { $0.interface == link?.index }
        }
        let found = Set(known.compactMap { HardwareAddress($0.hardwareAddress) })
        return found.count == 1 ? found.first : nil
    }
}
