import ArgumentParser
import Foundation
import JobEngine

/// `producer schedules`
struct SchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules",
        abstract: "Shows what the clock enqueues; runs a schedule now, switches it on and off.",
        subcommands: [List.self, Run.self, Enable.self, Disable.self],
        defaultSubcommand: List.self
    )

    /// `producer schedules list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists schedules: expression, next and last tick, and what became of its job. Times are UTC."
        )

        @OptionGroup var options: ListOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let schedules = try await ledger.schedules()
                let head = [
                    "SCHEDULE", "KIND", "EXPRESSION", "ZONE", "ENABLED", "NEXT TICK", "LAST TICK", "LAST JOB", "STATE",
                ]
                let rows = schedules.map { schedule in
                    [
                        schedule.name, schedule.kind, schedule.expression, schedule.zone,
                        schedule.isEnabled ? "yes" : "no",
                        schedule.isEnabled ? Output.time(schedule.nextTick) : "-", Output.time(schedule.lastTick),
                        schedule.lastJob?.description ?? "-", schedule.lastState?.rawValue ?? "-",
                    ]
                }
                Output.list(schedules, asJSON: options.json, head, rows)
            }
        }
    }

    /// `producer schedules run NAME --reason …`
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enqueues a schedule's job now, also of one that is off; its ticks stay as they are."
        )

        @Argument(help: "The schedule.") var name: String
        @OptionGroup var options: ActOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                guard let job = try await ledger.runSchedule(name, options.act) else {
                    throw await SchedulesCommand.unknown(ledger)
                }
                Output.run(job, asJSON: options.json)
            }
        }
    }

    /// `producer schedules enable NAME --reason …`
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Switches a schedule on. What passed while it was off is not caught up."
        )

        @Argument(help: "The schedule.") var name: String
        @OptionGroup var options: ActOptions

        func run() async throws { try await SchedulesCommand.set(name, enabled: true, options) }
    }

    /// `producer schedules disable NAME --reason …`
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Switches a schedule off, until somebody switches it on; new releases leave it off."
        )

        @Argument(help: "The schedule.") var name: String
        @OptionGroup var options: ActOptions

        func run() async throws { try await SchedulesCommand.set(name, enabled: false, options) }
    }

    private static func set(_ name: String, enabled: Bool, _ options: ActOptions) async throws {
        try await OperatorCommand.run { ledger in
            guard try await ledger.setSchedule(name, enabled: enabled, options.act) else {
                throw await unknown(ledger)
            }
            if options.json { return Output.json(.object(["name": .string(name), "enabled": .boolean(enabled)])) }
            print("\(name): \(enabled ? "on" : "off")")
        }
    }

    private static func unknown(_ ledger: Ledger) async -> any Error {
        let known =
            (try? await ledger.schedules().map(\.name).joined(separator: ", ")) ?? "of `producer schedules list`"
        return OperatorCommand.refuse("expected one of the schedules \(known)")
    }
}

extension ScheduleStatus: Documented {
    var document: JSONValue {
        .object([
            "name": .string(name), "kind": .string(kind), "arguments": Member.json(arguments),
            "expression": .string(expression), "zone": .string(zone), "enabled": .boolean(isEnabled),
            "next_tick": isEnabled ? Member.time(nextTick) : .null, "last_tick": Member.time(lastTick),
            "last_fired_at": Member.time(lastFiredAt), "last_job": Member.text(lastJob?.description),
            "last_job_state": Member.text(lastState?.rawValue),
        ])
    }
}
