/// One step of a component's schema. Once released it is never edited; a change is a new step.
package struct Migration: Sendable {
    /// Its number; a component's migrations are numbered from 1 without gaps.
    package let version: Int
    /// What it does, in words or as its file is named.
    package let name: String
    /// The script; it runs in a transaction of its own.
    package let sql: String

    /// A step of the schema.
    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}

/// The database's schema is not the one this program was built for. The sentence says what to do.
package enum SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nothing was ever migrated.
    case missing(component: String)
    /// The schema lacks migrations.
    case older(component: String, database: Int, program: Int)
    /// The schema has migrations that this program does not know.
    case newer(component: String, database: Int, program: Int)
    /// A migration was applied under this number that is not the one this program has.
    case different(component: String, version: Int, database: String, program: String)
    /// The program's own list is wrong.
    case misnumbered(component: String, versions: [Int])

    package var description: String {
        switch self {
        case .missing(let component):
            "the database has no schema for \(component): run `producer migrate` on it, then start again"
        case .older(let component, let database, let program):
            "the schema of \(component) is at version \(database), this program needs \(program): "
                + "run `producer migrate` of this release, then start again"
        case .newer(let component, let database, let program):
            "the schema of \(component) is at version \(database), this program knows only \(program): "
                + "deploy the release that migrated the database, or a later one"
        case .different(let component, let version, let database, let program):
            "migration \(version) of \(component) was applied as \"\(database)\", this program has \"\(program)\": "
                + "the two come from different builds; use the release that migrated the database"
        case .misnumbered(let component, let versions):
            "the migrations of \(component) must be numbered 1, 2, 3, … in order, they are \(versions)"
        }
    }
}
