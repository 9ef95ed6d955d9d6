import Foundation
import Logging
import Testing

@testable import Bootstrap

@Suite struct LogTests {
    /// What `body` logs, as lines.
    private func lines(_ settings: LogSettings, _ body: (Logger) -> Void) throws -> [String] {
        let path = NSTemporaryDirectory() + "relais-log-\(UUID().uuidString)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        let stream = LogStream(descriptor: descriptor)
        body(Logger(label: "test") { LineLogHandler(label: $0, settings: settings, stream: stream) })
        stream.flush(within: 120)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasSuffix("\n") || text.isEmpty)
        return text.split(separator: "\n").map(String.init)
    }

    private func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test func aValueCannotBreakOrForgeALine() throws {
        let awkward = "a\n{\"level\":\"critical\"}\r\t\u{0}\u{1B}[31m\u{7F}\"\\ é 👩‍🏫 \u{2028}"
        let lines = try lines(LogSettings()) { logger in
            logger.warning("\(awkward)", metadata: ["key\n": "\(awkward)", "list": ["x\n", ["in": "y\""]]])
        }
        try #require(lines.count == 1)
        let parsed = try object(lines[0])
        #expect(parsed["message"] as? String == awkward)
        #expect(parsed["level"] as? String == "warning")
        #expect(parsed["label"] as? String == "test")
        let metadata = try #require(parsed["metadata"] as? [String: Any])
        #expect(metadata["key\n"] as? String == awkward)
        let list = try #require(metadata["list"] as? [Any])
        #expect(list[0] as? String == "x\n")
        #expect((list[1] as? [String: String]) == ["in": "y\""])
    }

    @Test func theTimeIsUTCWithMilliseconds() throws {
        #expect(LogTime.text(timespec(tv_sec: 1_646_139_909, tv_nsec: 7_999_999)) == "2022-03-01T13:05:09.007Z")
    }

    @Test func linesBelowTheLevelAreDropped() throws {
        let lines = try lines(LogSettings(level: .notice, format: .text)) { logger in
            logger.info("no")
            logger.notice("yes\n", metadata: ["id": "7", "why": "a \"b\""])
        }
        try #require(lines.count == 1)
        #expect(lines[0].hasSuffix(#"Z notice test: yes\n id=7 why="a \"b\"""#))
    }

    @Test func aLineIsBounded() throws {
        let lines = try lines(LogSettings()) { logger in
            var metadata: Logger.Metadata = [:]
            for index in 0..<1000 { metadata["k\(index)"] = "v" }
            var nested: Logger.MetadataValue = "deep"
            for _ in 0..<1000 { nested = ["n": nested] }
            metadata["a"] = nested
            metadata["b"] = .string(String(repeating: "é", count: 1_000_000))
            logger.error("\(String(repeating: "m", count: 1_000_000))", metadata: metadata)
        }
        try #require(lines.count == 1)
        #expect(lines[0].utf8.count < 64 * 1024)
        _ = try object(lines[0])
    }

    @Test func linesOfManyThreadsAreNotMixed() throws {
        let lines = try lines(LogSettings()) { logger in
            DispatchQueue.concurrentPerform(iterations: 400) {
                logger.info("\($0)", metadata: ["text": "\(String(repeating: "x", count: 500))"])
            }
        }
        #expect(lines.count == 400)
        #expect(Set(try lines.map { try object($0)["message"] as? String }).count == 400)
    }

    @Test func theNearerMetadataWins() throws {
        let lines = try lines(LogSettings()) { logger in
            var logger = logger
            logger[metadataKey: "a"] = "logger"
            logger[metadataKey: "b"] = "logger"
            logger.info("x", metadata: ["b": "line"])
        }
        #expect(try object(lines[0])["metadata"] as? [String: String] == ["a": "logger", "b": "line"])
    }
}
