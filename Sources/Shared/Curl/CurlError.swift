package import CCurl

/// What libcurl refused or failed at, in its own words.
///
/// Only the fixed sentence that belongs to the code: libcurl's detailed error text quotes hosts, addresses and the far
/// side's replies, and errors end in logs.
package struct CurlError: Error, Equatable, CustomStringConvertible {
    /// libcurl's code, a `CURLcode` or, for calls on a multi handle, a `CURLMcode`.
    package let code: Int
    /// libcurl's sentence for the code.
    package let text: String
    /// What was being done.
    package let operation: String

    package var description: String { "libcurl \(code): \(text) (while: \(operation))" }

    init(_ code: CURLcode, during operation: String) {
        self.code = Int(code.rawValue)
        self.text = Self.text(code)
        self.operation = operation
    }

    init(_ code: CURLMcode, during operation: String) {
        self.code = Int(code.rawValue)
        self.text = String(cString: curl_multi_strerror(code))
        self.operation = operation
    }

    /// libcurl's sentence for a result.
    package static func text(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }

    /// Throws unless the call succeeded: the one place where libcurl's return codes become errors.
    static func check(_ code: CURLcode, _ operation: String) throws(CurlError) {
        if code != CURLE_OK { throw CurlError(code, during: operation) }
    }

    /// The same for calls on a multi handle.
    static func check(_ code: CURLMcode, _ operation: String) throws(CurlError) {
        if code != CURLM_OK { throw CurlError(code, during: operation) }
    }
}
