package import JobEngine

/// Recomputes the figures of one school year, or of every stale one.
package struct StatisticsRefresh: JobArguments, Hashable {
    /// nil: every year that is stale.
    package let schoolYear: SchoolYear?

    package init(schoolYear: SchoolYear? = nil) {
        self.schoolYear = schoolYear
    }

    enum CodingKeys: String, CodingKey {
        case schoolYear = "school_year"
    }

    /// Few failures: the next tick asks again. One refresh of a year runs and one waits: a change made while one runs is
    /// for the next, and a third would do the second's work again.
    package static let definition = KindDefinition(
        name: "statistics.refresh",
        queue: PlatformCatalogue.Queue.statistics.name,
        maxFailures: 5,
        runLimit: .seconds(30 * 60),
        unique: UniqueRule(.untilClaimed),
        exclusiveBy: ["school_year"]
    )

    package static let fields = [ArgumentField("school_year", .integer(SchoolYear.known))]
}
