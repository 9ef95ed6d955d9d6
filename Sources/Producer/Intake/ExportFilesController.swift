import Foundation
import HTTPTypes
import Hummingbird
import Platform
import Postgres

/// `/v1/exports/{id}/file`: the file that a mail has announced. The signature is the permission.
struct ExportFilesController: Sendable {
    let database: PostgresPool
    let links: SignedLink

    private static let timeout: Duration = .seconds(5)

    func register(_ routes: Routes) {
        routes.serve("/v1/exports/:id/file", [.get: send])
    }

    @Sendable private func send(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let query = request.uri.queryParameters
        guard let id = context.parameters.get("id").flatMap({ UUID(uuidString: $0) }),
            let expires = query["expires"], let signature = query["signature"]
        else { throw Problem.forgedLink }
        // Judged before the database is asked: a forged link costs it nothing, and learns nothing by its time.
        let verdict = { links.verdict(file: id, expires: String(expires), signature: String(signature), now: $0) }
        guard verdict(.distantPast) == .valid else { throw Problem.forgedLink }
        let rows = try await database.query(
            """
            SELECT clock_timestamp() AS now, f.id IS NOT NULL AS is_known, f.filename, f.content_type, f.size,
                f.expires_at <= clock_timestamp() AS is_expired
            FROM (SELECT) AS one LEFT JOIN delivery.file f ON f.id = \(id)
            """,
            as: "look up export file",
            timeout: Self.timeout
        )
        guard let row = rows.first else { throw Problem.unknownFile }
        guard verdict(try row.decode("now")) == .valid else { throw Problem.expiredLink }
        guard try row.decode("is_known") else { throw Problem.unknownFile }
        if try row.decode("is_expired", as: Bool?.self) == true { throw Problem.expiredLink }
        let size = try row.decode("size", as: Int.self)
        return Response(
            status: .ok,
            headers: [
                .contentType: try row.decode("content_type"),
                // The table holds only names that need no quoting.
                .contentDisposition: "attachment; filename=\"\(try row.decode("filename", as: String.self))\"",
                .cacheControl: "private, no-store",
                .xContentTypeOptions: "nosniff",
            ],
            body: body(of: id, size: size)
        )
    }

    /// A chunk of at most 1 MiB at a time, each by a statement of its own: a reader that takes an hour holds no
    /// connection and no snapshot meanwhile.
    private func body(of id: UUID, size: Int) -> ResponseBody {
        let database = database
        return ResponseBody(contentLength: size) { writer in
            var last: Int32 = -1
            var sent = 0
            while sent < size {
                let rows = try await database.query(
                    """
                    SELECT number, content FROM delivery.file_chunk
                    WHERE file = \(id) AND number > \(last) ORDER BY number LIMIT 1
                    """,
                    as: "read export file",
                    timeout: Self.timeout
                )
                // Deleted meanwhile, or shorter than it says: the connection ends before the announced length, which
                // every client takes for a broken download.
                guard let row = rows.first else { throw Problem.unknownFile }
                let content = try row.decode("content", as: Bytes.self).array
                last = try row.decode("number")
                sent += content.count
                try await writer.write(ByteBuffer(bytes: content))
            }
            try await writer.finish(nil)
        }
    }
}
