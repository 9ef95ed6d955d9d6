import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// Accounts that have only a telephone: six digits by SMS, through whatever gateway is configured.
@Suite struct AccountCodeTests {
    static let kinds = ["account.activation", "account.password-reset"]
    private static let phone = "+33612345678"

    /// A world with an SMS gateway that follows `steps`, no mail server, and account 10 with a number only.
    private func withGateway(
        _ steps: [SMSServer.Step],
        environment: [String: String] = [:],
        _ body: (WorkersWorld, SMSServer) async throws -> Void
    ) async throws {
        try await SMSServer.run(steps) { server in
            // The longest wait that may be set: a busy gateway is no silent one.
            var settings = [
                "RELAIS_SMS_URL": server.url, "RELAIS_SMS_HEADER": "Authorization: Bearer gateway-key",
                "RELAIS_SMS_TIMEOUT": "60s",
            ]
            settings.merge(environment) { $1 }
            try await WorkersWorld.run(environment: settings) { world in
                try await world.run(script: PlatformFixture.account(10, email: nil, phone: Self.phone))
                try await body(world, server)
            }
        }
    }

    private func secret() throws -> SigningSecret { try SigningSecret(WorkersEnvironment.secret.utf8) }

    @Test(arguments: kinds, ["06 12 34 56 78", "+33612345678", "0033 6.12.34.56.78"])
    func theNumberGetsACodeThatIsKeptNowhere(_ kind: String, _ identifier: String) async throws {
        try await withGateway([.status(202)]) { world, server in
            let job = try await world.perform(kind, #"{"identifier": "\#(identifier)"}"#)
            #expect(job.state == .done)
            #expect(job.subject == 10)
            let all = try await server.received(1)
            #expect(all.count == 1)
            let sent = try #require(all.first)
            #expect(sent.method == "POST")
            #expect(sent.headers["authorization"] == "Bearer gateway-key")
            #expect(sent.headers["content-type"] == "application/json")
            #expect(sent.headers["idempotency-key"] == job.id.description)
            #expect(sent.members["to"] == Self.phone)
            #expect(sent.members["from"] == "Stage3e")
            #expect(sent.members["id"] == job.id.description)
            let code = try #require(sent.code)
            let purpose: AccountToken.Purpose = kind == "account.activation" ? .activation : .passwordReset
            let expected = AccountCode(purpose, job: job.id, secret: try secret())
            #expect(code == expected.text)
            let row = try await #require(
                world.pool.query(
                    """
                    SELECT is_code, digest = sha256(convert_to(\(code), 'UTF8')) AS is_plain,
                        extract(epoch FROM expires_at - created_at)::int AS lifetime FROM delivery.token
                    """
                ).first
            )
            #expect(try row.decode("is_code", as: Bool.self))
            #expect(try row.decode("is_plain", as: Bool.self) == false, "a plain hash of six digits is no secret")
            #expect(try row.decode("lifetime", as: Int.self) == 600)
            #expect(try await world.traces(of: "612345678") == [])
            #expect(try await world.traces(of: "gateway-key") == [])
            #expect(!world.log.all.contains { $0.contains(code) })
        }
    }

    @Test(arguments: kinds) func withoutAGatewayTheJobIsDeadAndSaysWhatToDo(_ kind: String) async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.account(10, email: nil, phone: Self.phone))
            let job = try await world.perform(kind, #"{"account_id": 10}"#)
            #expect(job.state == .dead)
            #expect(job.reason?.hasPrefix("no-sms-gateway: ") == true)
            #expect(job.reason?.contains("RELAIS_SMS_URL") == true)
            #expect(try await world.integer("SELECT count(*) FROM delivery.token") == 0)
            #expect(try await world.traces(of: "612345678") == [])
        }
    }

    @Test(arguments: kinds) func whoHasAnAddressGetsAMailAndNoSMS(_ kind: String) async throws {
        try await SMSServer.run([.status(200)]) { gateway in
            try await WorkersWorld.run(rules: [], environment: ["RELAIS_SMS_URL": gateway.url]) { world, server in
                try await world.run(
                    script: PlatformFixture.account(10, email: "camille@lycee.example", phone: Self.phone)
                )
                #expect(try await world.perform(kind, #"{"identifier": "0612345678"}"#).state == .done)
                #expect(try await server.has("kept", exactly: 1))
                #expect(try await gateway.received(0).isEmpty)
            }
        }
    }

    @Test(arguments: [301, 401, 403, 404, 408, 429, 500, 503])
    func anAnswerThatMayChangeIsTriedAgainWithTheSameCode(_ status: Int) async throws {
        try await withGateway([.status(status), .status(200)]) { world, server in
            let id = try await world.enqueue("account.activation", #"{"account_id": 10}"#)
            let first = try await world.worker.attempt(id)
            #expect(first.state == .pending && first.failures == 1)
            #expect(try await world.worker.attempt(id).state == .done)
            let sent = try await server.received(2)
            #expect(sent.count == 2)
            #expect(sent[0].body == sent[1].body)
            #expect(sent[0].headers["idempotency-key"] == sent[1].headers["idempotency-key"])
            #expect(try await world.integer("SELECT count(*) FROM delivery.token") == 1)
            #expect(try await world.traces(of: "612345678") == [], "the gateway's answer repeats the number")
        }
    }

    @Test(arguments: [400, 402, 410, 422]) func aRefusedNumberIsDeadAtOnce(_ status: Int) async throws {
        try await withGateway([.status(status)]) { world, server in
            let job = try await world.perform("account.activation", #"{"account_id": 10}"#)
            #expect(job.state == .dead)
            #expect(job.reason == "SMS gateway answered \(status)")
            #expect(try await server.received(1).count == 1)
            #expect(try await world.traces(of: "612345678") == [])
        }
    }

    @Test func theGatewaySaysWhenToComeBack() async throws {
        try await withGateway([.status(429, retryAfter: "1200")]) { world, _ in
            let job = try await world.perform("account.activation", #"{"account_id": 10}"#)
            #expect(job.state == .pending)
            let wait = try await world.integer(
                """
                SELECT extract(epoch FROM j.run_at - f.ended_at)::int FROM relais.job j
                JOIN relais.failure f ON f.job = j.id
                """
            )
            #expect((1199...1321).contains(wait), "\(wait) s")
        }
    }

    /// Nobody can tell whether it went out: a second one has the same digits, and a key by which a gateway knows it.
    @Test(arguments: [SMSServer.Step.drop, .silent])
    func anSMSWithoutAnAnswerIsSentAgainWithTheSameCode(_ step: SMSServer.Step) async throws {
        try await withGateway([step, .status(200)]) { world, server in
            let id = try await world.enqueue("account.password-reset", #"{"account_id": 10}"#)
            // The first attempt gives a silent gateway up after a second, and the second one is patient.
            let hasty = ["RELAIS_SMS_URL": server.url, "RELAIS_SMS_TIMEOUT": "1s"]
            try await world.withWorker(hasty) { worker in
                let first = try await worker.attempt(id)
                #expect(first.state == .pending)
            }
            #expect(try await world.worker.attempt(id).state == .done)
            let codes = try await server.received(2).map(\.code)
            #expect(codes.count == 2 && codes[0] != nil && codes[0] == codes[1])
        }
    }

    @Test func aGatewayThatIsDownIsTriedAgain() async throws {
        try await WorkersWorld.run(environment: ["RELAIS_SMS_URL": "http://127.0.0.1:9/sms"]) { world in
            try await world.run(script: PlatformFixture.account(10, email: nil, phone: Self.phone))
            let job = try await world.perform("account.activation", #"{"account_id": 10}"#)
            #expect(job.state == .pending && job.failures == 1)
            #expect(try await world.traces(of: "612345678") == [])
        }
    }

    @Test func aFormGatewayGetsAForm() async throws {
        let body = "message={text}&recipient={to}&sender={from}"
        try await withGateway([.status(200)], environment: ["RELAIS_SMS_BODY": body]) { world, server in
            #expect(try await world.perform("account.activation", #"{"account_id": 10}"#).state == .done)
            let sent = try #require(try await server.received(1).first)
            #expect(sent.headers["content-type"] == "application/x-www-form-urlencoded")
            #expect(sent.body.hasPrefix("message=Mon%20stage%20de%203e%20%3A%20"))
            #expect(sent.body.hasSuffix("&recipient=%2B33612345678&sender=Stage3e"))
        }
    }

    @Test func aWorkerKilledBetweenAttemptsSendsTheSameCode() async throws {
        try await withGateway([.drop, .status(200)]) { world, server in
            let id = try await world.enqueue("account.activation", #"{"account_id": 10}"#)
            #expect(try await world.worker.attempt(id).state == .pending)
            _ = try await world.worker.claim(id)
            try await world.rescue(world.worker)
            let job = try await world.worker.attempt(id)
            #expect(job.state == .done && job.crashes == 1)
            let codes = try await server.received(2).map(\.code)
            #expect(codes.count == 2 && codes[0] != nil && codes[0] == codes[1])
        }
    }
}
