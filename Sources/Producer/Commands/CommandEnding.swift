import ArgumentParser
import Bootstrap
import Foundation
import Postgres

/// How a command ends when it cannot go on: a sentence on standard error, and an exit code after `sysexits.h`.
enum CommandEnding {
    /// Runs a command's work, and turns what it throws into a sentence and a code.
    static func guarding(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let code as ArgumentParser.ExitCode {
            throw code
        } catch {
            say("\(error)")
            throw ArgumentParser.ExitCode(code(for: error))
        }
    }

    static func say(_ sentence: String) {
        FileHandle.standardError.write(Data("producer: \(sentence)\n".utf8))
    }

    private static func code(for error: any Error) -> Int32 {
        switch error {
        // Restarting cannot mend a schema: systemd leaves the service alone, and the sentence says what to do.
        case is SchemaError, is CatalogueError: Bootstrap.ExitCode.configuration.rawValue
        case let error as PostgresError where error.isTransient: Bootstrap.ExitCode.unavailable.rawValue
        default: Bootstrap.ExitCode(error).rawValue
        }
    }
}
