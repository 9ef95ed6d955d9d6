package import Foundation
package import JobEngine

/// Tells whoever asked for an export that it ended dead or cancelled. Enqueued by the transaction that ends it
/// (`delivery.tell_of_ended_export`).
package struct ExportNotPreparedNotice: JobArguments, Hashable {
    /// The export's job.
    package let exportID: UUID

    package init(exportID: UUID) {
        self.exportID = exportID
    }

    enum CodingKeys: String, CodingKey {
        case exportID = "export_id"
    }

    package static let definition = KindDefinition(
        name: "export.not-prepared-notice",
        queue: PlatformCatalogue.Queue.notice.name,
        maxFailures: KindLimits.mailFailures,
        runLimit: KindLimits.mailRun
    )

    package static let fields = [ArgumentField("export_id", .uuid, required: true)]
}
