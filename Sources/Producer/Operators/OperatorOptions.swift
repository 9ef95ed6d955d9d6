import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import Postgres

/// `--json`
struct ListOptions: ParsableArguments {
    @Flag(help: "Print JSON instead of a table.")
    var json = false
}

/// `--reason`, and who acts.
struct ActOptions: ParsableArguments {
    @Option(help: "Why, for the audit: 1 to 500 characters, without names and addresses.")
    var reason: String

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if let fault = AuditEntry.fault(inReason: reason) {
            throw ValidationError("--reason: expected \(fault.expected), got \(fault.got).")
        }
    }

    var act: Act {
        let user = ProcessInfo.processInfo.userName
        return Act(actor: String("cli:\(user)@\(ProcessInfo.processInfo.hostName)".prefix(200)), reason: reason)
    }
}

/// Runs a command over the ledger, and ends it.
enum OperatorCommand {
    static func run(_ work: (Ledger) async throws -> Void) async throws {
        try await DatabaseCommand.run { pool in
            try await work(Ledger(durable: pool, relaxed: pool))
        }
    }

    /// What was asked for cannot be done: a sentence, and the code of a wrong request.
    static func refuse(_ sentence: String) -> any Error {
        CommandEnding.say(sentence)
        return ArgumentParser.ExitCode(Bootstrap.ExitCode.usage.rawValue)
    }
}

extension JobID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Rate: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// An instant on the command line: RFC 3339.
struct InstantArgument: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        guard let date = Instant.parse(argument) else { return nil }
        self.date = date
    }
}
