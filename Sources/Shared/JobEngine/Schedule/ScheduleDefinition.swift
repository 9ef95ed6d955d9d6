/// A job that the clock enqueues, as the catalogue of a platform lists it.
package struct ScheduleDefinition: Sendable {
    /// Lower case, digits and hyphens; what operators call it.
    package let name: String
    package let arguments: any JobArguments
    /// Five fields, see ``CronExpression``.
    package let expression: String
    /// The IANA name of the time zone whose wall clock the expression means.
    package let zone: String

    /// Expression and zone are checked when the catalogue is registered.
    package init(_ name: String, _ expression: String, zone: String, _ arguments: some JobArguments) {
        self.name = name
        self.arguments = arguments
        self.expression = expression
        self.zone = zone
    }
}
