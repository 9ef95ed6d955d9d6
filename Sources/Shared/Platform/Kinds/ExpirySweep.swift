package import JobEngine
import Postgres

/// Expires the applications that nobody answered in time, and enqueues a notice for each.
package struct ExpirySweep: JobArguments, Hashable {
    /// Report what would expire, and change nothing.
    package let dryRun: Bool
    /// Expire at most so many, oldest first; nil: all that are due.
    package let limit: Int64?
    /// Carry on where the guard against a mass expiry would stop.
    package let force: Bool

    package init(dryRun: Bool = false, limit: Int64? = nil, force: Bool = false) {
        self.dryRun = dryRun
        self.limit = limit
        self.force = force
    }

    enum CodingKeys: String, CodingKey {
        case dryRun = "dry_run"
        case limit, force
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        dryRun = try values.decodeIfPresent(Bool.self, forKey: .dryRun) ?? false
        limit = try values.decodeIfPresent(Int64.self, forKey: .limit)
        force = try values.decodeIfPresent(Bool.self, forKey: .force) ?? false
    }

    /// An hour: each chunk commits by itself, so a run that is cut off has lost nothing and the next goes on.
    package static let definition = KindDefinition(
        name: "application.expiry-sweep",
        queue: PlatformCatalogue.Queue.expiry.name,
        maxFailures: 10,
        runLimit: .seconds(3600),
        unique: UniqueRule(.untilFinished, defaults: JSON(#"{"dry_run": false, "force": false}"#))
    )

    package static let fields = [
        ArgumentField("dry_run", .boolean),
        ArgumentField("limit", .integer(1...10_000_000)),
        ArgumentField("force", .boolean),
    ]
}
