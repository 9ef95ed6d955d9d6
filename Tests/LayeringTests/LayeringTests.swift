import Testing

@Suite struct Layering {
    @Test(arguments: try SourceFile.all(under: "Sources"))
    func importsOnlyWhatTheTableAllows(_ file: SourceFile) throws {
        let target = try #require(
            Layers.target(of: file.path),
            "\(file.path) belongs to no target of the table: see README, Layering, and Layers.swift"
        )
        let extra = file.imports.subtracting(Layers.allowed[target, default: []]).subtracting(Layers.toolchain)
        #expect(extra.isEmpty, "\(file.path): \(target) may not import \(extra.sorted()): see README, Layering")
    }

    @Test(arguments: Layers.allowed.keys.sorted())
    func everyRowOfTheTableHasSources(_ target: String) throws {
        let files = try SourceFile.all(under: "Sources").filter { Layers.target(of: $0.path) == target }
        #expect(!files.isEmpty, "\(target) has no source file: its row in Layers.swift guards nothing")
    }

    @Test func everyFormOfImportIsRead() {
        let file = SourceFile(
            path: "Sources/Shared/AMQP/Sample.swift",
            text: """
                import A
                package import B
                  internal import C // why
                @preconcurrency public import D
                @_spi(Inside) @testable import E
                import struct F.Part
                private import func G.run
                // import H
                let imported = "import I"
                """
        )
        #expect(file.imports == ["A", "B", "C", "D", "E", "F", "G"])
    }

    @Test(arguments: [
        ("Sources/Shared/AMQP/Channel.swift", "AMQP"),
        ("Sources/Shared/JobEngine/Relay/Relay.swift", "JobEngine"),
        ("Sources/Producer/Intake/Route.swift", "producer"),
        ("Sources/Workers/main.swift", "workers"),
    ])
    func aFileBelongsToTheTargetOfItsFolder(path: String, target: String) {
        #expect(Layers.target(of: path) == target)
    }

    @Test(arguments: ["Sources/Shared/Stray.swift", "Sources/Shared/Unknown/File.swift", "Sources/Other/File.swift"])
    func aFileOutsideTheLayoutBelongsToNoTarget(path: String) {
        #expect(Layers.target(of: path) == nil)
    }
}
