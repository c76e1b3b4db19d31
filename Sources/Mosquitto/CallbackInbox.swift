/// What libmosquitto has called back with since it was last asked.
///
/// Callbacks run inside the library, on the one thread that calls it. They copy, append and return; the reactor empties
/// the inbox as soon as the library's function has returned.
final class CallbackInbox {
    enum Item {
        /// The reason of the CONNACK; 0 is success.
        case connected(reason: Int32)
        /// A code of the library, or the reason of the broker's DISCONNECT (128 and above).
        case disconnected(code: Int32)
        case message(InboundMessage)
        case acknowledged(id: Int32, reason: Int32)
        case subscribed(id: Int32, reasons: [Int32])
        case log(String)
    }

    private var items: [Item] = []

    func append(_ item: Item) { items.append(item) }

    func takeAll() -> [Item] {
        defer { items.removeAll(keepingCapacity: true) }
        return items
    }
}
