import CMosquitto
import Glibc

/// Owns one `struct mosquitto`, made for one attempt to connect and never used for another.
///
/// A handle that has lost its connection would send its unacknowledged messages again after the next one. A fresh handle
/// cannot: nothing stale is ever sent. All calls are made on the reactor's thread.
@safe struct MosquittoHandle: ~Copyable {
    private static let libraryIsReady: Bool = mosquitto_lib_init() == 0

    private let pointer: OpaquePointer
    // The library holds an unretained pointer to it, so it must outlive `pointer`.
    private let inbox: CallbackInbox

    /// Makes a handle that is ready to connect.
    static func make(
        _ configuration: SessionConfiguration,
        version: SessionConfiguration.ProtocolVersion,
        inbox: CallbackInbox
    ) throws(MosquittoError) -> MosquittoHandle {
        guard libraryIsReady, !configuration.clientID.isEmpty else { throw .invalid("the client id") }
        let userData = unsafe Unmanaged.passUnretained(inbox).toOpaque()
        guard let pointer = unsafe mosquitto_new(configuration.clientID, true, userData) else {
            throw .invalid("the client id")
        }
        let handle = unsafe MosquittoHandle(owning: pointer, inbox: inbox)
        try handle.configure(configuration, version: version)
        return handle
    }

    private init(owning pointer: OpaquePointer, inbox: CallbackInbox) {
        unsafe self.pointer = unsafe pointer
        self.inbox = inbox
        unsafe installCallbacks(on: pointer)
    }

    deinit {
        unsafe mosquitto_destroy(pointer)
    }

    private func configure(
        _ configuration: SessionConfiguration,
        version: SessionConfiguration.ProtocolVersion
    ) throws(MosquittoError) {
        let number = version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        unsafe mosquitto_int_option(pointer, MOSQ_OPT_PROTOCOL_VERSION, number)
        unsafe mosquitto_int_option(pointer, MOSQ_OPT_TCP_NODELAY, 1)
        if let username = configuration.username {
            try check(unsafe mosquitto_username_pw_set(pointer, username, configuration.password?.text))
        }
        if let tls = configuration.tls { try configure(tls) }
        if let will = configuration.will { try set(will, version: version) }
    }

    private func configure(_ tls: SessionConfiguration.TLS) throws(MosquittoError) {
        for path in [tls.caFile, tls.certificateFile, tls.privateKeyFile].compactMap({ $0 }) {
            guard unsafe access(path, R_OK) == 0 else { throw .unreadableFile(path) }
        }
        let systemCertificates = tls.caFile == nil ? "/etc/ssl/certs" : nil
        let code = unsafe mosquitto_tls_set(
            pointer,
            tls.caFile,
            systemCertificates,
            tls.certificateFile,
            tls.privateKeyFile,
            { unsafe cmosquitto_no_passphrase($0, $1, $2, $3) }
        )
        guard code == 0 else { throw .tls(.caFileUnusable) }
        try check(unsafe mosquitto_tls_opts_set(pointer, 1, nil, nil))
    }

    private func set(_ will: OutboundMessage, version: SessionConfiguration.ProtocolVersion) throws(MosquittoError) {
        // The library takes the property list over when it succeeds.
        var properties = PropertyList(version == .v5 ? will.properties : MessageProperties())
        let code = unsafe will.payload.withUnsafeBytes { bytes in
            unsafe mosquitto_will_set_v5(
                pointer,
                will.topic,
                Int32(bytes.count),
                bytes.baseAddress,
                will.qos.rawValue,
                will.isRetained,
                properties.first
            )
        }
        try check(code)
        properties.releaseToLibrary()
    }
}

// MARK: - Calls

extension MosquittoHandle {
    /// Starts to connect.
    ///
    /// Blocks for the look-up of a name, so give it an address or a name just looked up.
    func connect(host: String, port: UInt16, keepAlive: Duration) throws(MosquittoError) {
        let seconds = Int32(clamping: keepAlive.components.seconds)
        let code = unsafe mosquitto_connect_async(pointer, host, Int32(port), seconds)
        let error = errno
        guard code != 0 else { return }
        if code == MOSQ_ERR_EAI.rawValue { throw .nameNotFound }
        if code == MOSQ_ERR_ERRNO.rawValue {
            throw error == ECONNREFUSED ? .connectionRefused : .connectFailed(errno: error)
        }
        throw .library(code)
    }

    /// -1 while there is no connection.
    var socket: Int32 { unsafe mosquitto_socket(pointer) }

    var wantsToWrite: Bool { unsafe mosquitto_want_write(pointer) }

    /// Reads what is there.
    ///
    /// Returns the library's code; callbacks have been run.
    func read() -> Int32 { unsafe mosquitto_loop_read(pointer, 1) }

    func write() -> Int32 { unsafe mosquitto_loop_write(pointer, 1) }

    /// Sends pings and notices their absence.
    func keepAlive() -> Int32 { unsafe mosquitto_loop_misc(pointer) }

    /// Hands a message over; returns the id that its acknowledgement will carry.
    func publish(
        _ message: OutboundMessage,
        version: SessionConfiguration.ProtocolVersion
    ) throws(MosquittoError) -> Int32 {
        let properties = PropertyList(version == .v5 ? message.properties : MessageProperties())
        var id: Int32 = 0
        let code = unsafe message.payload.withUnsafeBytes { bytes in
            unsafe mosquitto_publish_v5(
                pointer,
                &id,
                message.topic,
                Int32(bytes.count),
                bytes.baseAddress,
                message.qos.rawValue,
                message.isRetained,
                properties.first
            )
        }
        try checkRequest(code)
        return id
    }

    func subscribe(
        _ subscription: Subscription,
        version: SessionConfiguration.ProtocolVersion
    ) throws(MosquittoError) -> Int32 {
        var options: Int32 = 0
        if version == .v5 {
            options = subscription.retainHandling.rawValue << 4
            if subscription.noLocal { options |= 4 }
            if subscription.retainAsPublished { options |= 8 }
        }
        var id: Int32 = 0
        try checkRequest(
            unsafe mosquitto_subscribe_v5(pointer, &id, subscription.filter, subscription.qos.rawValue, options, nil)
        )
        return id
    }

    /// Says goodbye, so that the broker drops the will.
    func disconnect() { _ = unsafe mosquitto_disconnect_v5(pointer, 0, nil) }

    /// What the library says to a publish or subscribe.
    private func checkRequest(_ code: Int32) throws(MosquittoError) {
        switch code {
        // The connection broke while this was written, before the loop could hear of it.
        case MOSQ_ERR_CONN_LOST.rawValue, MOSQ_ERR_ERRNO.rawValue: throw .mayHaveBeenDelivered
        default: try check(code)
        }
    }

    private func check(_ code: Int32) throws(MosquittoError) {
        switch code {
        case 0: return
        case MOSQ_ERR_NO_CONN.rawValue: throw .notConnected
        case MOSQ_ERR_OVERSIZE_PACKET.rawValue, MOSQ_ERR_PAYLOAD_SIZE.rawValue: throw .packetTooLarge
        case MOSQ_ERR_QOS_NOT_SUPPORTED.rawValue: throw .publishRefused(reason: 155)
        case MOSQ_ERR_RETAIN_NOT_SUPPORTED.rawValue: throw .publishRefused(reason: 154)
        case MOSQ_ERR_MALFORMED_UTF8.rawValue: throw .invalid("the UTF-8 of a topic or property")
        case MOSQ_ERR_INVAL.rawValue: throw .invalid("an argument to libmosquitto")
        default: throw .library(code)
        }
    }
}

// MARK: - Callbacks

private func installCallbacks(on pointer: OpaquePointer) {
    unsafe mosquitto_connect_v5_callback_set(pointer) { _, data, reason, _, properties in
        let retains = unsafe MessageProperties.retainIsAvailable(properties)
        unsafe inbox(data).append(.connected(reason: reason, retains: retains))
    }
    unsafe mosquitto_disconnect_v5_callback_set(pointer) { _, data, code, _ in
        unsafe inbox(data).append(.disconnected(code: code))
    }
    unsafe mosquitto_publish_v5_callback_set(pointer) { _, data, id, reason, _ in
        unsafe inbox(data).append(.acknowledged(id: id, reason: reason))
    }
    unsafe mosquitto_subscribe_v5_callback_set(pointer) { _, data, id, count, granted, _ in
        let reasons = (0..<Int(count)).map { unsafe granted?[$0] ?? 128 }
        unsafe inbox(data).append(.subscribed(id: id, reasons: reasons))
    }
    unsafe mosquitto_log_callback_set(pointer) { handle, data, _, text in
        guard let text = unsafe text else { return }
        let verifyResult = unsafe handle.map { unsafe cmosquitto_verify_result($0) } ?? 0
        unsafe inbox(data).append(.log(String(cString: text), verifyResult: verifyResult))
    }
    unsafe mosquitto_message_v5_callback_set(pointer) { _, data, message, properties in
        guard let message = unsafe message?.pointee, let topic = unsafe message.topic else { return }
        let payload = unsafe UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
        unsafe inbox(data).append(
            .message(
                InboundMessage(
                    topic: String(cString: topic),
                    payload: Array(payload),
                    qos: message.qos,
                    isRetained: message.retain,
                    properties: MessageProperties(copying: properties)
                )
            )
        )
    }
}

private func inbox(_ data: UnsafeMutableRawPointer?) -> CallbackInbox {
    guard let data = unsafe data else { preconditionFailure("libmosquitto lost its user data") }
    return unsafe Unmanaged<CallbackInbox>.fromOpaque(data).takeUnretainedValue()
}
