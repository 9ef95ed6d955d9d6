/// What an operator changes of a queue, on all processes within a second and past their restarts.
package struct QueueChange: Sendable, Hashable {
    package enum Setting<Value: Sendable & Hashable>: Sendable, Hashable {
        case keep
        /// Back to what holds without it: no limit, or the slots that a process was started with.
        case clear
        case set(Value)
    }

    /// nil: as it is.
    package var isPaused: Bool?
    /// Jobs that one worker process runs at once, 1 to 1,000.
    package var slots: Setting<Int> = .keep
    /// Jobs that run at once over all processes, 1 to 100,000.
    package var runningLimit: Setting<Int> = .keep
    package var rate: Setting<Rate> = .keep

    package static let slotsRange = 1...1000
    package static let runningLimitRange = 1...100_000

    package init() {}

    package var isEmpty: Bool { self == QueueChange() }

    /// Whether jobs that are dispatched and not yet claimed must come back: a pause or a limit that lets the window run
    /// out first would not be sharp.
    var takesWindowBack: Bool { isPaused == true || runningLimit != .keep || rate != .keep }

    /// What the audit calls it.
    var action: String {
        switch isPaused {
        case true where rest: "queue.pause"
        case false where rest: "queue.resume"
        default: "queue.change"
        }
    }

    private var rest: Bool { slots == .keep && runningLimit == .keep && rate == .keep }
}
