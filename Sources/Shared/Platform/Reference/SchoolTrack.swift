/// The class that an offer is meant for (filière).
package enum SchoolTrack: String, Sendable, Hashable, CaseIterable, Codable {
    case general = "troisieme_generale"
    case preVocational = "troisieme_prepa_metiers"
    case adapted = "troisieme_segpa"
    /// Withdrawn in September 2021; offers of earlier years still carry it.
    case vocational = "bac_pro"

    /// What the platform's pages and mails call it.
    package var label: String {
        switch self {
        case .general: "3ème"
        case .preVocational: "3e prépa métiers"
        case .adapted: "3e SEGPA"
        case .vocational: "Bac pro"
        }
    }
}
