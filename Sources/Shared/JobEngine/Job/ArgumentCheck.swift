/// A condition on the arguments of a kind as `relais.argument_check` keeps it for the doors in SQL: with the words of its
/// expectation, so that both say the same.
struct ArgumentCheck: Encodable {
    let name: String?
    let shape: String
    var required = false
    let expected: String
    /// The range of an integer.
    var low: Int64?
    var high: Int64?
    /// The most characters of a text.
    var length: Int?
    var choices: [String]?
    /// The second argument of a rule.
    var other: String?

    /// All conditions of a kind, in the order in which faults are told.
    static func all(of kind: any JobArguments.Type) -> [ArgumentCheck] {
        kind.fields.map(ArgumentCheck.init) + [ArgumentCheck(names: kind.fields)] + kind.rules.map(ArgumentCheck.init)
    }

    private init(_ field: ArgumentField) {
        name = field.name
        required = field.isRequired
        expected = field.expectation
        switch field.shape {
        case .id:
            shape = "id"
            low = 1
            high = .max
        case .uuid:
            shape = "uuid"
        case .integer(let range):
            shape = "integer"
            low = range.lowerBound
            high = range.upperBound
        case .text(let maxLength):
            shape = "text"
            length = maxLength
        case .boolean:
            shape = "boolean"
        case .oneOf(let values, _):
            shape = "choice"
            choices = values
        }
    }

    /// That there are no other arguments.
    private init(names fields: [ArgumentField]) {
        name = nil
        shape = "names"
        expected = ArgumentField.expectation(ofNames: fields)
        choices = fields.map(\.name)
    }

    private init(_ rule: ArgumentRule) {
        expected = rule.expectation
        switch rule {
        case .exactlyOne(let one, let second):
            shape = "exactly-one"
            name = one
            other = second
        case .nothingBeside(let flag, let absent):
            shape = "nothing-beside"
            name = absent
            other = flag
        }
    }
}
