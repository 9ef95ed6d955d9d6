/// The messages of one `publish` call and what became of them so far. Only the session touches it.
final class PublishBatch {
    let messages: [OutgoingMessage]
    let deadline: ContinuousClock.Instant
    /// How many went out.
    var sent = 0
    private var outcomes: [PublishOutcome]
    private var isSettled: [Bool]
    private var remaining: Int
    private var caller: CheckedContinuation<Result<[PublishOutcome], AMQPError>, Never>?

    init(_ request: PublishRequest) {
        messages = request.messages
        deadline = request.deadline
        caller = request.caller
        outcomes = Array(repeating: .unconfirmed, count: messages.count)
        isSettled = Array(repeating: false, count: messages.count)
        remaining = messages.count
    }

    /// Whether the caller has his answer; what is not sent by then never will be.
    var isAnswered: Bool { caller == nil }

    /// A return precedes the ack of the same message, which then only says that the broker is through with it.
    func returned(_ index: Int, code: Int, text: String) {
        outcomes[index] = .returned(code: code, text: text)
    }

    func settle(_ index: Int, acknowledged: Bool) {
        guard !isSettled[index] else { return }
        isSettled[index] = true
        if outcomes[index] == .unconfirmed { outcomes[index] = acknowledged ? .confirmed : .nacked }
        remaining -= 1
        if remaining == 0 { answer(.success(outcomes)) }
    }

    /// The time-out: what is not settled is `.unconfirmed`.
    func expire() { answer(.success(outcomes)) }

    func fail(_ error: AMQPError) { answer(.failure(error)) }

    private func answer(_ result: Result<[PublishOutcome], AMQPError>) {
        caller?.resume(returning: result)
        caller = nil
    }
}

/// A `publish` call on its way to the session.
struct PublishRequest: Sendable {
    var messages: [OutgoingMessage]
    var deadline: ContinuousClock.Instant
    var caller: CheckedContinuation<Result<[PublishOutcome], AMQPError>, Never>
}
