import GatewayTestSupport
import Glibc
import Testing

/// What a router does with packets.
extension Namespace {
    static let filterRequirement: Comment = "takes the program nft (Debian: nftables), and a kernel with nf_tables"

    static let hasFilters = ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"].contains { (path: String) in
        access(path, X_OK) == 0
    }

    /// Adds a rule to a chain of that kind.
    func filter(_ kind: String, _ rule: String) async throws {
        let chain = "c\(kind.split(separator: " ")[3])"
        _ = try await output(
            of: "nft",
            ["add table inet home; add chain inet home \(chain) { \(kind) }; add rule inet home \(chain) \(rule)"]
        )
    }

    /// Lets everything pass again.
    func endFilters() async throws { _ = try await output(of: "nft", ["flush ruleset"]) }
}
