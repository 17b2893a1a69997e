// The character sets behind `_multibytecodec`: tables, and runs of decoding and encoding where nothing is wrong. Error
// handlers, states and streams are app-level (libraries_multibyte.py).

import Builtins
import CZlib
import Glibc
import Heap
import Objects

/// A set's tables, built when it is first used; they stay for ever.
private final class CharacterSet {
  enum Kind { case plain, eucJapanese, gb18030, eucKorean }
  let kind: Kind
  let shifted: Bool
  var one = [UInt16](), two = [UInt16](), three = [UInt16]()
  /// One or two code points each.
  var odd: [(UInt32, UInt32)] = []
  /// By code point of the BMP: bytes, most significant first; 0: none.
  var codes = [UInt32](repeating: 0, count: 65536)
  var astral: [UInt32: UInt32] = [:]
  /// Two code points to bytes, and which code points may start such a pair.
  var pairs: [UInt64: UInt32] = [:]
  var starters = Set<UInt32>()

  init(_ index: Int) {
    let name = String(describing: cjkTables[index].name)
    kind = name == "gb18030" ? .gb18030 : name == "euc_kr" ? .eucKorean : name.hasPrefix("euc_j") ? .eucJapanese : .plain
    shifted = name.hasPrefix("shift") || name == "cp932"
    var words = CharacterSet.load(index)
    let arrays = 256 + 32768 + 16384
    one = words.units(256)
    two = words.units(32768)
    three = words.units(16384)
    precondition(words.at == arrays * 2)
    var base = cjkTables[index].base
    while base >= 0 {
      var b = CharacterSet.load(base)
      for i in 0..<256 { one[i] ^= b.unit() }
      for i in 0..<32768 { two[i] ^= b.unit() }
      for i in 0..<16384 { three[i] ^= b.unit() }
      base = cjkTables[base].base
    }
    for _ in 0..<words.word() { odd.append((words.word(), words.word())) }
    func add(_ v: UInt16, _ code: UInt32, first: Bool) {
      if v == 0 { return }
      if v & 0xf800 == 0xd800 {
        let (a, b) = odd[Int(v) - 0xd800]
        if b != 0 {
          pairs[UInt64(a) << 32 | UInt64(b)] = code
          starters.insert(a)
        } else if a < 0x10000 { if codes[Int(a)] == 0 { codes[Int(a)] = code } }
        else if astral[a] == nil { astral[a] = code }
      } else if !first || codes[Int(v)] == 0 { codes[Int(v)] = code }
    }
    for i in 0..<32768 { add(two[i], UInt32(0x8000 + i), first: true) }
    for i in 0..<16384 { add(three[i], 0x8f8080 + UInt32(i / 128) << 8 + UInt32(i % 128), first: true) }
    for i in 0..<256 { add(one[i], UInt32(i), first: false) }
    for _ in 0..<words.word() {
      let c = words.word(), code = words.word()
      if c < 0x10000 { codes[Int(c)] = code } else { astral[c] = code == 0 ? nil : code }
    }
  }

  struct Words {
    var bytes: [UInt8], at = 0
    mutating func unit() -> UInt16 { at += 2; return UInt16(bytes[at - 2]) | UInt16(bytes[at - 1]) << 8 }
    mutating func units(_ n: Int) -> [UInt16] { (0..<n).map { _ in unit() } }
    mutating func word() -> UInt32 { UInt32(unit()) | UInt32(unit()) << 16 }
  }
  static func load(_ index: Int) -> Words {
    let text = cjkTables[index].data
    var packed: [UInt8] = []
    packed.reserveCapacity(text.utf8CodeUnitCount)
    var bits: UInt32 = 0, have = 0
    for i in 0..<text.utf8CodeUnitCount {
      let c = text.utf8Start[i]
      let v: UInt8 = c >= 97 ? c - 71 : c >= 65 ? c - 65 : c >= 48 && c <= 57 ? c + 4 : c == 43 ? 62 : c == 47 ? 63 : 64
      if v > 63 { continue }
      bits = bits << 6 | UInt32(v)
      have += 6
      if have >= 8 { have -= 8; packed.append(UInt8(truncatingIfNeeded: bits >> UInt32(have))) }
    }
    var size = uLongf(1 << 20)
    var out = [UInt8](repeating: 0, count: 1 << 20)
    _ = uncompress(&out, &size, packed, uLong(packed.count))
    return Words(bytes: Array(out[0..<Int(size)]))
  }

  enum Step { case character(Int, UInt32, UInt32), illegal(Int), short }

  /// The character at p[i].
  func decode(_ p: UnsafePointer<UInt8>, _ n: Int, _ i: Int) -> Step {
    let a = Int(p[i])
    if a == 0 { return .character(1, 0, 0) }
    if one[a] != 0 { return found(1, one[a]) }
    if a < 0x80 { return .illegal(1) }
    if kind == .eucJapanese && a == 0x8f {
      if i + 2 >= n { return .short }
      let b = Int(p[i + 1]), c = Int(p[i + 2])
      if b >= 0x80 && c >= 0x80, case let v = three[(b - 0x80) * 128 + c - 0x80], v != 0 { return found(3, v) }
      return .illegal(1)
    }
    if kind == .gb18030 && (a == 0x80 || a == 0xff) { return .illegal(1) }
    if i + 1 >= n { return leads(a) ? .short : .illegal(1) }
    let b = Int(p[i + 1])
    if kind == .gb18030 && b >= 0x30 && b <= 0x39 {
      if i + 3 >= n { return .short }
      let c = Int(p[i + 2]), d = Int(p[i + 3])
      if c < 0x81 || c > 0xfe || d < 0x30 || d > 0x39 { return .illegal(1) }
      let linear = ((a - 0x81) * 10 + b - 0x30) * 1260 + (c - 0x81) * 10 + d - 0x30
      if linear >= 189000 && linear < 189000 + 0x100000 { return .character(4, UInt32(0x10000 + linear - 189000), 0) }
      if linear < 39420, let v = runCharacter(linear) { return .character(4, v, 0) }
      return .illegal(1)
    }
    if kind == .eucKorean && a == 0xa4 && b == 0xd4 {
      if i + 7 >= n { return .short }
      if p[i + 2] == 0xa4 && p[i + 4] == 0xa4 && p[i + 6] == 0xa4, let v = hangul(p[i + 3], p[i + 5], p[i + 7]) { return .character(8, v, 0) }
      return .illegal(1)
    }
    let v = two[(a - 0x80) * 256 + b]
    return v == 0 ? .illegal(1) : found(2, v)
  }
  private func found(_ n: Int, _ v: UInt16) -> Step {
    if v & 0xf800 == 0xd800 { let o = odd[Int(v) - 0xd800]; return .character(n, o.0, o.1) }
    return .character(n, UInt32(v), 0)
  }
  private func leads(_ a: Int) -> Bool {
    // Only the shifted sets tell by the first byte.
    if !shifted { return true }
    for b in 0..<256 where two[(a - 0x80) * 256 + b] != 0 { return true }
    return false
  }
  private func runCharacter(_ linear: Int) -> UInt32? {
    var lo = 0, hi = gb18030Runs.count
    while lo < hi { let m = (lo + hi) / 2; if gb18030Runs[m].0 <= linear { lo = m + 1 } else { hi = m } }
    if lo == 0 || gb18030Runs[lo - 1].1 == 0 { return nil }
    return gb18030Runs[lo - 1].1 + UInt32(linear - gb18030Runs[lo - 1].0)
  }
  /// Hangul syllable of three jamo of KS X 1001.
  private func hangul(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> UInt32? {
    guard let i = initials.firstIndex(of: a), b >= 0xbf, b <= 0xd3, let f = finals.firstIndex(of: c) else { return nil }
    return 0xac00 + UInt32((i * 21 + Int(b) - 0xbf) * 28 + f)
  }

  /// The bytes of a character; none where it has no code.
  func encode(_ c: UInt32, _ out: inout [UInt8]) -> Bool {
    if c == 0 { out.append(0); return true }
    let code = c < 0x10000 ? codes[Int(c)] : astral[c] ?? 0
    if code != 0 { append(code, &out); return true }
    if kind == .gb18030 && !(0xd800..<0xe000).contains(c) {
      var linear = 0
      if c >= 0x10000 { linear = 189000 + Int(c) - 0x10000 }
      else {
        guard let run = gb18030Runs.last(where: { $0.1 != 0 && $0.1 <= c }) ?? nil else { return false }
        guard let k = gb18030Runs.firstIndex(where: { $0.0 == run.0 }) else { return false }
        linear = run.0 + Int(c - run.1)
        if k + 1 < gb18030Runs.count && linear >= gb18030Runs[k + 1].0 {
          // Runs do not always ascend: look for the one that holds it.
          guard let j = gb18030Runs.indices.first(where: { j in
            let r = gb18030Runs[j], end = j + 1 < gb18030Runs.count ? gb18030Runs[j + 1].0 : 39420
            return r.1 != 0 && c >= r.1 && Int(c - r.1) < end - r.0
          }) else { return false }
          linear = gb18030Runs[j].0 + Int(c - gb18030Runs[j].1)
        }
      }
      let d = linear % 10, x = linear / 10 % 126, b = linear / 1260 % 10, a = linear / 12600
      out += [UInt8(0x81 + a), UInt8(0x30 + b), UInt8(0x81 + x), UInt8(0x30 + d)]
      return true
    }
    if kind == .eucKorean && c >= 0xac00 && c <= 0xd7a3 {
      let s = Int(c) - 0xac00
      out += [0xa4, 0xd4, 0xa4, initials[s / 588], 0xa4, UInt8(0xbf + s / 28 % 21), 0xa4, finals[s % 28]]
      return true
    }
    return false
  }
  func append(_ code: UInt32, _ out: inout [UInt8]) {
    if code > 0xffff { out.append(UInt8(code >> 16)) }
    if code > 0xff { out.append(UInt8(truncatingIfNeeded: code >> 8)) }
    out.append(UInt8(truncatingIfNeeded: code))
  }
}
/// Second bytes of the jamo of KS X 1001 as first and last part of a syllable; 0xd4 fills an empty place.
private let initials: [UInt8] = [0xa1, 0xa2, 0xa4, 0xa7, 0xa8, 0xa9, 0xb1, 0xb2, 0xb3, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe]
private let finals: [UInt8] = [0xd4, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb4, 0xb5,
                               0xb6, 0xb7, 0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xbe]

nonisolated(unsafe) private var sets: [Int: CharacterSet] = [:]
private func characterSet(_ v: Value) -> CharacterSet? {
  guard v.isFixnum, v.fixnum >= 0, v.fixnum < cjkTables.count else { return nil }
  if let s = sets[v.fixnum] { return s }
  let s = CharacterSet(v.fixnum)
  sets[v.fixnum] = s
  return s
}

func installMultibyte(_ t: ThreadRef) {
  // The number of a set; -1 when there is none.
  defineAppNative(t, "cjkSet", "(name, /)") { t, a, n in
    let name = swiftString(a[0])
    return .fixnum(cjkTables.firstIndex { String(describing: $0.name) == name } ?? -1)
  }
  // (text, where it stopped, what is wrong there: 0 nothing, -1 the input ends too early, else bytes that are no code)
  defineAppNative(t, "cjkDecode", "(set, data, from, /)") { t, a, n in
    guard let s = characterSet(a[0]), let b = bufferView(a[1]) else { return t.raise(.SystemError, "no such character set") }
    var out: [UInt32] = [], i = max(0, a[2].fixnum), wrong = 0
    out.reserveCapacity(max(0, b.count - i))
    run: while i < b.count {
      switch s.decode(b.base, b.count, i) {
      case .character(let k, let x, let y):
        out.append(x)
        if y != 0 { out.append(y) }
        i += k
      case .illegal(let k): wrong = k; break run
      case .short: wrong = -1; break run
      }
    }
    return makeTuple(t, [makeStr(t, scalars: out), .fixnum(i), .fixnum(wrong)])
  }
  // (bytes, where it stopped, what is wrong there: 0 nothing, 1 no code, -1 the next character may belong to the last one)
  defineAppNative(t, "cjkEncode", "(set, text, from, final, /)") { t, a, n in
    guard let s = characterSet(a[0]), a[1].isStr else { return t.raise(.SystemError, "no such character set") }
    var out: [UInt8] = [], i = max(0, a[2].fixnum), wrong = 0
    let count = a[1].strCount
    while i < count {
      let c = a[1].codePoint(i)
      if !s.starters.isEmpty && s.starters.contains(c) {
        if i + 1 < count {
          if let code = s.pairs[UInt64(c) << 32 | UInt64(a[1].codePoint(i + 1))] { s.append(code, &out); i += 2; continue }
        } else if a[3] != .true { wrong = -1; break }
      }
      if !s.encode(c, &out) { wrong = 1; break }
      i += 1
    }
    return makeTuple(t, [makeBytes(t, out), .fixnum(i), .fixnum(wrong)])
  }
}
