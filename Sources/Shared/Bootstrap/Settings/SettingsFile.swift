import Configuration
import Foundation

/// The optional JSON file named by `RELAIS_CONFIG_FILE`.
struct SettingsFile {
    let path: String
    /// Every dotted key in the file, to find those that no program knows.
    let keys: Set<String>
    private let snapshot: JSONSnapshot

    /// A file of settings is a page; more is another file by mistake.
    static let maximumBytes = 1 << 20

    init(path: String) throws {
        self.path = path
        let data = try Self.contents(of: path, limit: Self.maximumBytes)
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw SettingsFileError("expected a JSON object in \(path), got something else")
        }
        keys = Self.keys(in: object, under: "")
        do {
            snapshot = try JSONSnapshot(data: data.bytes, providerName: path, parsingOptions: .default)
        } catch {
            // Its words quote values, which may be secret.
            throw SettingsFileError("expected texts, numbers, true and false in \(path), got another type")
        }
    }

    /// The value as a text, whichever type it has in the file; nil when the key is missing.
    func text(forKey key: String) -> String? {
        let key = AbsoluteConfigKey(ConfigKey(key))
        for type in [ConfigType.string, .int, .double, .bool] {
            // A type that does not fit is an error here, and the next one is tried.
            guard let content = (try? snapshot.value(forKey: key, type: type))?.value?.content else { continue }
            switch content {
            case .string(let text): return text
            case .int(let number): return String(number)
            case .double(let number): return String(number)
            case .bool(let flag): return String(flag)
            case .bytes, .stringArray, .intArray, .doubleArray, .boolArray, .byteChunkArray: continue
            }
        }
        return nil
    }

    /// The bytes of a small file. A pipe or a huge file given by mistake does not fill the memory.
    static func contents(of path: String, limit: Int) throws -> Data {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw SettingsFileError("expected a readable file, could not open \(path)")
        }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: limit + 1) else {
            throw SettingsFileError("expected a readable file, could not read \(path)")
        }
        guard data.count <= limit else {
            throw SettingsFileError("expected at most \(limit) bytes in \(path), got more")
        }
        return data
    }

    private static func keys(in object: [String: Any], under prefix: String) -> Set<String> {
        object.reduce(into: []) { keys, entry in
            if let inner = entry.value as? [String: Any] {
                keys.formUnion(Self.keys(in: inner, under: prefix + entry.key + "."))
            } else {
                keys.insert(prefix + entry.key)
            }
        }
    }
}

/// Why a file of settings or of a secret could not be used; never quotes its contents.
struct SettingsFileError: Error {
    let words: String

    init(_ words: String) { self.words = words }
}
