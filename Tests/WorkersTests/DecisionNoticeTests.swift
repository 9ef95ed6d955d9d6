import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// What a pupil and his teachers are told of a decision, and when they are not.
@Suite struct DecisionNoticeTests {
    /// Pupil 10 of school 1, whose main teacher is 20; the others are 21 (of school 2) and the head teacher 22.
    private static let pupil = #"{"application_id": 10, "recipient_id": 10}"#
    private static let teacher = #"{"application_id": 10, "recipient_id": 20}"#
    private static let approved = """
        UPDATE platform.application SET state = 'approved', approved_at = '2021-10-01T23:30:00+02:00';
        """
    private static let rejected = "UPDATE platform.application SET state = 'rejected', rejected_at = now();"

    private func world(
        _ rules: [ScriptedSMTPServer.Rule] = [],
        _ decision: String = approved,
        message: String? = nil,
        _ body: (WorkersWorld, ScriptedSMTPServer) async throws -> Void
    ) async throws {
        try await WorkersWorld.run(rules: rules) { world, server in
            try await world.run(
                script: PlatformFixture.offer(2, title: "<b>Stage</b> d'été")
                    + PlatformFixture.waiting(10...10, submitted: "'2021-09-20'", offer: 2) + """
                        INSERT INTO platform.school (id, name, department_code)
                            VALUES (1, 'Collège Un', '75'), (2, 'Collège Deux', '75');
                        INSERT INTO platform.account (id, kind, role, email, first_name, last_name, school_id,
                            confirmed_at)
                        VALUES (20, 'school_staff', 'main_teacher', 'prof@college.example', 'Alix', 'Roux', 1, now()),
                            (21, 'school_staff', 'main_teacher', 'autre@college.example', 'Sacha', 'Petit', 2, now()),
                            (22, 'school_staff', 'school_manager', 'chef@college.example', 'Noa', 'Blanc', 1, now());
                        UPDATE platform.account SET school_id = 1 WHERE id = 10;
                        \(decision)
                        """
            )
            if let message {
                _ = try await world.pool.execute("UPDATE platform.application SET answer_message = \(message)")
            }
            try await body(world, server)
        }
    }

    @Test(
        "Gérer les candidatures: message personnalisé",
        arguments: [
            (approved, "Une de vos candidatures a été acceptée"),
            (
                "UPDATE platform.application SET state = 'convention_signed', convention_signed_at = now();",
                "Une de vos candidatures a été acceptée"
            ),
            (rejected, "Une de vos candidatures n'a pas été retenue"),
        ]
    )
    func thePupilHearsTheDecisionWithTheOwnersMessage(_ decision: String, _ subject: String) async throws {
        let message = "Bonjour Camille,\r\n\r\nVenez à 9 h : <i>rue du Pont</i>."
        try await world([], decision, message: message) { world, server in
            let job = try await world.perform("application.decision-notice", Self.pupil)
            #expect(job.state == .done && job.mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == subject)
            #expect(mail.recipientAddress == "eleve10@college.example")
            #expect(mail.structure == ["multipart/alternative", "text/plain", "text/html"])
            #expect(mail.defects == [])
            let text = mail.text.replacing("\u{A0}", with: " ")
            let html = mail.html.replacing("\u{A0}", with: " ")
            #expect(text.contains("\n> Bonjour Camille,\n>\n> Venez à 9 h : <i>rue du Pont</i>.\n"))
            #expect(html.contains("Bonjour Camille,<br><br>Venez à 9 h : &lt;i&gt;rue du Pont&lt;/i&gt;."))
            for part in [text, html] { #expect(part.contains("Atelier du Nord")) }
            #expect(html.contains("&lt;b&gt;Stage&lt;/b&gt; d&#39;été"))
            #expect(try await world.traces(of: "rue du Pont") == [])
            #expect(try await world.traces(of: "eleve10") == [])
        }
    }

    @Test(arguments: [nil, "", " \r\n "]) func withoutAMessageNoneIsAnnounced(_ message: String?) async throws {
        try await world(message: message) { world, server in
            #expect(try await world.perform("application.decision-notice", Self.pupil).state == .done)
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(!mail.text.contains("Message") && !mail.html.contains("<blockquote>"))
        }
    }

    /// A header of somebody's own, a second part, the end of the message, our signature, a megabyte.
    @Test(arguments: [
        "Merci\r\nBcc: x@example.test\r\nSubject: Autre\r\n\r\nCorps", "\r\n.\r\nMAIL FROM:<x@example.test>\r\n",
        "--=_relais_alternative--\r\n--=_relais_mixed\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>",
        "</p></blockquote><script>alert(1)</script><img src=x onerror=alert(1)>", "\u{202E}\u{200B}=?utf-8?q?x?=",
        String(repeating: "é\u{301}\u{302} ", count: 300_000),
    ])
    func aHostileMessageReachesNothingButItsOwnPlace(_ message: String) async throws {
        try await world(message: message) { world, server in
            let job = try await world.perform("application.decision-notice", Self.pupil)
            #expect(job.state == .done && job.mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.structure == ["multipart/alternative", "text/plain", "text/html"])
            #expect(mail.headers["subject"] == "Une de vos candidatures a été acceptée")
            #expect(mail.recipientAddress == "eleve10@college.example")
            #expect(mail.defects == [] && mail.names.filter { $0.lowercased() == "bcc" } == [])
            #expect(!mail.html.contains("<script") && !mail.html.contains("<img"))
            #expect(mail.text.utf8.count < 20_000 && mail.html.utf8.count < 30_000)
            #expect(!mail.text.split(separator: "\n").contains { $0.hasPrefix("Bcc:") || $0 == "." })
            #expect(server.count("kept") == 1)
        }
    }

    @Test("Gérer les candidatures: le professeur principal prépare la convention")
    func aMainTeacherHearsOfTheApprovalAndNotTheMessage() async throws {
        try await world(message: "Pour toi seulement") { world, server in
            let job = try await world.perform("application.decision-notice", Self.teacher)
            #expect(job.state == .done && job.mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.headers["subject"] == "Une convention de stage à remplir vous attend")
            #expect(mail.recipientAddress == "prof@college.example")
            for part in [mail.text, mail.html] {
                let words = part.replacing("\u{A0}", with: " ")
                #expect(words.contains("Bonjour Alix,") && words.contains("Camille Martin"))
                #expect(words.contains("Atelier du Nord") && words.contains("1er octobre 2021"))
                #expect(!words.contains("Pour toi seulement"))
            }
        }
    }

    @Test func aDecisionOnADeletedOfferIsToldAllTheSame() async throws {
        try await world([], Self.rejected + "UPDATE platform.offer SET discarded_at = now();") { world, server in
            #expect(try await world.perform("application.decision-notice", Self.pupil).mailState == "accepted")
            try await server.event("kept")
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let change: String
        let recipient: Int
        let reason: String
        var testDescription: String { "\(reason): \(change), to \(recipient)" }

        init(_ change: String, to recipient: Int, _ reason: String) {
            self.change = change
            self.recipient = recipient
            self.reason = reason
        }
    }

    private static let back = "UPDATE platform.application SET state ="

    @Test(arguments: [
        Case("DELETE FROM platform.application", to: 10, "application-gone"),
        Case("\(back) 'submitted'", to: 10, "application-not-decided"),
        Case("\(back) 'submitted'", to: 20, "application-not-decided"),
        Case("\(back) 'expired', expired_at = now()", to: 10, "application-not-decided"),
        Case("\(back) 'canceled_by_employer', canceled_at = now()", to: 10, "application-not-decided"),
        Case("\(back) 'canceled_by_student', canceled_at = now()", to: 20, "application-not-decided"),
        Case("UPDATE platform.account SET email = NULL, phone = '+33612345678' WHERE id = 10", to: 10, "no-address"),
        Case("UPDATE platform.account SET email = 'a@b@c' WHERE id = 10", to: 10, "invalid-address"),
        Case("UPDATE platform.account SET discarded_at = now() WHERE id = 10", to: 10, "account-discarded"),
        Case("DELETE FROM platform.account WHERE id = 20", to: 20, "account-gone"),
        Case("UPDATE platform.account SET discarded_at = now() WHERE id = 20", to: 20, "account-discarded"),
        Case("UPDATE platform.account SET confirmed_at = NULL WHERE id = 20", to: 20, "recipient-not-concerned"),
        Case("UPDATE platform.account SET role = 'teacher' WHERE id = 20", to: 20, "recipient-not-concerned"),
        Case("UPDATE platform.account SET school_id = 2 WHERE id = 20", to: 20, "recipient-not-concerned"),
        Case("UPDATE platform.account SET school_id = NULL WHERE id = 10", to: 20, "recipient-not-concerned"),
        Case("SELECT", to: 21, "recipient-not-concerned"), Case("SELECT", to: 22, "recipient-not-concerned"),
        Case("SELECT", to: 1, "recipient-not-concerned"),
        Case("\(back) 'rejected', rejected_at = now()", to: 20, "application-not-approved"),
        Case("\(back) 'convention_signed', convention_signed_at = now()", to: 20, "convention-signed"),
    ])
    func whoeverIsNotConcernedAnyMoreGetsNoMail(_ one: Case) async throws {
        try await world { world, server in
            let arguments = #"{"application_id": 10, "recipient_id": \#(one.recipient)}"#
            let id = try await world.enqueue("application.decision-notice", arguments)
            try await world.run(script: one.change)
            let job = try await world.worker.attempt(id)
            #expect(job.state == .obsolete && job.reason == one.reason, "\(job.state) \(job.reason ?? "")")
            #expect(server.count("connection") == 0)
        }
    }

    @Test(arguments: [pupil, teacher]) func aMailWithoutAnAnswerIsNotSentAgain(_ arguments: String) async throws {
        try await world([.init("accepted", times: 1, drop: true)]) { world, server in
            let job = try await world.perform("application.decision-notice", arguments)
            #expect(job.state == .done && job.mailState == "unknown")
            #expect(try await server.has("data-received", exactly: 1))
        }
    }

    @Test(arguments: [pupil, teacher]) func aWorkerThatDiesBeforeTheAnswerLeavesTheMailUnsentAgain(
        _ arguments: String
    ) async throws {
        try await world([.init("end", times: 1, drop: true, hold: true)]) { world, server in
            let id = try await world.enqueue("application.decision-notice", arguments)
            let job = try await world.worker.claim(id)
            let dying = Task { try await world.worker.run(job) }
            try await server.event("holding")
            try await world.rescue(world.worker)
            let rescued = try await world.worker.attempt(id)
            #expect(rescued.state == .done && rescued.mailState == "unknown")
            try server.setRules([])
            #expect(try await dying.value.state == .done)
            #expect(try await server.has("data-received", exactly: 1))
        }
    }

    /// As the platform asks in the transaction of the decision: for the pupil and for each main teacher.
    @Test func oneCallInSQLTellsEverybodyConcerned() async throws {
        try await world { world, server in
            try await world.run(
                script: """
                    SELECT relais.enqueue_many(jsonb_agg(jsonb_build_object(
                        'kind', 'application.decision-notice', 'subject', r.id,
                        'arguments', jsonb_build_object('application_id', a.id, 'recipient_id', r.id))))
                    FROM platform.application a JOIN platform.account s ON s.id = a.student_id
                    JOIN platform.account r ON r.id = s.id OR a.state = 'approved' AND r.school_id = s.school_id
                        AND r.role = 'main_teacher' AND r.confirmed_at IS NOT NULL AND r.discarded_at IS NULL
                    WHERE a.id = 10
                    """
            )
            let jobs: [Int64] = try await world.pool.query("SELECT subject FROM relais.job ORDER BY 1").map {
                try $0.decode("subject")
            }
            #expect(jobs == [10, 20])
            for row in try await world.pool.query("SELECT id FROM relais.job") {
                #expect(try await world.worker.attempt(JobID(row.decode("id"))).mailState == "accepted")
            }
            #expect(try await server.has("kept", exactly: 2))
        }
    }
}
