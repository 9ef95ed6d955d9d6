import ArgumentParser

/// The workers: carry out the jobs that the broker says may run.
@main
struct Workers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Carries out the platform's background jobs.",
        discussion: "Settings come from the environment (RELAIS_…); see `workers check`.",
        subcommands: [Run.self, Check.self, Mails.self]
    )
}
