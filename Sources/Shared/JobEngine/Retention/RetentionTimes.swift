/// How long the ledger keeps what is over, each from its own end.
package struct RetentionTimes: Sendable {
    /// Jobs that ended done, obsolete or cancelled, and the receipts of requests.
    package var finished: Duration = .seconds(7 * 86_400)
    /// Dead jobs, which can be replayed as long as they are there; and replays that have ended.
    package var dead: Duration = .seconds(90 * 86_400)
    /// Failed attempts.
    package var failures: Duration = .seconds(90 * 86_400)
    /// Answers to `Idempotency-Key` over HTTP.
    package var idempotency: Duration = .seconds(86_400)
    /// Answers to `idempotency_key` in SQL.
    package var enqueueAnswers: Duration = .seconds(86_400)
    /// Marks of mails whose job has ended.
    package var mailMarks: Duration = .seconds(90 * 86_400)
    /// What operators did.
    package var audit: Duration = .seconds(365 * 86_400)

    package init() {}
}
