import Crypto
import Foundation
import Synchronization

/// How often one token, or one identifier, may be redeemed: 10 times in a minute, in this process. By what is redeemed and
/// not by who asks, for the platform is the only caller. What a code can bear is counted with it in the database; this
/// keeps whoever hammers from the database.
final class RedeemLimit: Sendable {
    /// Calls of one key in a window.
    static let calls = 10
    static let window: Duration = .seconds(60)
    /// Keys that are remembered at most; past it all are forgotten, which costs some the end of their window.
    private static let mostKeys = 100_000

    private struct Window {
        var began: ContinuousClock.Instant
        var calls: [Key: Int] = [:]
    }

    /// Only a digest: a token is not to lie in memory longer than its request.
    struct Key: Hashable, Sendable {
        private let digest: [UInt8]

        init(_ purpose: String, _ secret: String) {
            digest = Array(SHA256.hash(data: Array("\(purpose) \(secret)".utf8)))
        }
    }

    private let window: Mutex<Window>
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
        window = Mutex(Window(began: now()))
    }

    /// Counts a call; nil: it may go on, otherwise the time until it may be repeated.
    func wait(for key: Key) -> Duration? {
        window.withLock { window in
            let instant = now()
            if instant >= window.began + Self.window || window.calls.count >= Self.mostKeys {
                window = Window(began: instant)
            }
            let count = window.calls[key, default: 0]
            guard count < Self.calls else { return window.began + Self.window - instant }
            window.calls[key] = count + 1
            return nil
        }
    }
}
