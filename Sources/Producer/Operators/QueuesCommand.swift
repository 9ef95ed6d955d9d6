import ArgumentParser
import Foundation
import JobEngine

/// `producer queues`
struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Shows the queues, pauses and resumes them, sets slots, limits and rates.",
        subcommands: [List.self, Pause.self, Resume.self, Set.self],
        defaultSubcommand: List.self
    )

    /// `producer queues list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists queues: settings, and what stands in them.")

        @OptionGroup var options: ListOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let queues = try await ledger.queues()
                let head = [
                    "QUEUE", "PAUSED", "SLOTS", "LIMIT", "RATE", "DUE", "LATER", "DISPATCHED", "RUNNING", "WORKERS",
                    "OLDEST DUE",
                ]
                let rows = queues.map { queue in
                    [
                        queue.name, queue.pausedAt == nil ? "no" : "since \(Output.time(queue.pausedAt))",
                        "\(queue.slotsInAll)\(queue.slots.map { " (\($0) each)" } ?? "")",
                        Output.number(queue.runningLimit), queue.rate?.description ?? "-", Output.counted(queue.due),
                        Output.counted(queue.later), Output.counted(queue.dispatched), "\(queue.running)",
                        "\(queue.workers)", Output.time(queue.oldestDue),
                    ]
                }
                Output.list(queues, asJSON: options.json, head, rows)
            }
        }
    }

    /// `producer queues pause QUEUE --reason …`
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets nothing more of a queue start, on all processes; what runs goes on."
        )

        @Argument(help: "The queue.") var queue: String
        @OptionGroup var options: ActOptions

        func run() async throws {
            var change = QueueChange()
            change.isPaused = true
            try await QueuesCommand.change(queue, change, options)
        }
    }

    /// `producer queues resume QUEUE --reason …`
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets the jobs of a queue start again.")

        @Argument(help: "The queue.") var queue: String
        @OptionGroup var options: ActOptions

        func run() async throws {
            var change = QueueChange()
            change.isPaused = false
            try await QueuesCommand.change(queue, change, options)
        }
    }

    /// `producer queues set QUEUE --slots 4 --limit 8 --rate 100/minute --reason …`
    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets slots per process, the limit over all processes, and the rate of a queue.",
            discussion: "Takes effect within a second on all processes, and holds past their restarts."
        )

        @Argument(help: "The queue.") var queue: String
        @Option(help: "Jobs that one worker process runs at once, 1 to 1000, or 'default'.") var slots: NumberOrNot?
        @Option(help: "Jobs that run at once over all processes, 1 to 100000, or 'none'.") var limit: NumberOrNot?
        @Option(help: "Jobs per second, minute or hour, such as 100/minute, or 'none'.") var rate: RateOrNot?
        @OptionGroup var options: ActOptions

        func validate() throws {
            guard slots != nil || limit != nil || rate != nil else {
                throw ValidationError("Expected at least one of --slots, --limit and --rate.")
            }
            if let number = slots?.number, !QueueChange.slotsRange.contains(number) {
                throw ValidationError("--slots: expected 1 to 1000, or 'default'.")
            }
            if let number = limit?.number, !QueueChange.runningLimitRange.contains(number) {
                throw ValidationError("--limit: expected 1 to 100000, or 'none'.")
            }
        }

        func run() async throws {
            var change = QueueChange()
            if let slots { change.slots = slots.number.map { .set($0) } ?? .clear }
            if let limit { change.runningLimit = limit.number.map { .set($0) } ?? .clear }
            if let rate { change.rate = rate.rate.map { .set($0) } ?? .clear }
            try await QueuesCommand.change(queue, change, options)
        }
    }

    private static func change(_ queue: String, _ change: QueueChange, _ options: ActOptions) async throws {
        try await OperatorCommand.run { ledger in
            guard let status = try await ledger.change(queue, change, options.act) else {
                let known = try await ledger.queues().map(\.name).joined(separator: ", ")
                throw OperatorCommand.refuse("expected one of the queues \(known)")
            }
            if options.json { return Output.json(status.document) }
            let limit = status.runningLimit.map { ", at most \($0) at once" } ?? ""
            let rate = status.rate.map { ", \($0)" } ?? ""
            let slots = status.slots.map { ", \($0) slots a process" } ?? ""
            print("\(queue): \(status.pausedAt == nil ? "running" : "paused")\(limit)\(rate)\(slots)")
        }
    }
}

/// A number, or the word that takes it away.
struct NumberOrNot: ExpressibleByArgument {
    let number: Int?

    init?(argument: String) {
        if ["none", "default"].contains(argument) {
            number = nil
        } else if let number = Int(argument) {
            self.number = number
        } else {
            return nil
        }
    }
}

/// A rate, or `none`.
struct RateOrNot: ExpressibleByArgument {
    let rate: Rate?

    init?(argument: String) {
        rate = Rate(argument)
        if rate == nil, argument != "none" { return nil }
    }
}
