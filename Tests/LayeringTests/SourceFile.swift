import Foundation
import Testing

/// A text file of the repository, known by its path from the top.
struct SourceFile: Sendable, CustomTestStringConvertible {
    let path: String
    let lines: [Substring]

    var testDescription: String { path }

    init(path: String, text: String) {
        self.path = path
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The modules it imports, whatever stands around the word `import`: an access level, an attribute, or the kind
    /// of the one declaration that is wanted.
    var imports: Set<String> {
        let pattern =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:actor|class|enum|func|let|macro|protocol|struct|typealias|var)\s+)?(?<module>\w+)/
        return Set(lines.compactMap { $0.firstMatch(of: pattern).map { String($0.module) } })
    }

    /// The lines with their numbers, comments taken off: what a comment says is not done.
    var code: [(number: Int, text: String)] {
        lines.enumerated().map { index, line in
            (index + 1, String(line.replacing(/(?:^|\s)\/\/.*$/, with: "")))
        }
    }
}

extension SourceFile {
    /// Every file with one of these endings below a folder of the repository; none if the folder is absent.
    static func all(under folder: String, endings: Set<String> = ["swift"]) throws -> [SourceFile] {
        let root = repository.appending(path: folder).path
        guard let paths = FileManager.default.enumerator(atPath: root) else { return [] }
        return try paths.compactMap { $0 as? String }.sorted().compactMap { path in
            let ending = URL(filePath: path).pathExtension
            guard endings.contains(ending), !path.contains("__pycache__") else { return nil }
            var isDirectory = ObjCBool(false)
            guard FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isDirectory),
                !isDirectory.boolValue
            else { return nil }
            let data = try Data(contentsOf: URL(filePath: root + "/" + path))
            return SourceFile(path: folder + "/" + path, text: String(decoding: data, as: UTF8.self))
        }
    }

    /// The top of the checkout that these tests were compiled from: Tests/LayeringTests/SourceFile.swift is two below.
    private static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
