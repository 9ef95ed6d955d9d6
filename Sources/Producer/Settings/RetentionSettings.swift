import Bootstrap
import JobEngine
import Platform

/// How long what is over is kept.
struct RetentionSettings: Sendable {
    let times: RetentionTimes
    private let files: Duration
    private let tokens: Duration

    private static let day: Duration = .seconds(86_400)
    private static let upToTenYears: ClosedRange<Duration> = day...day * 3650

    private static let finished = setting(
        "finished",
        days: 7,
        "Jobs that ended done, obsolete or cancelled, receipts, and reports of imports."
    )
    private static let dead = setting(
        "dead",
        days: 90,
        "Dead jobs, replays that ended, and files that no mail announced."
    )
    private static let failures = setting("failures", days: 90, "Failed attempts.")
    private static let idempotency = setting(
        "idempotency",
        days: 1,
        "Answers to Idempotency-Key; replayed for 24 hours."
    )
    private static let enqueueAnswers = setting("enqueueAnswers", days: 1, "The same of relais.enqueue.")
    private static let mailMarks = setting("mailMarks", days: 90, "Marks of mails whose jobs have ended.")
    private static let audit = setting("audit", days: 365, "What operators did.")
    private static let files = Setting<Duration>.duration(
        "keep.files",
        in: day * 7...day * 3650,
        default: day * 7,
        doc: "Files of exports, after their mail; a link is valid for 7 days."
    )
    private static let tokens = setting(
        "tokens",
        days: 1,
        "Used or expired links of activation and reset, after their end."
    )

    private static func setting(_ name: String, days: Int, _ doc: String) -> Setting<Duration> {
        .duration("keep.\(name)", in: upToTenYears, default: day * days, doc: doc)
    }

    init(_ reader: SettingsReader) {
        var times = RetentionTimes()
        times.finished = reader.value(Self.finished)
        times.dead = reader.value(Self.dead)
        times.failures = reader.value(Self.failures)
        times.idempotency = reader.value(Self.idempotency)
        times.enqueueAnswers = reader.value(Self.enqueueAnswers)
        times.mailMarks = reader.value(Self.mailMarks)
        times.audit = reader.value(Self.audit)
        self.times = times
        files = reader.value(Self.files)
        tokens = reader.value(Self.tokens)
    }

    /// All that is deleted in rows.
    var rules: [RetentionRule] {
        RetentionRule.ledger(times)
            + DeliveryRetention.rules(
                files: files,
                abandoned: times.dead,
                tokens: tokens,
                imports: times.finished
            )
    }
}
