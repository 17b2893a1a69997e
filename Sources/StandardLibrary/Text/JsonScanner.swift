// `_json`, reading: strings, and whole documents where no hook of the decoder has a say.
//
// The document is read with a stack of open containers, which lies in native memory for the length of one call only: no
// Python code runs meanwhile. Errors are raised by app-level `json_fail`, because their class is Python's own.

import Builtins
import Glibc
import Heap
import Objects
import Support

enum JsonFault { case stop(Int), message(String, Int), memory, depth, intTooLong(Int), constant }

/// A reader of one document's code units.
struct JsonReader<U: FixedWidthInteger & UnsignedInteger> {
  let t: ThreadRef
  let p: UnsafePointer<U>
  let n: Int
  let strict: Bool
  var fault: JsonFault? = nil
  /// Keys seen last, by the hash of their text: documents repeat their keys.
  var keys: UnsafeMutablePointer<Value>

  init(_ t: ThreadRef, _ p: UnsafePointer<U>, _ n: Int, strict: Bool) {
    self.t = t; self.p = p; self.n = n; self.strict = strict
    keys = .allocate(capacity: 128)
    keys.initialize(repeating: .empty, count: 128)
  }

  @inline(__always) func space(_ i: Int) -> Int {
    var i = i
    while i < n && (p[i] == 32 || p[i] == 10 || p[i] == 13 || p[i] == 9) { i &+= 1 }
    return i
  }

  private func text(_ from: Int, _ to: Int) -> Value {
    let count = to - from
    if count == 0 { return weft_vm.emptyStr }
    var top: U = 0
    for i in from..<to { top |= p[i] }
    if top < 0x80 || MemoryLayout<U>.size == 1 {
      if count == 1 { return weft_latin1()[Int(p[from])] }
      let v = makeStr(t, count: count, width: 1, ascii: top < 0x80)
      let d = v.strData.assumingMemoryBound(to: UInt8.self)
      if MemoryLayout<U>.size == 1 { memcpy(d, p + from, count) } else { for i in 0..<count { d[i] = UInt8(truncatingIfNeeded: p[from + i]) } }
      return v
    }
    return makeStr(t, scalars: (from..<to).map { UInt32(truncatingIfNeeded: p[$0]) })
  }

  private func hexDigits(_ at: Int) -> UInt32? {
    var c: UInt32 = 0
    for k in at..<(at + 4) {
      let d = digitValue(UInt32(truncatingIfNeeded: p[k]))
      if d > 15 { return nil }
      c = c << 4 | UInt32(d)
    }
    return c
  }

  /// The string whose first character is at `from` (behind the quote), and the index after its closing quote.
  mutating func string(_ from: Int, key: Bool = false) -> (Value, Int)? {
    let begin = from - 1
    var i = from, hash: UInt = 0
    while i < n {
      let c = p[i]
      if c == 34 || c == 92 { break }
      if c < 32 && strict { fault = .message("Invalid control character at", i); return nil }
      hash = hash &* 31 &+ UInt(truncatingIfNeeded: c)
      i &+= 1
    }
    if i >= n { fault = .message("Unterminated string starting at", begin); return nil }
    if p[i] == 34 {
      if !key { return (text(from, i), i + 1) }
      let slot = Int((hash ^ hash >> 7) & 127), known = keys[slot], count = i - from
      if !known.isEmpty && known.strCount == count && known.strWidth == 1 {
        let d = known.strData.assumingMemoryBound(to: UInt8.self)
        var k = 0
        while k < count && UInt32(truncatingIfNeeded: p[from + k]) == UInt32(d[k]) { k &+= 1 }
        if k == count { return (known, i + 1) }
      }
      let v = text(from, i)
      if v.strWidth == 1 && count < 64 { keys[slot] = v }
      return (v, i + 1)
    }
    var out: [UInt32] = []
    out.reserveCapacity(i - from + 16)
    for k in from..<i { out.append(UInt32(truncatingIfNeeded: p[k])) }
    while true {
      if i >= n { fault = .message("Unterminated string starting at", begin); return nil }
      let c = p[i]
      if c == 34 { return (makeStr(t, scalars: out), i + 1) }
      if c != 92 {
        if c < 32 && strict { fault = .message("Invalid control character at", i); return nil }
        out.append(UInt32(truncatingIfNeeded: c))
        i += 1
        continue
      }
      i += 1
      if i >= n { fault = .message("Unterminated string starting at", begin); return nil }
      switch UInt32(truncatingIfNeeded: p[i]) {
      case 34: out.append(34)
      case 92: out.append(92)
      case 47: out.append(47)
      case 98: out.append(8)
      case 102: out.append(12)
      case 110: out.append(10)
      case 114: out.append(13)
      case 116: out.append(9)
      case 117:
        let at = i
        guard i + 5 < n, var c = hexDigits(i + 1) else { fault = .message("Invalid \\uXXXX escape", at); return nil }
        i += 4
        if c & 0xfc00 == 0xd800, i + 7 < n, p[i + 1] == 92, p[i + 2] == 117 {
          guard let low = hexDigits(i + 3) else { fault = .message("Invalid \\uXXXX escape", i + 2); return nil }
          if low & 0xfc00 == 0xdc00 {
            c = 0x10000 + (c & 0x3ff) << 10 + (low & 0x3ff)
            i += 6
          }
        }
        out.append(c)
      default:
        fault = .message("Invalid \\escape", i - 1)
        return nil
      }
      i += 1
    }
  }

  /// The number at `i` and the index behind it; `isFloat` tells which kind.
  mutating func numberEnd(_ start: Int, _ isFloat: inout Bool) -> Int? {
    var i = start
    func digit(_ i: Int) -> Bool { i < n && p[i] >= 48 && p[i] <= 57 }
    if p[i] == 45 { i += 1 }
    guard digit(i) else { fault = .stop(start); return nil }
    if p[i] == 48 { i += 1 } else { while digit(i) { i &+= 1 } }
    isFloat = false
    if i < n && p[i] == 46 && digit(i + 1) {
      isFloat = true
      i += 2
      while digit(i) { i &+= 1 }
    }
    if i < n && (p[i] == 101 || p[i] == 69) {
      var e = i + 1
      if e < n && (p[e] == 43 || p[e] == 45) { e += 1 }
      if digit(e) {
        isFloat = true
        while digit(e) { e &+= 1 }
        i = e
      }
    }
    return i
  }

  private mutating func number(_ start: Int) -> (Value, Int)? {
    var isFloat = false
    guard let end = numberEnd(start, &isFloat) else { return nil }
    if !isFloat && end - start < 18 {
      var i = start, v = 0
      if p[i] == 45 { i += 1 }
      while i < end { v = v &* 10 &+ Int(p[i] &- 48); i &+= 1 }
      return (.fixnum(p[start] == 45 ? 0 &- v : v), end)
    }
    let digits = [UInt8](unsafeUninitializedCapacity: end - start) { b, count in
      for i in start..<end { b[i - start] = UInt8(truncatingIfNeeded: p[i]) }
      count = end - start
    }
    if isFloat {
      guard let d = digits.withUnsafeBufferPointer({ parseDouble($0) }) else { fault = .stop(start); return nil }
      return (makeFloat(t, d), end)
    }
    let limit = intMaxStrDigits
    if limit > 0 && end - start - (p[start] == 45 ? 1 : 0) > limit { fault = .intTooLong(end - start - (p[start] == 45 ? 1 : 0)); return nil }
    guard let v = parseInt(t, digits: digits, base: 10) else { fault = .stop(start); return nil }
    return (v, end)
  }

  private func matches(_ i: Int, _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    if i + count > n { return false }
    for k in 0..<count where p[i + k] != U(word.utf8Start[k]) { return false }
    return true
  }

  /// A value that is no container.
  private mutating func scalar(_ i: Int) -> (Value, Int)? {
    switch UInt32(truncatingIfNeeded: p[i]) {
    case 34: return string(i + 1)
    case 110: if matches(i, "null") { return (.none, i + 4) }
    case 116: if matches(i, "true") { return (.true, i + 4) }
    case 102: if matches(i, "false") { return (.false, i + 5) }
    case 78: if matches(i, "NaN") { return (makeFloat(t, .nan), i + 3) }
    case 73: if matches(i, "Infinity") { return (makeFloat(t, .infinity), i + 8) }
    case 45:
      if matches(i, "-Infinity") { return (makeFloat(t, -.infinity), i + 9) }
      return number(i)
    case 48...57: return number(i)
    default: break
    }
    fault = .stop(i)
    return nil
  }

  private func insert(_ d: Value, _ key: Value, _ v: Value) {
    let h = strHash(key), at = find(d, key, h)
    if at >= 0 { setEntryValue(d, at, v) } else { insertNew(t, d, key, h, v) }
  }

  /// The document's value that starts at `from`, and the index behind it.
  mutating func document(_ from: Int, depth limit: Int) -> (Value, Int)? {
    // Open containers; for a dict also the key whose value comes next.
    var containers = RawList<Value>(), pendingKeys = RawList<Value>()
    defer { containers.base?.deallocate(); pendingKeys.base?.deallocate() }
    var i = from
    var value = Value.empty
    while true {
      // A value is due at i.
      if i >= n { fault = .stop(i); return nil }
      if p[i] == 123 {
        if containers.count >= limit { fault = .depth; return nil }
        let d = makeDict(t)
        i = space(i + 1)
        if i < n && p[i] == 125 { value = d; i += 1 }
        else {
          guard let k = memberKey(&i) else { return nil }
          containers.append(d)
          pendingKeys.append(k)
          continue
        }
      } else if p[i] == 91 {
        if containers.count >= limit { fault = .depth; return nil }
        let l = makeList(t)
        i = space(i + 1)
        if i < n && p[i] == 93 { value = l; i += 1 }
        else if i >= n { fault = .stop(i); return nil }
        else {
          containers.append(l)
          pendingKeys.append(.empty)
          continue
        }
      } else {
        guard let (v, e) = scalar(i) else { return nil }
        value = v
        i = e
      }
      // The value goes to the innermost container, which may end with it.
      while true {
        if containers.count == 0 { return (value, i) }
        let c = containers[containers.count - 1]
        let isDict = c.isExact(.dict)
        if isDict { insert(c, pendingKeys[pendingKeys.count - 1], value) } else { listAppend(t, c, value) }
        i = space(i)
        if i < n && p[i] == (isDict ? 125 : 93) {
          i += 1
          value = c
          containers.truncate(containers.count - 1)
          pendingKeys.truncate(pendingKeys.count - 1)
          continue
        }
        if i >= n || p[i] != 44 { fault = .message("Expecting ',' delimiter", i); return nil }
        i = space(i + 1)
        if isDict {
          guard let k = memberKey(&i) else { return nil }
          pendingKeys[pendingKeys.count - 1] = k
        }
        break
      }
    }
  }

  /// A key and its colon; leaves `i` at the value.
  private mutating func memberKey(_ i: inout Int) -> Value? {
    if i >= n || p[i] != 34 { fault = .message("Expecting property name enclosed in double quotes", i); return nil }
    guard let (k, e) = string(i + 1, key: true) else { return nil }
    i = space(e)
    if i >= n || p[i] != 58 { fault = .message("Expecting ':' delimiter", i); return nil }
    i = space(i + 1)
    return k
  }
}

/// Frames that may still be pushed.
func depthLeft(_ t: ThreadRef) -> Int {
  max(0, Int(weft_vm.recursionLimit) - Int(t.pointee.frame?.pointee.depth ?? 0))
}

private func failed(_ t: ThreadRef, _ s: Value, _ f: JsonFault?) -> Value {
  switch f {
  case .message(let m, let at): return callApp(t, named: "json_fail", makeStr(t, m), s, .fixnum(at))
  case .stop(let at): return t.raise(.StopIteration, value: .fixnum(at))
  case .depth: return t.raise(.RecursionError, "maximum recursion depth exceeded while decoding a JSON document from a unicode string")
  case .intTooLong(let digits):
    return t.valueError("Exceeds the limit (\(intMaxStrDigits) digits) for integer string conversion: value has \(digits) digits; use sys.set_int_max_str_digits() to increase the limit")
  default: return t.raise(.MemoryError)
  }
}

private func read<R>(_ t: ThreadRef, _ s: Value, _ strict: Bool, _ body8: (inout JsonReader<UInt8>) -> R, _ body16: (inout JsonReader<UInt16>) -> R,
                     _ body32: (inout JsonReader<UInt32>) -> R) -> (R, JsonFault?) {
  func with<U: FixedWidthInteger & UnsignedInteger>(_ type: U.Type, _ body: (inout JsonReader<U>) -> R) -> (R, JsonFault?) {
    var r = JsonReader<U>(t, s.strData.assumingMemoryBound(to: U.self), s.strCount, strict: strict)
    let v = body(&r)
    r.keys.deallocate()
    return (v, r.fault)
  }
  switch s.strWidth {
  case 1: return with(UInt8.self, body8)
  case 2: return with(UInt16.self, body16)
  default: return with(UInt32.self, body32)
  }
}

func installJson(_ t: ThreadRef) {
  // (value, end) of the document at s[from:], where the decoder has no hooks.
  defineAppNative(t, "json_document", "(s, from, strict, /)") { t, a, n in
    let s = a[0]
    guard s.isObject, s.isStr else { return t.typeError("first argument must be a string, not \(typeName(s))") }
    guard let from = a[1].asInt else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
    if from < 0 { return t.valueError("idx cannot be negative") }
    if from >= s.strCount { return t.raise(.StopIteration, value: a[1]) }
    let limit = depthLeft(t)
    let (r, fault) = read(t, s, a[2] == .true, { $0.document(from, depth: limit) }, { $0.document(from, depth: limit) }, { $0.document(from, depth: limit) })
    guard let (v, end) = r else { return failed(t, s, fault) }
    return pair(t, v, .fixnum(end))
  }
  // (end, isFloat) of the number at s[from]; None where there is none.
  defineAppNative(t, "json_number_end", "(s, from, /)") { t, a, n in
    let from = a[1].fixnum
    var isFloat = false
    let (r, _) = read(t, a[0], true, { $0.numberEnd(from, &isFloat) }, { $0.numberEnd(from, &isFloat) }, { $0.numberEnd(from, &isFloat) })
    guard let end = r else { return .none }
    return pair(t, .fixnum(end), .bool(isFloat))
  }
  // The index of the first character at or after s[from] that is no white space.
  defineAppNative(t, "json_skip", "(s, from, /)") { t, a, n in
    var i = a[1].fixnum
    while i < a[0].strCount {
      let c = a[0].codePoint(i)
      if c != 32 && c != 10 && c != 13 && c != 9 { break }
      i += 1
    }
    return .fixnum(i)
  }
  installJsonEncoder(t)
}

func makeJsonModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_json", doc: "json speedups\n")
  m.function("scanstring", "(string, end, strict=True, /)") { t, a, n in
    let s = a[0]
    if a[1].isInt && a[1].asInt == nil { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
    guard s.isObject, s.isStr else { return t.typeError("first argument must be a string, not \(typeName(s))") }
    guard a[1].isInt else { return t.typeError("'\(typeName(a[1]))' object cannot be interpreted as an integer") }
    guard let from = a[1].asInt else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
    if from < 0 || from > s.strCount { return t.valueError("end is out of bounds") }
    let strict = n < 3 || !(a[2] == .false || a[2].isNone || a[2] == .fixnum(0))
    let (r, fault) = read(t, s, strict, { $0.string(from) }, { $0.string(from) }, { $0.string(from) })
    guard let (v, end) = r else { return failed(t, s, fault) }
    return pair(t, v, .fixnum(end))
  }
  m.function("encode_basestring_ascii", "(string, /)") { t, a, n in
    guard a[0].isObject, a[0].isStr else { return t.typeError("first argument must be a string, not \(typeName(a[0]))") }
    var b = TextBuilder()
    b.quoted(a[0], asciiOnly: true)
    return b.finish(t)
  }
  m.function("encode_basestring", "(string, /)") { t, a, n in
    guard a[0].isObject, a[0].isStr else { return t.typeError("first argument must be a string, not \(typeName(a[0]))") }
    var b = TextBuilder()
    b.quoted(a[0], asciiOnly: false)
    return b.finish(t)
  }
  return m.module
}
