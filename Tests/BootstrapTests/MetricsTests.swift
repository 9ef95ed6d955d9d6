import CoreMetrics
import Testing

@testable import Bootstrap

@Suite struct MetricsTests {
    @Test func theExpositionIsExactlyThatOfPrometheus() {
        let registry = MetricsRegistry()
        Counter(
            label: "relais.jobs-done_total",
            dimensions: [("queue", "mail"), ("kind", "a\"b\\c\nd")],
            factory: registry
        ).increment(by: 3)
        Counter(
            label: "relais.jobs-done_total",
            dimensions: [("kind", "a\"b\\c\nd"), ("queue", "mail")],
            factory: registry
        ).increment()
        FloatingPointCounter(label: "bytes_total", factory: registry).increment(by: 0.5)
        Gauge(label: "waiting", factory: registry).record(1_000_000)
        Meter(label: "slots", factory: registry).set(2.25)
        let timer = Timer(label: "job_seconds", dimensions: [("kind", "x")], factory: registry)
        timer.recordMilliseconds(20)
        timer.recordSeconds(1000)
        #expect(
            registry.exposition() == """
                # TYPE bytes_total counter
                bytes_total 0.5
                # TYPE job_seconds histogram
                job_seconds_bucket{le="0.001",kind="x"} 0
                job_seconds_bucket{le="0.005",kind="x"} 0
                job_seconds_bucket{le="0.01",kind="x"} 0
                job_seconds_bucket{le="0.025",kind="x"} 1
                job_seconds_bucket{le="0.05",kind="x"} 1
                job_seconds_bucket{le="0.1",kind="x"} 1
                job_seconds_bucket{le="0.25",kind="x"} 1
                job_seconds_bucket{le="0.5",kind="x"} 1
                job_seconds_bucket{le="1",kind="x"} 1
                job_seconds_bucket{le="2.5",kind="x"} 1
                job_seconds_bucket{le="5",kind="x"} 1
                job_seconds_bucket{le="10",kind="x"} 1
                job_seconds_bucket{le="30",kind="x"} 1
                job_seconds_bucket{le="60",kind="x"} 1
                job_seconds_bucket{le="300",kind="x"} 1
                job_seconds_bucket{le="900",kind="x"} 1
                job_seconds_bucket{le="+Inf",kind="x"} 2
                job_seconds_sum{kind="x"} 1000.02
                job_seconds_count{kind="x"} 2
                # TYPE relais_jobs_done_total counter
                relais_jobs_done_total{kind="a\\"b\\\\c\\nd",queue="mail"} 4
                # TYPE slots gauge
                slots 2.25
                # TYPE waiting gauge
                waiting 1000000

                """
        )
    }

    @Test func anUnboundedLabelEndsInOneSeries() {
        let registry = MetricsRegistry(maximumSeries: 2)
        for id in 0..<1000 { Counter(label: "c", dimensions: [("id", "\(id)")], factory: registry).increment() }
        #expect(registry.exposition() == "# TYPE c counter\nc{id=\"0\"} 1\nc{id=\"1\"} 1\nc{overflow=\"true\"} 998\n")
    }

    @Test func oneNameNeverHasTwoTypes() {
        let registry = MetricsRegistry()
        Counter(label: "x", factory: registry).increment()
        Gauge(label: "x", factory: registry).record(7)
        #expect(registry.exposition() == "# TYPE x counter\nx 1\n")
    }

    @Test func aDestroyedMetricIsGone() {
        let registry = MetricsRegistry()
        let counter = registry.makeCounter(label: "x", dimensions: [])
        counter.increment(by: 1)
        registry.destroyCounter(counter)
        #expect(registry.exposition().isEmpty)
    }

    @Test func aCounterNeverFallsAndAHistogramSurvivesNaN() {
        let registry = MetricsRegistry()
        let counter = Counter(label: "c", factory: registry)
        counter.increment(by: 5)
        counter.increment(by: -3)
        let recorder = Recorder(label: "r", factory: registry)
        recorder.record(Double.nan)
        recorder.record(2)
        #expect(registry.exposition().contains("c 5\n"))
        #expect(registry.exposition().hasSuffix("r_bucket{le=\"+Inf\"} 1\nr_sum 2\nr_count 1\n"))
    }

    @Test func countsOfManyThreadsAddUp() async {
        let registry = MetricsRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 { Counter(label: "c", factory: registry).increment() }
                }
            }
        }
        #expect(registry.exposition() == "# TYPE c counter\nc 8000\n")
    }
}
