import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import NIOCore
import Platform
import Postgres

/// `producer placements`
struct PlacementsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "placements",
        abstract: "Replaces an association's off-platform placements by those of a file.",
        subcommands: [Import.self, Show.self]
    )

    /// `producer placements import FILE --association ID --reason …`
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Imports a file, waits for the end, and prints what is wrong by line and field.",
            discussion: "Every line is taken or none. The file is that of PUT /v1/associations/{id}/placements."
        )

        @Argument(help: "The file: UTF-8, ; between fields, at most 20 MiB.", completion: .file()) var file: String
        @Option(help: "The association's id.") var association: Int64
        @OptionGroup var options: ActOptions

        /// How long the command waits for the import; the job goes on without it.
        private static let patience: Duration = .seconds(600)
        private static let pace: Duration = .milliseconds(200)

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let id = try await upload(to: ledger)
                let state = try await end(of: id, in: ledger)
                PlacementsCommand.say(state, asJSON: options.json)
                if let code = state.exitCode { throw ArgumentParser.ExitCode(code.rawValue) }
            }
        }

        private func upload(to ledger: Ledger) async throws -> UUID {
            let reader: FileHandle
            do {
                reader = try FileHandle(forReadingFrom: URL(filePath: file))
            } catch {
                throw OperatorCommand.refuse("the file cannot be read: expected one that exists and may be opened")
            }
            return try await ledger.durable.transaction(as: "placements.import") { connection in
                let begun = PlacementsUploadSQL.begin(association, requestedBy: nil)
                guard let id = try await connection.query(begun).first?.decode("id", as: UUID.self) else {
                    throw OperatorCommand.refuse("no association has the id \(association)")
                }
                let size = try await keep(reader, as: id, on: connection)
                let job = try await Ledger.enqueue(NewJob(PlacementsImport(importID: id)), on: connection)
                _ = try await connection.execute(PlacementsUploadSQL.accept(id, size: size, job: job))
                let detail: JSONValue = .object(["import": .string("\(JobID(id))"), "job": .string("\(job)")])
                let entry = options.act.entry("placements.import", on: "association:\(association)", detail)
                try await Ledger.audit(entry, on: connection)
                return id
            }
        }

        private func keep(_ reader: FileHandle, as id: UUID, on connection: PostgresConnection) async throws -> Int {
            let write: (SQL) async throws -> Void = { _ = try await connection.execute($0) }
            var upload = PlacementsUpload(id: id)
            do {
                while let content = try reader.read(upToCount: 64 * 1024), !content.isEmpty {
                    try await upload.take(Array(content), write: write)
                }
                try await upload.finish(write: write)
            } catch is NIOTooManyBytesError {
                throw OperatorCommand.refuse("expected a file of at most \(PlacementsFile.maximumBytes) bytes")
            }
            return upload.size
        }

        private func end(of id: UUID, in ledger: Ledger) async throws -> PlacementsImportState {
            let start = ContinuousClock.now
            while true {
                let state = try await PlacementsCommand.state(of: id, in: ledger)
                if state.isOver || ContinuousClock.now - start > Self.patience { return state }
                try await Task.sleep(for: Self.pace)
            }
        }
    }

    /// `producer placements show ID`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what came of a file, and what is wrong with it by line and field."
        )

        @Argument(help: "The import's id, as it was answered.") var id: JobID
        @OptionGroup var options: ListOptions

        func run() async throws {
            try await OperatorCommand.run { ledger in
                let state = try await PlacementsCommand.state(of: id.uuid, in: ledger)
                PlacementsCommand.say(state, asJSON: options.json)
            }
        }
    }

    private static func state(of id: UUID, in ledger: Ledger) async throws -> PlacementsImportState {
        guard let row = try await ledger.durable.query(PlacementsImportState.select(id)).first else {
            throw OperatorCommand.refuse("no import has this id, or its time is over")
        }
        return try PlacementsImportState(row)
    }

    private static func say(_ state: PlacementsImportState, asJSON: Bool) {
        if asJSON { return Output.json(state.document) }
        for fault in state.faults {
            let place = fault.field.isEmpty ? "line \(fault.line)" : "line \(fault.line), \(fault.field)"
            print("\(place): expected \(fault.expected), got \(fault.got)")
        }
        print("\(JobID(state.id)): \(state.sentence)")
    }
}

extension PlacementsImportState {
    fileprivate var sentence: String {
        switch stage {
        case .waiting, .running: "\(word); see producer jobs explain \(job)"
        case .ended(.imported): "imported; association \(association) has the \(rows ?? 0) placements of the file"
        case .ended(.invalid):
            "\(faultCount ?? 0) faults, the first \(faults.count) above; the placements of before have stayed"
        case .ended(.superseded): "a newer file was imported before this one, and has stayed"
        case .ended, .failed: "\(word); the placements of before have stayed. See producer jobs show \(job)"
        }
    }

    /// How a command ends that waited for the import; nil: well.
    fileprivate var exitCode: Bootstrap.ExitCode? {
        switch stage {
        case .ended(.imported): nil
        case .ended: .data
        case .waiting, .running: .unavailable
        case .failed: .internalFailure
        }
    }
}
