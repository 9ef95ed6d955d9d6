package import Foundation

/// The identity of a job: a UUIDv7 made by the database, in lower case wherever it is written.
package struct JobID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads an id as people and messages write it; nil when it is no UUID.
    package init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    package var description: String { uuid.uuidString.lowercased() }

    package static func < (left: JobID, right: JobID) -> Bool {
        left.uuid < right.uuid
    }
}
