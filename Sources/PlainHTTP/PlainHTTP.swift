// PlainHTTP
