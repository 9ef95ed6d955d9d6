import Glibc

/// The file to which every execution appends two doubles: when its job was sent, or 0, and when it started.
struct ExecutionLog: Sendable {
    private let descriptor: Int32

    init() throws {
        let path = try PeerEnvironment.required("BENCH_LOG")
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        guard descriptor >= 0 else {
            throw PeerError("BENCH_LOG: expected a file that can be written, got \(path): errno \(errno)")
        }
    }

    /// One write, which the system keeps whole: executions of several processes never mix.
    func append(sent: Double) {
        let record = (sent, Self.now)
        let written = withUnsafeBytes(of: record) { write(descriptor, $0.baseAddress, $0.count) }
        // The harness counts 16 bytes an execution: a lost one makes the whole run fail, which is what it should.
        if written != 16 { perror("relais-peer: an execution could not be written down") }
    }

    /// Seconds on the clock that all processes of the machine share.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
