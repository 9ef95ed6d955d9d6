import CCurl

/// The thread's side of an executor: owner of the multi handle and of the transfers in it.
///
/// Everything here runs on the executor's thread.
final class CurlLoop {
    typealias Completion = @Sendable (Result<Void, any Error>) -> Void

    private struct Active {
        let handle: CurlHandle
        let transfer: any CurlTransfer
        let completion: Completion
    }

    /// How often a running transfer is asked whether it may continue. It bounds how late a time limit is noticed.
    private static let askingInterval: Int32 = 100
    /// How long an idle loop sleeps; a command wakes it at once.
    private static let idleInterval: Int32 = 60_000

    private let multi: UnsafeMutableRawPointer
    private let mailbox: CurlMailbox
    private var active: [UnsafeMutableRawPointer: Active] = [:]

    init(multi: UnsafeMutableRawPointer, mailbox: CurlMailbox) {
        self.multi = multi
        self.mailbox = mailbox
    }

    /// Works until the executor is closed and its transfers are over.
    func run() {
        while true {
            let (commands, closing) = mailbox.take()
            commands.forEach(obey)
            if closing {
                if active.isEmpty { break }
                for one in active.values { cancel(one) }
            }
            var running: Int32 = 0
            let code = curl_multi_perform(multi, &running)
            collect()
            if code != CURLM_OK { failAll(CurlError(code, during: "run the transfers")) }
            curl_multi_poll(multi, nil, 0, active.isEmpty ? Self.idleInterval : Self.askingInterval, nil)
        }
        mailbox.end { curl_multi_cleanup(multi) }
    }

    private func obey(_ command: CurlMailbox.Command) {
        switch command {
        case .start(let transfer, let completion): start(transfer, completion)
        case .cancel(let transfer): find(transfer).map(cancel)
        case .resume(let transfer, let change):
            guard let one = find(transfer) else { return }
            change()
            curl_easy_pause(one.handle.raw, CURLPAUSE_CONT)
        }
    }

    private func start(_ transfer: any CurlTransfer, _ completion: @escaping Completion) {
        do {
            let handle = try CurlHandle(for: transfer)
            try transfer.prepare(handle)
            try CurlError.check(curl_multi_add_handle(multi, handle.raw), "start a transfer")
            active[handle.raw] = Active(handle: handle, transfer: transfer, completion: completion)
        } catch {
            completion(.failure(error))
        }
    }

    private func find(_ transfer: any CurlTransfer) -> Active? {
        active.values.first { $0.transfer === transfer }
    }

    private func cancel(_ one: Active) {
        one.transfer.cancel()
        // Never by taking the handle out: libcurl ends an interrupted SMTP upload with the dot, so that half a mail
        // would be delivered. Its callbacks break it off; a paused one must be let go to ask them.
        curl_easy_pause(one.handle.raw, CURLPAUSE_CONT)
    }

    private func collect() {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            // Copied first: the message is gone once its handle is taken out.
            guard message.pointee.msg == CURLMSG_DONE, let raw = message.pointee.easy_handle else { continue }
            let result = ccurl_message_result(message)
            guard let one = active.removeValue(forKey: raw) else { continue }
            one.transfer.finish(one.handle, result: result)
            curl_multi_remove_handle(multi, raw)
            one.completion(.success(()))
        }
    }

    /// The multi handle itself failed (out of memory, an exhausted process): nothing in it can be waited for any more.
    private func failAll(_ error: CurlError) {
        for one in active.values {
            one.handle.breakConnection()
            one.transfer.finish(one.handle, result: CURLE_OUT_OF_MEMORY)
            curl_multi_remove_handle(multi, one.handle.raw)
            one.completion(.failure(error))
        }
        active = [:]
    }
}
