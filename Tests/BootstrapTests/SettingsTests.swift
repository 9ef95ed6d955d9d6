import Configuration
import Foundation
import Testing

@testable import Bootstrap

@Suite struct SettingsTests {
    enum Mode: String, CaseIterable, Sendable { case fast, careful }

    static let url = Setting<String>.string("database.url", secret: true, doc: "Where PostgreSQL is.")
    static let broker = Setting<String>.url(
        "broker.url",
        schemes: ["amqp", "amqps"],
        default: "amqp://localhost",
        doc: "Where RabbitMQ is."
    )
    static let slots = Setting<Int>.int("worker.slots", in: 1...500, default: 8, doc: "Jobs at once.")
    static let grace = Setting<Duration>.duration(
        "worker.grace",
        in: .zero ... .seconds(600),
        default: .seconds(25),
        doc: "How long jobs may finish."
    )
    static let dryRun = Setting<Bool>.bool("dryRun", default: false, doc: "Send nothing.")
    static let mode = Setting<Mode>.choice("mode", default: .fast, doc: "How.")

    static func readAll(_ reader: SettingsReader) -> (String, String, Int, Duration, Bool, Mode) {
        (
            reader.value(url), reader.value(broker), reader.value(slots), reader.value(grace), reader.value(dryRun),
            reader.value(mode)
        )
    }

    private func faults(_ environment: [String: String]) -> [String] {
        do {
            _ = try SettingsReader.read(environment, Self.readAll)
            return []
        } catch {
            return error.faults
        }
    }

    private func file(_ contents: String) throws -> String {
        let path = NSTemporaryDirectory() + "relais-settings-\(UUID().uuidString)"
        try Data(contents.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func everyKindIsReadFromTheEnvironment() throws {
        let read = try SettingsReader.read(
            [
                "RELAIS_DATABASE_URL": "postgresql://relais@db", "RELAIS_BROKER_URL": "amqps://a:1,b:2/v",
                "RELAIS_WORKER_SLOTS": "500", "RELAIS_WORKER_GRACE": "1500ms", "RELAIS_DRY_RUN": "yes",
                "RELAIS_MODE": "careful", "PATH": "/bin",
            ],
            Self.readAll
        )
        #expect(read == ("postgresql://relais@db", "amqps://a:1,b:2/v", 500, .milliseconds(1500), true, .careful))
    }

    @Test func allFaultsAreReportedAtOnceByTheirEnvironmentNames() {
        let found = faults([
            "RELAIS_WORKER_SLOTS": "abc", "RELAIS_WORKER_GRACE": "25", "RELAIS_DRY_RUN": "perhaps",
            "RELAIS_MODE": "slow",
            "RELAIS_BROKER_URL": "http://x", "RELAIS_WORKER_SLOT": "3", "RELAIS_NONSENSE_FOR_SURE": "",
        ])
        #expect(
            found == [
                "RELAIS_DATABASE_URL: expected a text in it or in the file named by RELAIS_DATABASE_URL_FILE, got nothing",
                "RELAIS_BROKER_URL: expected a URL that starts with amqp:// or amqps:// and has no blank in it, got 'http://x'",
                "RELAIS_WORKER_SLOTS: expected a whole number from 1 to 500, got 'abc'",
                "RELAIS_WORKER_GRACE: expected a duration from 0s to 10m, such as 500ms, 25s, 10m, 2h or 7d, got '25'",
                "RELAIS_DRY_RUN: expected true or false, got 'perhaps'",
                "RELAIS_MODE: expected one of fast, careful, got 'slow'",
                "RELAIS_WORKER_SLOT: unknown setting, did you mean RELAIS_WORKER_SLOTS?",
            ]
        )
        #expect(ExitCode(ConfigurationError(faults: found)) == .configuration)
        #expect(ExitCode.configuration.rawValue == 78)
    }

    @Test(arguments: ["0", "501", "-1", "1.5", " 8", "8 ", "99999999999999999999"])
    func aNumberOutsideItsLimitsIsRefused(_ text: String) {
        let found = faults(["RELAIS_DATABASE_URL": "x", "RELAIS_WORKER_SLOTS": text])
        #expect(found == ["RELAIS_WORKER_SLOTS: expected a whole number from 1 to 500, got '\(text)'"])
    }

    @Test func aSecretIsNeverShown() throws {
        let secret = Setting<Int>(
            key: "pin",
            doc: "",
            isSecret: true,
            expected: "a whole number",
            standard: nil,
            placeholder: 0,
            parse: { Int($0) },
            show: { String($0) }
        )
        let reader = SettingsReader([
            "RELAIS_PIN": "hunter2", "RELAIS_DATABASE_URL": "hunter3", "RELAIS_BROKER_URL": "amqp://u:hunter4@h/v",
        ])
        _ = reader.value(secret)
        _ = Self.readAll(reader)
        let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
        let printed = "\(String(describing: error)) \(reader.reports)"
        #expect(!printed.contains("hunter"))
        #expect(error?.faults == ["RELAIS_PIN: expected a whole number, got something else (hidden, it is a secret)"])
        #expect(reader.reports.map(\.value) == ["(hidden)", "amqp://u:***@h/v", "8", "25s", "false", "fast"])
        let faulty = faults(["RELAIS_DATABASE_URL": "x", "RELAIS_BROKER_URL": "http://u:hun@ter/5@h"])
        #expect(
            faulty == [
                "RELAIS_BROKER_URL: expected a URL that starts with amqp:// or amqps:// and has no blank in it, "
                    + "got 'http://u:***@h'"
            ]
        )
    }

    @Test func passwordsAreHiddenInEveryFormTheyTake() {
        #expect(Redaction.passwords(in: "host=db password='a b' user=x") == "host=db password=*** user=x")
        #expect(
            Redaction.passwords(in: "postgresql://db/relais?user=x&password=y&z=1")
                == "postgresql://db/relais?user=x&password=***&z=1"
        )
        #expect(Redaction.passwords(in: "smtp://user@host:25") == "smtp://user@host:25")
        #expect(Redaction.passwords(in: "a@b.fr") == "a@b.fr")
    }

    @Test func aSecretMayComeFromAFile() throws {
        let path = try file("postgresql://from-file\n")
        let reader = SettingsReader(["RELAIS_DATABASE_URL_FILE": path])
        #expect(Self.readAll(reader).0 == "postgresql://from-file")
        try reader.finish()
        #expect(reader.reports[0].source == .secretFile(path))
        #expect(reader.reports[0].value == "(hidden)")
        #expect(
            faults(["RELAIS_DATABASE_URL_FILE": path, "RELAIS_DATABASE_URL": "x"])
                == ["RELAIS_DATABASE_URL: expected either it or RELAIS_DATABASE_URL_FILE, got both"]
        )
        #expect(
            faults(["RELAIS_DATABASE_URL_FILE": path + "-missing"])
                == ["RELAIS_DATABASE_URL_FILE: expected a readable file, could not open \(path)-missing"]
        )
        let empty = try file("\n")
        #expect(
            faults(["RELAIS_DATABASE_URL_FILE": empty]) == [
                "RELAIS_DATABASE_URL_FILE: expected a secret in \(empty), got an empty file"
            ]
        )
        let large = try file(String(repeating: "x", count: 70_000))
        #expect(
            faults(["RELAIS_DATABASE_URL_FILE": large]) == [
                "RELAIS_DATABASE_URL_FILE: expected at most 65536 bytes in \(large), got more"
            ]
        )
        #expect(
            faults(["RELAIS_DATABASE_URL": "x", "RELAIS_WORKER_SLOTS_FILE": path]).first?.hasPrefix(
                "RELAIS_WORKER_SLOTS_FILE: unknown setting"
            ) == true
        )
    }

    @Test func theConfigurationFileComesAfterTheEnvironmentAndBeforeTheDefault() throws {
        let path = try file(
            #"{"database": {"url": "from-file"}, "worker": {"slots": 3, "grace": "1m"}, "dryRun": true}"#
        )
        let reader = SettingsReader(["RELAIS_CONFIG_FILE": path, "RELAIS_WORKER_GRACE": "2m"])
        let read = Self.readAll(reader)
        try reader.finish()
        #expect(read == ("from-file", "amqp://localhost", 3, .seconds(120), true, .fast))
        #expect(
            reader.reports.map(\.source) == [
                .configurationFile(path), .standard, .configurationFile(path), .environment, .configurationFile(path),
                .standard,
            ]
        )
    }

    @Test func faultsOfTheConfigurationFileAreReported() throws {
        let unknown = try file(#"{"worker": {"slotz": 3, "slots": 2.5}}"#)
        #expect(
            faults(["RELAIS_DATABASE_URL": "x", "RELAIS_CONFIG_FILE": unknown]) == [
                "RELAIS_WORKER_SLOTS: expected a whole number from 1 to 500, got '2.5'",
                "worker.slotz in \(unknown): unknown setting, did you mean worker.slots?",
            ]
        )
        let broken = try file("password: hunter2")
        #expect(
            faults(["RELAIS_DATABASE_URL": "x", "RELAIS_CONFIG_FILE": broken])
                == ["RELAIS_CONFIG_FILE: expected a JSON object in \(broken), got something else"]
        )
        #expect(
            faults(["RELAIS_DATABASE_URL": "x", "RELAIS_CONFIG_FILE": "/nowhere"])
                == ["RELAIS_CONFIG_FILE: expected a readable file, could not open /nowhere"]
        )
    }

    @Test func namesOfOtherProgramsMayStandInASharedEnvFile() throws {
        _ = try SettingsReader.read(
            ["RELAIS_DATABASE_URL": "x", "RELAIS_HTTP_PORT": "1"],
            alsoKnown: ["RELAIS_HTTP_PORT"],
            Self.readAll
        )
    }

    @Test func aRuleBetweenSettingsIsAFaultLikeAnyOther() {
        let error = #expect(throws: ConfigurationError.self) {
            try SettingsReader.read(["RELAIS_DATABASE_URL": "x"]) { reader in
                reader.require(reader.value(Self.slots) > 10, of: Self.slots, "expected more than 10")
                _ = reader.value(Self.url)
            }
        }
        #expect(error?.description == "The configuration has a fault:\n  RELAIS_WORKER_SLOTS: expected more than 10")
    }

    @Test(arguments: ["database.url", "database.poolSize", "mail.smtpURL", "a1.b2"])
    func namesFollowTheRuleOfSwiftConfiguration(_ key: String) throws {
        let provider = EnvironmentVariablesProvider(environmentVariables: [:])
        let found = try provider.value(forKey: AbsoluteConfigKey(ConfigKey(key)).prepending("relais"), type: .string)
        #expect(found.encodedKey == SettingName.environment(key))
    }

    @Test(arguments: [
        ("25s", 25_000), ("500ms", 500), ("10m", 600_000), ("2h", 7_200_000), ("7d", 604_800_000), ("0s", 0),
    ])
    func durationsReadAndShowTheSame(_ text: String, _ milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
        #expect(DurationText.show(.milliseconds(milliseconds)) == text)
    }

    @Test(arguments: ["", "25", "s", "-1s", "1.5s", "1 s", "1w", "99999999999999999999d", "9999999999999999d"])
    func whatIsNoDurationIsRefused(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
