package import struct FoundationEssentials.Decimal

/// numeric is a list of digits to the base 10,000 with a weight (the power of the first), a sign and a scale.
private enum NumericSign {
    static let positive: UInt16 = 0x0000
    static let negative: UInt16 = 0x4000
    static let notANumber: UInt16 = 0xC000
}

extension Decimal: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.numeric }
    package static var postgresArrayType: UInt32 { PostgresType.numericArray }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        guard !isNaN else {
            for word in [0, 0, NumericSign.notANumber, 0] { buffer.append(integer: word) }
            return true
        }
        // `description` is plain: sign, digits, and perhaps a point with more digits; never an exponent.
        let parts = magnitude.description.split(separator: ".", maxSplits: 1)
        var whole = Array((parts.first ?? "0").utf8.map { Int16($0 &- 48) })
        var fraction = parts.count > 1 ? Array(parts[1].utf8.map { Int16($0 &- 48) }) : []
        let scale = fraction.count
        whole.insert(contentsOf: repeatElement(0, count: (4 - whole.count % 4) % 4), at: 0)
        fraction.append(contentsOf: repeatElement(0, count: (4 - fraction.count % 4) % 4))
        let decimals = whole + fraction
        let digits = stride(from: 0, to: decimals.count, by: 4).map { start in
            decimals[start..<start + 4].reduce(0) { $0 * 10 + $1 }
        }
        buffer.append(integer: Int16(clamping: digits.count))
        buffer.append(integer: Int16(clamping: whole.count / 4 - 1))
        buffer.append(integer: self < 0 ? NumericSign.negative : NumericSign.positive)
        buffer.append(integer: Int16(clamping: scale))
        for digit in digits { buffer.append(integer: digit) }
        return true
    }

    /// Reads numeric and whole numbers. A numeric with more than 38 significant digits is an error, never rounded.
    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Decimal {
        let bytes = try cell.value()
        guard cell.type == PostgresType.numeric else { return Decimal(try cell.wholeNumber(as: Int64.self)) }
        let count: Int16 = try bytes.integer(at: 0)
        let weight: Int16 = try bytes.integer(at: 2)
        let sign: UInt16 = try bytes.integer(at: 4)
        if sign == NumericSign.notANumber { return .nan }
        guard sign == NumericSign.positive || sign == NumericSign.negative else {
            throw DecodingFault(reason: "infinity is no Decimal")
        }
        guard count >= 0, bytes.count == 8 + 2 * Int(count) else { throw DecodingFault.truncated }
        var decimals: [UInt8] = []
        for index in 0..<Int(count) {
            let digit: UInt16 = try bytes.integer(at: 8 + 2 * index)
            for power: UInt16 in [1000, 100, 10, 1] { decimals.append(UInt8(digit / power % 10)) }
        }
        var exponent = (Int(weight) + 1) * 4 - decimals.count
        while decimals.last == 0 {
            decimals.removeLast()
            exponent += 1
        }
        let significant = decimals.drop { $0 == 0 }
        guard !significant.isEmpty else { return 0 }
        guard significant.count <= 38, (-128...127).contains(exponent) else {
            throw DecodingFault(
                reason: "it has more digits than a Decimal holds; round it in the SQL or cast it to text"
            )
        }
        let significand = significant.reduce(Decimal(0)) { $0 * 10 + Decimal(Int($1)) }
        return Decimal(
            sign: sign == NumericSign.negative ? .minus : .plus,
            exponent: exponent,
            significand: significand
        )
    }
}
