// Text that grows at its end: bytes while all of it is ASCII, code points from the first wider character on.

import Glibc
import Heap
import Objects
import Support

public struct TextBuilder {
  private var narrow: UnsafeMutablePointer<UInt8>
  private var wide: UnsafeMutablePointer<UInt32>? = nil
  public private(set) var count = 0
  private var capacity = 256

  public init() { narrow = .allocate(capacity: 256) }
  public func free() { narrow.deallocate(); wide?.deallocate() }

  @inline(__always) private mutating func reserve(_ n: Int) { if count + n > capacity { grow(n) } }
  @inline(never) private mutating func grow(_ n: Int) {
    let c = max(capacity * 2, count + n)
    if let w = wide {
      let p = UnsafeMutablePointer<UInt32>.allocate(capacity: c)
      p.update(from: w, count: count)
      w.deallocate()
      wide = p
    } else {
      let p = UnsafeMutablePointer<UInt8>.allocate(capacity: c)
      p.update(from: narrow, count: count)
      narrow.deallocate()
      narrow = p
    }
    capacity = c
  }
  private mutating func widen() {
    let p = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
    for i in 0..<count { p[i] = UInt32(narrow[i]) }
    wide = p
  }
  @inline(__always) public mutating func append(_ c: UInt8) {
    reserve(1)
    if let w = wide { w[count] = UInt32(c) } else { narrow[count] = c }
    count &+= 1
  }
  public mutating func append(ascii p: UnsafePointer<UInt8>, _ n: Int) {
    if n == 0 { return }
    reserve(n)
    if let w = wide { for i in 0..<n { w[count + i] = UInt32(p[i]) } } else { memcpy(narrow + count, p, n) }
    count += n
  }
  public mutating func append(ascii a: [UInt8]) { a.withUnsafeBufferPointer { append(ascii: $0.baseAddress ?? UnsafePointer(narrow), $0.count) } }
  public mutating func append(_ s: StaticString) { append(ascii: s.utf8Start, s.utf8CodeUnitCount) }
  @inline(never) public mutating func append(codePoint c: UInt32) {
    if c < 0x80 { append(UInt8(c)); return }
    if wide == nil { widen() }
    reserve(1)
    wide![count] = c
    count += 1
  }
  public mutating func append(text s: Value) {
    if s.isASCII && s.strWidth == 1 { append(ascii: s.strData.assumingMemoryBound(to: UInt8.self), s.strCount); return }
    for i in 0..<s.strCount { append(codePoint: s.codePoint(i)) }
  }
  public mutating func append(int i: Int) {
    reserve(24)
    if let w = wide {
      let a = decimalText(i)
      for k in 0..<a.count { w[count + k] = UInt32(a[k]) }
      count += a.count
    } else { count += writeDecimal(i, to: narrow + count) }
  }
  public mutating func fill(_ c: UInt8, _ n: Int) {
    if n <= 0 { return }
    reserve(n)
    if let w = wide { (w + count).update(repeating: UInt32(c), count: n) } else { memset(narrow + count, Int32(c), n) }
    count += n
  }

  /// A JSON string with its quotes.
  public mutating func quoted(_ s: Value, asciiOnly: Bool) {
    let n = s.strCount
    append(34)
    if s.strWidth == 1 {
      let p = s.strData.assumingMemoryBound(to: UInt8.self)
      var i = 0
      while i < n {
        let from = i
        while i < n && p[i] >= 32 && p[i] < 0x80 && p[i] != 34 && p[i] != 92 { i &+= 1 }
        append(ascii: p + from, i - from)
        if i < n { escape(UInt32(p[i]), asciiOnly); i += 1 }
      }
    } else {
      for i in 0..<n { escape(s.codePoint(i), asciiOnly) }
    }
    append(34)
  }
  private mutating func escape(_ c: UInt32, _ asciiOnly: Bool) {
    switch c {
    case 34: append("\\\"")
    case 92: append("\\\\")
    case 10: append("\\n")
    case 13: append("\\r")
    case 9: append("\\t")
    case 12: append("\\f")
    case 8: append("\\b")
    case 0..<32: unit(c)
    case 32..<0x7f: append(UInt8(c))
    case 0x7f: append(0x7f)
    default:
      if !asciiOnly { append(codePoint: c) }
      else if c < 0x10000 { unit(c) }
      else { unit(0xd800 + (c - 0x10000) >> 10); unit(0xdc00 + c & 0x3ff) }
    }
  }
  private mutating func unit(_ c: UInt32) {
    append("\\u")
    for k in [12, 8, 4, 0] as [UInt32] { let d = UInt8(c >> k & 15); append(d < 10 ? 48 + d : 87 + d) }
  }

  /// The text; the builder is used up.
  public mutating func finish(_ t: ThreadRef) -> Value {
    let v: Value
    if let w = wide { v = makeStr(t, scalars: UnsafeBufferPointer(start: w, count: count)) }
    else { v = makeStr(t, ascii: UnsafeBufferPointer(start: narrow, count: count)) }
    free()
    return v
  }
}
