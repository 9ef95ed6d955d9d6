import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Promise 6: no address, name, phone or token anywhere but in the mails")
struct PrivacyTests {
    /// Everything the demonstration does and a mail server that quotes whom it refuses, every word of both programs.
    @Test func jobsMessagesLogsAndMetricsHoldIDsOnly() async throws {
        try await PromiseWorld.run(pupils: 0) { world in
            let data = try await Self.demonstration(in: world)
            let level = ["RELAIS_LOG_LEVEL": "debug"]
            let intake = try await world.startIntake(scopes: "platform,metrics", level)
            let workers = try await world.startWorkers(only: nil, level)
            try await workers.log.first("the workers' connection") { $0.contains("Broker connected") }
            let check = PrivacyCheck(world)
            _ = try await check.run("tap")

            try await Self.refuseSome(in: world)
            try await Self.ask(intake, for: data)
            try await Self.signUp(in: world)
            // Five kinds and a second export, the notices of the sweep, the refused ones of three sorts.
            try await eventually("all jobs to end or to be refused") {
                let untried = try await world.count("SELECT count(*) FROM relais.job WHERE failures = 0")
                let refused = try await world.count("SELECT count(DISTINCT job) FROM relais.failure")
                return untried == 0 && refused == 3
            }
            #expect(world.mail.count("rules-refused") == 0)
            let kinds = try await world.count(
                "SELECT count(DISTINCT kind) FROM relais.job_finished WHERE state = 'done'"
            )
            #expect(kinds == 6)
            #expect(try await world.count("SELECT count(*) FROM relais.job_finished WHERE state = 'dead'") == 2)
            let links = try await world.count("SELECT count(*) FROM delivery.file WHERE size > 7 * 1048576")
            let files = try await world.count("SELECT count(*) FROM delivery.file")
            #expect(links == 1 && files == 2, "one export is attached and one is a link")

            let said = try await check.write(intake, workers)
            let clean = try await check.run(said)
            #expect(clean.status == 0, "\(clean.output)\(clean.errors)")
            #expect(!clean.output.contains(", 0 messages"), "it must have looked at messages")

            let account = try #require(
                try await world.pool.query(
                    """
                    SELECT concat_ws(E'\\n', (SELECT email FROM platform.account WHERE email IS NOT NULL LIMIT 1),
                        (SELECT phone FROM platform.account WHERE phone IS NOT NULL LIMIT 1),
                        (SELECT last_name FROM platform.account LIMIT 1)) AS personal
                    """
                ).first
            ).decode("personal", as: String.self)
            let planted = try check.write("planted", account + "\n" + intake.token + "\n")
            let dirty = try await check.run(planted)
            #expect(dirty.status == 1)
            for sort in ["an e-mail address", "a phone number", "a name of platform.account", "a token"] {
                #expect(dirty.output.contains(sort), "a check that finds nothing proves nothing")
            }
        }
    }

    private struct Data: Decodable {
        struct Account: Decodable {
            let id: Int
            let email: String
        }

        let schoolYear: Int
        let administrator: Account
        let confirmedAccount: Account
    }

    private static func demonstration(in world: PromiseWorld) async throws -> Data {
        let result = try await ChildProcess.run(
            PromiseData.repository.appending(path: "deploy/platform/generate").path,
            ["--database", world.servers.database.conninfo, "--seed", "6", "--json"]
        )
        try #require(result.status == 0, "\(result.errors)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Data.self, from: Foundation.Data(result.output.utf8))
    }

    /// Three pupils whose mails are refused in different ways, each with words that quote address and name. The sweep tells
    /// them nothing: a second mail to one of them would be a refusal more than are awaited, and whether one of them has
    /// something that waits depends on the day.
    private static func refuseSome(in world: PromiseWorld) async throws {
        let rows = try await world.pool.query(
            """
            SELECT a.id, s.email, s.first_name || ' ' || s.last_name AS name
            FROM platform.application a JOIN platform.account s ON s.id = a.student_id
            WHERE a.state = 'expired' AND s.email ~ '^[a-z0-9.-]+@[a-z0-9.-]+$' AND s.discarded_at IS NULL
              -- A reply is ASCII.
              AND s.first_name || s.last_name ~ '^[A-Za-z -]+$'
              AND NOT EXISTS (SELECT FROM platform.application w WHERE w.student_id = s.id AND w.state = 'submitted')
            ORDER BY a.expired_at DESC, a.id LIMIT 3
            """
        )
        try #require(rows.count == 3)
        let answers = [("rcpt", "550 5.1.1"), ("rcpt", "451 4.2.1"), ("end", "554 5.7.1")]
        let rules = try zip(rows, answers).map { row, answer in
            let email = try row.decode("email", as: String.self)
            let words = "\(answer.1) <\(email)>: mailbox of \(try row.decode("name", as: String.self)) refused"
            return ScriptedSMTPServer.Rule(answer.0, recipient: email, reply: words)
        }
        try world.mail.setRules(rules)
        for row in rows {
            let id = try row.decode("id", as: Int64.self)
            try await world.pool.execute(
                "SELECT relais.enqueue('application.expired-notice', jsonb_build_object('application_id', \(id)))"
            )
        }
    }

    private static func ask(_ intake: PromiseIntake, for data: Data) async throws {
        let year = #""school_year": \#(data.schoolYear)"#
        let export = #"\#(year), "requested_by": \#(data.administrator.id), "format": "csv""#
        let wanted = [
            ("account.password-reset", #"{"identifier": "\#(data.confirmedAccount.email)"}"#),
            ("account.activation", #"{"identifier": "nobody.of.ours@unknown.example"}"#),
            ("application.expiry-sweep", #"{"limit": 150}"#),
            ("export.offers", "{\(export)}"),
            ("export.offers", #"{\#(export), "department": "75"}"#),
            ("statistics.refresh", "{\(year)}"),
        ]
        for (kind, arguments) in wanted {
            let answer = try await intake.enqueue(kind, arguments)
            #expect(answer.status == 202, "\(kind): \(answer.text)")
        }
        // What is refused is logged, too.
        let refused = try await intake.enqueue("account.activation", #"{"email": "some.body@refused.example"}"#)
        #expect(refused.status == 422 || refused.status == 400)
    }

    private static func signUp(in world: PromiseWorld) async throws {
        try await world.pool.execute(
            """
            WITH account AS (
                INSERT INTO platform.account (kind, email, first_name, last_name)
                VALUES ('employer', 'Camille.Verdier@atelier-du-pont.example', 'Camille', 'Verdier') RETURNING id
            )
            SELECT relais.enqueue('account.activation', jsonb_build_object('account_id', id)) FROM account
            """
        )
    }
}

/// `deploy/check-privacy`, pointed at a test's world.
struct PrivacyCheck {
    private let environment: [String: String]
    private let directory: URL

    init(_ world: PromiseWorld) {
        directory = world.mail.directory
        environment = ProcessInfo.processInfo.environment.merging([
            "PGDATABASE": world.servers.database.name, "RELAIS_BROKER_URL": world.servers.brokerURL,
        ]) { $1 }
    }

    func run(_ arguments: String...) async throws -> ChildProcess.Result { try await run(arguments) }

    func run(_ arguments: [String]) async throws -> ChildProcess.Result {
        try await ChildProcess.run(
            PromiseData.repository.appending(path: "deploy/check-privacy").path,
            arguments,
            environment: environment
        )
    }

    /// Files with all that the programs said and with their metrics.
    func write(_ intake: PromiseIntake, _ workers: LineProcess) async throws -> [String] {
        let port = try await PromiseWorld.port(in: workers, of: "Monitoring port open")
        let pages = [
            try await intake.call("GET", "/metrics"),
            try await PromiseIntake(program: workers, port: port, token: "").call("GET", "/metrics"),
        ]
        for page in pages { #expect(page.status == 200 && page.text.contains("relais_"), "\(page.text)") }
        let said = [intake.program, workers].map { ($0.lines.all + $0.log.all).joined(separator: "\n") }
        for words in said { #expect(words.contains("debug"), "the log must be at debug level") }
        return try zip(["intake.metrics", "workers.metrics", "intake.log", "workers.log"], pages.map(\.text) + said)
            .map { try write($0, $1) }
    }

    func write(_ name: String, _ text: String) throws -> String {
        let file = directory.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }
}
