import Glibc

/// Why the kernel did not answer a question.
package enum KernelFailure: Error, Hashable, Sendable {
    /// It said no, with this errno.
    case refused(Int32)
    /// No netlink socket could be had or used, with this errno; seldom more than a sandbox that forbids it.
    case unusable(Int32)
    /// The answer changed while it was being given, several times over.
    case unsteady
}

/// Answers questions about links, addresses, routes and neighbours.
package protocol RoutingKernel: Sendable {
    /// The datagrams that answer one netlink request, in order.
    ///
    /// - Parameters:
    ///   - request: what is asked.
    ///   - sequence: its number, which every part of the answer bears.
    /// - Returns: whole datagrams as the kernel sent them.
    /// - Throws: when no answer can be had; a refusal is an answer.
    func answer(to request: NetlinkRequest, sequence: UInt32) throws(KernelFailure) -> [[UInt8]]
}

extension RoutingKernel {
    /// The messages that answer a request, without those that only end the answer.
    func messages(answering request: NetlinkRequest) throws(KernelFailure) -> [NetlinkMessage] {
        for sequence: UInt32 in 1...4 {
            let datagrams = try answer(to: request, sequence: sequence)
            let messages = datagrams.flatMap(NetlinkMessage.all).filter { $0.sequence == sequence }
            for message in messages {
                if let number = message.errorNumber, number != 0 { throw .refused(number) }
            }
            if messages.contains(where: { $0.flags & Netlink.Flag.interrupted != 0 }) { continue }
            return messages.filter { $0.type > Netlink.MessageType.overrun }
        }
        throw .unsteady
    }
}

/// The kernel of this machine, asked over a netlink socket that lives as long as the question.
///
/// The kernel answers at once from its own tables: nothing here waits for the network.
package struct LiveRoutingKernel: RoutingKernel {
    /// Room for one datagram; the kernel fills at most 32 KiB of it.
    private static let room = 64 * 1024
    /// Datagrams that one answer may have: far more addresses and neighbours than a home has.
    private static let mostDatagrams = 4096

    package init() {}

    package func answer(to request: NetlinkRequest, sequence: UInt32) throws(KernelFailure) -> [[UInt8]] {
        let socket = try Descriptor.netlink(groups: 0)
        let bytes = request.encoded(sequence: sequence)
        guard unsafe send(socket.number, bytes, bytes.count, 0) == bytes.count else { throw .unusable(errno) }
        var datagrams: [[UInt8]] = []
        while datagrams.count < Self.mostDatagrams {
            let datagram = try Self.receive(from: socket)
            datagrams.append(datagram)
            let isOver = NetlinkMessage.all(in: datagram).contains { message in
                message.sequence == sequence
                    && (!request.isDump || message.type == Netlink.MessageType.done || message.errorNumber != nil)
            }
            if isOver { return datagrams }
        }
        throw .unsteady
    }

    private static func receive(from socket: borrowing Descriptor) throws(KernelFailure) -> [UInt8] {
        while true {
            switch socket.receiveNetlink(room: room) {
            case .datagram(let bytes): return bytes
            case .foreign: continue
            case .failure(EINTR): continue
            case .failure(let number): throw .unusable(number)
            }
        }
    }
}
