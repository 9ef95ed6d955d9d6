import Foundation

/// The memory of this process that is its own, not a file's; in bytes. Only in a process that runs nothing else, an exit
/// test's, does a difference say anything.
package func residentMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
        let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { throw CocoaError(.fileReadCorruptFile) }
    return kilobytes * 1024
}

/// By how many bytes `count` runs of `work` let this process grow. A tenth of them runs before, because the first ones
/// make room that the others use.
package func growth(over count: Int, _ work: () async throws -> Void) async throws -> Int {
    for _ in 0..<count / 10 { try await work() }
    let before = try residentMemory()
    for _ in 0..<count { try await work() }
    return try residentMemory() - before
}
