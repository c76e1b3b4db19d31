import FoundationEssentials
import Testing

@Suite(.serialized) struct `What goes to the broker` {
    @Test(arguments: Golden.all)
    func `is what it was, byte for byte`(golden: Golden) throws {
        if Golden.isUpdate { try golden.write() }
        let expected = String(decoding: try golden.expected, as: UTF8.self)
        #expect(String(decoding: golden.bytes, as: UTF8.self) == expected)
    }

    @Test func `is written down for every golden file, and none is left over`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Golden.directory.path)
        #expect(Set(files).subtracting(["README.md"]) == Set(Golden.all.map(\.name)))
    }
}
