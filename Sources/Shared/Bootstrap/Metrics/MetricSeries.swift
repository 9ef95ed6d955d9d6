import CoreMetrics
import Synchronization

/// One line, or one histogram, of the exposition.
protocol MetricSeries: AnyObject, Sendable {
    func append(to text: inout String, name: String, labels: String)
}

/// Only goes up, until the process ends.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    /// A negative amount is ignored: Prometheus takes a falling counter for a restarted process.
    func increment(by amount: Double) {
        guard amount > 0 else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    func append(to text: inout String, name: String, labels: String) {
        text += "\(name)\(labels) \(MetricName.number(value.withLock { $0 }))\n"
    }
}

/// Goes up and down.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func append(to text: inout String, name: String, labels: String) {
        text += "\(name)\(labels) \(MetricName.number(value.withLock { $0 }))\n"
    }
}

/// Counts observations in buckets with fixed upper bounds.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    /// Seconds: from a claim's millisecond to an export's quarter of an hour.
    static let secondsBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]
    /// Counts and sizes.
    static let sizeBounds: [Double] = [1, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000, 1_000_000]

    private struct State {
        var counts: [Int]
        var sum = 0.0
        var total = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // One NaN would make the sum NaN for ever.
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 }
        state.withLock { state in
            if let bucket { state.counts[bucket] += 1 }
            state.sum += value
            state.total += 1
        }
    }

    func append(to text: inout String, name: String, labels: String) {
        let state = state.withLock { $0 }
        var cumulative = 0
        for (bound, count) in zip(bounds, state.counts) {
            cumulative += count
            let bucket = MetricName.labels(labels, adding: "le", MetricName.number(bound))
            text += "\(name)_bucket\(bucket) \(cumulative)\n"
        }
        text += "\(name)_bucket\(MetricName.labels(labels, adding: "le", "+Inf")) \(state.total)\n"
        text += "\(name)_sum\(labels) \(MetricName.number(state.sum))\n"
        text += "\(name)_count\(labels) \(state.total)\n"
    }
}
