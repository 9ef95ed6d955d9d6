import Foundation
import Postgres

/// A schedule whose time has come, as one look at the ledger found it.
struct DueTick: Sendable {
    let schedule: String
    let expression: String
    let zone: String
    /// The first tick that has not fired.
    let due: Date
    /// The instant of the look, by the database's clock.
    let now: Date

    init(_ row: Row) throws {
        schedule = try row.decode("name")
        expression = try row.decode("expression")
        zone = try row.decode("zone")
        due = try row.instant("next_tick")
        now = try row.instant("now")
    }

    /// The tick to fire and the one to wait for. After a standstill only the latest missed tick fires: a sweep that is run
    /// once for each of ten missed days does in the first run all there is to do.
    func latestAndNext() throws -> (latest: Date, next: Date) {
        let ticks = try Ticks(expression, zone: zone)
        return (ticks.latest(from: due, through: now) ?? due, ticks.first(after: now))
    }
}
