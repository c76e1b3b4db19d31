/// What libmosquitto has called back with since it was last asked.
///
/// Callbacks run inside the library, on the one thread that calls it. They copy, append and return; the reactor empties
/// the inbox as soon as the library's function has returned.
final class CallbackInbox {
    enum Item {
        /// The reason of the CONNACK, 0 is success; and whether the broker keeps retained messages.
        case connected(reason: Int32, retains: Bool)
        /// A code of the library, or the reason of the broker's DISCONNECT (128 and above).
        case disconnected(code: Int32)
        case message(InboundMessage)
        case acknowledged(id: Int32, reason: Int32)
        case subscribed(id: Int32, reasons: [Int32])
        /// A line of the library, and what was known against the broker's certificate then (`X509_V_ERR_…`, 0: nothing).
        case log(String, verifyResult: Int)
    }

    private var items: [Item] = []

    func append(_ item: Item) { items.append(item) }

    func takeAll() -> [Item] {
        defer { items.removeAll(keepingCapacity: true) }
        return items
    }
}
