package import JobEngine

/// Every queue, kind of job and schedule of the platform: what the engine is given to run.
package enum PlatformCatalogue {
    /// Queues are classes of promise. `activation` and `password-reset` start within a second, because somebody is
    /// waiting at a screen, `notice` within a minute; the others may queue, and never delay those three.
    package enum Queue {
        /// Twice the usual connections to the mail server: a job is away from the server for a third of its time.
        package static let activation = QueueDefinition(name: "activation", slots: 16)
        package static let passwordReset = QueueDefinition(name: "password-reset", slots: 16)
        /// A sweep sends thousands at once, and each waits for the mail server and not for the processor.
        package static let notice = QueueDefinition(name: "notice", slots: 16)
        /// Two sweeps at once would only wait for each other.
        package static let expiry = QueueDefinition(name: "expiry", slots: 1)
        /// An export holds a snapshot and a file being written: two a process bound both.
        package static let export = QueueDefinition(name: "export", slots: 2)
        /// One refresh reads every offer and application; a second, or an import, would slow the first.
        package static let statistics = QueueDefinition(name: "statistics", slots: 1)
    }

    package static let jobs = JobCatalogue(
        queues: [
            Queue.activation, Queue.passwordReset, Queue.notice, Queue.expiry, Queue.export, Queue.statistics,
        ],
        kinds: [
            AccountActivation.self, ReferentWelcome.self, PasswordReset.self, SubmittedNotice.self,
            DecisionNotice.self, ExpirySweep.self, ExpiredNotice.self, ReminderSweep.self, Reminder.self,
            OffersExport.self, OfferStatisticsExport.self, SchoolsExport.self, AssociationsExport.self,
            ExportResend.self, ExportNotPreparedNotice.self, StatisticsRefresh.self, PlacementsImport.self,
        ],
        schedules: PlatformSchedules.all
    )
}

/// Limits that several kinds share, each with its reason.
enum KindLimits {
    /// A mail server may take 10 minutes to answer the final dot (RFC 5321, 4.5.3.2.6) and its client must wait them,
    /// or it sends twice; 5 more for connecting and handing over.
    static let mailRun: Duration = .seconds(15 * 60)
    /// Eight failures with the standard backoff are an hour and a quarter: longer than a mail server's restart, shorter
    /// than the patience of whoever waits for a link.
    static let mailFailures = 8
    /// Five minutes between the attempts of a notice at least: nobody waits at a screen, thousands may fail together, and
    /// a server that defers unknown senders wants about that long.
    static let noticeBackoff = Backoff(floor: .seconds(300), ceiling: .seconds(6 * 3600))
}
