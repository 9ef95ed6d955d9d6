import Foundation
import JobEngine

/// What a command prints: a table for people, or JSON.
enum Output {
    /// One JSON value on one line.
    static func json(_ value: JSONValue) {
        print(JSONBody.text(value))
    }

    static func list(_ items: [some Documented], asJSON: Bool, _ head: [String], _ rows: [[String]]) {
        asJSON ? json(.array(items.map(\.document))) : table(head, rows)
    }

    /// What "run now" came to.
    static func run(_ job: EnqueuedJob, asJSON: Bool) {
        if asJSON { return json(job.runDocument) }
        print(job.isExisting ? "job \(job.id) is under way already" : "enqueued job \(job.id)")
    }

    /// Columns as wide as their widest cell; an empty table says so.
    static func table(_ head: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else { return print("none") }
        let widths = head.indices.map { column in
            ([head] + rows).map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        for row in [head] + rows {
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }
            print(cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
        }
    }

    static func time(_ time: Date?) -> String {
        time.map(Instant.shortText) ?? "-"
    }

    static func number(_ number: Int?) -> String {
        number.map(String.init) ?? "-"
    }

    /// Counts stop at a limit, where they read as "and more".
    static func counted(_ number: Int) -> String {
        number >= QueueOverview.countLimit ? "\(number)+" : "\(number)"
    }
}
