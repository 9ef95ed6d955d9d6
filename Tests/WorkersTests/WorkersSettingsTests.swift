import Bootstrap
import Testing

@testable import workers

/// The settings of the workers agree with their documentation and with each other.
@Suite struct WorkersSettingsTests {
    private static func reports() throws -> [SettingReport] {
        let reader = SettingsReader(WorkersEnvironment.complete)
        _ = WorkersSettings(reader)
        try reader.finish()
        return reader.reports
    }

    private static func faults(_ changes: [String: String]) -> [String] {
        let environment = WorkersEnvironment.complete.merging(changes) { $1 }
        do {
            _ = try SettingsReader.read(environment, alsoKnown: CommonSettings.knownNames) { WorkersSettings($0) }
            return []
        } catch {
            return error.faults
        }
    }

    @Test func theDefaultsAreThoseThatAreDocumented() throws {
        let values = Dictionary(uniqueKeysWithValues: try Self.reports().map { ($0.name, $0.value) })
        #expect(values["RELAIS_EXPIRY_DAYS"] == "15")
        #expect(values["RELAIS_WORKERS_GRACE"] == "25s")
        let settings = try SettingsReader.read(WorkersEnvironment.complete) { WorkersSettings($0) }
        #expect(settings.applicationLife == .seconds(15 * 86_400))
    }

    /// What only the first mail or the first connection would have found.
    @Test(arguments: [
        ("RELAIS_SMTP_URL", "smtp://mail.example/inbox"),
        ("RELAIS_SMTP_URL", "smtp://user:password@mail.example"),
        ("RELAIS_BROKER_URL", "amqp://relais:relais@127.0.0.1:seven/relais"),
        ("RELAIS_ACTIVATION_URL", "https://platform.test/activation"),
        ("RELAIS_RESET_URL", "https://{token}.platform.test/"),
        ("RELAIS_MAIL_SENDER", "Mon stage"),
        ("RELAIS_MAIL_REPLY_TO", "équipe@platform.test"),
        ("RELAIS_SMTP_USER", "relais"),
        ("RELAIS_SIGNING_SECRET", "short"),
        ("RELAIS_DATABASE_URL", "postgresql://relais:hunter2@127.0.0.1:notaport/relais"),
        ("RELAIS_DATABASE_URL", "postgresql://127.0.0.1/relais?sslmode=hunter2"),
        ("RELAIS_DATABASE_URL", "password=hunter2 foo=bar"),
        ("RELAIS_PUBLIC_URL", "https://user:hunter2@relais.test"),
        ("RELAIS_PUBLIC_URL", "https://relais.test/?page=1"),
        ("RELAIS_PUBLIC_URL", "https://relais.test/#top"),
        ("RELAIS_EXPIRY_DAYS", "0"),
    ])
    func aWrongValueIsOneFaultOfItsName(_ name: String, _ value: String) {
        let faults = Self.faults([name: value])
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("\(name): ") == true)
        #expect(faults.first?.contains("hunter2") == false)
    }

    @Test(arguments: [
        "postgresql://relais@one:5432,two/relais?target_session_attrs=read-write&sslmode=verify-full",
        "host=one,two port=5432, dbname=relais", "postgresql:///relais",
    ])
    func whatLibpqTakesIsTaken(_ conninfo: String) {
        #expect(Self.faults(["RELAIS_DATABASE_URL": conninfo]).isEmpty)
    }

    @Test func aBlankInALinkIsNamed() {
        let faults = Self.faults(["RELAIS_RESET_URL": "https://x y/{token}"])
        #expect(faults.count == 1)
        #expect(faults.first?.contains("has no blank in it") == true)
    }
}
