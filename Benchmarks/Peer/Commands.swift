import ArgumentParser
import Foundation
import JobEngine

/// `workers`: prints the argument lists of the processes that the harness starts: two workers, and the relay, which
/// every other system has in its broker or in its producer.
struct Workers: ParsableCommand {
    func run() throws {
        let program = CommandLine.arguments[0]
        let processes = [[program, "dispatch"], [program, "work"], [program, "work"]]
        print(String(decoding: try JSONEncoder().encode(processes), as: UTF8.self))
    }
}

/// `work`: a worker process.
struct Work: AsyncParsableCommand {
    func run() async throws { try await PeerProcess(role: .workers).work() }
}

/// `dispatch`: the relay and the chores.
struct Dispatch: AsyncParsableCommand {
    func run() async throws { try await PeerProcess(role: .producer).dispatch() }
}
