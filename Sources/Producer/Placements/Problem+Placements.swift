import HTTPTypes
import Hummingbird
import JobEngine
import Platform

/// Problems of the import of placements.
extension Problem {
    static let unknownAssociation = Problem(
        status: .notFound,
        slug: "unknown-association",
        title: "Unknown association",
        detail: "No association has this id."
    )

    static let notCSV = Problem(
        status: .unsupportedMediaType,
        slug: "unsupported-media-type",
        title: "Unsupported media type",
        detail: "Expected a file in UTF-8 with ; between its fields, and Content-Type: text/csv.",
        headers: [.accept: "text/csv"]
    )

    static let unknownImport = Problem(
        status: .notFound,
        slug: "unknown-import",
        title: "Unknown import",
        detail: "No import of this association has this id, or its time is over."
    )

    static func mayNotImport(_ refusal: AccountScope.Refusal) -> Problem {
        let words =
            refusal == .requesterGone
            ? refusal.explanation : "Only the platform and administrators may replace an association's placements."
        return outsideScope(reason: refusal.rawValue, words)
    }

    /// Why an import has not replaced anything and will not; nil when it has, or may still do.
    init?(_ state: PlacementsImportState) {
        switch state.stage {
        case .waiting, .running, .ended(.imported), .ended(.superseded): return nil
        case .ended(.unknownAssociation): self = .unknownAssociation
        case .ended(.requesterGone): self = .mayNotImport(.requesterGone)
        case .ended(.notEntitled): self = .mayNotImport(.notEntitled)
        case .ended(.invalid):
            let count = state.faultCount ?? state.faults.count
            self.init(
                status: .unprocessableContent,
                slug: PlacementsOutcome.invalid.rawValue,
                title: "Invalid placements",
                detail: "\(count == 1 ? "One thing is" : "\(count) things are") wrong with the file; errors has the "
                    + "first \(PlacementsFile.reportedFaults) by line and field. The placements of before have stayed.",
                more: ["errors": state.report, "faults": .integer(Int64(count)), "rows": Member.number(state.rows)]
            )
        case .failed(let job):
            self.init(
                status: .conflict,
                slug: "import-failed",
                title: "Import failed",
                detail: "The job of this import ended without carrying it out, and the placements of before have "
                    + "stayed. Send the file again, or ask an operator why.",
                more: ["job": .string(state.job.description), "state": Member.text(job?.rawValue)]
            )
        }
    }
}
