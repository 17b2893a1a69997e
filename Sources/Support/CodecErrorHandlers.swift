// The standard error handlers of codecs, natively.

/// What an error handler gives in place of text that cannot be encoded.
public enum EncodeReplacement {
  /// Text to encode in turn.
  case text([UInt32])
  /// Bytes to take as they are.
  case bytes([UInt8])
}

public enum NativeErrorHandler {
  case strict, ignore, replace, backslashreplace, xmlcharrefreplace, namereplace, surrogateescape, surrogatepass

  /// From its registered name; nil for others.
  public init?(name: UnsafeBufferPointer<UInt8>) {
    func matches(_ text: StaticString) -> Bool {
      guard text.utf8CodeUnitCount == name.count else { return false }
      for i in 0..<name.count where name[i] != text.utf8Start[i] { return false }
      return true
    }
    if matches("strict") {
      self = .strict
    } else if matches("ignore") {
      self = .ignore
    } else if matches("replace") {
      self = .replace
    } else if matches("backslashreplace") {
      self = .backslashreplace
    } else if matches("xmlcharrefreplace") {
      self = .xmlcharrefreplace
    } else if matches("namereplace") {
      self = .namereplace
    } else if matches("surrogateescape") {
      self = .surrogateescape
    } else if matches("surrogatepass") {
      self = .surrogatepass
    } else {
      return nil
    }
  }

  /// Handles a decoding error: appends the replacement and returns where to go on; nil where the error stands.
  /// `codec` matters to surrogatepass only (nil for codecs that it does not know).
  public func resumeDecoding(
    _ codec: TextCodec?, _ p: UnsafeBufferPointer<UInt8>, _ error: CodecError, into out: inout [UInt32]
  ) -> Int? {
    switch self {
    case .strict, .xmlcharrefreplace, .namereplace: return nil
    case .ignore: return error.end
    case .replace:
      out.append(0xFFFD)
      return error.end
    case .backslashreplace:
      for i in error.start..<error.end { appendBackslash(UInt32(p[i]), &out) }
      return error.end
    case .surrogateescape:
      var i = error.start
      while i < error.end && i - error.start < 4 && p[i] >= 128 {
        out.append(0xDC00 + UInt32(p[i]))
        i += 1
      }
      return i == error.start ? nil : i
    case .surrogatepass:
      let i = error.start
      var cp: UInt32 = 0
      var width = 0
      func byte(_ k: Int) -> UInt32 { UInt32(p[i + k]) }
      switch codec {
      case .utf8:
        width = 3
        if p.count - i >= 3 && p[i] & 0xF0 == 0xE0 && p[i + 1] & 0xC0 == 0x80 && p[i + 2] & 0xC0 == 0x80 {
          cp = (byte(0) & 15) << 12 | (byte(1) & 63) << 6 | byte(2) & 63
        }
      case .utf16le:
        width = 2
        if p.count - i >= 2 { cp = byte(1) << 8 | byte(0) }
      case .utf16be:
        width = 2
        if p.count - i >= 2 { cp = byte(0) << 8 | byte(1) }
      case .utf32le:
        width = 4
        if p.count - i >= 4 { cp = byte(3) << 24 | byte(2) << 16 | byte(1) << 8 | byte(0) }
      case .utf32be:
        width = 4
        if p.count - i >= 4 { cp = byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3) }
      default: return nil
      }
      guard cp >= 0xD800 && cp <= 0xDFFF else { return nil }
      out.append(cp)
      return i + width
    }
  }

  /// Handles an encoding error: the replacement for the whole of error.start..<error.end; nil where the error stands.
  public func encodingReplacement<C: FixedWidthInteger & UnsignedInteger>(
    _ codec: TextCodec?, _ p: UnsafeBufferPointer<C>, _ error: CodecError
  ) -> EncodeReplacement? {
    var text: [UInt32] = []
    switch self {
    case .strict: return nil
    case .ignore: return .text([])
    case .replace: return .text([UInt32](repeating: 63, count: error.end - error.start))
    case .backslashreplace:
      for i in error.start..<error.end { appendBackslash(UInt32(truncatingIfNeeded: p[i]), &text) }
      return .text(text)
    case .xmlcharrefreplace:
      for i in error.start..<error.end {
        text.append(38)
        text.append(35)
        for digit in decimalText(Int(truncatingIfNeeded: p[i])) { text.append(UInt32(digit)) }
        text.append(59)
      }
      return .text(text)
    case .namereplace:
      for i in error.start..<error.end {
        let cp = UInt32(truncatingIfNeeded: p[i])
        if let name = characterName(cp) {
          text += [92, 78, 123]
          for unit in name { text.append(UInt32(unit)) }
          text.append(125)
        } else {
          appendBackslash(cp, &text)
        }
      }
      return .text(text)
    case .surrogateescape:
      var bytes: [UInt8] = []
      for i in error.start..<error.end {
        let cp = UInt32(truncatingIfNeeded: p[i])
        guard cp >= 0xDC80 && cp <= 0xDCFF else { return nil }
        bytes.append(UInt8(cp - 0xDC00))
      }
      return .bytes(bytes)
    case .surrogatepass:
      var bytes: [UInt8] = []
      for i in error.start..<error.end {
        let cp = UInt32(truncatingIfNeeded: p[i])
        guard cp >= 0xD800 && cp <= 0xDFFF else { return nil }
        let high = UInt8(cp >> 8)
        let low = UInt8(cp & 0xFF)
        switch codec {
        case .utf8: bytes += [UInt8(0xE0 | cp >> 12), UInt8(0x80 | (cp >> 6 & 63)), UInt8(0x80 | cp & 63)]
        case .utf16le: bytes += [low, high]
        case .utf16be: bytes += [high, low]
        case .utf32le: bytes += [low, high, 0, 0]
        case .utf32be: bytes += [0, 0, high, low]
        default: return nil
        }
      }
      return .bytes(bytes)
    }
  }
}

func hexDigit(_ value: UInt32) -> UInt8 {
  let digit = UInt8(value & 15)
  return digit < 10 ? digit + 48 : digit + 87
}

/// \xNN, \uNNNN or \UNNNNNNNN.
func appendBackslash(_ cp: UInt32, _ out: inout [UInt32]) {
  let width: Int
  out.append(92)
  if cp < 0x100 {
    out.append(120)
    width = 2
  } else if cp < 0x10000 {
    out.append(117)
    width = 4
  } else {
    out.append(85)
    width = 8
  }
  for i in (0..<width).reversed() { out.append(UInt32(hexDigit(cp >> UInt32(4 * i)))) }
}
