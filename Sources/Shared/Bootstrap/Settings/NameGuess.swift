/// Finds the name that was probably meant.
enum NameGuess {
    /// The known name nearest to `name`, unless all are too far away to be a slip of the keyboard.
    static func nearest(to name: String, in known: some Collection<String>) -> String? {
        let limit = max(2, name.count / 5)
        let ranked = known.map { (distance: distance(Array(name), Array($0)), name: $0) }
        return ranked.filter { $0.distance <= limit }.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// Levenshtein: insertions, deletions and replacements that turn one into the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var previous = Array(0...right.count)
        for (row, a) in left.enumerated() {
            var current = [row + 1]
            for (column, b) in right.enumerated() {
                current.append(min(previous[column] + (a == b ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
