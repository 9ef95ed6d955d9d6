import HTTPTypes
import Hummingbird
import JobEngine
import Platform
import Postgres

/// `POST /v1/tokens/redeem`: the platform asks whose link was clicked, or whose code was typed, and uses it up.
struct RedeemController: Sendable {
    let database: PostgresPool
    let secret: SharedSecret
    let authentication: Authentication
    private let limit = RedeemLimit()

    private static let timeout: Duration = .seconds(5)
    /// No answer about a code comes earlier. A wrong guess costs a known number the update of a row and an unknown one
    /// nothing, a tenth of a millisecond, which two thousand guesses would add up to a list of who has an account.
    private static let earliest: Duration = .milliseconds(25)

    init(database: PostgresPool, secret: SharedSecret, authentication: Authentication) {
        self.database = database
        self.secret = secret
        self.authentication = authentication
    }

    func register(_ routes: Routes) {
        routes.serve("/v1/tokens/redeem", [.post: redeem])
    }

    @Sendable private func redeem(_ request: Request, _ context: IntakeContext) async throws -> Response {
        let start = ContinuousClock.now
        _ = try await authentication.caller(of: request, anyOf: [.platform])
        let asked = try RedeemRequest(try await RequestBody(request, upTo: RedeemRequest.maximumBytes).value)
        let redemption = TokenRedemption(
            asked.purpose,
            try await proof(of: asked),
            consume: asked.consume,
            secret: try secret.signing()
        )
        let outcome = try await outcome(of: redemption)
        if case .code = asked.proof { try await Task.sleep(until: start + Self.earliest) }
        switch outcome {
        case .redeemed(let account):
            return JSONBody.response(
                .ok,
                .object([
                    "account_id": .integer(account), "purpose": .string(asked.purpose.rawValue),
                    "consumed": .boolean(asked.consume),
                ])
            )
        case .gone(let reason): throw Problem.tokenGone(reason)
        case .unknown: throw Problem.unknownToken
        }
    }

    /// Within the limit. An identifier is counted as it is looked up, however it is spelt.
    private func proof(of asked: RedeemRequest) async throws -> TokenRedemption.Proof {
        let proof: TokenRedemption.Proof
        let key: RedeemLimit.Key
        switch asked.proof {
        case .token(let token):
            proof = .token(token)
            key = RedeemLimit.Key(asked.purpose.rawValue, token)
        case .code(let code, let identifier):
            let rows = try await database.query(
                TokenRedemption.normal(identifier),
                as: "normalise identifier",
                timeout: Self.timeout
            )
            let phone = try rows.first?.decode("identifier", as: String.self) ?? ""
            proof = .code(code, phone: phone)
            key = RedeemLimit.Key(asked.purpose.rawValue, phone)
        }
        if let wait = limit.wait(for: key) { throw Problem.tooManyRedemptions(after: wait) }
        return proof
    }

    /// The account may be locked by a transaction of the platform's own that waits for this answer: then neither would
    /// end.
    private func outcome(of redemption: TokenRedemption) async throws -> TokenRedemption.Outcome {
        do {
            return try await database.transaction(as: "redeem token", timeout: Self.timeout) { connection in
                _ = try await connection.execute("SET LOCAL lock_timeout = '1s'")
                return try await redemption.run(on: connection)
            }
        } catch let error as PostgresError where error.sqlState == "55P03" {
            throw Problem.accountLocked
        }
    }
}
