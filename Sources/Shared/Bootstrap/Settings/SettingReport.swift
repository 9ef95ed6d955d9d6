/// What `check` prints about one setting.
package struct SettingReport: Sendable, Equatable {
    /// Where a value comes from.
    package enum Source: Sendable, Equatable, CustomStringConvertible {
        case environment
        /// The file named by `RELAIS_…_FILE`.
        case secretFile(String)
        /// The file named by `RELAIS_CONFIG_FILE`.
        case configurationFile(String)
        case standard

        /// As printed.
        package var description: String {
            switch self {
            case .environment: "environment"
            case .secretFile(let path), .configurationFile(let path): "file \(path)"
            case .standard: "default"
            }
        }
    }

    /// Name of the environment variable.
    package let name: String
    /// Safe to print: secrets, and passwords inside URLs, are hidden.
    package let value: String
    /// Where the value comes from.
    package let source: Source
    /// What the setting is for.
    package let doc: String
}
