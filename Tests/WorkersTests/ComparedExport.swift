import MailTemplates
import Platform

@testable import workers

/// An export that `deploy/platform/compare-export` can recount.
protocol ComparedExport: MailedExport {
    associatedtype Sheet: ExportSheet where Sheet.Arguments == Self
    /// The options that say the same filters.
    var comparison: [String] { get }
}

extension OffersExport: ComparedExport {
    typealias Sheet = OffersSheet
    var comparison: [String] { filter.comparison }
}

extension OfferStatisticsExport: ComparedExport {
    typealias Sheet = OfferStatisticsSheet
    var comparison: [String] { filter.comparison + ["--dimension", dimension.rawValue] }
}

extension SchoolsExport: ComparedExport {
    typealias Sheet = SchoolsSheet
    var comparison: [String] {
        ["--school-year", "\(schoolYear.start)", "--registered", registered.rawValue]
            + (department.map { ["--department", $0.code] } ?? [])
    }
}

extension AssociationsExport: ComparedExport {
    typealias Sheet = AssociationsSheet
    var comparison: [String] { ["--school-year", "\(schoolYear.start)"] }
}

extension OffersFilter {
    fileprivate var comparison: [String] {
        var options = ["--school-year", "\(schoolYear.start)"]
        if let department { options += ["--department", department.code] }
        if let academy { options += ["--academy", academy.name] }
        if let isPublic { options += ["--is-public", "\(isPublic)"] }
        if let track { options += ["--track", track.rawValue] }
        if let ministry { options += ["--ministry", "\(ministry)"] }
        return options
    }
}
