import JobEngine

/// Which offers a file holds. Every filter that is set narrows; nil lets everything through.
package struct OffersFilter: Sendable, Hashable, Codable {
    package var schoolYear: SchoolYear
    package var department: Department?
    package var academy: Academy?
    package var isPublic: Bool?
    package var track: SchoolTrack?
    /// The id of the supervising ministry (`platform.organisation_group`).
    package var ministry: Int64?

    package init(
        schoolYear: SchoolYear,
        department: Department? = nil,
        academy: Academy? = nil,
        isPublic: Bool? = nil,
        track: SchoolTrack? = nil,
        ministry: Int64? = nil
    ) {
        self.schoolYear = schoolYear
        self.department = department
        self.academy = academy
        self.isPublic = isPublic
        self.track = track
        self.ministry = ministry
    }

    enum CodingKeys: String, CodingKey {
        case schoolYear = "school_year"
        case department, academy, track, ministry
        case isPublic = "is_public"
    }

    static let fields = [
        ArgumentField.schoolYear, ArgumentField.department,
        ArgumentField("academy", .oneOf(Academy.all.map(\.name), named: "an académie, such as Académie de Paris")),
        ArgumentField("is_public", .boolean),
        ArgumentField("track", .oneOf(SchoolTrack.allCases.map(\.rawValue), named: "a school track")),
        ArgumentField("ministry", .id),
    ]
}
