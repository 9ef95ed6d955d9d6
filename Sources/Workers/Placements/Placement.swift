import Foundation

/// A line of an association's file that nothing is wrong with.
struct Placement: Sendable, Hashable {
    let isPublic: Bool
    let group: Int64?
    let sector: Int64?
    let department: String
    let type: String
    let seats: Int
    let seatsUsed: Int
    let male: Int
    let female: Int
    let week: String
    let updatedAt: Date

    /// What `platform.off_platform_placement` takes.
    static let types = ["on_site", "remote", "hybrid", "talk", "workshop"]

    /// The columns of a file, named as those of the relation.
    enum Column: String, Sendable, Hashable, CaseIterable {
        case associationID = "association_id"
        case isPublic = "is_public"
        case group = "group_id"
        case sector = "sector_id"
        case department = "department_code"
        case type, seats
        case seatsUsed = "seats_used"
        case male, female, week
        case updatedAt = "updated_at"
        case importedAt = "imported_at"

        /// The request names the association, and the import itself writes when it was: a file that has these columns, as
        /// one has that was read out of the relation, is checked for the first and keeps nothing of the second.
        static let optional: Set<Column> = [.associationID, .importedAt]
    }
}

/// The ids and codes that a file may name.
struct PlacementReferences: Sendable {
    let departments: Set<String>
    let groups: Set<Int64>
    let sectors: Set<Int64>
    /// ISO weeks that exist: no year has a week 53 here that has none in the calendar.
    let weeks: Set<String>
}
