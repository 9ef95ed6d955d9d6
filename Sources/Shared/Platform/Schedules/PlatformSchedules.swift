package import JobEngine

/// What the clock enqueues, by the wall clock of Paris. Retention needs no schedule: producers do it all day, little by
/// little.
package enum PlatformSchedules {
    package static let all = [
        // Before the day's work, so that an owner who reads his mail in the morning finds the state of today.
        ScheduleDefinition("expiry-sweep", sweepExpression, zone: zone, ExpirySweep()),
        // After the sweep, so that what expires today is told today.
        ScheduleDefinition("reminders", "30 7 * * *", zone: zone, ReminderSweep()),
        ScheduleDefinition("statistics", "*/10 * * * *", zone: zone, StatisticsRefresh()),
        // Figures also depend on today's date, and a change may have gone unmarked: once a night all are made anew.
        ScheduleDefinition("statistics-all-years", "0 3 * * *", zone: zone, StatisticsRefresh(isEveryYear: true)),
    ]

    /// When the sweep runs; mails announce its dates.
    static let sweepExpression = "0 7 * * *"
    static let zone = "Europe/Paris"
}
