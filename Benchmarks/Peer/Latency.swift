import ArgumentParser
import JobEngine

/// `latency RATE SECONDS`: enqueues at a steady rate; each job carries when it was sent.
struct Latency: AsyncParsableCommand {
    @Argument var rate: Int
    @Argument var seconds: Int

    func validate() throws {
        guard rate > 0, seconds > 0, !rate.multipliedReportingOverflow(by: seconds).overflow else {
            throw ValidationError("expected a rate and seconds from 1 on, got \(rate) and \(seconds)")
        }
    }

    func run() async throws {
        let (rate, seconds) = (rate, seconds)
        try await PeerProcess(role: .producer).produce { enqueue in
            let clock = ContinuousClock()
            let start = clock.now
            for number in 0..<rate * seconds {
                try await clock.sleep(until: start + .seconds(1) * Double(number) / Double(rate))
                try await enqueue(NewJob(NoOp(account: 123_456, locale: "fr", t: Int64(ExecutionLog.now * 1e9))))
            }
        }
    }
}
