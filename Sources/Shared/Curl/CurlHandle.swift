package import CCurl
import Glibc

/// Owner of one easy handle and of the lists its options point to.
///
/// Not `Sendable`: it is made, used and freed on its executor's thread.
package final class CurlHandle {
    let raw: UnsafeMutableRawPointer
    private let context: CallbackContext
    private var lists: [UnsafeMutablePointer<curl_slist>] = []

    init(for transfer: any CurlTransfer) throws(CurlError) {
        guard let raw = curl_easy_init() else { throw CurlError(CURLE_FAILED_INIT, during: "make a handle") }
        self.raw = raw
        context = CallbackContext(transfer)
        // Without it libcurl's name resolution may use SIGALRM, whose handler would jump into another thread.
        try set(CURLOPT_NOSIGNAL, 1, "switch signals off")
        // A proxy is a decision of the operator, not of whatever the environment happens to contain.
        try set(CURLOPT_PROXY, "", "ignore proxies of the environment")
        try connectCallbacks()
    }

    deinit {
        curl_easy_cleanup(raw)
        lists.forEach(curl_slist_free_all)
    }

    /// Sets an option that takes a number.
    /// - Parameter purpose: What is being done, for the error.
    package func set(_ option: CURLoption, _ value: Int, _ purpose: String) throws(CurlError) {
        try CurlError.check(ccurl_set_long(raw, option, value), purpose)
    }

    /// Sets an option that takes a string, which libcurl copies.
    package func set(_ option: CURLoption, _ value: String, _ purpose: String) throws(CurlError) {
        try CurlError.check(ccurl_set_string(raw, option, value), purpose)
    }

    /// Sets an option that takes a list of strings; it lives as long as the handle, because libcurl does not copy it.
    package func set(_ option: CURLoption, _ values: [String], _ purpose: String) throws(CurlError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values {
            guard let longer = curl_slist_append(list, value) else {
                curl_slist_free_all(list)
                throw CurlError(CURLE_OUT_OF_MEMORY, during: purpose)
            }
            list = longer
        }
        if let list { lists.append(list) }
        try CurlError.check(ccurl_set_list(raw, option, list), purpose)
    }

    /// A number that libcurl knows about the transfer; 0 when it knows none.
    package func number(_ info: CURLINFO) -> Int {
        var value = 0
        return ccurl_get_long(raw, info, &value) == CURLE_OK ? value : 0
    }

    /// The socket of the connection last used, if it is still open.
    package var socket: Int32? {
        var socket: curl_socket_t = -1
        guard ccurl_get_socket(raw, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK, socket >= 0 else { return nil }
        return socket
    }

    /// Cuts the connection last used, so that it is not used again and nobody waits for it to be ended politely.
    ///
    /// After a lost answer the connection would otherwise go back to the cache, and the late answer be taken for the
    /// reply to the next transfer's first command.
    package func breakConnection() {
        if let socket { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func connectCallbacks() throws(CurlError) {
        // Unretained: the handle keeps the context alive, and libcurl calls nothing after curl_easy_cleanup.
        let context = Unmanaged.passUnretained(context).toOpaque()
        for option in [
            CURLOPT_READDATA, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_XFERINFODATA, CURLOPT_DEBUGDATA,
        ] {
            try CurlError.check(ccurl_set_pointer(raw, option, context), "connect the callbacks")
        }
        try CurlError.check(ccurl_set_read_function(raw, readCallback), "connect the read callback")
        let write = ccurl_set_write_function(raw, CURLOPT_WRITEFUNCTION, bodyCallback)
        try CurlError.check(write, "connect the body callback")
        let header = ccurl_set_write_function(raw, CURLOPT_HEADERFUNCTION, headerCallback)
        try CurlError.check(header, "connect the header callback")
        try CurlError.check(ccurl_set_progress_function(raw, progressCallback), "connect the progress callback")
        try set(CURLOPT_NOPROGRESS, 0, "switch the progress callback on")
        try CurlError.check(ccurl_set_debug_function(raw, debugCallback), "connect the dialogue callback")
    }
}
