import Foundation
import HTTPTypes
import Hummingbird
import JobEngine
import Platform
import Postgres

/// `/v1/statistics/…`: the figures of a school year, as the last refresh of it left them.
struct StatisticsController: Sendable {
    let database: PostgresPool
    let authentication: Authentication

    /// The platform shows a référent his own page. Figures hold nothing personal, and whoever looks after their refresh
    /// sees what came of it.
    private static let readers: [Scope] = [.platform, .operator, .viewer]
    private static let timeout: Duration = .seconds(5)

    func register(_ routes: Routes) {
        routes.serve("/v1/statistics/departments/:code", [.get: department])
        routes.serve("/v1/statistics/ministries/:id", [.get: ministry])
        routes.serve("/v1/statistics/global", [.get: global])
    }

    /// `GET /v1/statistics/departments/{code}?school_year=…`
    @Sendable private func department(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: Self.readers)
        let query = try StatisticsQuery(request)
        guard let department = context.parameters.get("code").flatMap(Department.init(code:)) else {
            throw Problem.unknownDepartment
        }
        let row = try await figures(StatisticsSQL.department(department.code, year: query.year))
        return CachedAnswer.response(try StatisticsPages.department(department, row), to: request, for: .theCaller)
    }

    /// `GET /v1/statistics/ministries/{id}?school_year=…&department=…`
    @Sendable private func ministry(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: Self.readers)
        let query = try StatisticsQuery(request, withDepartment: true)
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0 else {
            throw Problem.unknownMinistry
        }
        let row = try await figures(
            StatisticsSQL.ministry(id, department: query.department?.code, year: query.year),
            unless: { try $0.decode("name", as: String?.self) != nil ? nil : .unknownMinistry }
        )
        let page = try StatisticsPages.ministry(id, row.decode("name"), in: query.department, row)
        return CachedAnswer.response(page, to: request, for: .theCaller)
    }

    /// `GET /v1/statistics/global?school_year=…`, for whoever asks.
    @Sendable private func global(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let query = try StatisticsQuery(request)
        let row = try await figures(StatisticsSQL.global(year: query.year))
        return CachedAnswer.response(try StatisticsPages.global(row), to: request, for: .everybody)
    }

    /// The row of a page whose year has figures, unless there is a fault in what the page is of.
    private func figures(
        _ statement: SQL,
        unless fault: (Row) throws -> Problem? = { _ in nil }
    ) async throws -> Row {
        let rows = try await database.query(statement, as: "read figures", timeout: Self.timeout)
        guard let row = rows.first else { throw Problem.internalFault }
        if let fault = try fault(row) { throw fault }
        let (first, last) = (try row.decode("first_year", as: Int.self), try row.decode("last_year", as: Int.self))
        let year = try row.decode("school_year", as: Int.self)
        guard (first...max(first, last)).contains(year) else {
            throw Problem.noSuchFigures(field: "school_year", expected: "an integer from \(first) to \(last)")
        }
        guard try row.optionalInstant("refreshed_at") != nil else { throw Problem.notComputed(year) }
        return row
    }
}

/// What a request for figures asks for beside its path.
private struct StatisticsQuery {
    /// nil: the year that pages show first.
    var year: Int32?
    var department: Department?

    init(_ request: Request, withDepartment: Bool = false) throws {
        var query = QueryReader(request, only: ["school_year"] + (withDepartment ? ["department"] : []))
        // An integer beyond all years is a year that has no figures, and the database knows those that have.
        year = query.value("school_year", "an integer") { Int($0).map(Int32.init(clamping:)) }
        let code = query.text("department")
        try query.finish()
        department = code.flatMap(Department.init(code:))
        if code != nil && department == nil {
            throw Problem.noSuchFigures(field: "department", expected: "the code of a département, such as 75 or 2A")
        }
    }
}
