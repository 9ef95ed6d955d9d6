import ArgumentParser
import JobEngine
import Platform

/// `producer expiry`
struct ExpiryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expiry",
        abstract: "Runs the sweep that expires unanswered applications, also past its guard.",
        subcommands: [Run.self]
    )

    /// `producer expiry run --force --reason …`
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enqueues a sweep now. A sweep that its guard has stopped goes on with --force.",
            discussion: "What would expire is told by a sweep with --dry-run: see `producer jobs show` with its id."
        )

        @Flag(help: "Report what would expire, and change nothing.") var dryRun = false
        @Flag(help: "Go on where the guard against a mass expiry would stop.") var force = false
        @Option(help: "Expire at most so many, the oldest first, 1 to 10000000.") var limit: Int64?
        @OptionGroup var options: ActOptions

        func validate() throws {
            let arguments: [String: JSONValue] = limit.map { ["limit": .integer($0)] } ?? [:]
            if let fault = ExpirySweep.faults(in: arguments).first {
                throw ValidationError("--limit: expected \(fault.expected).")
            }
        }

        func run() async throws {
            let sweep = ExpirySweep(dryRun: dryRun, limit: limit, force: force)
            try await OperatorCommand.run { ledger in
                Output.run(try await ledger.runExpirySweep(sweep, options.act), asJSON: options.json)
            }
        }
    }
}
