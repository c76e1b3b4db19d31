import Glibc
package import Testing

/// A real avahi-daemon in a network of its own, which plays a bridge or another device.
package final class Avahi: Sendable {
    package static let requirement: Comment = "takes avahi-daemon (Debian: avahi-daemon), root, and the program ip"

    package static let isAvailable = Namespace.isAvailable && access("/usr/sbin/avahi-daemon", X_OK) == 0

    private let folder = TemporaryFolder()
    private let process: ChildProcess

    /// Starts it and returns once it answers.
    ///
    /// - Parameters:
    ///   - host: its host name, without `.local`.
    ///   - instance: the name of its web service.
    ///   - namespace: where it runs.
    ///   - interface: where it answers.
    /// - Throws: when it cannot be started.
    package init(host: String, instance: String, in namespace: Namespace, on interface: String = "far0") async throws {
        let configuration = folder.write(
            """
            [server]
            host-name=\(host)
            allow-interfaces=\(interface)
            enable-dbus=no
            [publish]
            publish-hinfo=no
            publish-workstation=no

            """,
            to: "avahi.conf"
        )
        let service = folder.write(
            """
            <?xml version="1.0" standalone="no"?>
            <!DOCTYPE service-group SYSTEM "avahi-service.dtd">
            <service-group><name>\(instance)</name>
            <service><type>_http._tcp</type><port>80</port></service>
            </service-group>

            """,
            to: "bridge.service"
        )
        let log = "\(folder.path)/log"
        // Its own /run and services, so that it meets no other avahi of this machine; its life is limited in case that
        // nobody is left to end it.
        let script = """
            mount -t tmpfs none /run && mkdir -p /run/avahi-daemon && mount -t tmpfs none /etc/avahi/services &&
            cp '\(service)' /etc/avahi/services/ &&
            exec timeout 180 avahi-daemon -f '\(configuration)' --no-drop-root --no-chroot --no-rlimits
            """
        process = try await namespace.start("unshare", ["-m", "sh", "-c", script], output: log)
        await eventually("avahi has looked whether its names are free") {
            TemporaryFolder.read(log).contains("successfully established")
        }
    }

    deinit { end() }

    /// Ends it with all it started, before it can say goodbye.
    package func losePower() {
        Glibc.kill(-process.identifier, SIGKILL)
        process.wait()
    }

    /// Ends it, and returns once it has said goodbye.
    package func end() {
        process.send(SIGTERM)
        process.wait()
    }
}
