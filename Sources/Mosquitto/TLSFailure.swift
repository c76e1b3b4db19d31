/// Why no TLS came about with the broker, by what its owner has to change.
package enum TLSFailure: Hashable, Sendable, CustomStringConvertible {
    /// The broker's certificate is not signed by an authority that we trust.
    case unknownAuthority
    case certificateExpired
    case certificateNotYetValid
    /// The broker's certificate is for another name than the one we call it by.
    case wrongName
    /// Our file of authorities holds none.
    case caFileUnusable
    case clientCertificateUnusable
    /// It is encrypted, is no key, or belongs to another certificate.
    case clientKeyUnusable
    /// The broker wants a certificate of ours, and we have none to show.
    case clientCertificateMissing
    /// The broker does not take the certificate that we show.
    case clientCertificateRefused
    /// What answers there does not speak TLS.
    case notTLS
    /// The broker speaks other versions of TLS only.
    case noCommonVersion
    /// In the words of OpenSSL, which name no secret.
    case other(String)

    package var description: String {
        switch self {
        case .unknownAuthority: "the broker's certificate is not signed by an authority that we trust"
        case .certificateExpired: "the broker's certificate has expired"
        case .certificateNotYetValid: "the broker's certificate is not valid yet"
        case .wrongName: "the broker's certificate is for another name"
        case .caFileUnusable: "the file of authorities holds no certificate"
        case .clientCertificateUnusable: "the client certificate cannot be used"
        case .clientKeyUnusable: "the private key is encrypted, is no key, or belongs to another certificate"
        case .clientCertificateMissing: "the broker wants a client certificate"
        case .clientCertificateRefused: "the broker does not accept the client certificate"
        case .notTLS: "what answers there does not speak TLS"
        case .noCommonVersion: "the broker speaks other versions of TLS only"
        case .other(let text): text
        }
    }
}

/// Gathers what is said during one handshake.
struct TLSDiagnosis {
    private var found: TLSFailure?
    private var text: String?

    /// Takes in a line of libmosquitto.
    ///
    /// - Parameters:
    ///   - line: as it was logged.
    ///   - verifyResult: what OpenSSL had against the broker's certificate then (`X509_V_ERR_…`), 0 for nothing.
    mutating func note(_ line: String, verifyResult: Int) {
        if line.hasPrefix("OpenSSL Error"), text == nil { text = Self.reason(in: line) }
        if found == nil { found = Self.failure(line, verifyResult) }
    }

    /// What it was, if it was anything.
    ///
    /// With a client certificate the broker has seen one of ours. Refused by the peer: the handshake was right from our side,
    /// and then the broker ended it.
    func failure(hasClientCertificate: Bool, isRefusedByPeer: Bool) -> TLSFailure? {
        switch found {
        case .clientCertificateMissing where hasClientCertificate: return .clientCertificateRefused
        case let found?: return found
        case nil: break
        }
        if let text { return .other(text) }
        // The alert that says why is lost when the broker closes before we have read it. All that it can have to say once
        // the handshake is right for us is that it does not like what we showed.
        guard isRefusedByPeer else { return nil }
        return hasClientCertificate ? .clientCertificateRefused : .clientCertificateMissing
    }

    private static func failure(_ line: String, _ verifyResult: Int) -> TLSFailure? {
        if line.contains("host name verification failed") { return .wrongName }
        if line.contains("Unable to load CA certificates") { return .caFileUnusable }
        if line.contains("Unable to load client certificate") { return .clientCertificateUnusable }
        if line.contains("Unable to load client key") || line.contains("certificate/key are inconsistent") {
            return .clientKeyUnusable
        }
        guard let reason = reason(in: line) else { return nil }
        if reason.contains("certificate verify failed") { return failure(verifyResult) }
        if let alert = alert(in: reason) { return failure(alert: alert) }
        let speaksNoTLS = ["wrong version number", "unexpected eof", "packet length too long", "http request"]
        if speaksNoTLS.contains(where: reason.contains) { return .notTLS }
        if reason.contains("unsupported protocol") { return .noCommonVersion }
        return nil
    }

    /// By the numbers of OpenSSL's `x509_vfy.h`.
    private static func failure(_ verifyResult: Int) -> TLSFailure? {
        switch verifyResult {
        case 9: .certificateNotYetValid
        case 10: .certificateExpired
        case 2, 7, 18, 19, 20, 21, 24, 27, 79: .unknownAuthority
        case 62, 64: .wrongName
        default: nil
        }
    }

    private static func failure(alert: Substring) -> TLSFailure? {
        switch alert {
        case "certificate required", "handshake failure": .clientCertificateMissing
        case "bad certificate", "unknown ca", "certificate unknown", "certificate expired", "certificate revoked",
            "unsupported certificate", "access denied":
            .clientCertificateRefused
        case "protocol version": .noCommonVersion
        default: nil
        }
    }

    /// What follows the last colon of `OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed`.
    private static func reason(in line: String) -> String? {
        guard line.hasPrefix("OpenSSL Error") else { return nil }
        return line.split(separator: ":").last.map(String.init)
    }

    /// What the broker said: `tlsv13 alert certificate required` is `certificate required`.
    private static func alert(in reason: String) -> Substring? {
        let words = reason.split(separator: " ")
        guard let index = words.firstIndex(of: "alert"), let first = words[(index + 1)...].first else { return nil }
        return reason[first.startIndex...]
    }
}
