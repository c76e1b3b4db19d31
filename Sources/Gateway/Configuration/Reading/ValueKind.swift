/// How the text of a scalar becomes a value, and what a right one looks like.
struct ValueKind<Value> {
    let example: String
    let parse: (_ text: String) throws(ValueMistake) -> Value

    init(example: String, parse: @escaping (_ text: String) throws(ValueMistake) -> Value) {
        self.example = example
        self.parse = parse
    }

    /// The same kind with an example that suits the key.
    func example(_ example: String) -> ValueKind { ValueKind(example: example, parse: parse) }

    /// Makes more of the value.
    func map<Other>(_ transform: @escaping (Value) throws(ValueMistake) -> Other) -> ValueKind<Other> {
        let parse = parse
        return ValueKind<Other>(example: example) { text throws(ValueMistake) in try transform(try parse(text)) }
    }
}

/// What is wrong with a value: ends the sentence that its key begins.
///
/// Never carries the value.
struct ValueMistake: Error, Hashable {
    let reason: String
    /// What to do; nil where an example says it all.
    var remedy: String?
}
