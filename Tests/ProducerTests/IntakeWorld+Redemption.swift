import Foundation
import HTTPTypes
import JobEngine
import Platform
import Postgres
import Testing

@testable import producer

/// What a worker does before it sends a link or a code, and what the platform asks about it then.
extension IntakeWorld {
    /// The account of every test: a pupil, not active yet.
    static let redeemer: Int64 = 3
    static let phone = "+33612345678"

    /// Stores the token of a link as the worker does, and returns its text. Later jobs have greater numbers.
    func sendLink(_ purpose: AccountToken.Purpose, job number: Int) async throws -> String {
        let job = try Self.job(number)
        let token = AccountToken(purpose, job: job, secret: try Self.secret.signing())
        try await keep(TokenRecord(token, account: Self.redeemer, job: job))
        return token.text
    }

    /// Gives the account its number, stores a code as the worker does, and returns its digits.
    func sendCode(_ purpose: AccountToken.Purpose, job number: Int) async throws -> String {
        try await pool.execute("UPDATE platform.account SET phone = \(Self.phone) WHERE id = \(Self.redeemer)")
        let job = try Self.job(number)
        let code = AccountCode(purpose, job: job, secret: try Self.secret.signing())
        try await keep(TokenRecord(code, account: Self.redeemer, job: job))
        return code.text
    }

    private func keep(_ record: TokenRecord) async throws {
        #expect(try await pool.transaction { try await record.keep(on: $0) } == .kept)
    }

    private static func job(_ number: Int) throws -> JobID {
        try #require(JobID("0193a1b2-0000-7000-8000-00000000000\(number)"))
    }

    func redeem(_ purpose: AccountToken.Purpose, _ token: String, consume: Bool? = nil) async throws -> Answer {
        var members: [String: JSONValue] = ["purpose": .string(purpose.rawValue), "token": .string(token)]
        members["consume"] = consume.map { .boolean($0) }
        return try await call(.post, "/v1/tokens/redeem", body: JSONBody.text(.object(members)))
    }

    func guess(_ purpose: AccountToken.Purpose, _ code: String, of identifier: String = phone) async throws -> Answer {
        let members: [String: JSONValue] = [
            "purpose": .string(purpose.rawValue), "identifier": .string(identifier), "code": .string(code),
        ]
        return try await call(.post, "/v1/tokens/redeem", body: JSONBody.text(.object(members)))
    }

    func isConfirmed() async throws -> Bool {
        try await count("platform.account WHERE id = 3 AND confirmed_at IS NOT NULL") == 1
    }

    /// Six digits that are not these.
    static func other(_ code: String, _ step: Int = 1) -> String {
        let digits = String(((Int(code) ?? 0) + step) % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}
