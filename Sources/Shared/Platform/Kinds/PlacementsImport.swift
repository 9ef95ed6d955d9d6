package import Foundation
package import JobEngine
import Postgres

/// Replaces an association's off-platform placements by those of an uploaded file, or says what is wrong with it.
package struct PlacementsImport: JobArguments, Hashable {
    /// The row of `delivery.placements_import`.
    package let importID: UUID

    package init(importID: UUID) {
        self.importID = importID
    }

    enum CodingKeys: String, CodingKey {
        case importID = "import_id"
    }

    /// Few failures: somebody waits for the report, and what is wrong with the file is no failure. Ten minutes, because
    /// the largest file has some 300,000 lines, which are read twice.
    package static let definition = KindDefinition(
        name: "placements.import",
        queue: PlatformCatalogue.Queue.statistics.name,
        maxFailures: 5,
        runLimit: .seconds(10 * 60),
        unique: UniqueRule(.untilFinished)
    )

    package static let fields = [ArgumentField("import_id", .uuid, required: true)]
}
