import Gateway
import Glibc

extension ProgressLine {
    /// On the standard error of this process.
    static func live() -> ProgressLine {
        ProgressLine(isTerminal: isatty(STDERR_FILENO) == 1, time: .live()) { text in
            var standardError = StandardError()
            print(text, terminator: "", to: &standardError)
        }
    }
}
