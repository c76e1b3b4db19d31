import Glibc
import Testing

@testable import LocalNetwork

@Suite struct `A look for a host` {
    @Test func `finds the addresses that this machine knows`() async {
        let answer = await HostLookup(threads: .live).addresses(of: "localhost", within: .seconds(30))
        guard case .addresses(let addresses) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(addresses.contains("127.0.0.1"))
    }

    @Test func `does not wait for a name server that does not answer`() async {
        let never = HostLookup(threads: ThreadStarter { _ in true })
        #expect(await never.addresses(of: "bridge.example", within: .milliseconds(1)) == .silence)
        let without = HostLookup(threads: ThreadStarter { _ in false })
        #expect(await without.addresses(of: "bridge.example", within: .seconds(600)) == .silence)
    }

    @Test(arguments: [
        (EAI_NONAME, HostAnswer.unknown), (EAI_AGAIN, .silence), (EAI_FAIL, .silence), (EAI_SYSTEM, .silence),
    ])
    func `takes no silence for a name that does not exist`(code: Int32, answer: HostAnswer) {
        #expect(HostLookup.answer(to: code) == answer)
    }
}
