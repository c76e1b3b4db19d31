import ArgumentParser
import Gateway
import Glibc
import LockDomain
import PlainHTTP

/// Finds out what is wrong between a lock and its owner.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything between the locks and the broker, and say what to do about each fault.",
        discussion: """
            Looks at the configuration, this machine, the broker, the running gateway, and each lock's bridge and \
            webhooks. Changes nothing: no lock moves, no state is published, no webhook registered, no file made. Works \
            with and without a running gateway; run it on the gateway's machine, as the gateway's user.

            --json prints one document with the keys version, verdict (ok, warning, failed), exit_code, counts and \
            checks; each of checks has check, lock, verdict (ok, warning, failed, skipped), evidence and remedy.

            EXAMPLES
              loqed-gateway doctor
              loqed-gateway doctor front_door --json
              sudo -u loqed-gateway loqed-gateway doctor

            Exit codes: 0 nothing failed (there may be warnings), 64 called wrongly; else the worst of 78 the \
            configuration has mistakes, 66 it cannot be read, 77 a key, login or right is not accepted, 73 something \
            cannot be written, 65 something does not answer as it should, 69 something cannot be reached.
            """
    )

    @OptionGroup var source: ConfigurationOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    @Argument(help: ArgumentHelp("The locks; all when none is named.", valueName: "lock"))
    var locks: [String] = []

    func run() async throws {
        let environment = LaunchEnvironment.live()
        let threads = HTTPThreads()
        let progress = ProgressLine.live()
        let doctor = Doctor(
            source.file(in: environment),
            in: environment,
            commands: WebhookCommandLine(options: source.config.map { ["--config", $0] } ?? []),
            threads: threads,
            time: .live(),
            name: String(UInt64.random(in: 0...UInt64.max), radix: 36),
            progress: { progress.now($0) }
        )
        let locks = locks
        let result: Result<DoctorReport, Doctor.UnknownLock> = await progress.shown {
            do throws(Doctor.UnknownLock) {
                return .success(try await doctor.examine(locks))
            } catch {
                return .failure(error)
            }
        }
        try? await threads.shutDown()
        switch result {
        case .failure(let unknown):
            var standardError = StandardError()
            print(
                "\(ShownLock(unknown.name)): is not a lock of the configuration\n"
                    + "    Locks there: \(unknown.known.joined(separator: ", "))",
                to: &standardError
            )
            throw ExitCode(EX_USAGE)
        case .success(let report):
            StandardOutput.show(json ? report.jsonText : report.text(style: .live()))
            if report.exitCode != 0 { throw ExitCode(report.exitCode) }
        }
    }
}
