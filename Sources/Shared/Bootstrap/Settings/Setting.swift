/// One setting of a program: its name, what it may be, what it is without being set, and what it is for.
///
/// Its key in the configuration file is dotted (`database.poolSize` is `{"database": {"poolSize": 8}}`), its name in
/// the environment follows from it (`RELAIS_DATABASE_POOL_SIZE`).
package struct Setting<Value: Sendable>: Sendable {
    /// The dotted key, words in camel case.
    package let key: String
    /// One line for the reader of `check` and of the handbook.
    package let doc: String
    /// Whether the value must never be shown. A secret may also come from the file named by `RELAIS_…_FILE`.
    package let isSecret: Bool

    /// What is expected, to complete "expected …".
    let expected: String
    /// The value when nothing is set; nil when the setting is required.
    let standard: Value?
    /// Stands in after a fault, so that reading goes on and finds the other faults. Never leaves the reader.
    let placeholder: Value
    /// nil when the text is not what is expected.
    let parse: @Sendable (String) -> Value?
    /// How a value is shown; passwords inside it are hidden afterwards.
    let show: @Sendable (Value) -> String

    /// The name of the environment variable.
    package var name: String { SettingName.environment(key) }
}

/// How a key becomes the name of an environment variable; the same rule as swift-configuration's encoder, which
/// `SettingsTests` holds it to.
enum SettingName {
    static let prefix = "RELAIS_"

    static func environment(_ key: String) -> String {
        var name = prefix
        var previous: Character = "."
        for character in key {
            if previous.isLowercase && character.isUppercase { name.append("_") }
            name += character.isLetter || character.isNumber ? character.uppercased() : "_"
            previous = character
        }
        return name
    }
}
