import Bootstrap
import Testing

@testable import workers

/// The settings of the workers agree with the names that all programs accept, and with each other.
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

    @Test func everyNameThatTheWorkersReadIsKnownToAllPrograms() throws {
        for report in try Self.reports() {
            #expect(CommonSettings.knownNames.contains(report.name))
            if report.value == Redaction.hidden || report.name == "RELAIS_SMTP_PASSWORD" {
                #expect(CommonSettings.knownNames.contains(report.name + "_FILE"))
            }
        }
    }

    @Test func everyKnownNameOfTheWorkersIsRead() throws {
        // Read by the producer, by deploy/stack and by the tests.
        let others: Set<String> = [
            "RELAIS_BROKER_API_URL", "RELAIS_BROKER_METRICS_URL", "RELAIS_PORT_BASE", "RELAIS_STACK",
            "RELAIS_STACK_DIRECTORY", "RELAIS_STACK_FAST", "RELAIS_STACK_FREE_PORT",
        ]
        let read = Set(try Self.reports().map(\.name))
        let unread = CommonSettings.knownNames.subtracting(others).filter { name in
            !name.hasPrefix("RELAIS_HTTP_") && !read.contains(name)
                && !(name.hasSuffix("_FILE") && read.contains(String(name.dropLast("_FILE".count))))
        }
        #expect(unread == [])
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
        ("RELAIS_EXPIRY_DAYS", "0"),
    ])
    func aWrongValueIsOneFaultOfItsName(_ name: String, _ value: String) {
        let faults = Self.faults([name: value])
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("\(name): ") == true)
    }
}
