import ArgumentParser
import JobEngine

/// `producer workers`
struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Shows the living processes; makes a worker process quiet, wakes it, stops it.",
        subcommands: [List.self, Quiet.self, Wake.self, Stop.self],
        defaultSubcommand: List.self
    )

    /// `producer workers list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the living processes, workers first.")

        @OptionGroup var options: ListOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let processes = try await ledger.processes()
                let head = ["ID", "ROLE", "HOST", "PID", "QUEUES (SLOTS)", "RUNNING", "BEAT", "QUIET", "SAFE TO STOP"]
                let rows = processes.map { process in
                    [
                        "\(process.number)", process.role.rawValue, process.host, "\(process.osPID)",
                        process.slots.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                            .joined(separator: ", "),
                        "\(process.running)", "\(Int(roundingDown: process.beatAge)) s ago", Self.quiet(process),
                        Self.safe(process),
                    ]
                }
                Output.list(processes, asJSON: options.json, head, rows)
            }
        }

        private static func quiet(_ process: ProcessStatus) -> String {
            if process.isStopping { return "stopping" }
            return process.isQuiet ? "yes" : process.isQuietWanted ? "asked" : "no"
        }

        private static func safe(_ process: ProcessStatus) -> String {
            guard process.role == .workers else { return "yes" }
            return process.isSafeToStop ? process.isQuiet ? "yes" : "for now" : "no"
        }
    }

    /// `producer workers quiet ID --reason …`
    struct Quiet: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a worker process take nothing more; what runs in it goes on."
        )

        @Argument(help: "The process, as `producer workers list` numbers it.") var id: Int64
        @OptionGroup var options: ActOptions

        func run() async throws { try await WorkersCommand.ask(.quiet, id, options) }
    }

    /// `producer workers wake ID --reason …`
    struct Wake: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets a quiet worker process take jobs again.")

        @Argument(help: "The process, as `producer workers list` numbers it.") var id: Int64
        @OptionGroup var options: ActOptions

        func run() async throws { try await WorkersCommand.ask(.wake, id, options) }
    }

    /// `producer workers stop ID --reason …`
    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops a worker process as SIGTERM does; it exits 0 and stays down."
        )

        @Argument(help: "The process, as `producer workers list` numbers it.") var id: Int64
        @OptionGroup var options: ActOptions

        func run() async throws { try await WorkersCommand.ask(.stop, id, options) }
    }

    private static func ask(_ request: ProcessRequest, _ id: Int64, _ options: ActOptions) async throws {
        try await OperatorCommand.run { ledger in
            guard try await ledger.ask(request, of: id, options.act) else {
                throw OperatorCommand.refuse("expected a living worker process, see `producer workers list`")
            }
            if options.json {
                Output.json(.object(["id": .integer(id), "asked": .string(request.rawValue)]))
            } else {
                print("process \(id) does so within a second; see `producer workers list`")
            }
        }
    }
}
