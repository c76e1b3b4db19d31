/// A word as a shell takes it: as it is, or in quotes.
struct ShellWord: CustomStringConvertible {
    let description: String

    init(_ text: String) {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || "/._-+:,@".unicodeScalars.contains(scalar))
            }
        description = isPlain ? text : "'\(text.replacing("'", with: #"'\''"#))'"
    }
}
