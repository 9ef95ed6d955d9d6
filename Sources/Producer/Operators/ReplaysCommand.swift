import ArgumentParser
import JobEngine

extension JobsCommand {
    /// `producer jobs replay --kind … --rate 10/second --reason …`
    struct ReplayDead: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Runs a set of dead jobs again, at a rate, and stops by itself when too many fail again.",
            discussion: """
                First prints what matches. The set is frozen then: jobs that die later are not in it. The producers' chores
                carry it out, whatever becomes of this command; see `producer replays list`.
                """
        )

        @OptionGroup var selection: DeadOptions
        @Option(help: "Jobs per second, minute or hour.") var rate: Rate = .tenPerSecond
        @Option(help: "The share, in percent, of tried jobs that may fail again; above it the rest stays dead.")
        var maxFailed = 20
        @Option(help: "Tried jobs from which on the share is judged.") var judgedFrom = 10
        @Flag(help: "Only print what matches.") var preview = false
        @Option(help: "Why, for the audit: 1 to 500 characters, without names and addresses.") var reason: String?
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (0...100).contains(maxFailed) else { throw ValidationError("--max-failed: expected 0 to 100.") }
            guard judgedFrom > 0 else { throw ValidationError("--judged-from: expected 1 or more.") }
            if !preview { _ = try ActOptions.parse(reason.map { ["--reason", $0] } ?? []) }
        }

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let found = try await ledger.preview(selection.filter)
                if preview {
                    return json ? Output.json(found.document) : JobsCommand.print(found)
                }
                if !json { JobsCommand.print(found) }
                let act = try ActOptions.parse(["--reason", reason ?? ""]).act
                let order = ReplayOrder(
                    filter: selection.filter,
                    rate: rate,
                    failureLimit: Double(maxFailed) / 100,
                    judgedFrom: judgedFrom
                )
                switch try await ledger.replay(order, act) {
                case .ordered(let replay):
                    if json { return Output.json(replay.document) }
                    Swift.print("replay \(replay.number): \(replay.size) jobs at \(rate); see `producer replays list`")
                case .nothing:
                    throw OperatorCommand.refuse("no dead job matches that does not wait in another replay")
                case .tooMany:
                    throw OperatorCommand.refuse(
                        "expected at most \(ReplayOrder.sizeLimit) jobs in a replay: narrow the filter"
                    )
                }
            }
        }
    }
}

/// `producer replays`
struct ReplaysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replays",
        abstract: "Shows the replays of dead jobs, and stops one.",
        subcommands: [List.self, Stop.self],
        defaultSubcommand: List.self
    )

    /// `producer replays list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists replays, newest first.")

        @Option(help: "At most so many, 1 to 1000.") var limit = 20
        @OptionGroup var options: ListOptions

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit: expected 1 to 1000.") }
        }

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let replays = try await ledger.replays(limit: limit)
                let head = ["ID", "STATE", "JOBS", "WAITING", "SENT BACK", "SKIPPED", "FAILED AGAIN", "ENDED", "WHY"]
                let rows = replays.map { replay in
                    [
                        "\(replay.number)", replay.state?.rawValue ?? "?", "\(replay.size)", "\(replay.frozen)",
                        "\(replay.released)", "\(replay.skipped)", "\(replay.failed)", "\(replay.ended)",
                        replay.endedBecause ?? replay.reason,
                    ]
                }
                Output.list(replays, asJSON: options.json, head, rows)
            }
        }
    }

    /// `producer replays stop ID --reason …`
    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stops a replay: what waits stays dead.")

        @Argument(help: "The replay.") var id: Int64
        @OptionGroup var options: ActOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                guard try await ledger.stopReplay(id, options.act) else {
                    throw OperatorCommand.refuse("expected a replay that is running, see `producer replays list`")
                }
                if options.json {
                    Output.json(.object(["id": .integer(id), "state": .string("stopped")]))
                } else {
                    print("replay \(id): stopped")
                }
            }
        }
    }
}
