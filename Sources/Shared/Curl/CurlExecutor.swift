import CCurl
import Foundation

/// Carries out transfers on one thread of its own, over connections that it keeps for the next transfer.
///
/// libcurl's handles are not thread-safe and some of its calls block, so that neither may ever be used on Swift's
/// cooperative threads. In particular the SMTP client of libcurl waits for the answer to a mail *inside* one call, and
/// all transfers of the executor with it: give each SMTP connection an executor of its own.
package final class CurlExecutor: Sendable {
    private let mailbox: CurlMailbox

    /// - Parameters:
    ///   - name: Name of the thread, for debuggers.
    ///   - connections: The most connections open at once; transfers beyond wait for one, and as many are kept for reuse.
    package init(name: String, connections: Int) throws {
        try Self.globalState.get()
        guard let multi = curl_multi_init() else { throw CurlError(CURLE_FAILED_INIT, during: "make a multi handle") }
        for option in [CURLMOPT_MAX_HOST_CONNECTIONS, CURLMOPT_MAX_TOTAL_CONNECTIONS, CURLMOPT_MAXCONNECTS] {
            try CurlError.check(ccurl_multi_set_long(multi, option, connections), "bound the connections")
        }
        let mailbox = CurlMailbox(multi: multi)
        self.mailbox = mailbox
        nonisolated(unsafe) let handedOver = multi
        // The thread owns the multi handle from here on; the mailbox only wakes it.
        let thread = Thread { CurlLoop(multi: handedOver, mailbox: mailbox).run() }
        thread.name = name
        thread.start()
    }

    deinit {
        _ = mailbox.close()
    }

    /// Performs the transfer and returns when it is over; what became of it, the transfer was told in `finish`.
    ///
    /// Cancelling the task asks the transfer to `cancel`; this waits for its end all the same.
    /// - Throws: What `prepare` threw, or `CurlError` when the transfer could not be started or the executor is closed.
    package func perform(_ transfer: any CurlTransfer) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let accepted = mailbox.put(.start(transfer) { continuation.resume(with: $0) })
                if !accepted {
                    continuation.resume(
                        throwing: CurlError(CURLE_ABORTED_BY_CALLBACK, during: "start on a closed executor")
                    )
                } else if Task.isCancelled {
                    // The handler below may have run before there was anything to cancel.
                    _ = mailbox.put(.cancel(transfer))
                }
            }
        } onCancel: {
            _ = mailbox.put(.cancel(transfer))
        }
    }

    /// Lets a paused transfer go on, after `change` was made to it on the executor's thread. Of no effect when the
    /// transfer is over.
    package func resume(_ transfer: any CurlTransfer, after change: @escaping @Sendable () -> Void) {
        _ = mailbox.put(.resume(transfer, change))
    }

    /// Takes no more transfers, cancels those under way, and returns when the thread has ended or the time is over.
    package func close(within limit: Duration = .seconds(5)) async {
        let (ended, end) = mailbox.close()
        let timer = Task {
            try await Task.sleep(for: limit)
            end.finish()
        }
        for await _ in ended {}
        timer.cancel()
    }

    /// `curl_global_init`, once per process and before any other call, which a lazy static guarantees.
    private static let globalState: Result<Void, CurlError> = Result { () throws(CurlError) in
        try CurlError.check(curl_global_init(Int(CURL_GLOBAL_DEFAULT)), "initialise libcurl")
    }
}
