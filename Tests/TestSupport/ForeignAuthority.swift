import Foundation

/// A certificate authority that signed nothing: who trusts it alone must trust none of the servers.
package enum ForeignAuthority {
    struct Failure: Error {
        let words: String
    }

    /// Runs `body` with the authority's PEM file.
    package nonisolated(nonsending) static func with<R>(_ body: (_ path: String) async throws -> R) async throws -> R {
        let file = FileManager.default.temporaryDirectory.appending(path: "authority-\(UUID().uuidString).pem")
        defer { try? FileManager.default.removeItem(at: file) }
        let result = try await ChildProcess.run(
            "/usr/bin/env",
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "1", "-subj", "/CN=somebody else", "-keyout", "/dev/null", "-out", file.path,
            ]
        )
        guard result.status == 0 else { throw Failure(words: result.errors) }
        return try await body(file.path)
    }
}
