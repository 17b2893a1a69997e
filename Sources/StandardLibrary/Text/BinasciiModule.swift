// `binascii`.

import Builtins
import Glibc
import Heap
import Objects
import Support

private func failure(_ t: ThreadRef, _ message: String) -> Value {
  let cls = getString(appNamespace, intern(t, "binascii_Error"))
  return t.raiseWithContext(makeException(t, cls, args: makeTuple(t, [makeStr(t, message)])))
}

/// Bytes of a bytes-like argument; nil with TypeError set.
private func input(_ t: ThreadRef, _ v: Value) -> [UInt8]? {
  guard let b = bufferView(v) else { t.typeError("a bytes-like object is required, not '\(typeName(v))'"); return nil }
  return Array(UnsafeBufferPointer(start: b.base, count: b.count))
}
/// The same, or an ASCII str.
private func asciiInput(_ t: ThreadRef, _ v: Value) -> [UInt8]? {
  if v.isObject && v.isStr {
    if !v.isASCII { t.valueError("string argument should contain only ASCII characters"); return nil }
    return (0..<v.strCount).map { UInt8(v.codePoint($0)) }
  }
  guard let b = bufferView(v) else {
    t.typeError("argument should be bytes, buffer or ASCII string, not '\(typeName(v))'")
    return nil
  }
  return Array(UnsafeBufferPointer(start: b.base, count: b.count))
}
private func truth(_ v: Value, _ missing: Bool) -> Bool {
  v.isEmpty ? missing : v.isFixnum ? v.fixnum != 0 : !(v == .false || v.isNone)
}

private let base64 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
private let base64Values: [UInt8] = {
  var a = [UInt8](repeating: 255, count: 256)
  for (i, c) in base64.enumerated() { a[Int(c)] = UInt8(i) }
  return a
}()

private func decodeBase64(_ t: ThreadRef, _ p: [UInt8], strict: Bool) -> Value {
  if strict && p.first == 61 { return failure(t, "Leading padding not allowed") }
  var out: [UInt8] = []
  out.reserveCapacity(p.count / 4 * 3 + 3)
  var quad = 0, left: UInt8 = 0, pads = 0, padding = false
  for (i, c) in p.enumerated() {
    if c == 61 {
      padding = true
      if quad >= 2 {
        pads += 1
        if quad + pads >= 4 {
          if strict && i + 1 < p.count { return failure(t, "Excess data after padding") }
          return makeBytes(t, out)
        }
      }
      continue
    }
    let v = base64Values[Int(c)]
    if v == 255 {
      if strict { return failure(t, "Only base64 data is allowed") }
      continue
    }
    if strict && padding { return failure(t, "Discontinuous padding not allowed") }
    pads = 0
    switch quad {
    case 0: quad = 1; left = v
    case 1: quad = 2; out.append(left << 2 | v >> 4); left = v & 15
    case 2: quad = 3; out.append(left << 4 | v >> 2); left = v & 3
    default: quad = 0; out.append(left << 6 | v); left = 0
    }
  }
  if quad != 0 {
    if quad == 1 {
      return failure(t, "Invalid base64-encoded string: number of data characters (\(out.count / 3 * 4 + 1)) cannot be 1 more than a multiple of 4")
    }
    return failure(t, "Incorrect padding")
  }
  return makeBytes(t, out)
}

nonisolated(unsafe) private let crcTable: [UInt32] = (0..<256).map { i in
  var c = UInt32(i)
  for _ in 0..<8 { c = c & 1 != 0 ? 0xedb8_8320 ^ c >> 1 : c >> 1 }
  return c
}
func crc32(_ p: UnsafeBufferPointer<UInt8>, _ start: UInt32) -> UInt32 {
  var c = ~start
  crcTable.withUnsafeBufferPointer { t in for b in p { c = t[Int((c ^ UInt32(b)) & 255)] ^ c >> 8 } }
  return ~c
}

private func decodeQuotedPrintable(_ p: [UInt8], header: Bool) -> [UInt8] {
  var out: [UInt8] = []
  var i = 0
  func hex(_ c: UInt8) -> UInt8 { digitValue(UInt32(c)) }
  while i < p.count {
    if p[i] == 61 {
      i += 1
      if i >= p.count { break }
      if p[i] == 10 || p[i] == 13 {
        if p[i] != 10 { while i < p.count && p[i] != 10 { i += 1 } }
        if i < p.count { i += 1 }
      } else if p[i] == 61 {
        out.append(61)
        i += 1
      } else if i + 1 < p.count && hex(p[i]) < 16 && hex(p[i + 1]) < 16 {
        out.append(hex(p[i]) << 4 | hex(p[i + 1]))
        i += 2
      } else {
        out.append(61)
      }
    } else if header && p[i] == 95 {
      out.append(32)
      i += 1
    } else {
      out.append(p[i])
      i += 1
    }
  }
  return out
}

private func encodeQuotedPrintable(_ p: [UInt8], quoteTabs: Bool, text: Bool, header: Bool) -> [UInt8] {
  var out: [UInt8] = []
  var line = 0, i = 0
  let limit = 76
  let n = p.count
  // CRLF line ends stay so.
  var crlf = false
  if let k = p.firstIndex(of: 10), k > 0, p[k - 1] == 13 { crlf = true }
  func hex(_ x: UInt8) -> UInt8 { x < 10 ? 48 + x : 55 + x }
  func softBreak() { out.append(61); if crlf { out.append(13) }; out.append(10); line = 0 }
  while i < n {
    let c = p[i]
    let quote = c > 126 || c == 61 || header && c == 95 || c == 46 && line == 0 && (i + 1 == n || p[i + 1] == 10 || p[i + 1] == 13 || p[i + 1] == 0)
      || !text && (c == 13 || c == 10) || (c == 9 || c == 32) && i + 1 == n || c < 33 && c != 13 && c != 10 && c != 9 && c != 32
      || c < 33 && c != 13 && c != 10 && (quoteTabs || !quoteTabs && c != 9 && c != 32)
    if quote {
      if line + 3 >= limit { softBreak() }
      out += [61, hex(c >> 4), hex(c & 15)]
      line += 3
      i += 1
    } else if text && (c == 10 || c == 13 && i + 1 < n && p[i + 1] == 10) {
      line = 0
      // White space before a line end is protected.
      if let l = out.last, l == 32 || l == 9 {
        out.removeLast()
        out += [61, hex(l >> 4), hex(l & 15)]
      }
      if crlf { out.append(13) }
      out.append(10)
      i += c == 13 ? 2 : 1
    } else {
      if i + 1 < n && p[i + 1] != 10 && line + 1 >= limit { softBreak() }
      line += 1
      out.append(header && c == 32 ? 95 : c)
      i += 1
    }
  }
  return out
}

func makeBinasciiModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "binascii")
  m.set("Error", getString(appNamespace, intern(t, "binascii_Error")))
  m.set("Incomplete", getString(appNamespace, intern(t, "binascii_Incomplete")))
  m.function("a2b_base64", "(data, /, *, strict_mode=False)") { t, a, n in
    guard let p = asciiInput(t, a[0]) else { return .empty }
    return decodeBase64(t, p, strict: truth(a[1], false))
  }
  m.function("b2a_base64", "(data, /, *, newline=True)") { t, a, n in
    guard let p = input(t, a[0]) else { return .empty }
    var out: [UInt8] = []
    out.reserveCapacity(p.count / 3 * 4 + 5)
    var i = 0
    while i + 2 < p.count {
      let v = Int(p[i]) << 16 | Int(p[i + 1]) << 8 | Int(p[i + 2])
      out.append(base64[v >> 18]); out.append(base64[v >> 12 & 63]); out.append(base64[v >> 6 & 63]); out.append(base64[v & 63])
      i += 3
    }
    if p.count - i == 1 {
      let v = Int(p[i]) << 16
      out += [base64[v >> 18], base64[v >> 12 & 63], 61, 61]
    } else if p.count - i == 2 {
      let v = Int(p[i]) << 16 | Int(p[i + 1]) << 8
      out += [base64[v >> 18], base64[v >> 12 & 63], base64[v >> 6 & 63], 61]
    }
    if truth(a[1], true) { out.append(10) }
    return makeBytes(t, out)
  }
  for name in ["b2a_hex", "hexlify"] {
    m.function(name, "(data, sep=None, bytes_per_sep=1)") { t, a, n in
      guard let p = input(t, a[0]) else { return .empty }
      let s = p.withUnsafeBufferPointer { hexText(t, $0, a[1], a[2]) }
      return s.isEmpty ? .empty : encodeText(t, s, .empty, .empty)
    }
  }
  for name in ["a2b_hex", "unhexlify"] {
    m.function(name, "(hexstr, /)") { t, a, n in
      guard let p = asciiInput(t, a[0]) else { return .empty }
      if p.count & 1 != 0 { return failure(t, "Odd-length string") }
      var out: [UInt8] = []
      for i in stride(from: 0, to: p.count, by: 2) {
        let h = digitValue(UInt32(p[i])), l = digitValue(UInt32(p[i + 1]))
        if h > 15 || l > 15 { return failure(t, "Non-hexadecimal digit found") }
        out.append(h << 4 | l)
      }
      return makeBytes(t, out)
    }
  }
  m.function("crc32", "(data, crc=0, /)") { t, a, n in
    guard let b = bufferView(a[0]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[0]))'") }
    let start = n > 1 ? withLowWord(a[1]) : 0
    return .fixnum(Int(crc32(UnsafeBufferPointer(start: b.base, count: b.count), start)))
  }
  m.function("crc_hqx", "(data, crc, /)") { t, a, n in
    guard let p = input(t, a[0]) else { return .empty }
    var c = withLowWord(a[1]) & 0xffff
    for b in p {
      c ^= UInt32(b) << 8
      for _ in 0..<8 { c = c & 0x8000 != 0 ? (c << 1 ^ 0x1021) & 0xffff : c << 1 & 0xffff }
    }
    return .fixnum(Int(c))
  }
  m.function("a2b_uu", "(data, /)") { t, a, n in
    guard let p = asciiInput(t, a[0]) else { return .empty }
    guard let first = p.first else { return makeBytes(t, [UInt8](repeating: 0, count: 32)) }
    let length = Int((first &- 32) & 63)
    var out: [UInt8] = []
    var i = 1, bits = 0, left = 0
    while out.count < length {
      var v = 0
      if i < p.count, p[i] != 10, p[i] != 13 {
        if p[i] < 32 || p[i] > 96 { return failure(t, "Illegal char") }
        v = Int(p[i] &- 32) & 63
      }
      i += 1
      left = left << 6 | v
      bits += 6
      if bits >= 8 {
        bits -= 8
        out.append(UInt8(left >> bits & 255))
        left &= (1 << bits) - 1
      }
    }
    while i < p.count {
      if p[i] != 32 && p[i] != 96 && p[i] != 10 && p[i] != 13 { return failure(t, "Trailing garbage") }
      i += 1
    }
    return makeBytes(t, out)
  }
  m.function("b2a_uu", "(data, /, *, backtick=False)") { t, a, n in
    guard let p = input(t, a[0]) else { return .empty }
    if p.count > 45 { return failure(t, "At most 45 bytes at once") }
    let blank: UInt8 = truth(a[1], false) ? 96 : 32
    func code(_ v: Int) -> UInt8 { v == 0 ? blank : UInt8(v + 32) }
    var out = [code(p.count)]
    for i in stride(from: 0, to: p.count, by: 3) {
      let v = Int(p[i]) << 16 | (i + 1 < p.count ? Int(p[i + 1]) << 8 : 0) | (i + 2 < p.count ? Int(p[i + 2]) : 0)
      out += [code(v >> 18), code(v >> 12 & 63), code(v >> 6 & 63), code(v & 63)]
    }
    out.append(10)
    return makeBytes(t, out)
  }
  m.function("a2b_qp", "(data, header=False)") { t, a, n in
    guard let p = asciiInput(t, a[0]) else { return .empty }
    return makeBytes(t, decodeQuotedPrintable(p, header: truth(a[1], false)))
  }
  m.function("b2a_qp", "(data, quotetabs=False, istext=True, header=False)") { t, a, n in
    guard let p = input(t, a[0]) else { return .empty }
    return makeBytes(t, encodeQuotedPrintable(p, quoteTabs: truth(a[1], false), text: truth(a[2], true), header: truth(a[3], false)))
  }
  return m.module
}

/// The low 32 bits of an int.
func withLowWord(_ v: Value) -> UInt32 {
  if v.isFixnum { return UInt32(truncatingIfNeeded: v.fixnum) }
  guard v.isInt, v.intObject.pointee.count != 0 else { return 0 }
  let w = UInt32(truncatingIfNeeded: v.limbs[0])
  return v.intSign < 0 ? 0 &- w : w
}
