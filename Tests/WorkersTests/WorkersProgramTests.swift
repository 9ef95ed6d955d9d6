import Bootstrap
import Foundation
import Postgres
import TestSupport
import Testing

@testable import workers

/// The real executable: what it says of its settings, and of servers that are there or away.
@Suite struct WorkersProgramTests {
    @Test(arguments: ["run", "check"])
    func allFaultsAreToldAtOnceByNameAndNoSecret(_ command: String) async throws {
        let program = try await Program.workers(
            [command],
            [
                "RELAIS_BROKER_URL": "http://relais:hunter2@127.0.0.1/",
                "RELAIS_SIGNING_SECRET": "hunter2",
                "RELAIS_SMTP_URL": "mail.example",
                "RELAIS_SMTP_PASSWORD": "hunter2",
                "RELAIS_ACTIVATION_URL": "https://platform.test/activation",
                "RELAIS_RESET_URL": "ftp://platform.test/{token}",
                "RELAIS_MAIL_SENDER": "nobody",
                "RELAIS_WORKERS_GRACE": "25",
                "RELAIS_WORKERS_PORT": "65536",
                "RELAIS_EXPIRY_DAYS": "fifteen",
                "RELAIS_WORKERS_GRAEC": "25s",
            ]
        )
        #expect(program.status == 78)
        #expect(program.output == "")
        for name in [
            "DATABASE_URL", "BROKER_URL", "SIGNING_SECRET", "SMTP_URL", "SMTP_USER", "ACTIVATION_URL", "RESET_URL",
            "PUBLIC_URL", "MAIL_SENDER", "WORKERS_GRACE", "WORKERS_PORT", "EXPIRY_DAYS", "WORKERS_GRAEC",
        ] {
            #expect(program.errors.split(separator: "\n").count { $0.contains("RELAIS_\(name): ") } == 1, "\(name)")
        }
        #expect(program.errors.contains("RELAIS_WORKERS_GRAEC: unknown setting, did you mean RELAIS_WORKERS_GRACE?"))
        #expect(!program.errors.contains("hunter2"))
    }

    @Test(arguments: [
        (["run", "--only", "notice,exports"], "got 'exports'"),
        (["run", "--concurrency", "notice=0"], "got 'notice=0'"),
        (["run", "--concurrency", "export=1,export=2"], "got export twice"),
        (
            ["run", "--only", "notice", "--concurrency", "notice=2,export=1"],
            "expected queues that --only names, got export"
        ),
        (["sweep"], "'sweep'"),
    ])
    func wrongArgumentsAreAMatterOfUsage(_ arguments: [String], _ words: String) async throws {
        let program = try await Program.workers(arguments, WorkersEnvironment.complete)
        #expect(program.status == 64)
        #expect(program.errors.contains(words), "\(program.errors)")
        #expect(program.output == "")
    }

    @Test func checkIsContentWithServersThatAnswer() async throws {
        try await WorkersWorld.run { world in
            try await withTemporaryVirtualHost { host in
                let program = try await ScriptedSMTPServer.run { mail in
                    var environment = Self.environment(world, broker: host.url)
                    environment["RELAIS_SIGNING_SECRET"] = "0123456789-hunter2-0123456789-hunter2"
                    environment["RELAIS_SMTP_URL"] = "smtp://127.0.0.1:\(mail.port)"
                    return try await Program.workers(["check"], environment)
                }
                #expect(program.status == 0, "\(program.output)\(program.errors)")
                #expect(program.output.contains("mail: reached without TLS; no mail was sent"))
                #expect(program.output.contains("database: reached"))
                #expect(program.output.contains("broker: reached"))
                #expect(program.output.contains("exports: /"))
                #expect(program.output.contains("RELAIS_EXPIRY_DAYS = 15  (default)"))
                #expect(program.output.contains("RELAIS_SIGNING_SECRET = (hidden)  (environment)"))
                #expect(!(program.output + program.errors).contains("hunter2"))
                #expect(!(program.output + program.errors).contains(host.url))
            }
        }
    }

    @Test func checkSaysThatTheMailServerIsAwayAndWhatElseIsWell() async throws {
        try await WorkersWorld.run { world in
            try await withTemporaryVirtualHost { host in
                var environment = Self.environment(world, broker: host.url)
                environment["RELAIS_SMTP_URL"] = "smtp://127.0.0.1:9"
                let program = try await Program.workers(["check"], environment)
                #expect(program.status == 69)
                #expect(program.output.contains("database: reached"))
                #expect(program.output.contains("broker: reached"))
                #expect(program.output.contains("mail: FAILED: mail transient failure at connect"))
                #expect(program.output.contains("check RELAIS_SMTP_URL"))
            }
        }
    }

    @Test func checkSaysThatTheBrokerIsAwayAndWhatElseIsWell() async throws {
        try await WorkersWorld.run { world in
            let program = try await Program.workers(
                ["check"],
                Self.environment(world, broker: "amqp://relais:hunter2@127.0.0.1:9/relais")
            )
            #expect(program.status == 69)
            #expect(program.output.contains("database: reached"))
            #expect(program.output.contains("broker: FAILED"))
            #expect(!(program.output + program.errors).contains("hunter2"))
        }
    }

    /// A `tee` that died, and one that hangs. `timeout` ends with 124 what does not end by itself.
    @Test(arguments: ["exec 2> >(:); wait $!", "exec 2> >(exec sleep 600); head -c 65536 /dev/zero >&2"])
    func aLogThatNobodyReadsKeepsTheProgramFromNothing(_ standardError: String) async throws {
        var environment = WorkersEnvironment.complete
        environment["RELAIS_DATABASE_URL"] = "postgresql://relais@127.0.0.1:9/relais"
        environment["RELAIS_WORKERS_PORT"] = "0"
        environment["PATH"] = "/usr/bin:/bin"
        let program = try await ChildProcess.run(
            "/bin/bash",
            ["-c", standardError + "; timeout 120 \"$0\" run; status=$?; kill $! 2>&-; exit $status", Program.path],
            environment: environment
        )
        #expect(program.status == 69)
    }

    @Test func aWorkerThatStartsRemovesTheExportsOfThoseThatWereKilledAndOfNobodyElse() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "sweep-\(UUID())")
        let left = directory.appending(path: "relais-export-\(UUID())-1")
        let held = directory.appending(path: "relais-export-\(UUID())-2")
        let foreign = directory.appending(path: "relais-exports")
        for url in [left, held, foreign] {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try Data("personal".utf8).write(to: url.appending(path: "export.csv"))
        }
        defer { try? FileManager.default.removeItem(at: directory) }
        // As the process does that works in it.
        let lock = open(held.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        defer { close(lock) }
        try await WorkersWorld.run { world in
            try await withTemporaryVirtualHost { host in
                var environment = Self.environment(world, broker: host.url)
                environment["TMPDIR"] = directory.path
                environment["RELAIS_WORKERS_PORT"] = "0"
                let program = try LineProcess(Program.path, ["run", "--only", "notice"], environment: environment)
                // Written when everything has started.
                try await program.log.first("the monitoring port") { $0.contains(#""port":"#) }
                #expect(await program.stop() == 0)
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(Set(names) == [held.lastPathComponent, foreign.lastPathComponent])
    }

    @Test func checkAndRunRefuseADatabaseWithoutOurSchema() async throws {
        try await withTemporaryDatabase { database in
            try await withTemporaryVirtualHost { host in
                var environment = WorkersEnvironment.complete
                environment["RELAIS_DATABASE_URL"] = database.conninfo
                environment["RELAIS_BROKER_URL"] = host.url
                environment["RELAIS_WORKERS_PORT"] = "0"
                let check = try await Program.workers(["check"], environment)
                #expect(check.status == 69)
                #expect(check.output.contains("database: FAILED"))
                #expect(check.output.contains("broker: reached"))
                let run = try await Program.workers(["run"], environment)
                #expect(run.status == 78)
            }
        }
    }

    @Test func aDirectoryThatTakesNoExportsIsFoundAtTheStart() async throws {
        try await WorkersWorld.run { world in
            try await withTemporaryVirtualHost { host in
                var environment = Self.environment(world, broker: host.url)
                environment["TMPDIR"] = "/nonexistent"
                environment["RELAIS_WORKERS_PORT"] = "0"
                let check = try await Program.workers(["check"], environment)
                #expect(check.status == 69)
                #expect(check.output.contains("exports: FAILED: the directory for exports (TMPDIR, else /tmp)"))
                #expect(check.output.contains("No such file or directory"))
                let run = try await Program.workers(["run"], environment)
                #expect(run.status == 78)
                #expect(run.errors.contains("the directory for exports (TMPDIR, else /tmp)"))
            }
        }
    }

    private static func environment(
        _ world: WorkersWorld,
        broker: String
    ) -> [String: String] {
        WorkersEnvironment.complete.merging([
            "RELAIS_DATABASE_URL": world.database.conninfo,
            "RELAIS_BROKER_URL": broker,
        ]) { $1 }
    }
}
