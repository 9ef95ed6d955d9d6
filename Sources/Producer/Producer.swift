import ArgumentParser

/// The intake service: accepts jobs over HTTP, relays due ones to the broker, and does the chores of the ledger.
@main
struct Producer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "producer",
        abstract: "Accepts jobs and moves them to the broker.",
        discussion: "Settings come from the environment (RELAIS_…); see `producer check`.",
        subcommands: [
            Serve.self, Migrate.self, Check.self, Tokens.self, JobsCommand.self, ReplaysCommand.self,
            QueuesCommand.self, WorkersCommand.self, SchedulesCommand.self, ExportsCommand.self, ExpiryCommand.self,
            PlacementsCommand.self, AuditCommand.self,
        ]
    )
}
