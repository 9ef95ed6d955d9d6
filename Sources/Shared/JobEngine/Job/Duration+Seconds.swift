extension Duration {
    /// The span in seconds, as PostgreSQL's `make_interval(secs => …)` takes it.
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
