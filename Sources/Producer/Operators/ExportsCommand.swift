import ArgumentParser
import JobEngine
import Platform
import Postgres

/// `producer exports`
struct ExportsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exports",
        abstract: "Sends the file of an export once more.",
        subcommands: [Resend.self]
    )

    /// `producer exports resend ID --reason …`
    struct Resend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Mails a kept file once more, to the account that asked for it."
        )

        @Argument(help: "The export's job.") var id: JobID
        @OptionGroup var options: ActOptions

        func run() async throws {
            let (id, act) = (id, options.act)
            try await OperatorCommand.run { ledger in
                let job = try await ledger.audited(act.entry("export.resend", on: "job:\(id)")) { connection in
                    switch try await KeptFile.find(id, on: connection) {
                    case .unknown:
                        throw OperatorCommand.refuse("no export has left a file under this id, or it is gone")
                    case .expired: throw OperatorCommand.refuse("the file's time is over; ask for the export again")
                    case .live(let account):
                        return try await Ledger.enqueue(
                            NewJob(ExportResend(fileID: id.uuid), subject: account),
                            on: connection
                        )
                    }
                }
                if options.json {
                    Output.json(.object(["id": .string(job.description)]))
                } else {
                    print("\(id): will be sent again by job \(job)")
                }
            }
        }
    }
}
