import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import JobEngine

/// An answer that stays the same for a while, and may be kept meanwhile (RFC 9110, 8.8.3 and 13.1.2; RFC 9111).
///
/// Its ETag is a digest of its bytes and not the instant of the refresh, because a sector or a group that gets another
/// name needs no refresh: two answers have the same tag exactly if they are the same.
enum CachedAnswer {
    enum Audience: String, Sendable {
        /// Kept by the caller alone, who asks each time whether it is still the same.
        case theCaller = "private, no-cache"
        /// Kept by whoever stands between: a tenth of the time between two refreshes makes nobody wait for news, and many
        /// visitors cost one statement a minute.
        case everybody = "public, max-age=60"
    }

    /// 200 with the document, or 304 if the caller has it already.
    static func response(_ document: JSONValue, to request: Request, for audience: Audience) -> Response {
        let body = JSONBody.buffer(document)
        let digest = SHA256.hash(data: Array(buffer: body)).prefix(16)
        let tag = "\"\(Data(digest).base64EncodedString())\""
        var headers: HTTPFields = [.eTag: tag, .cacheControl: audience.rawValue]
        if isKnown(tag, request.headers[.ifNoneMatch]) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = "application/json"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// A cache on the way may have made the tag a weak one, which is as good here.
    private static func isKnown(_ tag: String, _ ifNoneMatch: String?) -> Bool {
        (ifNoneMatch ?? "").split(separator: ",").contains { known in
            let known = known.trimmingPrefix { $0 == " " || $0 == "\t" }.trimmingPrefix("W/")
            return known == "*" || known.prefix { $0 != " " && $0 != "\t" } == tag
        }
    }
}
