import Testing

@Suite struct HouseRules {
    /// Files in which ending the process is right all the same: the path, and the reason.
    static let mayEndTheProcess: [String: String] = [:]

    @Test(arguments: try SourceFile.all(under: "Sources"))
    func nothingEndsTheProcess(_ file: SourceFile) {
        // Nothing that a network or a C library can bring about may end the process.
        let ending = /\btry!|\b(?:fatalError|preconditionFailure)\s*\(/
        guard Self.mayEndTheProcess[file.path] == nil else { return }
        for line in file.code {
            #expect(
                !line.text.contains(ending),
                "\(file.path):\(line.number) ends the process: throw an error, or give the reason in mayEndTheProcess"
            )
        }
    }

    @Test(arguments: try ["Sources", "Tests", "Benchmarks"].flatMap { try SourceFile.all(under: $0) })
    func aFileHasAtMostThreeHundredLines(_ file: SourceFile) {
        #expect(
            file.lines.count <= 301,
            "\(file.path) has \(file.lines.count - 1) lines: split it by noun, Type+Topic.swift"
        )
    }

    @Test func noMachinePathIsWrittenDown() throws {
        let pattern = /(?:^|[^\w.\-])\/(?:work|home|root|Users)\//
        // deploy/'s programs have no ending.
        let files = try ["Sources", "Tests", "Benchmarks", "deploy", ".ci"].flatMap { folder in
            try SourceFile.all(
                under: folder,
                endings: [
                    "swift", "sql", "h", "sh", "", "py", "md", "json", "yaml", "yml", "conf", "service", "mustache",
                ]
            )
        }
        #expect(files.contains { $0.path.hasPrefix("deploy/") }, "deploy/ was not read: this test guards nothing")
        for file in files {
            for (index, line) in file.lines.enumerated() where line.contains(pattern) {
                Issue.record("\(file.path):\(index + 1) names a folder of one machine: \(line)")
            }
        }
    }
}
