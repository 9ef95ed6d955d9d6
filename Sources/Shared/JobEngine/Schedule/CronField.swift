/// One field of a cron expression: the numbers it allows, and whether it allows all of them.
struct CronField: Sendable, Hashable {
    /// What a field may hold.
    struct Form: Sendable {
        let name: String
        let range: ClosedRange<Int>
        /// Three-letter names; the first stands for the lower bound.
        var names: [String] = []
        /// Takes 7 for Sunday, as crontab does.
        var isWeekday = false

        static let minute = Form(name: "minute", range: 0...59)
        static let hour = Form(name: "hour", range: 0...23)
        static let day = Form(name: "day of month", range: 1...31)
        static let month = Form(
            name: "month",
            range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        )
        static let weekday = Form(
            name: "day of week",
            range: 0...6,
            names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
            isWeekday: true
        )
    }

    /// In ascending order, each once.
    let values: [Int]
    /// Written as `*`, alone or with a step: POSIX counts such a field as one that restricts nothing when it combines
    /// the day of the month with the day of the week.
    let isWildcard: Bool
    private let allowed: Set<Int>

    /// - Throws: ``CronExpression/Fault`` when the text is no list of `*`, `n`, `n-m`, each with or without `/step`.
    init(_ text: Substring, _ form: Form) throws {
        var allowed: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let numbers = Self.numbers(part, form) else {
                throw CronExpression.Fault(
                    expected: "\(form.name): a number from \(form.range.lowerBound) to \(form.range.upperBound)"
                        + (form.names.isEmpty ? "" : ", a name such as \(form.names[0])")
                        + ", *, a range n-m or a list, each with or without /step",
                    got: String(part.prefix(40))
                )
            }
            allowed.formUnion(numbers)
        }
        self.allowed = allowed
        values = allowed.sorted()
        isWildcard = text.hasPrefix("*")
    }

    func allows(_ value: Int) -> Bool { allowed.contains(value) }

    private static func numbers(_ part: Substring, _ form: Form) -> [Int]? {
        let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let span = pieces.first.flatMap({ self.span($0, form, hasStep: pieces.count == 2) }) else { return nil }
        var step = 1
        if pieces.count == 2 {
            guard let given = number(pieces[1], form, named: false), given >= 1, given <= 1_000 else { return nil }
            step = given
        }
        let numbers = stride(from: span.lowerBound, through: span.upperBound, by: step)
        return form.isWeekday ? numbers.map { $0 % 7 } : Array(numbers)
    }

    private static func span(_ text: Substring, _ form: Form, hasStep: Bool) -> ClosedRange<Int>? {
        if text == "*" { return form.range }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = ends.first.flatMap({ number($0, form, named: true) }) else { return nil }
        let highest = form.isWeekday ? 7 : form.range.upperBound
        guard (form.range.lowerBound...highest).contains(first) else { return nil }
        guard ends.count == 2 else {
            // "5/15" means "from 5 on" in some crons and nothing in others: it is refused.
            return hasStep ? nil : first...first
        }
        guard let last = number(ends[1], form, named: true), first <= last, last <= highest else { return nil }
        return first...last
    }

    private static func number(_ text: Substring, _ form: Form, named: Bool) -> Int? {
        if named, let index = form.names.firstIndex(of: text.lowercased()) { return form.range.lowerBound + index }
        // Int takes a sign, which no crontab does.
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
