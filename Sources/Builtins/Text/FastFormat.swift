// The plain cases of %, format() and str.format: ASCII templates, values of exact builtin types, short specifications.
//
// Each function gives nil (or .notImplemented) where a case is not plain; nothing has happened then, and the general code
// starts anew. What is an error is never plain.

import Glibc
import Heap
import Objects
import Support

/// The decimal text of a machine int.
func decimalStr(_ t: ThreadRef, _ i: Int) -> Value {
  if i >= 0 && i < 10 { return weft_latin1()[48 + i] }
  return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { b in
    let n = writeDecimal(i, to: b.baseAddress!)
    let v = makeStr(t, count: n, width: 1, ascii: true)
    memcpy(v.strData, b.baseAddress!, n)
    return v
  }
}

/// [<>^][0][width][.precision][type].
struct PlainSpec {
  var align: UInt8 = 0, zero = false, width = 0, precision = -1, type: UInt8 = 0

  /// nil where there is more to it.
  init?(_ p: UnsafePointer<UInt8>, _ n: Int) {
    var i = 0
    if i < n && (p[i] == 60 || p[i] == 62 || p[i] == 94) { align = p[i]; i += 1 }
    if i < n && p[i] == 48 { zero = true; i += 1 }
    while i < n && p[i] >= 48 && p[i] <= 57 {
      width = width * 10 + Int(p[i] - 48)
      if width > 1000 { return nil }
      i += 1
    }
    if i < n && p[i] == 46 {
      i += 1
      guard i < n, p[i] >= 48, p[i] <= 57 else { return nil }
      precision = 0
      while i < n && p[i] >= 48 && p[i] <= 57 {
        precision = precision * 10 + Int(p[i] - 48)
        if precision > 100 { return nil }
        i += 1
      }
    }
    if i < n { type = p[i]; i += 1 }
    if i != n || zero && align != 0 { return nil }
  }
  init() {}
}

extension TextBuilder {
  /// Pads what was written since `from`; only while all is ASCII.
  fileprivate mutating func number(_ digits: [UInt8], _ s: PlainSpec, left: Bool = false) {
    let gap = s.width - digits.count
    if gap <= 0 { append(ascii: digits); return }
    if s.zero {
      var body = digits[...]
      if body.first == 45 { append(45); body = body.dropFirst() }
      fill(48, gap)
      append(ascii: Array(body))
      return
    }
    padded(gap, s.align == 0 ? (left ? 60 : 62) : s.align) { $0.append(ascii: digits) }
  }
  fileprivate mutating func padded(_ gap: Int, _ align: UInt8, _ body: (inout TextBuilder) -> Void) {
    let before = align == 62 ? gap : align == 94 ? gap / 2 : 0
    fill(32, before)
    body(&self)
    fill(32, gap - before)
  }
  /// False: not plain.
  mutating func plain(int i: Int, _ s: PlainSpec) -> Bool {
    if s.precision >= 0 { return false }
    switch s.type {
    case 0, 100:
      if s.width == 0 { append(int: i) } else { number(decimalText(i), s) }
    case 120, 88, 111, 98:
      let base = s.type == 111 ? 8 : s.type == 98 ? 2 : 16
      var d = digitText(i.magnitude, base: base, uppercase: s.type == 88)
      if i < 0 { d.insert(45, at: 0) }
      number(d, s)
    default: return false
    }
    return true
  }
  mutating func plain(double d: Double, _ s: PlainSpec) -> Bool {
    if !d.isFinite { return false }
    switch s.type {
    case 102, 101, 103: number(formatDouble(d, type: s.type, precision: s.precision < 0 ? 6 : s.precision), s)
    case 0:
      if s.precision >= 0 { return false }
      number(reprDouble(d), s)
    default: return false
    }
    return true
  }
  mutating func plain(text v: Value, _ s: PlainSpec) -> Bool {
    if s.type != 0 && s.type != 115 || s.zero { return false }
    let n = s.precision >= 0 && s.precision < v.strCount ? s.precision : v.strCount
    if n < v.strCount && !v.isASCII { return false }
    let gap = s.width - n
    func put(_ b: inout TextBuilder) {
      if n == v.strCount { b.append(text: v) } else { b.append(ascii: v.strData.assumingMemoryBound(to: UInt8.self), n) }
    }
    if gap <= 0 { put(&self) } else { padded(gap, s.align == 0 ? 60 : s.align, put) }
    return true
  }
  /// A value of an exact builtin type with a plain specification.
  mutating func plain(_ v: Value, _ s: PlainSpec) -> Bool {
    if v.isFixnum {
      if s.type == 102 || s.type == 101 || s.type == 103 { return v.fixnum.magnitude < 1 << 53 && plain(double: Double(v.fixnum), s) }
      return plain(int: v.fixnum, s)
    }
    if v.isExact(.str) { return plain(text: v, s) }
    if v.isFlonum || v.isExact(.float) { return plain(double: v.double, s) }
    return false
  }
}

/// str() of what needs no Python code and no exception, into the builder.
private func plainText(_ t: ThreadRef, _ b: inout TextBuilder, _ v: Value) -> Bool {
  if v.isFixnum { b.append(int: v.fixnum); return true }
  if v.isExact(.str) { b.append(text: v); return true }
  if v.isFlonum || v.isExact(.float) { b.append(ascii: reprDouble(v.double)); return true }
  if v == .true { b.append("True"); return true }
  if v == .false { b.append("False"); return true }
  if v.isNone { b.append("None"); return true }
  return false
}

/// format(v, spec), or nil.
func plainFormat(_ t: ThreadRef, _ v: Value, _ spec: Value) -> Value? {
  guard spec.isASCII, spec.isStr else { return nil }
  if spec.strCount == 0 {
    if v.isFixnum { return decimalStr(t, v.fixnum) }
    return strNatively(t, v)
  }
  guard v.isFixnum || v.isExact(.str) || v.isFlonum || v.isExact(.float),
        let s = PlainSpec(spec.strData.assumingMemoryBound(to: UInt8.self), spec.strCount) else { return nil }
  var b = TextBuilder()
  if b.plain(v, s) { return sameText(v, b.finish(t)) }
  b.free()
  return nil
}

/// `made`, or the exact str `given` where the two are equal: formatting that changes nothing gives the text itself.
func sameText(_ given: Value, _ made: Value) -> Value {
  given.isExact(.str) && made.isExact(.str) && given.strCount == made.strCount && strEqual(given, made) ? given : made
}

/// format % value, or nil.
func plainPercent(_ t: ThreadRef, _ format: Value, _ value: Value) -> Value? {
  guard format.isASCII, format.strWidth == 1 else { return nil }
  var single = value
  return withUnsafeMutablePointer(to: &single) { one in
    let isTuple = value.isExact(.tuple)
    guard isTuple || value.isFixnum || value.isFlonum || value.isExact(.str) || value.isExact(.float) else { return nil }
    let values = isTuple ? value.items : one, count = isTuple ? value.count : 1
    let p = format.strData.assumingMemoryBound(to: UInt8.self), n = format.strCount
    var b = TextBuilder(), i = 0, next = 0
    func run() -> Bool {
      while i < n {
        let from = i
        while i < n && p[i] != 37 { i &+= 1 }
        b.append(ascii: p + from, i - from)
        if i == n { break }
        i += 1
        var s = PlainSpec(), left = false
        while i < n && (p[i] == 45 || p[i] == 48) { if p[i] == 45 { left = true } else { s.zero = true }; i += 1 }
        while i < n && p[i] >= 48 && p[i] <= 57 {
          s.width = s.width * 10 + Int(p[i] - 48)
          if s.width > 1000 { return false }
          i += 1
        }
        if i < n && p[i] == 46 {
          i += 1
          s.precision = 0
          while i < n && p[i] >= 48 && p[i] <= 57 {
            s.precision = s.precision * 10 + Int(p[i] - 48)
            if s.precision > 100 { return false }
            i += 1
          }
        }
        if i == n { return false }
        let c = p[i]
        i += 1
        if c == 37 {
          if s.width > 0 || s.zero || left || s.precision >= 0 { return false }
          b.append(37)
          continue
        }
        if next >= count { return false }
        let v = values[next]
        next += 1
        if left { s.align = 60; s.zero = false }
        switch c {
        case 115: // s
          s.zero = false
          if s.width == 0 && s.precision < 0 { if !plainText(t, &b, v) { return false } }
          else {
            if !left { s.align = 62 }
            guard let text = strNatively(t, v), !text.isEmpty, b.plain(text: text, s) else { return false }
          }
        case 114: // r
          s.zero = false
          if s.width > 0 || s.precision >= 0 { return false }
          if v.isExact(.str) { b.append(text: strRepr(t, v)) } else if !plainText(t, &b, v) { return false }
        case 100, 105: // d i
          guard v.isFixnum else { return false }
          if !b.plain(int: v.fixnum, s) { return false }
        case 120, 88, 111: // x X o
          guard v.isFixnum else { return false }
          s.type = c
          if !b.plain(int: v.fixnum, s) { return false }
        case 102, 101, 103: // f e g
          s.type = c
          guard v.isFixnum || v.isFlonum || v.isExact(.float), b.plain(v, s) else { return false }
        default: return false
        }
      }
      return next == count
    }
    if run() { return sameText(count == 1 ? values[0] : format, b.finish(t)) }
    b.free()
    return nil
  }
}

/// template.format(*args, **kwargs), or nil: fields that are empty, numbers or names, without attributes and items.
func plainStrFormat(_ t: ThreadRef, _ template: Value, _ args: Value, _ kwargs: Value) -> Value? {
  guard template.isASCII, template.strWidth == 1 else { return nil }
  let p = template.strData.assumingMemoryBound(to: UInt8.self), n = template.strCount
  var b = TextBuilder(), i = 0, automatic = 0, numbered = false
  func run() -> Bool {
    while i < n {
      let from = i
      while i < n && p[i] != 123 && p[i] != 125 { i &+= 1 }
      b.append(ascii: p + from, i - from)
      if i == n { break }
      if i + 1 < n && p[i + 1] == p[i] { b.append(p[i]); i += 2; continue }
      if p[i] == 125 { return false }
      i += 1
      let start = i
      while i < n, case let c = p[i], c >= 48 && c <= 57 || c >= 65 && c <= 90 || c >= 97 && c <= 122 || c == 95 { i &+= 1 }
      var v = Value.empty
      if i == start {
        if numbered || automatic >= args.count { return false }
        v = args.items[automatic]
        automatic += 1
      } else if p[start] <= 57 {
        if automatic > 0 || i - start > 4 { return false }
        numbered = true
        var k = 0
        for j in start..<i { if p[j] > 57 { return false }; k = k * 10 + Int(p[j] - 48) }
        if k >= args.count { return false }
        v = args.items[k]
      } else {
        guard !kwargs.isEmpty, kwargs.isExact(.dict) else { return false }
        v = getString(kwargs, intern(makeStr(t, ascii: UnsafeBufferPointer(start: p + start, count: i - start))))
        if v.isEmpty { return false }
      }
      if i == n { return false }
      if p[i] == 33 {
        guard i + 2 < n, p[i + 1] == 114 || p[i + 1] == 115 else { return false }
        if p[i + 1] == 114 {
          if v.isExact(.str) { v = strRepr(t, v) } else if !(v.isFixnum || v.isFlonum || v.isExact(.float) || v.isNone || v.isBool) { return false }
        }
        i += 2
        if p[i] == 58 { return false }
      }
      if p[i] == 125 {
        i += 1
        if !plainText(t, &b, v) { return false }
        continue
      }
      if p[i] != 58 { return false }
      i += 1
      let spec = i
      while i < n && p[i] != 125 { if p[i] == 123 { return false }; i += 1 }
      if i == n { return false }
      if i == spec { if !plainText(t, &b, v) { return false } }
      else { guard let s = PlainSpec(p + spec, i - spec), b.plain(v, s) else { return false } }
      i += 1
    }
    return true
  }
  if run() { return sameText(args.count == 1 ? args.items[0] : template, b.finish(t)) }
  b.free()
  return nil
}

/// int(text) of plain digits, or nil.
@inline(__always) func plainInt(text x: Value) -> Int? {
  guard x.isASCII, x.strCount > 0, x.strCount <= 18 else { return nil }
  let p = x.strData.assumingMemoryBound(to: UInt8.self), n = x.strCount
  var i = p[0] == 45 ? 1 : 0, r = 0
  if i == n { return nil }
  while i < n {
    let d = p[i] &- 48
    if d > 9 { return nil }
    r = r &* 10 &+ Int(d)
    i &+= 1
  }
  return p[0] == 45 ? 0 &- r : r
}

/// Natives that the run loop's own operations use.
func installFastFormat(_ t: ThreadRef) {
  weft_roots()[RootRegion.formatNative] = makeNative(t, .builtinFunction, "format", "(value, format_spec, /)", owner: .none) { t, a, n in
    plainFormat(t, a[0], a[1]) ?? .notImplemented
  }
  weft_roots()[RootRegion.percentNative] = makeNative(t, .builtinFunction, "percent", "(format, value, /)", owner: .none) { t, a, n in
    plainPercent(t, a[0], a[1]) ?? .notImplemented
  }
}
