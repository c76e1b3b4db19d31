import CMosquitto

/// The version of the libmosquitto that this process runs with, such as `2.0.11`.
package var libmosquittoVersion: String {
    var (major, minor, revision): (Int32, Int32, Int32) = (0, 0, 0)
    _ = unsafe mosquitto_lib_version(&major, &minor, &revision)
    return "\(major).\(minor).\(revision)"
}
