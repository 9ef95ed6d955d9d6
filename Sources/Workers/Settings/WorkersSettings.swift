import AMQP
import Bootstrap
import Foundation
import JobEngine
import Platform

/// Every setting of `workers run`, read and checked whole before anything starts.
struct WorkersSettings: Sendable {
    let log: LogSettings
    let database: DatabaseSettings
    let brokerURL: String
    let signingSecret: String
    let mail: MailSettings
    let sms: SMSSettings
    let links: LinkSettings
    let grace: Duration
    let monitoringPort: Int
    let applicationLife: Duration

    static let graceSetting = Setting<Duration>.duration(
        "workers.grace",
        in: .zero ... .seconds(3600),
        default: .seconds(25),
        doc: "What running jobs get to end on a stop, before they are cancelled and given back."
    )
    static let monitoringPortSetting = Setting<Int>.int(
        "workers.port",
        in: 0...65_535,
        default: 9464,
        doc: "Loopback port of /metrics and /health; 0: any free one, told in the log."
    )
    static let expiryDays = Setting<Int>.int(
        "expiry.days",
        in: 1...365,
        default: 15,
        doc: "Days of 86,400 s that an application waits for an answer before it expires."
    )

    init(_ reader: SettingsReader) {
        log = LogSettings(reader)
        database = DatabaseSettings(reader)
        brokerURL = reader.value(CommonSettings.brokerURL)
        reader.require(
            brokerURL.isEmpty || (try? AMQPConfiguration(url: brokerURL, connectionName: "check")) != nil,
            of: CommonSettings.brokerURL,
            "expected amqp://user:password@host:port/vhost, got something else (hidden, it is a secret)"
        )
        signingSecret = reader.value(CommonSettings.signingSecret)
        reader.require(
            signingSecret.isEmpty || signingSecret.utf8.count >= SigningSecret.minimumBytes,
            of: CommonSettings.signingSecret,
            "expected at least \(SigningSecret.minimumBytes) bytes, got \(signingSecret.utf8.count); "
                + "make one with: openssl rand -hex 32"
        )
        mail = MailSettings(reader)
        sms = SMSSettings(reader)
        links = LinkSettings(reader)
        grace = reader.value(Self.graceSetting)
        monitoringPort = reader.value(Self.monitoringPortSetting)
        applicationLife = .seconds(86_400 * reader.value(Self.expiryDays))
    }
}

extension WorkersSettings {
    /// Reads the settings from the environment; with a fault, prints all faults and ends the process with 78.
    static func readOrExit() -> (settings: WorkersSettings, reports: [SettingReport]) {
        let reader = SettingsReader(ProcessInfo.processInfo.environment, alsoKnown: CommonSettings.knownNames)
        let settings = WorkersSettings(reader)
        do {
            try reader.finish()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            ExitCode.configuration.exit()
        }
        return (settings, reader.reports)
    }
}
