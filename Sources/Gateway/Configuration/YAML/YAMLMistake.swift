/// Why a text, or one place in it, is not the plain YAML that is read here.
///
/// Never carries the text.
struct YAMLMistake: Error, Hashable {
    let position: FilePosition
    let reason: String
    let remedy: String
}
