import CMosquitto
import Glibc

/// Owns a list of MQTT 5 properties in the library's form.
@safe struct PropertyList: ~Copyable {
    private(set) var first: OpaquePointer?

    init(_ properties: MessageProperties) {
        unsafe first = nil
        if let expiry = properties.expiry {
            let seconds = UInt32(clamping: expiry.components.seconds)
            unsafe mosquitto_property_add_int32(&first, Int32(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.rawValue), seconds)
        }
        if let topic = properties.responseTopic {
            unsafe mosquitto_property_add_string(&first, Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue), topic)
        }
        if let data = properties.correlationData {
            unsafe data.withUnsafeBytes { bytes in
                _ = unsafe mosquitto_property_add_binary(
                    &first,
                    Int32(MQTT_PROP_CORRELATION_DATA.rawValue),
                    bytes.baseAddress,
                    UInt16(clamping: bytes.count)
                )
            }
        }
        if let type = properties.contentType {
            unsafe mosquitto_property_add_string(&first, Int32(MQTT_PROP_CONTENT_TYPE.rawValue), type)
        }
        for property in properties.userProperties {
            unsafe mosquitto_property_add_string_pair(
                &first,
                Int32(MQTT_PROP_USER_PROPERTY.rawValue),
                property.name,
                property.value
            )
        }
    }

    deinit {
        var list = unsafe first
        unsafe mosquitto_property_free_all(&list)
    }

    /// The library owns the list now.
    mutating func releaseToLibrary() { unsafe first = nil }
}

extension MessageProperties {
    /// Copies what we use out of a list that belongs to the library.
    init(copying list: OpaquePointer?) {
        self.init()
        guard let list = unsafe list else { return }
        var seconds: UInt32 = 0
        if unsafe mosquitto_property_read_int32(
            list,
            Int32(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.rawValue),
            &seconds,
            false
        )
            != nil
        {
            expiry = .seconds(Int64(seconds))
        }
        unsafe responseTopic = Self.text(MQTT_PROP_RESPONSE_TOPIC, in: list)
        unsafe contentType = Self.text(MQTT_PROP_CONTENT_TYPE, in: list)
        unsafe correlationData = Self.binary(MQTT_PROP_CORRELATION_DATA, in: list)
        unsafe userProperties = Self.pairs(in: list)
    }

    /// What a CONNACK says of retained messages.
    static func retainIsAvailable(_ list: OpaquePointer?) -> Bool {
        guard let list = unsafe list else { return true }
        var flag: UInt8 = 1
        _ = unsafe mosquitto_property_read_byte(list, Int32(MQTT_PROP_RETAIN_AVAILABLE.rawValue), &flag, false)
        return flag != 0
    }

    private static func text(_ property: mqtt5_property, in list: OpaquePointer) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard unsafe mosquitto_property_read_string(list, Int32(property.rawValue), &value, false) != nil,
            let value = unsafe value
        else { return nil }
        defer { unsafe free(value) }
        return unsafe String(cString: value)
    }

    private static func binary(_ property: mqtt5_property, in list: OpaquePointer) -> [UInt8]? {
        var value: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        guard unsafe mosquitto_property_read_binary(list, Int32(property.rawValue), &value, &count, false) != nil else {
            return nil
        }
        defer { unsafe free(value) }
        return unsafe Array(UnsafeRawBufferPointer(start: value, count: Int(count)))
    }

    private static func pairs(in list: OpaquePointer) -> [UserProperty] {
        var pairs: [UserProperty] = []
        var position: OpaquePointer? = unsafe list
        var isLater = false
        while let current = unsafe position {
            var name: UnsafeMutablePointer<CChar>?
            var value: UnsafeMutablePointer<CChar>?
            unsafe position = unsafe mosquitto_property_read_string_pair(
                current,
                Int32(MQTT_PROP_USER_PROPERTY.rawValue),
                &name,
                &value,
                isLater
            )
            isLater = true
            if let name = unsafe name, let value = unsafe value {
                unsafe pairs.append(UserProperty(String(cString: name), String(cString: value)))
            }
            unsafe free(name)
            unsafe free(value)
        }
        return pairs
    }
}
