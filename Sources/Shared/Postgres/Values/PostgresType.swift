/// Object identifiers of PostgreSQL's built-in types (`src/include/catalog/pg_type.dat`; fixed for ever).
enum PostgresType {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let char: UInt32 = 18
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let json: UInt32 = 114
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let date: UInt32 = 1082
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802

    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let int2Array: UInt32 = 1005
    static let int4Array: UInt32 = 1007
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let float8Array: UInt32 = 1022
    static let dateArray: UInt32 = 1182
    static let timestamptzArray: UInt32 = 1185
    static let numericArray: UInt32 = 1231
    static let uuidArray: UInt32 = 2951
    static let jsonbArray: UInt32 = 3807

    /// Array types whose elements this client can read: those above, char, name, bpchar, varchar, float4, oid and json.
    private static let arrays: Set<UInt32> = [
        boolArray, byteaArray, int2Array, int4Array, textArray, int8Array, float8Array, dateArray, timestamptzArray,
        numericArray, uuidArray, jsonbArray, 1002, 1003, 1014, 1015, 1021, 1028, 199,
    ]

    /// The first identifier given to types that users create, such as enums (`FirstNormalObjectId`).
    private static let firstUserType: UInt32 = 16384

    static func isUserDefined(_ oid: UInt32) -> Bool { oid >= firstUserType }

    static func isArray(_ oid: UInt32) -> Bool { arrays.contains(oid) || isUserDefined(oid) }
}
