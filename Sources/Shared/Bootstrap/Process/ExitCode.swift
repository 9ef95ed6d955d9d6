import Foundation

/// How a program of the project ends, after `sysexits.h`. systemd's `RestartPreventExitStatus=64 78` keeps it from
/// restarting what only a person can put right.
package enum ExitCode: Int32, Sendable {
    /// Did what it was asked to do; also a service that was asked to stop and did.
    case ok = 0
    /// EX_USAGE: unknown command or option.
    case usage = 64
    /// EX_DATAERR: a file that was given is wrong; nothing was changed.
    case data = 65
    /// EX_UNAVAILABLE: a server does not answer; a restart may help.
    case unavailable = 69
    /// EX_SOFTWARE: an unexpected failure; a restart may help.
    case internalFailure = 70
    /// EX_CONFIG: a setting is missing or wrong; nothing was started.
    case configuration = 78

    /// The code for an error that ends a program.
    package init(_ error: any Error) {
        self = error is ConfigurationError ? .configuration : .internalFailure
    }

    /// Ends the process.
    package func exit() -> Never {
        Foundation.exit(rawValue)
    }
}
