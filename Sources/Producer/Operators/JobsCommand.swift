import ArgumentParser
import Foundation
import JobEngine

/// `producer jobs`
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Lists and explains jobs; retries, cancels, discards and replays them.",
        subcommands: [
            List.self, Show.self, Explain.self, Dead.self, Retry.self, Cancel.self, Discard.self, ReplayDead.self,
        ]
    )

    /// `producer jobs list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists jobs, newest first.")

        @Option(help: "States, separated by commas: \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).")
        var state: String?
        @Option(help: "The kind.") var kind: String?
        @Option(help: "The queue.") var queue: String?
        @Option(help: "The class of the latest failure.") var errorClass: String?
        @Option(help: "The account that the job is about.") var subject: Int64?
        @Option(help: "Created not before, such as 2026-09-01T07:00:00Z.") var since: InstantArgument?
        @Option(help: "Created before.") var until: InstantArgument?
        @Option(help: "The last id of the page before.") var before: JobID?
        @Option(help: "At most so many, 1 to 1000.") var limit = 50
        @OptionGroup var options: ListOptions

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit: expected 1 to 1000.") }
            _ = try states()
        }

        func run() async throws {
            var filter = JobFilter()
            filter.states = try states()
            filter.kind = kind
            filter.queue = queue
            filter.errorClass = errorClass
            filter.subject = subject
            filter.createdFrom = since?.date
            filter.createdBefore = until?.date
            try await OperatorCommand.run { ledger in
                JobsCommand.print(try await ledger.jobs(filter, before: before, limit: limit), asJSON: options.json)
            }
        }

        private func states() throws -> Swift.Set<JobState> {
            let names = state?.split(separator: ",") ?? []
            return Swift.Set(
                try names.map { name in
                    guard let state = JobState(rawValue: String(name)) else {
                        let known = JobState.allCases.map(\.rawValue).joined(separator: ", ")
                        throw ValidationError("--state: expected some of \(known), separated by commas.")
                    }
                    return state
                }
            )
        }
    }

    /// `producer jobs show ID`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows a job with every failed attempt: when, where, and how it failed."
        )

        @Argument(help: "The job.") var id: JobID
        @OptionGroup var options: ListOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                guard let job = try await ledger.job(id) else { throw JobsCommand.unknown }
                let view = JobView(asked: id, job: job, attempts: try await ledger.failures(of: job.id))
                if options.json { return Output.json(view.document(.operations)) }
                guard case .object(let members) = view.document(.operations) else { return }
                for (name, value) in members.sorted(by: { $0.key < $1.key }) where name != "attempts" && value != .null
                {
                    Swift.print("\(name): \(JSONBody.text(value))")
                }
                for attempt in view.attempts {
                    let place = attempt.process.map { ", process \($0)" } ?? ""
                    Swift.print(
                        "attempt \(attempt.attempt): \(attempt.ending)\(place), \(Output.time(attempt.claimedAt)) to "
                            + "\(Output.time(attempt.endedAt)), \(attempt.errorClass): \(attempt.message)"
                    )
                }
            }
        }
    }

    /// `producer jobs explain ID`
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Says why a job is not running, and what to do.")

        @Argument(help: "The job.") var id: JobID
        @OptionGroup var options: ListOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                guard let explanation = try await ledger.explanation(of: id) else { throw JobsCommand.unknown }
                if options.json { return Output.json(explanation.document) }
                Swift.print("\(explanation.state.rawValue), queue \(explanation.queue)")
                for finding in explanation.findings {
                    Swift.print("- \(finding.what)\n  \(finding.toDo)")
                }
            }
        }
    }

    /// `producer jobs dead`
    struct Dead: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what the dead jobs died of: how many, by kind and class of error."
        )

        @OptionGroup var selection: DeadOptions
        @OptionGroup var options: ListOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let preview = try await ledger.preview(selection.filter)
                if options.json { return Output.json(preview.document) }
                JobsCommand.print(preview)
            }
        }
    }

    static var unknown: any Error {
        OperatorCommand.refuse("no job has this id, or its time is over: see `producer jobs list`")
    }

    static func print(_ jobs: [JobSummary], asJSON: Bool) {
        let head = ["ID", "KIND", "STATE", "FAILURES", "CREATED", "DUE", "FINISHED", "REASON"]
        let rows = jobs.map { job in
            [
                job.id.description, job.kind, job.state.rawValue, "\(job.failures)", Output.time(job.createdAt),
                Output.time(job.runAt), Output.time(job.finishedAt),
                String((job.reason ?? job.errorClass ?? "").prefix(80)),
            ]
        }
        Output.list(jobs, asJSON: asJSON, head, rows)
    }

    static func print(_ preview: ReplayPreview) {
        Output.table(
            ["KIND", "ERROR CLASS", "JOBS", "SUPERSEDED", "PAST DEADLINE"],
            preview.groups.map { group in
                [group.kind, group.errorClass, "\(group.jobs)", "\(group.superseded)", "\(group.pastDeadline)"]
            }
        )
    }
}

/// Which dead jobs.
struct DeadOptions: ParsableArguments {
    @Option(help: "The kind.") var kind: String?
    @Option(help: "The queue.") var queue: String?
    @Option(help: "The class of the error that ended it.") var errorClass: String?
    @Option(help: "Died not before, such as 2026-09-01T07:00:00Z.") var since: InstantArgument?
    @Option(help: "Died before.") var until: InstantArgument?

    var filter: DeadFilter {
        var filter = DeadFilter()
        filter.kind = kind
        filter.queue = queue
        filter.errorClass = errorClass
        filter.diedFrom = since?.date
        filter.diedBefore = until?.date
        return filter
    }
}
