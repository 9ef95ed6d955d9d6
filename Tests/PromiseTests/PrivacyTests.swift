import Foundation
import JobEngine
import Postgres
import TestSupport
import Testing

@Suite("Promise 6: no address, name, phone or token anywhere but in the mails")
struct PrivacyTests {
    /// Everything that the platform asks for and a mail server that quotes whom it refuses, every word of both programs.
    @Test func jobsMessagesLogsAndMetricsHoldIDsOnly() async throws {
        try await SMSServer.run([.status(202)]) { gateway in
            try await PromiseWorld.run(pupils: 0) { world in try await Self.look(in: world, gateway) }
        }
    }

    private static func look(in world: PromiseWorld, _ gateway: SMSServer) async throws {
        let data = try await demonstration(in: world)
        try await world.pool.execute(
            """
            WITH account AS (
                INSERT INTO platform.account (kind, phone, first_name, last_name)
                VALUES ('student', '+33612345678', 'Camille', 'Verdier') RETURNING id
            ), reminded AS (
                -- Owners of a few are reminded, and not thousands.
                UPDATE platform.application SET reminded_at = now()
                WHERE state IN ('submitted', 'expired') AND id % 50 > 0 RETURNING id
            )
            SELECT count(*) FROM account, reminded
            """
        )
        let settings = [
            "RELAIS_LOG_LEVEL": "debug", "RELAIS_SMS_URL": gateway.url,
            "RELAIS_SMS_HEADER": "Authorization: Bearer \(gatewayKey)",
        ]
        let intake = try await world.startIntake(scopes: "platform,metrics", settings)
        let workers = try await world.startWorkers(only: nil, settings)
        try await workers.log.first("the workers' connection") { $0.contains("Broker connected") }
        let check = PrivacyCheck(world)
        _ = try await check.run("tap")

        try await refuseSome(in: world)
        try await ask(intake, for: data)
        try await importPlacements(in: world, intake)
        try await signUp(in: world)
        try await answer(in: world)
        try await endExports(in: world, for: data)
        // The notices of the sweeps, too, and the refused ones of three sorts.
        try await eventually("all jobs to end or to be refused") {
            let untried = try await world.count("SELECT count(*) FROM relais.job WHERE failures = 0")
            let refused = try await world.count("SELECT count(DISTINCT job) FROM relais.failure")
            return untried == 0 && refused == 3
        }
        #expect(world.mail.count("rules-refused") == 0)
        let undone = try await world.pool.query(
            "SELECT name FROM relais.kind EXCEPT SELECT kind FROM relais.job_finished WHERE state = 'done'"
        ).map { try $0.decode("name", as: String.self) }
        #expect(undone == [], "of each kind a job must have been done")
        #expect(try await world.count("SELECT count(*) FROM relais.job_finished WHERE state = 'dead'") == 2)
        let links = try await world.count("SELECT count(*) FROM delivery.file WHERE size > 7 * 1048576")
        let files = try await world.count("SELECT count(*) FROM delivery.file")
        #expect(links == 1 && files == 5, "one export is a link, and all others are attached")

        let said = try await check.write(intake, workers)
        let clean = try await check.run(said)
        #expect(clean.status == 0, "\(clean.output)\(clean.errors)")
        #expect(!clean.output.contains(", 0 messages"), "it must have looked at messages")
        try await expectNoCodeOrSecret(of: gateway, in: said)
        try await expectAFindingOfEachSort(check, intake, world)
    }

    /// Six digits have too many neighbours to be found by a digest: those that the gateway got are looked for.
    private static func expectNoCodeOrSecret(of gateway: SMSServer, in files: [String]) async throws {
        let texts = try await gateway.received(1)
        let codes = Set(texts.compactMap(\.code))
        #expect(texts.count == 1 && codes.count == 1)
        for file in files {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            // Digits behind a point are fractions of a second.
            let words = text.split { !($0.isLetter || $0.isNumber || $0 == ".") }
            #expect(codes.isDisjoint(with: words.map(String.init)), "a code stands in \(file)")
            let told = secrets.filter { text.contains($0) }
            #expect(told == [], "they stand in \(file)")
        }
    }

    private static func expectAFindingOfEachSort(
        _ check: PrivacyCheck,
        _ intake: PromiseIntake,
        _ world: PromiseWorld
    ) async throws {
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

    private static let gatewayKey = "the-key-with-which-the-gateway-knows-us"
    /// Those of the settings: of the gateway, and the beginning of the one that signs.
    private static let secrets = [gatewayKey, "promise-promise"]

    private struct Data: Decodable {
        struct Account: Decodable {
            let id: Int
            let email: String
        }

        let schoolYear: Int
        let administrator: Account
        let confirmedAccount: Account
        let pendingInvitation: Int
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

    /// Somebody who has a telephone and no address, and asks for his code with it.
    private static let number = "06 12 34 56 78"

    private static func ask(_ intake: PromiseIntake, for data: Data) async throws {
        let year = #""school_year": \#(data.schoolYear)"#
        let export = #"\#(year), "requested_by": \#(data.administrator.id), "format": "csv""#
        let wanted = [
            ("account.password-reset", #"{"identifier": "\#(data.confirmedAccount.email)"}"#),
            ("account.activation", #"{"identifier": "nobody.of.ours@unknown.example"}"#),
            ("account.activation", #"{"identifier": "\#(number)"}"#),
            ("referent.welcome", #"{"invitation_id": \#(data.pendingInvitation)}"#),
            ("application.expiry-sweep", #"{"limit": 150}"#),
            ("application.reminder-sweep", "{}"),
            ("export.offers", "{\(export)}"),
            ("export.offers", #"{\#(export), "department": "75"}"#),
            ("export.offer-statistics", "{\(export)}"),
            ("export.schools", "{\(export)}"),
            ("export.associations", "{\(export)}"),
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

    /// An association's file, as the platform hands it on.
    private static func importPlacements(in world: PromiseWorld, _ intake: PromiseIntake) async throws {
        let week = try await world.pool.query("SELECT min(week) AS week FROM platform.week").first
        let file = """
            is_public;group_id;sector_id;department_code;type;seats;seats_used;male;female;week;updated_at
            false;;;75;remote;3;2;1;1;\(try #require(week).decode("week", as: String.self));2021-09-20T10:00:00+02:00
            """
        let answer = try await intake.call("PUT", "/v1/associations/1/placements", body: file, type: "text/csv")
        #expect(answer.status == 202, "placements.import: \(answer.text)")
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

    /// An owner hears of one application, and accepts another with words that the pupil alone may read.
    private static func answer(in world: PromiseWorld) async throws {
        try await world.pool.execute(
            """
            WITH reachable AS (
                SELECT a.id, row_number() OVER (ORDER BY a.submitted_at DESC, a.id) AS place
                FROM platform.application a JOIN platform.account s ON s.id = a.student_id
                JOIN platform.offer o ON o.id = a.offer_id JOIN platform.account p ON p.id = o.owner_id
                WHERE a.state = 'submitted' AND s.email IS NOT NULL AND s.discarded_at IS NULL
                    AND p.email IS NOT NULL AND p.discarded_at IS NULL
            ), accepted AS (
                UPDATE platform.application a SET state = 'approved', approved_at = now(),
                    answer_message = 'Bonjour, appelez Camille Verdier au 06 12 34 56 79, ou camille@atelier.example'
                FROM reachable r WHERE a.id = r.id AND r.place = 1 RETURNING a.id, a.student_id
            )
            SELECT relais.enqueue('application.decision-notice',
                jsonb_build_object('application_id', id, 'recipient_id', student_id)) FROM accepted
            UNION ALL SELECT relais.enqueue('application.submitted-notice', jsonb_build_object('application_id', id))
            FROM reachable WHERE place = 2
            """
        )
    }

    /// A file is sent once more, and an export will not come.
    private static func endExports(in world: PromiseWorld, for data: Data) async throws {
        try await eventually("a file") {
            try await world.count("SELECT count(*) FROM relais.job_finished WHERE kind = 'export.associations'") == 1
        }
        try await world.pool.execute(
            """
            SELECT relais.enqueue('export.resend', jsonb_build_object('file_id', id))
            FROM delivery.file WHERE kind = 'export.associations'
            """
        )
        let ledger = Ledger(durable: world.pool, relaxed: world.pool)
        let arguments = #"{"school_year": 2020, "requested_by": \#(data.administrator.id)}"#
        let export = NewJob(kind: "export.schools", arguments: JSON(arguments), runAt: .distantFuture)
        #expect(try await ledger.cancel(try await ledger.enqueue(export), reason: "test") == .cancelled)
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
