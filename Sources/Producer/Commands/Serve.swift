import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import Logging
import Platform

/// `producer serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes jobs over HTTP, relays due ones to the broker, does the ledger's chores.",
        discussion: "Stops on SIGTERM, answering what it has begun; a second SIGTERM skips the waiting."
    )

    @Flag(name: .customLong("no-intake"), help: "Take no jobs over HTTP.")
    var withoutIntake = false

    @Flag(name: .customLong("no-relay"), help: "Move nothing to the broker; another process must.")
    var withoutRelay = false

    @Flag(
        name: .customLong("no-chores"),
        help: "Rescue nothing, fire no schedule, delete nothing old; another process must."
    )
    var withoutChores = false

    func validate() throws {
        if withoutIntake && withoutRelay && withoutChores {
            throw ValidationError("Expected at least one of intake, relay and chores to be left to do.")
        }
    }

    func run() async throws {
        try await CommandEnding.guarding {
            let environment = ProcessInfo.processInfo.environment
            let settings = try SettingsReader.read(
                environment,
                alsoKnown: CommonSettings.knownNames,
                ProducerSettings.init
            )
            settings.log.bootstrap()
            let metrics = MetricsRegistry()
            metrics.bootstrap()
            let duties = Duties(intake: !withoutIntake, relay: !withoutRelay, chores: !withoutChores)
            let process = try ProducerProcess(settings: settings, duties: duties, metrics: metrics)
            let code = try await process.run()
            throw ArgumentParser.ExitCode(code.rawValue)
        }
    }
}
