import GatewayTestSupport
import Glibc
import Testing

extension Soak {
    /// Brings trouble; what lasts, lasts until ``recover()``.
    ///
    /// What concerns one connection concerns the one at this place, after so many bytes.
    mutating func begin(_ fault: Fault, at place: Int, bytes: Int) async {
        present = fault
        switch fault {
        case .cutOne:
            book.trouble.faults += 1
            relay.cutOne(place)
            present = nil
        case .cutAll:
            book.trouble.faults += 1
            relay.cutAll()
            present = nil
        case .cutInPacket:
            book.trouble.faults += 1
            relay.cutOne(place, .afterBytes(bytes))
        case .loseAcknowledgements:
            book.trouble.faults += 1
            relay.mute()
        case .away:
            book.trouble.faults += 1
            relay.close()
            relay.cutAll()
        case .awayBehindProxy:
            book.trouble.faults += 1
            relay.shut()
            relay.cutAll()
            // So often that the sessions wonder what they are talking to.
            let enough = relay.turnedAway + 5 + place % 10
            await eventually("\(name): the sessions knock") { relay.turnedAway >= enough }
        case .killAndLose, .killAndKeep, .endAndKeep, .endAndLose:
            relay.close()
            if fault.kills { await broker.kill() } else { await broker.stop() }
            await eventually("\(name): the broker is missed") { !recorder.isListening }
            book.brokerEnded()
        }
    }

    /// Ends the trouble: whoever was away is there, and connections can be had.
    mutating func recover() async {
        guard let fault = present else { return }
        present = nil
        // What was to end and has not, ends now.
        relay.cutCrippled()
        guard fault.shutsOut else { return }
        if fault.endsBroker {
            if fault.losesStore { unlink("\(broker.folder.path)/mosquitto.db") }
            do { try await broker.start() } catch { Issue.record("\(name): \(error)") }
            await eventually("\(name): the recorder listens again") { recorder.isListening }
        }
        relay.open()
    }
}
