import ArgumentParser
import JobEngine

extension JobsCommand {
    /// `producer jobs retry ID --reason …`
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs a dead job again, or one that waits for its time now."
        )

        @Argument(help: "The job.") var id: JobID
        @OptionGroup var options: ActOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let result = try await ledger.retry(id, options.act)
                if let refusal = result.refusal { throw OperatorCommand.refuse(refusal) }
                JobsCommand.say(id, result.word, options)
            }
        }
    }

    /// `producer jobs cancel ID --reason …`
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cancels a job that has not ended; one that runs is told to end, and what it has done counts."
        )

        @Argument(help: "The job.") var id: JobID
        @OptionGroup var options: ActOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let result = try await ledger.cancel(id, options.act)
                if let refusal = result.refusal { throw OperatorCommand.refuse(refusal) }
                JobsCommand.say(id, result.word, options)
            }
        }
    }

    /// `producer jobs discard ID --reason …`
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives a dead job up for good: it becomes cancelled, and is kept with its failures."
        )

        @Argument(help: "The job.") var id: JobID
        @OptionGroup var options: ActOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let result = try await ledger.discard(id, options.act)
                if let refusal = result.refusal { throw OperatorCommand.refuse(refusal) }
                JobsCommand.say(id, "cancelled", options)
            }
        }
    }

    private static func say(_ id: JobID, _ word: String, _ options: ActOptions) {
        if options.json {
            Output.json(.object(["id": .string(id.description), "result": .string(word)]))
        } else {
            Swift.print("\(id): \(word)")
        }
    }
}

/// How results are called, and why a wish was refused.
extension RetryResult {
    var word: String {
        switch self {
        case .again: "pending again"
        case .sooner: "due now"
        case .superseded: "superseded by another job with its unique key"
        case .notNow, .unknown: "refused"
        }
    }

    var refusal: String? {
        switch self {
        case .again, .sooner, .superseded: nil
        case .notNow(let state): "expected a dead job or one that waits for its time, it is \(state.rawValue)"
        case .unknown: "no job has this id, or its time is over"
        }
    }
}

extension CancelResult {
    var word: String {
        switch self {
        case .cancelled: "cancelled"
        case .requested: "told to end"
        case .alreadyFinished, .unknown: "refused"
        }
    }

    var refusal: String? {
        switch self {
        case .cancelled, .requested: nil
        case .alreadyFinished(let state): "expected a job that has not ended, it is \(state.rawValue)"
        case .unknown: "no job has this id, or its time is over"
        }
    }
}

extension DiscardResult {
    var refusal: String? {
        switch self {
        case .cancelled: nil
        case .notDead(let state): "expected a dead job, it is \(state.rawValue); unfinished ones are cancelled"
        case .unknown: "no job has this id, or its time is over"
        }
    }
}
