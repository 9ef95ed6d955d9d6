import Glibc
package import Logging

/// How much is logged, and how.
package struct LogSettings: Sendable, Equatable {
    /// How a line looks.
    package enum Format: String, CaseIterable, Sendable {
        /// One JSON object a line, for machines.
        case json
        /// One readable line, for a terminal.
        case text
    }

    /// Lines below it are dropped.
    package var level: Logger.Level
    /// How a line looks.
    package var format: Format

    /// `RELAIS_LOG_LEVEL`.
    package static let levelSetting = Setting<Logger.Level>.choice(
        "log.level",
        default: .info,
        doc: "Least important level that is logged."
    )
    /// `RELAIS_LOG_FORMAT`.
    package static let formatSetting = Setting<Format>.choice(
        "log.format",
        default: .json,
        doc: "json for machines, text for a terminal."
    )

    /// Settings given in code.
    package init(level: Logger.Level = .info, format: Format = .json) {
        self.level = level
        self.format = format
    }

    /// Settings read with all others.
    package init(_ reader: SettingsReader) {
        self.init(level: reader.value(Self.levelSetting), format: reader.value(Self.formatSetting))
    }

    /// Makes every `Logger` of the process write to standard error. Only the first call of a process counts for
    /// swift-log, a second one would trap: `main` calls it once.
    package func bootstrap() {
        let stream = LogStream.standardError
        LoggingSystem.bootstrap { label in
            LineLogHandler(label: label, settings: self, stream: stream)
        }
        // The last lines say why the process ends; a reader who does not read gets a second for them.
        atexit { LogStream.standardError.flush(within: 1) }
    }
}
