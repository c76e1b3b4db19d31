import PlainHTTP

extension NetworkAddress {
    var endpoint: HTTPEndpoint { HTTPEndpoint(host: host, port: Int(port)) }
}
