// Encoding and decoding of text with the native codecs; other codecs and error handlers continue in app-level code.

import Glibc
import Objects
import Support

/// A codec that is built in: its Support codec, and whether a byte-order mark rules (16 or 32).
public struct NativeCodec {
  public var codec: TextCodec
  public var mark = 0
  public init(_ codec: TextCodec, mark: Int = 0) { self.codec = codec; self.mark = mark }

  /// Name for errors.
  public var name: String { mark == 16 ? "utf-16" : mark == 32 ? "utf-32" : String(codec.name) }

  /// The number that app-level code knows it by.
  public static let all: [NativeCodec] = [
    NativeCodec(.utf8), NativeCodec(.utf7), NativeCodec(.ascii), NativeCodec(.latin1), NativeCodec(.utf16le), NativeCodec(.utf16be),
    NativeCodec(.utf32le), NativeCodec(.utf32be), NativeCodec(.unicodeEscape), NativeCodec(.rawUnicodeEscape),
    NativeCodec(.utf16le, mark: 16), NativeCodec(.utf32le, mark: 32),
  ]
  public static let utf8 = 0, utf7 = 1, ascii = 2, latin1 = 3, utf16le = 4, utf16be = 5, utf32le = 6, utf32be = 7
  public static let unicodeEscape = 8, rawUnicodeEscape = 9, utf16 = 10, utf32 = 11
}

extension String {
  init(_ s: StaticString) { self = s.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}

/// The built-in codec that CPython short-cuts for an encoding name; -1 where the registry decides.
func nativeCodec(_ name: Value) -> Int {
  if name == Name.utf_8.value { return NativeCodec.utf8 }
  let n = name.strCount
  if n > 12 || !name.isASCII { return -1 }
  var text = ""
  for c in units8(name) {
    switch c {
    case 65...90: text.unicodeScalars.append(Unicode.Scalar(c + 32))
    case 45, 95, 32: text += "-"
    default: text.unicodeScalars.append(Unicode.Scalar(c))
    }
  }
  switch text {
  case "utf-8", "utf8": return NativeCodec.utf8
  case "ascii", "us-ascii": return NativeCodec.ascii
  case "latin-1", "latin1", "iso-8859-1", "iso8859-1": return NativeCodec.latin1
  case "utf-16", "utf16": return NativeCodec.utf16
  case "utf-32", "utf32": return NativeCodec.utf32
  case "utf-16-le", "utf-16le": return NativeCodec.utf16le
  case "utf-16-be", "utf-16be": return NativeCodec.utf16be
  case "utf-32-le", "utf-32le": return NativeCodec.utf32le
  case "utf-32-be", "utf-32be": return NativeCodec.utf32be
  default: return -1
  }
}

/// The native error handler named `errors` (empty: strict); nil for others.
func nativeHandler(_ errors: Value) -> NativeErrorHandler? {
  if absent(errors) { return .strict }
  if errors.strWidth != 1 { return nil }
  return NativeErrorHandler(name: units8(errors))
}

/// Whether `errors` (None: strict) is handled natively.
public func hasNativeErrorHandler(_ errors: Value) -> Bool { nativeHandler(errors) != nil }

func unicodeDecodeError(_ t: ThreadRef, _ encoding: Value, _ object: Value, _ start: Int, _ end: Int, _ reason: Value) -> Value {
  unicodeError(t, .UnicodeDecodeError, encoding, object, start, end, reason)
}
func unicodeError(_ t: ThreadRef, _ type: ExceptionType, _ encoding: Value, _ object: Value, _ start: Int, _ end: Int, _ reason: Value) -> Value {
  let members = [encoding, object, .fixnum(start), .fixnum(end), reason]
  let e = makeException(t, type.object, args: makeTuple(t, members))
  for i in 0..<5 { e.fields[ExceptionField.first + i] = members[i] }
  return t.raiseWithContext(e)
}

/// The bytes of a bytes-like object as an exact bytes object.
func bytesOf(_ t: ThreadRef, _ v: Value) -> Value {
  if v.isExact(.bytes) { return v }
  return withBuffer(v) { makeBytes(t, UnsafeRawBufferPointer($0)) } ?? weft_vm.emptyBytes
}

/// Decodes the bytes-like `source`; with `final` false, `consumed` tells how far it went.
public func decodeNatively(_ t: ThreadRef, _ number: Int, _ source: Value, _ errors: Value, final: Bool = true, consumed: inout Int) -> Value {
  let c = NativeCodec.all[number]
  guard let handler = nativeHandler(errors) else { return .empty }
  guard let view = bufferView(source) else { return t.typeError("a bytes-like object is required, not '\(typeName(source))'") }
  let p = UnsafeBufferPointer(start: UnsafePointer(view.base), count: view.count)
  consumed = p.count
  if p.count == 0 { return weft_vm.emptyStr }
  if !mayAllocate(bytes: p.count * 2) { return t.raise(.MemoryError) }
  var codec = c.codec, position = 0
  switch number {
  case NativeCodec.latin1: return makeStr(t, latin1: p)
  case NativeCodec.ascii, NativeCodec.utf8:
    if asciiPrefix(p.baseAddress!, 0, p.count) == p.count { return makeStr(t, ascii: p) }
    if number == NativeCodec.utf8 {
      let m = measureUTF8(p, final: final)
      if m.error == nil {
        consumed = m.validEnd
        if m.count == 0 { return weft_vm.emptyStr }
        if m.count == 1 { return makeStr(t, codePoint: decodeOne(p)) }
        let width = m.largest < 0x100 ? 1 : m.largest < 0x10000 ? 2 : 4
        let r = makeStr(t, count: m.count, width: width, ascii: m.largest < 0x80)
        let base = p.baseAddress!
        switch width {
        case 1: _ = transcodeUTF8(base, m.validEnd, to: r.strData.assumingMemoryBound(to: UInt8.self))
        case 2: _ = transcodeUTF8(base, m.validEnd, to: r.strData.assumingMemoryBound(to: UInt16.self))
        default: _ = transcodeUTF8(base, m.validEnd, to: r.strData.assumingMemoryBound(to: UInt32.self))
        }
        return r
      }
    }
  case NativeCodec.utf16:
    if let (big, n) = detectByteOrder16(p) { codec = big ? .utf16be : .utf16le; position = n }
  case NativeCodec.utf32:
    if let (big, n) = detectByteOrder32(p) { codec = big ? .utf32be : .utf32le; position = n }
  default: break
  }
  var out: [UInt32] = []
  while true {
    let step = decodeStep(codec, p, from: position, final: final, into: &out)
    guard let error = step.error else { consumed = step.consumed; break }
    guard let next = handler.resumeDecoding(codec, p, error, into: &out) else {
      return unicodeDecodeError(t, makeStr(t, String(codec.name)), bytesOf(t, source), error.start, error.end, makeStr(t, String(error.reason)))
    }
    position = next
  }
  return makeStr(t, scalars: out)
}
private func decodeOne(_ p: UnsafeBufferPointer<UInt8>) -> UInt32 {
  var out: [UInt32] = []
  _ = decodeUTF8(p, from: 0, final: false, into: &out)
  return out.first ?? 0xfffd
}

/// str(source, encoding, errors): `source` is bytes-like.
public func decodeObject(_ t: ThreadRef, _ source: Value, _ encoding: Value, _ errors: Value) -> Value {
  let number = absent(encoding) ? NativeCodec.utf8 : nativeCodec(encoding)
  if number >= 0 && nativeHandler(errors) != nil {
    var consumed = 0
    return decodeNatively(t, number, source, errors, consumed: &consumed)
  }
  return callApp(t, named: "textDecode", source, absent(encoding) ? intern(t, "utf-8") : encoding, errors.isEmpty ? .none : errors)
}

/// Encodes natively; empty with an exception set where that fails.
public func encodeNatively(_ t: ThreadRef, _ number: Int, _ s: Value, _ errors: Value) -> Value {
  let c = NativeCodec.all[number]
  guard let handler = nativeHandler(errors) else { return .empty }
  if !mayAllocate(bytes: s.strCount * (number <= NativeCodec.latin1 ? 3 : 12)) { return t.raise(.MemoryError) }
  if s.isASCII && (number <= NativeCodec.latin1) && number != NativeCodec.utf7 || number == NativeCodec.latin1 && s.strWidth == 1 {
    return makeBytes(t, UnsafeRawBufferPointer(start: s.strData, count: s.strCount))
  }
  if number == NativeCodec.utf8, let n = onText(s, { utf8Length($0) }, { utf8Length($0) }, { utf8Length($0) }) {
    let r = makeBytes(t, count: n)
    _ = onText(s, { writeUTF8($0, to: r.bytesData) }, { writeUTF8($0, to: r.bytesData) }, { writeUTF8($0, to: r.bytesData) })
    return r
  }
  var out: [UInt8] = c.mark == 16 ? [0xff, 0xfe] : c.mark == 32 ? [0xff, 0xfe, 0, 0] : []
  let error = onText(s, { encodeAll(c.codec, $0, handler: handler, into: &out) }, { encodeAll(c.codec, $0, handler: handler, into: &out) },
                     { encodeAll(c.codec, $0, handler: handler, into: &out) })
  if let e = error {
    return unicodeError(t, .UnicodeEncodeError, makeStr(t, c.name), exactStr(t, s), e.start, e.end, makeStr(t, String(e.reason)))
  }
  return makeBytes(t, out)
}

/// s.encode(encoding, errors).
public func encodeText(_ t: ThreadRef, _ s: Value, _ encoding: Value, _ errors: Value) -> Value {
  let number = absent(encoding) ? NativeCodec.utf8 : nativeCodec(encoding)
  if number >= 0 && nativeHandler(errors) != nil { return encodeNatively(t, number, s, errors) }
  return callApp(t, named: "textEncode", s, absent(encoding) ? intern(t, "utf-8") : encoding, errors.isEmpty ? .none : errors)
}

/// One step of a codec for app-level error handling: (piece, position, error start or -1, error end, reason).
private func step(_ t: ThreadRef, _ piece: Value, _ position: Int, _ error: CodecError?) -> Value {
  makeTuple(t, [piece, .fixnum(position), .fixnum(error?.start ?? -1), .fixnum(error?.end ?? -1),
                error.map { makeStr(t, String($0.reason)) } ?? .none])
}

func installTextCodecs(_ t: ThreadRef) {
  defineAppNative(t, "textNativeCodec", "(name, /)") { t, a, n in .fixnum(nativeCodec(a[0])) }
  // The name that errors report: of the codec that a byte-order mark selects, when decoding.
  defineAppNative(t, "textCodecName", "(number, data=None, /)") { t, a, n in
    let number = a[0].fixnum
    if n > 1, number == NativeCodec.utf16 || number == NativeCodec.utf32 {
      let big = withBuffer(a[1]) { (number == NativeCodec.utf16 ? detectByteOrder16($0)?.bigEndian : detectByteOrder32($0)?.bigEndian) ?? false } ?? false
      return makeStr(t, "utf-\(number == NativeCodec.utf16 ? 16 : 32)-\(big ? "be" : "le")")
    }
    return makeStr(t, NativeCodec.all[number].name)
  }
  // charmap: (text, position); stops where the table has no character. The table is a str.
  defineAppNative(t, "textCharmapDecode", "(data, table, start, /)") { t, a, n in
    let table = scalars(a[1])
    return withBuffer(a[0]) { p in
      var out: [UInt32] = []
      let s = table.withUnsafeBufferPointer { decodeCharmap(p, from: a[2].fixnum, table: $0, into: &out) }
      return pair(t, makeStr(t, scalars: out), .fixnum(s.error?.start ?? p.count))
    } ?? needsBuffer(t, a[0])
  }
  // (bytes, position); stops where the dict has no int or bytes for the character.
  defineAppNative(t, "textCharmapEncode", "(text, table, start, /)") { t, a, n in
    var out: [UInt8] = []
    var i = a[2].fixnum
    let s = a[0]
    while i < s.strCount {
      let k = Value.fixnum(Int(s.codePoint(i)))
      let e = find(a[1], k, intHash(k))
      if e < 0 { break }
      let v = a[1].table.tableRef.value(e)
      if let b = v.asInt, b >= 0, b < 256 { out.append(UInt8(b)) }
      else if v.isExact(.bytes) { out += span(v) }
      else { break }
      i += 1
    }
    return pair(t, makeBytes(t, out), .fixnum(i))
  }
  // bytes escapes: (bytes, index of the first invalid escape or -1), or the position of a bad \\x.
  // Where the first escape of unicode_escape data[from:] stands that is none; -1 when there is none before an error, or,
  // where errors are `skipped`, at all.
  defineAppNative(t, "textInvalidEscape", "(data, from, skipped, /)") { t, a, n in
    withBuffer(a[0]) { p in
      var invalid = -1, at = max(0, min(a[1].fixnum, p.count)), out: [UInt32] = []
      while invalid < 0 {
        guard let e = decodeUnicodeEscape(p, from: at, final: true, firstInvalidEscape: &invalid, into: &out).error, a[2] == .true else { break }
        at = max(e.end, at + 1)
      }
      return .fixnum(invalid)
    } ?? .fixnum(-1)
  }
  defineAppNative(t, "textEscapeDecode", "(data, /)") { t, a, n in
    withBuffer(a[0]) { p in
      var invalid = -1
      switch decodeBytesEscape(p, firstInvalidEscape: &invalid) {
      case .success(let b): return pair(t, makeBytes(t, b), .fixnum(invalid))
      case .failure(let e):
        switch e {
        case .trailingBackslash: return t.valueError("Trailing \\ in string")
        case .invalidHex(let at): return .fixnum(at)
        }
      }
    } ?? needsBuffer(t, a[0])
  }
  defineAppNative(t, "textEscapeEncode", "(data, /)") { t, a, n in
    var out: [UInt8] = []
    for c in span(a[0]) {
      switch c {
      case 39, 92: out += [92, c]
      case 9: out += [92, 116]
      case 10: out += [92, 110]
      case 13: out += [92, 114]
      case 32..<127: out.append(c)
      default: out += [92, 120, c >> 4 < 10 ? 48 + c >> 4 : 87 + c >> 4, c & 15 < 10 ? 48 + c & 15 : 87 + c & 15]
      }
    }
    return makeBytes(t, out)
  }
  defineAppNative(t, "textHasNativeHandler", "(errors, /)") { t, a, n in .bool(nativeHandler(a[0]) != nil) }
  // (number, data, errors, final) -> (text, consumed), with a native handler.
  defineAppNative(t, "textDecodeNative", "(number, data, errors, final, /)") { t, a, n in
    var consumed = 0
    let r = decodeNatively(t, a[0].fixnum, a[1], a[2], final: a[3] == .true, consumed: &consumed)
    return r.isEmpty ? .empty : pair(t, r, .fixnum(consumed))
  }
  defineAppNative(t, "textEncodeNative", "(number, text, errors, /)") { t, a, n in encodeNatively(t, a[0].fixnum, a[1], a[2]) }
  defineAppNative(t, "textDecodeStep", "(number, data, start, final, /)") { t, a, n in
    let number = a[0].fixnum
    var codec = NativeCodec.all[number].codec, start = a[2].fixnum
    return withBuffer(a[1]) { p in
      if number == NativeCodec.utf16, let (big, n) = detectByteOrder16(p) { codec = big ? .utf16be : .utf16le; start = max(n, start) }
      if number == NativeCodec.utf32, let (big, n) = detectByteOrder32(p) { codec = big ? .utf32be : .utf32le; start = max(n, start) }
      var out: [UInt32] = []
      let s = decodeStep(codec, p, from: start, final: a[3] == .true, into: &out)
      return step(t, makeStr(t, scalars: out), s.consumed, s.error)
    } ?? t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'")
  }
  defineAppNative(t, "textEncodeStep", "(number, text, start, /)") { t, a, n in
    let c = NativeCodec.all[a[0].fixnum], start = a[2].fixnum
    var out: [UInt8] = []
    if start == 0 && c.mark == 16 { out = [0xff, 0xfe] }
    if start == 0 && c.mark == 32 { out = [0xff, 0xfe, 0, 0] }
    let e = onText(a[1], { encodeStep(c.codec, $0, from: start, into: &out) }, { encodeStep(c.codec, $0, from: start, into: &out) },
                   { encodeStep(c.codec, $0, from: start, into: &out) })
    return step(t, makeBytes(t, out), e?.start ?? a[1].strCount, e)
  }
  // The bytes of a handler's replacement text, or None where the codec cannot encode it.
  defineAppNative(t, "textEncodeReplacement", "(number, text, /)") { t, a, n in
    let c = NativeCodec.all[a[0].fixnum]
    var out: [UInt8] = []
    let ok = onText(a[1], { appendReplacement(c.codec, $0, into: &out) }, { appendReplacement(c.codec, $0, into: &out) },
                    { appendReplacement(c.codec, $0, into: &out) })
    return ok ? makeBytes(t, out) : .none
  }
}
