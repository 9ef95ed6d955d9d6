import ArgumentParser
import JobEngine

/// `producer audit`
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Shows what operators did: who, when, what, and why.",
        subcommands: [List.self],
        defaultSubcommand: List.self
    )

    /// `producer audit list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the acts, newest first.")

        @Option(help: "Only acts on this target, such as queue:notice, job:UUID, process:12 or replay:3.")
        var target: String?
        @Option(help: "Acts before this number, for the next page.") var before: Int64?
        @Option(help: "At most so many, 1 to 1000.") var limit = 50
        @OptionGroup var options: ListOptions

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit: expected 1 to 1000.") }
        }

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let records = try await ledger.audit(target: target, before: before, limit: limit)
                let head = ["ID", "AT", "ACTOR", "ACTION", "TARGET", "REASON"]
                let rows = records.map { record in
                    [
                        "\(record.number)", Output.time(record.at), record.actor, record.action, record.target,
                        record.reason,
                    ]
                }
                Output.list(records, asJSON: options.json, head, rows)
            }
        }
    }
}
