package import Logging

/// Writes each log event as one line, in JSON or as text.
///
/// A line is bounded: texts are cut at 8 KiB, metadata at 64 entries and four levels, so that no event can flood the
/// journal. Characters that would break a line are escaped, so that no value can forge a second one.
package struct LineLogHandler: LogHandler {
    /// Entries that every line of this logger has.
    package var metadata: Logger.Metadata = [:]
    /// Entries that come from the task's context.
    package var metadataProvider: Logger.MetadataProvider?
    /// Lines below it are dropped.
    package var logLevel: Logger.Level

    private let label: String
    private let format: LogSettings.Format
    private let stream: LogStream

    /// A handler for the logger called `label`.
    package init(label: String, settings: LogSettings, stream: LogStream) {
        self.label = label
        format = settings.format
        logLevel = settings.level
        self.stream = stream
    }

    /// One entry of the metadata.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    package func log(event: LogEvent) {
        var entries = metadata
        // The nearer wins: what the line itself says over the task's context over the logger.
        if let provided = metadataProvider?.get() { entries.merge(provided) { $1 } }
        if let own = event.metadata { entries.merge(own) { $1 } }
        if let error = event.error { entries[LogKey.error] = "\(error)" }
        let label = label
        let format = format
        stream.write(
            Self.line(format, label, event.level, event.message.description, entries)
        ) { dropped in
            Self.line(
                format,
                label,
                .warning,
                "Log lines were dropped, nobody read them",
                [LogKey.count: "\(dropped)"]
            )
        }
    }

    private static func line(
        _ format: LogSettings.Format,
        _ label: String,
        _ level: Logger.Level,
        _ message: String,
        _ metadata: Logger.Metadata
    ) -> [UInt8] {
        var line = LogLine()
        switch format {
        case .json:
            line.appendJSON(time: LogTime.now(), level: level, label: label, message: message, metadata)
        case .text:
            line.appendText(time: LogTime.now(), level: level, label: label, message: message, metadata)
        }
        return line.bytes
    }
}
