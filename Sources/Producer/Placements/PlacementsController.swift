import Foundation
import HTTPTypes
import Hummingbird
import JobEngine
import NIOCore
import Platform
import Postgres

/// `/v1/associations/{id}/placements`: takes the file of an association's placements, and says what came of it.
struct PlacementsController: Sendable {
    let database: PostgresPool
    let acceptance: JobAcceptance
    let authentication: Authentication

    /// For all of a file: 20 MiB at 3 Mbit/s. Who trickles holds one of a bounded number of connections, and none of the
    /// database's.
    private static let uploadTimeout: Duration = .seconds(60)
    private static let timeout: Duration = .seconds(5)

    func register(_ routes: Routes) {
        routes.serve("/v1/associations/:id/placements", [.put: take])
        routes.serve("/v1/associations/:id/placements/imports/:import", [.get: show])
    }

    // MARK: - Taking a file

    /// `PUT /v1/associations/{id}/placements?requested_by=…`
    @Sendable private func take(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.platform])
        let association = try Self.association(context)
        let requester = try Self.requester(request)
        guard Self.isCSV(request.headers[.contentType]) else { throw Problem.notCSV }
        try await checkRights(of: requester)
        let id = try await begin(association, requestedBy: requester)
        let job: JobID
        do {
            let size = try await receive(request, into: id)
            job = try await acceptance.accept(
                PlacementsImport(importID: id),
                subject: requester,
                traceparent: JobOptions.traceparent(request.headers)
            ) { job, connection in
                let accepted = PlacementsUploadSQL.accept(id, size: size, job: job)
                guard try await connection.execute(accepted) == 1 else { throw Problem.unknownImport }
            }
        } catch {
            // In a task of its own, which goes on when the caller is gone. What cannot be deleted now goes by its age.
            await Task { _ = try? await database.execute(PlacementsUploadSQL.forget(id), timeout: Self.timeout) }.value
            throw error
        }
        let location = PlacementsImportState.path(id, of: association)
        return JSONBody.response(
            .accepted,
            .object([
                "id": .string(JobID(id).description), "association_id": .integer(association),
                "job": .string(job.description), "state": .string("waiting"), "href": .string(location),
            ]),
            headers: [.location: location]
        )
    }

    /// An id that no association can have is that of an unknown one.
    private static func association(_ context: IntakeContext) throws -> Int64 {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }), id > 0 else {
            throw Problem.unknownAssociation
        }
        return id
    }

    private static func requester(_ request: Request) throws -> Int64? {
        var query = QueryReader(request, only: ["requested_by"])
        let account = query.value("requested_by", "a positive integer") { text in
            Int64(text).flatMap { $0 > 0 ? $0 : nil }
        }
        try query.finish()
        return account
    }

    /// `text/csv`, with no other character set than UTF-8.
    private static func isCSV(_ contentType: String?) -> Bool {
        let parts = (contentType ?? "").lowercased().split(separator: ";")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard parts.first == "text/csv" else { return false }
        let charsets = parts.dropFirst().filter { $0.hasPrefix("charset=") }
        return charsets.allSatisfy { ["charset=utf-8", "charset=\"utf-8\""].contains($0) }
    }

    /// The platform itself may replace an association's placements, and an administrator through it.
    private func checkRights(of account: Int64?) async throws {
        guard let account else { return }
        let row = try await database.query(
            AccountFacts.select(account: account),
            as: "read account's rights",
            timeout: Self.timeout
        ).first
        let facts = try row.flatMap { try AccountFacts($0) }
        if case .refused(let refusal) = AccountScope.administration(account, askedBy: facts) {
            throw Problem.mayNotImport(refusal)
        }
    }

    private func begin(_ association: Int64, requestedBy account: Int64?) async throws -> UUID {
        let rows = try await database.query(
            PlacementsUploadSQL.begin(association, requestedBy: account),
            as: "begin upload of placements",
            timeout: Self.timeout
        )
        guard let row = rows.first else { throw Problem.unknownAssociation }
        return try row.decode("id")
    }

    /// Answers the file's size.
    private func receive(_ request: Request, into id: UUID) async throws -> Int {
        let maximum = PlacementsFile.maximumBytes
        let advice = "Leave out old school years, or what is not of this association."
        return try await RequestBody.receive(request, upTo: maximum, orElse: advice, within: Self.uploadTimeout) {
            let write: (SQL) async throws -> Void = { statement in
                _ = try await database.execute(statement, as: "keep placements", timeout: Self.timeout)
            }
            var upload = PlacementsUpload(id: id)
            for try await buffer in request.body {
                try await upload.take(Array(buffer: buffer), write: write)
            }
            try await upload.finish(write: write)
            // A caller that goes away half way has not sent what it announced.
            if let length = request.headers[.contentLength].flatMap(Int.init), length != upload.size {
                throw Problem.malformedBody
            }
            return upload.size
        }
    }

    // MARK: - What came of it

    /// `GET /v1/associations/{id}/placements/imports/{import}`
    @Sendable private func show(_ request: Request, _ context: IntakeContext) async throws -> Response {
        _ = try await authentication.caller(of: request, anyOf: [.platform, .operator, .viewer])
        let association = try Self.association(context)
        guard let id = context.parameters.get("import").flatMap({ UUID(uuidString: $0) }) else {
            throw Problem.malformedID
        }
        let rows = try await database.query(
            PlacementsImportState.select(id),
            as: "look up import of placements",
            timeout: Self.timeout
        )
        guard let state = try rows.first.map(PlacementsImportState.init), state.association == association else {
            throw Problem.unknownImport
        }
        if let problem = Problem(state) { throw problem }
        return JSONBody.response(.ok, state.document)
    }
}
