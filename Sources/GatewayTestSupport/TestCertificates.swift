/// Certificates for one test, made by openssl in a folder: two authorities, those of a broker and those of a client.
///
/// `ca.pem` signs `server.pem` (for `localhost`), `expired.pem`, `other-name.pem`, `client.pem` and `expired-client.pem`;
/// `other-ca.pem` signs `stranger.pem`. Keys: `server.key`, `client.key`, and `encrypted.key`, which is the client's under a
/// pass phrase.
package enum TestCertificates {
    /// Makes them.
    ///
    /// - Throws: when openssl is not installed.
    package static func make(in folder: TemporaryFolder) async throws {
        let script = """
            set -e; cd \(folder.path)
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca
            openssl req -x509 -newkey rsa:2048 -nodes -keyout other-ca.key -out other-ca.pem -days 2 -subj /CN=other-ca
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
            openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj /CN=client
            openssl rsa -aes256 -passout pass:canary -in client.key -out encrypted.key
            printf 'subjectAltName=DNS:localhost' > localhost
            printf 'subjectAltName=DNS:elsewhere.test' > elsewhere
            printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\nnew_certs_dir=.\\nserial=serial\\ndefault_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' > ca.conf
            : > index; echo 10 > serial
            by_ca() { openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "$@"; }
            long_ago() {
                openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -notext \
                    -startdate 200101000000Z -enddate 200102000000Z "$@"
            }
            by_ca -in server.csr -out server.pem -extfile localhost
            by_ca -in server.csr -out other-name.pem -extfile elsewhere
            by_ca -in client.csr -out client.pem
            long_ago -in server.csr -out expired.pem -extfile localhost
            long_ago -in client.csr -out expired-client.pem
            openssl x509 -req -in client.csr -CA other-ca.pem -CAkey other-ca.key -CAcreateserial -days 2 -out stranger.pem
            """
        let output = "\(folder.path)/openssl.log"
        guard await (try ChildProcess("bash", ["-c", script], output: output)).ended() == 0 else {
            throw CertificateFailure(log: TemporaryFolder.read(output))
        }
    }
}

package struct CertificateFailure: Error, CustomStringConvertible {
    let log: String

    package var description: String { "openssl could not make the certificates:\n\(log)" }
}
