package import CoreMetrics
import Synchronization

/// Keeps the process's metrics and writes them in Prometheus' text format 0.0.4.
///
/// Counters become counters, meters and gauges gauges, timers histograms in seconds (name them `…_seconds`), recorders
/// histograms. Handlers with the same name and labels share one series, so they may be made anew at each use.
package final class MetricsRegistry: MetricsFactory {
    /// What `Content-Type` an answer with ``exposition()`` has.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private enum Kind: String {
        case counter, gauge, histogram
    }

    private struct Family {
        let kind: Kind
        var series: [String: any MetricSeries] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let maximumSeries: Int

    /// - Parameter maximumSeries: sets of labels per name. The ones beyond share one series labelled
    ///   `overflow="true"`: a label that turns out to be unbounded must not eat the memory of the process and its monitor.
    package init(maximumSeries: Int = 500) {
        self.maximumSeries = maximumSeries
    }

    /// Makes every metric of the process come here. swift-metrics allows it once: `main` calls it.
    package func bootstrap() {
        MetricsSystem.bootstrap(self)
    }

    /// All metrics, sorted by name and labels.
    package func exposition() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.append(to: &text, name: name, labels: labels)
            }
        }
        return text
    }

    // MARK: - MetricsFactory

    /// A counter.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries() }
    }

    /// A counter that takes fractions.
    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { CounterSeries() }
    }

    /// A gauge.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { GaugeSeries() }
    }

    /// A histogram, or a gauge when nothing is aggregated.
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate {
            series(label, dimensions, .histogram) { HistogramSeries(bounds: HistogramSeries.sizeBounds) }
        } else {
            series(label, dimensions, .gauge) { GaugeSeries() }
        }
    }

    /// A histogram in seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { HistogramSeries(bounds: HistogramSeries.secondsBounds) }
    }

    /// Takes the series out of the exposition.
    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    /// Takes the series out of the exposition.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    /// Takes the series out of the exposition.
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    /// Takes the series out of the exposition.
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    /// Takes the series out of the exposition.
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    // MARK: - Series

    private func series<Series: MetricSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: Kind,
        make: () -> Series
    ) -> Series {
        let name = MetricName.metric(label)
        let labels = MetricName.labels(dimensions)
        return families.withLock { families in
            var family = families[name, default: Family(kind: kind)]
            // Prometheus refuses a whole exposition that has one name with two types, so the later one stays unseen.
            guard family.kind == kind else { return make() }
            let isFull = family.series[labels] == nil && family.series.count >= maximumSeries
            let key = isFull ? "{overflow=\"true\"}" : labels
            if let known = family.series[key] { return known as? Series ?? make() }
            let created = make()
            family.series[key] = created
            families[name] = family
            return created
        }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, var family) in families {
                guard let labels = family.series.first(where: { $0.value === handler })?.key else { continue }
                family.series[labels] = nil
                families[name] = family
                return
            }
        }
    }
}
