import Foundation

/// Why a port could not be opened, with the system's words and what to do.
package struct SocketError: Error, CustomStringConvertible {
    /// The system's code.
    package let code: Int32
    let operation: String

    /// The calling thread's `errno`.
    init(_ operation: String) {
        code = errno
        self.operation = operation
    }

    /// What failed and why.
    package var description: String {
        let advice = code == EADDRINUSE ? ": another process has the port, set another one" : ""
        return "could not \(operation): \(String(cString: strerror(code)))\(advice)"
    }
}
