extension Int {
    /// The whole part of a number that came from a row. `Int(_:)` would end the process for one that no `Int` holds: it
    /// becomes the nearest end, and what is no number 0.
    package init(roundingDown number: Double) {
        let whole = number.rounded(.down)
        self = Int(exactly: whole) ?? (whole.isNaN ? 0 : whole < 0 ? .min : .max)
    }
}
