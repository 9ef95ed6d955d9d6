import Bootstrap
import Foundation
import Testing

@testable import producer
@testable import workers

@Suite struct SettingNameTests {
    /// One env file serves both programs and the scripts: a name that is missing in the list makes the other program
    /// refuse to start, and one too many hides a mistyped name.
    @Test func theKnownNamesAreExactlyThoseThatAProgramOrAScriptReads() throws {
        let programs = Self.names { _ = ProducerSettings($0) }.union(Self.names { _ = WorkersSettings($0) })
        let scripts = try Self.namesInScripts()
        #expect(programs.contains("RELAIS_HTTP_PORT") && programs.contains("RELAIS_SMTP_PASSWORD_FILE"))
        #expect(scripts.contains("RELAIS_STACK_FAST"), "deploy/ was not read: this test guards nothing")
        // Every reader knows this one by itself.
        let read = programs.union(scripts).subtracting(["RELAIS_CONFIG_FILE"])
        #expect(read.subtracting(CommonSettings.knownNames) == [], "read by somebody, and not in the list")
        #expect(CommonSettings.knownNames.subtracting(read) == [], "in the list, and read by nobody")
    }

    private static func names(_ read: (SettingsReader) -> Void) -> Set<String> {
        let reader = SettingsReader([:])
        read(reader)
        return reader.known
    }

    private static func namesInScripts() throws -> Set<String> {
        let deploy = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy").standardized
        let paths = FileManager.default.enumerator(atPath: deploy.path)?.compactMap { $0 as? String } ?? []
        return paths.reduce(into: []) { names, path in
            guard !path.contains("__pycache__"), let data = try? Data(contentsOf: deploy.appending(path: path)) else {
                return
            }
            for match in String(decoding: data, as: UTF8.self).matches(of: /RELAIS_[A-Z][A-Z_]*[A-Z]/) {
                names.insert(String(match.output))
            }
        }
    }
}
