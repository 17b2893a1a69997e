// What the codecs share: errors that can be resumed from, and the dispatch by codec.
//
// A decoder appends code points to `out` and stops at the end, at an incomplete sequence (when not final) or at an
// error. An encoder appends bytes and stops at the end or at an error. Either continues from any position, so that the
// caller can run an error handler of any kind between two calls.

/// What cannot be decoded or encoded: input[start..<end], and why, in CPython's words.
public struct CodecError: Error {
  public var start: Int
  public var end: Int
  public var reason: StaticString

  @inlinable
  public init(start: Int, end: Int, reason: StaticString) {
    self.start = start
    self.end = end
    self.reason = reason
  }
}

/// Where a decoder stopped.
public struct DecodeStep {
  /// How much of the input is done with.
  public var consumed: Int
  public var error: CodecError?

  @inlinable
  public init(consumed: Int, error: CodecError? = nil) {
    self.consumed = consumed
    self.error = error
  }

  static func failed(_ start: Int, _ end: Int, _ reason: StaticString) -> DecodeStep {
    DecodeStep(consumed: start, error: CodecError(start: start, end: end, reason: reason))
  }
}

/// The codecs implemented natively. UTF-16 and UTF-32 are without byte-order mark: see `detectByteOrder16/32`.
public enum TextCodec {
  case utf8, utf7, ascii, latin1, utf16le, utf16be, utf32le, utf32be, unicodeEscape, rawUnicodeEscape

  /// Replacement bytes of an error handler must be a multiple of this.
  public var unitSize: Int {
    switch self {
    case .utf16le, .utf16be: return 2
    case .utf32le, .utf32be: return 4
    default: return 1
    }
  }

  /// The name that UnicodeError reports.
  public var name: StaticString {
    switch self {
    case .utf8: return "utf-8"
    case .utf7: return "utf7"
    case .ascii: return "ascii"
    case .latin1: return "latin-1"
    case .utf16le: return "utf-16-le"
    case .utf16be: return "utf-16-be"
    case .utf32le: return "utf-32-le"
    case .utf32be: return "utf-32-be"
    case .unicodeEscape: return "unicodeescape"
    case .rawUnicodeEscape: return "rawunicodeescape"
    }
  }
}

/// Decodes from `start` on.
public func decodeStep(
  _ codec: TextCodec, _ p: UnsafeBufferPointer<UInt8>, from start: Int, final: Bool, into out: inout [UInt32]
) -> DecodeStep {
  switch codec {
  case .utf8: return decodeUTF8(p, from: start, final: final, into: &out)
  case .utf7: return decodeUTF7(p, from: start, final: final, into: &out)
  case .ascii: return decodeASCII(p, from: start, into: &out)
  case .latin1:
    out.reserveCapacity(out.count + p.count - start)
    for i in start..<p.count { out.append(UInt32(p[i])) }
    return DecodeStep(consumed: p.count)
  case .utf16le: return decodeUTF16(p, from: start, bigEndian: false, final: final, into: &out)
  case .utf16be: return decodeUTF16(p, from: start, bigEndian: true, final: final, into: &out)
  case .utf32le: return decodeUTF32(p, from: start, bigEndian: false, final: final, into: &out)
  case .utf32be: return decodeUTF32(p, from: start, bigEndian: true, final: final, into: &out)
  case .unicodeEscape:
    var invalid = -1
    return decodeUnicodeEscape(p, from: start, final: final, firstInvalidEscape: &invalid, into: &out)
  case .rawUnicodeEscape: return decodeRawUnicodeEscape(p, from: start, final: final, into: &out)
  }
}

/// Encodes from `start` on; nil when all is done.
public func encodeStep<C: FixedWidthInteger & UnsignedInteger>(
  _ codec: TextCodec, _ p: UnsafeBufferPointer<C>, from start: Int, into out: inout [UInt8]
) -> CodecError? {
  switch codec {
  case .utf8: return encodeUTF8(p, from: start, into: &out)
  case .utf7:
    encodeUTF7(p, from: start, into: &out)
    return nil
  case .ascii: return encodeNarrow(p, from: start, limit: 128, reason: "ordinal not in range(128)", into: &out)
  case .latin1: return encodeNarrow(p, from: start, limit: 256, reason: "ordinal not in range(256)", into: &out)
  case .utf16le: return encodeUTF16(p, from: start, bigEndian: false, into: &out)
  case .utf16be: return encodeUTF16(p, from: start, bigEndian: true, into: &out)
  case .utf32le: return encodeUTF32(p, from: start, bigEndian: false, into: &out)
  case .utf32be: return encodeUTF32(p, from: start, bigEndian: true, into: &out)
  case .unicodeEscape:
    encodeUnicodeEscape(p, from: start, into: &out)
    return nil
  case .rawUnicodeEscape:
    encodeRawUnicodeEscape(p, from: start, into: &out)
    return nil
  }
}

/// Appends the text that an error handler gave for an encoding error, in the codec's bytes. False where the codec
/// cannot encode it (the original error is then to be raised).
public func appendReplacement<C: FixedWidthInteger & UnsignedInteger>(
  _ codec: TextCodec, _ text: UnsafeBufferPointer<C>, into out: inout [UInt8]
) -> Bool {
  let count = out.count
  switch codec {
  case .utf8, .utf16le, .utf16be, .utf32le, .utf32be:
    // Where every code point but surrogates can be encoded, replacements are limited to ASCII.
    for unit in text where unit >= 128 { return false }
  default: break
  }
  if encodeStep(codec, text, from: 0, into: &out) != nil {
    out.removeLast(out.count - count)
    return false
  }
  return true
}

/// Decodes everything with a native handler; nil-handled errors are returned with the output so far.
public func decodeAll(
  _ codec: TextCodec, _ p: UnsafeBufferPointer<UInt8>, handler: NativeErrorHandler, final: Bool = true,
  into out: inout [UInt32]
) -> DecodeStep {
  var position = 0
  while true {
    let step = decodeStep(codec, p, from: position, final: final, into: &out)
    guard let error = step.error else { return step }
    guard let next = handler.resumeDecoding(codec, p, error, into: &out) else { return step }
    position = next
  }
}

/// Encodes everything with a native handler; the error it refuses is returned.
public func encodeAll<C: FixedWidthInteger & UnsignedInteger>(
  _ codec: TextCodec, _ p: UnsafeBufferPointer<C>, handler: NativeErrorHandler, into out: inout [UInt8]
) -> CodecError? {
  var position = 0
  while true {
    guard let error = encodeStep(codec, p, from: position, into: &out) else { return nil }
    guard let replacement = handler.encodingReplacement(codec, p, error) else {
      var refused = error
      if handler == .surrogateescape && codec.unitSize == 1 {
        // Escapes before the offending code point are done with.
        while UInt32(truncatingIfNeeded: p[refused.start]) &- 0xDC80 < 0x80 {
          out.append(UInt8(UInt32(truncatingIfNeeded: p[refused.start]) - 0xDC00))
          refused.start += 1
        }
      }
      return refused
    }
    switch replacement {
    case .bytes(let bytes):
      if bytes.count % codec.unitSize != 0 { return error }
      out += bytes
    case .text(let text):
      if !text.withUnsafeBufferPointer({ appendReplacement(codec, $0, into: &out) }) { return error }
    }
    position = error.end
  }
}
