import Configuration
import Foundation

/// Reads settings from the environment, from secret files and from the configuration file, in this order, and collects
/// everything that is wrong.
///
///     let settings = try SettingsReader.read(ProcessInfo.processInfo.environment) { reader in
///         WorkerSettings(slots: reader.value(.slots), grace: reader.value(.grace))
///     }
///
/// An empty environment variable counts as not set: that is how env files switch a line off.
package final class SettingsReader {
    private let environment: EnvironmentVariablesProvider
    private let names: [String]
    private let file: SettingsFile?
    /// The names that may be set: those of every setting read so far, and those that were called known.
    package private(set) var known: Set<String>
    private var knownKeys: Set<String> = []
    private var faults: [String] = []

    /// One entry for each setting read so far, in order of reading.
    package private(set) var reports: [SettingReport] = []

    private static let configurationFile = "config.file"

    /// - Parameters:
    ///   - environment: the process's environment.
    ///   - alsoKnown: names that other programs of the project read, and that one shared env file may therefore hold.
    package init(_ environment: [String: String], alsoKnown: Set<String> = []) {
        let own = environment.filter { $0.key.hasPrefix(SettingName.prefix) && !$0.value.isEmpty }
        self.environment = EnvironmentVariablesProvider(environmentVariables: own, secretsSpecifier: .all)
        names = own.keys.sorted()
        let fileName = SettingName.environment(Self.configurationFile)
        known = alsoKnown.union([fileName])
        var file: SettingsFile?
        if let path = own[fileName] {
            do {
                file = try SettingsFile(path: path)
            } catch {
                faults.append("\(fileName): \((error as? SettingsFileError)?.words ?? "expected a readable file")")
            }
        }
        self.file = file
    }

    /// Reads what `body` asks for, then checks that nothing is wrong and no name is unknown.
    ///
    /// - Throws: ``ConfigurationError`` with all faults at once.
    package static func read<Settings>(
        _ environment: [String: String],
        alsoKnown: Set<String> = [],
        _ body: (SettingsReader) -> Settings
    ) throws(ConfigurationError) -> Settings {
        let reader = SettingsReader(environment, alsoKnown: alsoKnown)
        let settings = body(reader)
        try reader.finish()
        return settings
    }

    /// The value of a setting. After a fault it is a stand-in: use it only once ``finish()`` has returned.
    package func value<Value>(_ setting: Setting<Value>) -> Value {
        known.insert(setting.name)
        knownKeys.insert(setting.key)
        if setting.isSecret { known.insert(setting.name + Self.fileSuffix) }
        guard let (text, source) = lookUp(setting) else {
            if let value = setting.standard {
                report(setting, value, .standard)
                return value
            }
            return setting.placeholder
        }
        guard let value = setting.parse(text) else {
            let got = setting.isSecret ? "something else (hidden, it is a secret)" : Redaction.quoted(text)
            faults.append("\(setting.name): expected \(setting.expected), got \(got)")
            return setting.placeholder
        }
        report(setting, value, source)
        return value
    }

    /// Adds a fault when a rule between settings is broken; `words` say what was expected.
    package func require<Value>(_ holds: Bool, of setting: Setting<Value>, _ words: String) {
        if !holds { faults.append("\(setting.name): \(words)") }
    }

    /// Checks that every setting was right and that no name is unknown.
    ///
    /// - Throws: ``ConfigurationError`` with all faults at once.
    package func finish() throws(ConfigurationError) {
        for name in names where !known.contains(name) {
            faults.append("\(name): unknown setting" + hint(NameGuess.nearest(to: name, in: known)))
        }
        for key in (file?.keys ?? []).subtracting(knownKeys).sorted()
        where !known.contains(SettingName.environment(key)) {
            faults.append(
                "\(key) in \(file?.path ?? ""): unknown setting" + hint(NameGuess.nearest(to: key, in: knownKeys))
            )
        }
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
    }

    // MARK: - Looking up

    private static let fileSuffix = "_FILE"
    private static let maximumSecretBytes = 64 * 1024

    /// nil when nothing is set, after noting a fault if something had to be.
    private func lookUp<Value>(_ setting: Setting<Value>) -> (text: String, source: SettingReport.Source)? {
        let direct = variable(setting.key)
        let filePath = setting.isSecret ? variable(setting.key + ".file") : nil
        if direct != nil && filePath != nil {
            faults.append("\(setting.name): expected either it or \(setting.name)\(Self.fileSuffix), got both")
            return nil
        }
        if let direct { return (direct, .environment) }
        if let filePath {
            do {
                return (try secret(at: filePath), .secretFile(filePath))
            } catch {
                let words = (error as? SettingsFileError)?.words ?? "expected a readable file"
                faults.append("\(setting.name)\(Self.fileSuffix): \(words)")
                return nil
            }
        }
        if let file, let text = file.text(forKey: setting.key), !text.isEmpty {
            return (text, .configurationFile(file.path))
        }
        if setting.standard == nil {
            let alternative = setting.isSecret ? " in it or in the file named by \(setting.name)\(Self.fileSuffix)" : ""
            faults.append("\(setting.name): expected \(setting.expected)\(alternative), got nothing")
        }
        return nil
    }

    private func variable(_ key: String) -> String? {
        let key = AbsoluteConfigKey(ConfigKey(key)).prepending("relais")
        guard case .string(let text)? = (try? environment.value(forKey: key, type: .string))?.value?.content else {
            return nil
        }
        return text
    }

    private func secret(at path: String) throws -> String {
        let data = try SettingsFile.contents(of: path, limit: Self.maximumSecretBytes)
        // Editors and `echo` end a file with a line break that is not part of the secret.
        let text = String(decoding: data, as: UTF8.self)
        let trimmed = String(text.reversed().drop { $0.isNewline }.reversed())
        guard !trimmed.isEmpty else { throw SettingsFileError("expected a secret in \(path), got an empty file") }
        return trimmed
    }

    private func report<Value>(_ setting: Setting<Value>, _ value: Value, _ source: SettingReport.Source) {
        let shown = setting.show(value)
        let safe = setting.isSecret && !shown.isEmpty ? Redaction.hidden : Redaction.passwords(in: shown)
        reports.append(SettingReport(name: setting.name, value: safe, source: source, doc: setting.doc))
    }

    private func hint(_ name: String?) -> String {
        name.map { ", did you mean \($0)?" } ?? ": remove it, or see `check` for those that exist"
    }
}
