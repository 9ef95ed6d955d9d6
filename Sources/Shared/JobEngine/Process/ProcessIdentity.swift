import Foundation

/// Who a process is in the ledger: its role and machine, and the name that all its database sessions carry, by which
/// they can be ended when it freezes.
package struct ProcessIdentity: Sendable, Hashable {
    package enum Role: String, Sendable {
        case producer, workers
    }

    package let role: Role
    package let host: String
    package let osPID: Int32
    /// `relais/<role>/<random>`: unique to this run of the process. Every connection of the process must use it.
    package let applicationName: String

    package init(role: Role) {
        self.role = role
        self.host = ProcessInfo.processInfo.hostName
        self.osPID = ProcessInfo.processInfo.processIdentifier
        // Names of applications are cut at 63 bytes by PostgreSQL.
        self.applicationName = "relais/\(role.rawValue)/\(UUID().uuidString.lowercased())"
    }
}
