package import JobEngine
import Postgres

/// Recomputes the figures of one school year, of every stale one, or of all.
package struct StatisticsRefresh: JobArguments, Hashable {
    /// nil: every year that is stale.
    package let schoolYear: SchoolYear?
    /// Every year since the first, stale or not.
    package let isEveryYear: Bool

    package init(schoolYear: SchoolYear? = nil, isEveryYear: Bool = false) {
        self.schoolYear = schoolYear
        self.isEveryYear = isEveryYear
    }

    enum CodingKeys: String, CodingKey {
        case schoolYear = "school_year"
        case isEveryYear = "every_year"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        schoolYear = try values.decodeIfPresent(SchoolYear.self, forKey: .schoolYear)
        isEveryYear = try values.decodeIfPresent(Bool.self, forKey: .isEveryYear) ?? false
    }

    /// Few failures: the next tick asks again. One refresh of a year runs and one waits: a change made while one runs is
    /// for the next, and a third would do the second's work again.
    package static let definition = KindDefinition(
        name: "statistics.refresh",
        queue: PlatformCatalogue.Queue.statistics.name,
        maxFailures: 5,
        runLimit: .seconds(30 * 60),
        unique: UniqueRule(.untilClaimed, defaults: JSON(#"{"every_year": false}"#)),
        exclusiveBy: ["school_year"]
    )

    package static let fields = [
        ArgumentField("school_year", .integer(SchoolYear.known)), ArgumentField("every_year", .boolean),
    ]
    package static let rules = [ArgumentRule.nothingBeside(flag: "every_year", absent: "school_year")]
}
