extension Bool: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.bool }
    package static var postgresArrayType: UInt32 { PostgresType.boolArray }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.append(integer: UInt8(self ? 1 : 0))
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Bool {
        guard cell.type == PostgresType.bool || cell.bytes == nil else { throw cell.mismatch }
        return try cell.integer(as: UInt8.self) != 0
    }
}

extension PostgresCell {
    /// Any of PostgreSQL's whole numbers as the wanted one; a value that does not fit is an error.
    func wholeNumber<T: FixedWidthInteger>(as _: T.Type) throws(DecodingFault) -> T {
        let wide: Int64
        switch type {
        case _ where bytes == nil: _ = try value(); wide = 0
        case PostgresType.int2: wide = Int64(try integer(as: Int16.self))
        case PostgresType.int4: wide = Int64(try integer(as: Int32.self))
        case PostgresType.int8: wide = try integer(as: Int64.self)
        case PostgresType.oid: wide = Int64(try integer(as: UInt32.self))
        default: throw mismatch
        }
        guard let number = T(exactly: wide) else { throw DecodingFault(reason: "the number does not fit") }
        return number
    }
}

extension Int16: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.int2 }
    package static var postgresArrayType: UInt32 { PostgresType.int2Array }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.append(integer: self)
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Int16 {
        try cell.wholeNumber(as: Int16.self)
    }
}

extension Int32: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.int4 }
    package static var postgresArrayType: UInt32 { PostgresType.int4Array }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.append(integer: self)
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Int32 {
        try cell.wholeNumber(as: Int32.self)
    }
}

extension Int64: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.int8 }
    package static var postgresArrayType: UInt32 { PostgresType.int8Array }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.append(integer: self)
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Int64 {
        try cell.wholeNumber(as: Int64.self)
    }
}

extension Int: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.int8 }
    package static var postgresArrayType: UInt32 { PostgresType.int8Array }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.append(integer: Int64(self))
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Int {
        try cell.wholeNumber(as: Int.self)
    }
}

extension Double: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.float8 }
    package static var postgresArrayType: UInt32 { PostgresType.float8Array }

    package func encode(into buffer: inout PostgresBuffer) -> Bool {
        buffer.append(integer: bitPattern)
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> Double {
        switch cell.type {
        case _ where cell.bytes == nil: return Double(bitPattern: try cell.integer(as: UInt64.self))
        case PostgresType.float8: return Double(bitPattern: try cell.integer(as: UInt64.self))
        case PostgresType.float4: return Double(Float(bitPattern: try cell.integer(as: UInt32.self)))
        default: throw cell.mismatch
        }
    }
}
