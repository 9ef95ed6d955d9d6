package import Foundation
package import JobEngine
import Postgres

/// Sends the file of an export once more to the account that asked for it, while the file is kept.
package struct ExportResend: JobArguments, Hashable {
    /// The file, which has the id of the job that made it.
    package let fileID: UUID

    package init(fileID: UUID) {
        self.fileID = fileID
    }

    enum CodingKeys: String, CodingKey {
        case fileID = "file_id"
    }

    /// Several clicks while one waits are one mail.
    package static let definition = KindDefinition(
        name: "export.resend",
        queue: PlatformCatalogue.Queue.export.name,
        maxFailures: KindLimits.mailFailures,
        runLimit: KindLimits.mailRun,
        unique: UniqueRule(.untilFinished)
    )

    package static let fields = [ArgumentField("file_id", .uuid, required: true)]
}
