// PlainHTTPTests
