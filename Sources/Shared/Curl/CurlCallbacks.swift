import CCurl

// libcurl's callbacks. Each finds its transfer behind the pointer that CurlHandle set and hands the question on.

/// What libcurl's callbacks are given: a plain object, so that finding it costs no dynamic cast.
final class CallbackContext {
    let transfer: any CurlTransfer

    init(_ transfer: any CurlTransfer) { self.transfer = transfer }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> (any CurlTransfer)? {
    guard let context else { return nil }
    return Unmanaged<CallbackContext>.fromOpaque(context).takeUnretainedValue().transfer
}

let readCallback: curl_read_callback = { buffer, size, count, context in
    guard let transfer = transfer(context) else { return Int(CURL_READFUNC_ABORT) }
    switch transfer.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) {
    case .bytes(let count): return count
    case .end: return 0
    case .pause: return Int(CURL_READFUNC_PAUSE)
    case .abort: return Int(CURL_READFUNC_ABORT)
    }
}

let bodyCallback: curl_write_callback = { bytes, size, count, context in
    let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
    // Any count but the given one makes libcurl break the transfer off; a longer one can never be the given one.
    return transfer(context)?.receive(body: body) == true ? body.count : body.count + 1
}

let headerCallback: curl_write_callback = { bytes, size, count, context in
    let header = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return transfer(context)?.receive(header: header) == true ? header.count : header.count + 1
}

let progressCallback: curl_xferinfo_callback = { context, _, _, _, _ in
    transfer(context)?.mayContinue() == true ? 0 : 1
}

let debugCallback: curl_debug_callback = { _, type, bytes, size, context in
    let line = UnsafeRawBufferPointer(start: bytes, count: size)
    switch type {
    case CURLINFO_HEADER_OUT: transfer(context)?.observe(line, sent: true)
    case CURLINFO_HEADER_IN: transfer(context)?.observe(line, sent: false)
    default: break
    }
    return 0
}
