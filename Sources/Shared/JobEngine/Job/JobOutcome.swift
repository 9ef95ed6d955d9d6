package import Postgres

/// What a handler returns: each way for an attempt to end by itself. Throwing is the unexpected case and counts as
/// a failure with the error's own words.
package enum JobOutcome: Sendable {
    /// The work was carried out; `result` says what came of it in figures and file names, never in personal data.
    case done(result: JSON? = nil, mail: MailAnswer? = nil)
    /// A failure that another attempt may overcome: run again after `after`, or after the kind's backoff.
    case retry(after: Duration? = nil, because: String)
    /// Not now, and not a failure: run again after the delay.
    case snooze(Duration)
    /// The work is no longer worth doing. `mail`: the answer to a mail that said so.
    case obsolete(because: String, mail: MailAnswer? = nil)
    /// No retry can help: the job becomes dead at once.
    case discard(because: String)
    /// The handler has already ended the job in the transaction of its own writes (`JobContext.finish`).
    case committed(CommittedFinish)

    /// Whether the job is over with it, and not only the attempt.
    var endsJob: Bool {
        switch self {
        case .done, .obsolete, .discard, .committed: true
        case .retry, .snooze: false
        }
    }
}

/// Proof that the job's end was committed together with the handler's writes; only `JobContext.finish` makes one.
package struct CommittedFinish: Sendable {
    let state: JobState
}

/// What the mail server answered to a message; kept beside the job without the reply's words, which quote addresses.
package struct MailAnswer: Sendable, Hashable {
    package enum State: String, Sendable {
        /// 250 to the final dot.
        case accepted
        /// Handed over without an answer, and the kind's policy is not to send again.
        case unknown
    }

    package let state: State
    package let code: Int?
    package let enhanced: String?

    package init(_ state: State, code: Int? = nil, enhanced: String? = nil) {
        self.state = state
        self.code = code
        self.enhanced = enhanced
    }
}
