import Foundation
import Glibc
import Logging
import Testing

@testable import Bootstrap

/// What becomes of the lines when whoever reads them is slow, or gone.
@Suite struct LogStreamTests {
    /// A pipe of one page.
    private func pipe() throws -> (reading: FileHandle, writing: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        // F_SETPIPE_SZ, which the header hides.
        try #require(fcntl(ends[1], 1031, 4096) >= 0)
        return (FileHandle(fileDescriptor: ends[0], closeOnDealloc: true), ends[1])
    }

    @Test(.timeLimit(.minutes(5)))
    func aReaderThatDoesNotReadStopsNobodyAndLearnsHowMuchItMissed() throws {
        let (reading, writing) = try pipe()
        let stream = LogStream(descriptor: writing)
        let logger = Logger(label: "test") {
            LineLogHandler(label: $0, settings: LogSettings(format: .json), stream: stream)
        }
        let text = String(repeating: "x", count: 1000)
        for number in 0..<5000 { logger.info("\(number)", metadata: ["text": "\(text)"]) }
        #expect(!stream.flush(within: 0.1))

        // From here on it reads: what was kept comes whole and in order, then the number of the lines that are missing.
        var lines: [[String: Any]] = []
        var rest = Data()
        while true {
            rest += reading.availableData
            while let end = rest.firstIndex(of: 0x0A) {
                let line = try JSONSerialization.jsonObject(with: rest[..<end])
                lines.append(try #require(line as? [String: Any]))
                rest = Data(rest[(end + 1)...])
            }
            if lines.last?["level"] as? String == "warning" { break }
        }
        let kept = lines.dropLast().map { $0["message"] as? String }
        #expect(kept == (0..<kept.count).map { "\($0)" })
        #expect(kept.count < 2000, "what waits is bounded")
        let metadata = try #require(lines.last?["metadata"] as? [String: String])
        #expect(metadata["count"] == "\(5000 - kept.count)")
        #expect(stream.flush(within: 120))
        close(writing)
    }

    @Test func aReaderThatIsGoneStopsNobody() throws {
        let (reading, writing) = try pipe()
        try reading.close()
        let stream = LogStream(descriptor: writing)
        stream.write(Array("nobody reads this\n".utf8))
        #expect(stream.flush(within: 120))
        stream.write(Array("nor this\n".utf8))
        #expect(stream.flush(within: 120))
        close(writing)
    }
}
