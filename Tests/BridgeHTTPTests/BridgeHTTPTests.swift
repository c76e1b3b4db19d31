// BridgeHTTPTests
