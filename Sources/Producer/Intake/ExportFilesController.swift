import Foundation
import HTTPTypes
import Hummingbird
import JobEngine
import Platform
import Postgres

/// `/v1/exports/{id}/…`: the file that a mail has announced, for whoever has its link, and a second mail of it.
struct ExportFilesController: Sendable {
    let database: PostgresPool
    let links: SignedLink
    let acceptance: JobAcceptance
    let authentication: Authentication

    private static let timeout: Duration = .seconds(5)

    func register(_ routes: Routes) {
        routes.serve("/v1/exports/:id/file", [.get: send])
        routes.serve("/v1/exports/:id/resend", [.post: resend])
    }

    /// `POST /v1/exports/{id}/resend`: mails a kept file once more, to the account that asked for it.
    @Sendable private func resend(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let caller = try await authentication.caller(of: request, anyOf: [.platform])
        guard let id = JobID(context.parameters.get("id") ?? "") else { throw Problem.malformedID }
        let account: Int64
        switch try await database.withConnection({ try await KeptFile.find(id, on: $0) }) {
        case .unknown: throw Problem.unknownFile
        case .expired: throw Problem.expiredLink
        case .live(let found): account = found
        }
        let job = JobRequest(
            kind: ExportResend.self,
            arguments: ["file_id": .string(id.description)],
            options: JobOptions(
                subject: account,
                traceparent: JobOptions.traceparent(request.headers)
            )
        )
        let call = JobCall(jobs: [job], path: request.uri.path, idempotencyKey: nil, code: [], isBulk: false)
        return try await acceptance.accept(call, from: caller).response
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
                extract(epoch FROM f.created_at)::text || '-' || f.size AS version, f.expires_at <= clock_timestamp() AS is_expired
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
        // Another attempt of the job may have replaced the file since a client began to load it.
        let tag = "\"\(try row.decode("version", as: String.self))\""
        var headers: HTTPFields = [
            .contentType: try row.decode("content_type"),
            // The table holds only names that need no quoting.
            .contentDisposition: "attachment; filename=\"\(try row.decode("filename", as: String.self))\"",
            .cacheControl: "private, no-store",
            .xContentTypeOptions: "nosniff",
            .acceptRanges: "bytes",
            .eTag: tag,
        ]
        switch request.method == .get ? ByteRange(request.headers, size: size, tag: tag) : .whole {
        case .whole:
            return Response(status: .ok, headers: headers, body: body(of: id, 0..<size))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(size)"
            return Response(status: .partialContent, headers: headers, body: body(of: id, Range(range)))
        case .outside:
            throw Problem.rangeOutside(size: size)
        }
    }

    /// A chunk of at most 1 MiB at a time, each by a statement of its own: a reader that takes an hour holds no
    /// connection and no snapshot meanwhile.
    private func body(of id: UUID, _ range: Range<Int>) -> ResponseBody {
        return ResponseBody(contentLength: range.count) { writer in
            var (last, position) = try await start(of: range, in: id)
            while position < range.upperBound {
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
                let part = content.prefix(range.upperBound - position).dropFirst(max(range.lowerBound - position, 0))
                last = try row.decode("number")
                position += content.count
                try await writer.write(ByteBuffer(bytes: part))
            }
            try await writer.finish(nil)
        }
    }

    /// The chunk before the one that holds the first byte of a range, and where that one starts. Lengths are known
    /// without reading the chunks.
    private func start(of range: Range<Int>, in file: UUID) async throws -> (last: Int32, position: Int) {
        guard range.lowerBound > 0 else { return (-1, 0) }
        let rows = try await database.query(
            """
            SELECT number - 1 AS last, starts FROM (
                SELECT number, sum(octet_length(content)) OVER (ORDER BY number) - octet_length(content) AS starts
                FROM delivery.file_chunk WHERE file = \(file)) AS place
            WHERE starts <= \(range.lowerBound) ORDER BY number DESC LIMIT 1
            """,
            as: "look up export file",
            timeout: Self.timeout
        )
        guard let row = rows.first else { throw Problem.unknownFile }
        return (try row.decode("last"), try row.decode("starts"))
    }
}
