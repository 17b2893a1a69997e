// The state of a pickler: a record that the heap owns, so that a computation parked in the middle of a dump is data.
//
// A step loads it into a Swift struct, works on raw pointers (nothing is collected inside a native), and stores it back
// before Python code may run. What is still to be written is a stack of values: operands, then the number of an operation.

import Builtins
import Glibc
import Heap
import Objects
import Support

/// Fields of a writer record.
enum WriterField {
  static let work = 0, out = 1, outCount = 2, frameStart = 3, memo = 4, oldIndex = 5, youngIndex = 6, firstYoung = 7, epoch = 8
  static let proto = 9, flags = 10, owner = 11, persistentID = 12, override = 13, dispatch = 14, buffers = 15, within = 16, write = 17
  static let oldUsed = 18, youngUsed = 19, nesting = 20, count = 21
}
enum WriterFlag {
  /// Protocol 1 and above; names of Python 2; framing is on; no memo.
  static let binary = 1, fixImports = 2, framing = 4, fast = 8
  /// The application's own hooks.
  static let persistent = 16, override = 32, dispatch = 64, file = 128, buffers = 256
  /// Suspended computations may be taken.
  static let suspended = 512
  /// A frame was written; a part went to the file already.
  static let frames = 1024, flushed = 2048
  /// What the rest of the process can see goes as a number (Exercise.swift).
  static let keeping = 4096
  static let hooked = persistent | keeping
}

enum PickleRoot {
  static let writerType = RootRegion.misc + 740, readerType = RootRegion.misc + 741
  /// App-level objects by identity, handlers by class, checksums of code, the module a snapshot takes along, loaders.
  static let names = RootRegion.misc + 742, handlers = RootRegion.misc + 743, checksums = RootRegion.misc + 744, taken = RootRegion.misc + 745
  static let loaders = RootRegion.misc + 746, version = RootRegion.misc + 747, buffer = RootRegion.misc + 748
  /// Whether programs' own picklers take suspended computations.
  static let active = RootRegion.misc + 765
}
/// What a pickle of suspended things calls, by position in the tuple of loaders.
enum Loader {
  static let app = 0, new = 1, fill = 2, newFrame = 3, fillFrame = 4, seal = 5, count = 6
  static let names = ["a", "N", "n", "F", "f", "s"]
}

func isWriter(_ v: Value) -> Bool { v.isObject && v.type == weft_roots()[PickleRoot.writerType] }

/// Objects by their memo number, found by address. The objects of the old space never move; those that are young have
/// an index of their own, which a collection makes void: they are all old then and go over to the other one.
struct PickleMemo {
  let t: ThreadRef, m: Value
  var list: Value
  var items: UnsafeMutablePointer<Value>
  var count: Int, capacity: Int
  var old: IndexTable, young: IndexTable
  var firstYoung: Int

  struct IndexTable {
    /// Number plus one, and above it 32 bits of the hash; 0 is free.
    var slots: UnsafeMutablePointer<UInt64>?
    /// Slots minus one; -1 where there is no table.
    var mask: Int
    var used: Int
  }

  init?(_ t: ThreadRef, _ m: Value) {
    self.t = t; self.m = m
    list = m.field(WriterField.memo)
    guard list.isExact(.list), m.field(WriterField.firstYoung).isFixnum, m.field(WriterField.epoch).isFixnum else { return nil }
    count = list.listCount
    capacity = list.listCapacity
    items = capacity > 0 ? list.listItems : list.fields
    firstYoung = min(max(0, m.field(WriterField.firstYoung).fixnum), count)
    func table(_ f: Int, _ used: Int) -> IndexTable {
      let v = m.field(f)
      guard v.isExact(.rawMemory), v.count >= 64, v.count & (v.count - 1) == 0, m.field(used).isFixnum else { return IndexTable(slots: nil, mask: -1, used: 0) }
      return IndexTable(slots: (v.raw + 16).assumingMemoryBound(to: UInt64.self), mask: v.count / 8 - 1, used: m.field(used).fixnum)
    }
    old = table(WriterField.oldIndex, WriterField.oldUsed)
    young = table(WriterField.youngIndex, WriterField.youngUsed)
    if m.field(WriterField.epoch).fixnum != Int(truncatingIfNeeded: weft_vm.minorCount & 0xffff_ffff_ffff) { settle() }
  }

  /// After a collection: what was young is old now, but for a memo that was just loaded.
  private mutating func settle() {
    young = IndexTable(slots: nil, mask: -1, used: 0)
    if old.slots == nil { firstYoung = 0 }
    var i = firstYoung, first = count
    while i < count {
      let v = items[i]
      if v.isObject, !v.isNone {
        let isYoung = v.object.pointee.gc & GCBit.old == 0
        if isYoung { first = min(first, i) }
        if find(v, in: isYoung ? young : old) < 0 { insert(v, i, young: isYoung) }
      }
      i += 1
    }
    firstYoung = first
  }

  func store() {
    list.fields[1] = .fixnum(count)
    if capacity > 0 { writeBarrier(list.listStorage.object) }
    m.fields[WriterField.firstYoung] = .fixnum(firstYoung)
    m.fields[WriterField.epoch] = .fixnum(Int(truncatingIfNeeded: weft_vm.minorCount & 0xffff_ffff_ffff))
    m.fields[WriterField.oldUsed] = .fixnum(old.used)
    m.fields[WriterField.youngUsed] = .fixnum(young.used)
    if young.slots == nil { m.fields[WriterField.youngIndex] = .empty }
    if old.slots == nil { m.fields[WriterField.oldIndex] = .empty }
  }

  @inline(__always) private func hash(_ v: Value) -> UInt64 { (v.bits >> 4) &* 0x9E37_79B9_7F4A_7C15 }
  @inline(__always) private func find(_ v: Value, in table: IndexTable) -> Int {
    guard let p = table.slots else { return -1 }
    let h = hash(v)
    var i = Int(truncatingIfNeeded: h >> 20) & table.mask, left = table.mask
    while true {
      let s = p[i]
      if s == 0 { return -1 }
      if s >> 32 == h >> 32 {
        let k = Int(s & 0xffff_ffff)
        if k > 0 && k <= count && items[k - 1] == v { return k - 1 }
      }
      i = (i + 1) & table.mask
      // A table from outside may be full.
      left -= 1
      if left < 0 { return -1 }
    }
  }
  /// The number of `v`, or -1.
  @inline(__always) func find(_ v: Value) -> Int {
    v.object.pointee.gc & GCBit.old != 0 ? find(v, in: old) : find(v, in: young)
  }

  private mutating func insert(_ v: Value, _ number: Int, young isYoung: Bool) {
    var table = isYoung ? young : old
    if table.slots == nil || (table.used + 1) * 2 > table.mask + 1 {
      let n = table.slots == nil ? 32 : (table.mask + 1) * 4
      let raw = makeRawMemory(t, n * 8)
      let p = (raw.raw + 16).assumingMemoryBound(to: UInt64.self)
      memset(p, 0, n * 8)
      if let q = table.slots {
        for k in 0...table.mask where q[k] != 0 && q[k] & 0xffff_ffff <= UInt64(count) && q[k] & 0xffff_ffff > 0 {
          var i = Int(truncatingIfNeeded: hash(items[Int(q[k] & 0xffff_ffff) - 1]) >> 20) & (n - 1)
          while p[i] != 0 { i = (i + 1) & (n - 1) }
          p[i] = q[k]
        }
      }
      setField(m, isYoung ? WriterField.youngIndex : WriterField.oldIndex, raw)
      table.slots = p
      table.mask = n - 1
    }
    let p = table.slots.unsafelyUnwrapped
    let h = hash(v)
    var i = Int(truncatingIfNeeded: h >> 20) & table.mask
    while p[i] != 0 { i = (i + 1) & table.mask }
    p[i] = UInt64(number + 1) & 0xffff_ffff | h & 0xffff_ffff_0000_0000
    table.used += 1
    if isYoung { young = table } else { old = table }
  }

  /// Gives `v` the next number.
  mutating func add(_ v: Value) -> Int {
    if count == capacity {
      list.fields[1] = .fixnum(count)
      reserveList(t, list, max(16, count * 2))
      capacity = list.listCapacity
      items = list.listItems
    }
    let n = count
    items[n] = v
    count = n + 1
    if v.isObject && !v.isNone {
      let isYoung = v.object.pointee.gc & GCBit.old == 0
      insert(v, n, young: isYoung)
    }
    return n
  }
}

// MARK: text

/// Bytes of a str as UTF-8 with lone surrogates kept.
func surrogateLength(_ v: Value) -> Int {
  if v.isASCII { return v.strCount }
  var n = 0
  for i in 0..<v.strCount {
    let c = v.codePoint(i)
    n += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4
  }
  return n
}
func writeSurrogates(_ v: Value, _ p: UnsafeMutablePointer<UInt8>) {
  if v.isASCII { memcpy(p, v.strData, v.strCount); return }
  var q = p
  for i in 0..<v.strCount {
    let c = v.codePoint(i)
    func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: c >> shift) & 0x3f }
    if c < 0x80 { q[0] = UInt8(truncatingIfNeeded: c); q += 1 }
    else if c < 0x800 { q[0] = 0xc0 | UInt8(truncatingIfNeeded: c >> 6); q[1] = tail(0); q += 2 }
    else if c < 0x10000 { q[0] = 0xe0 | UInt8(truncatingIfNeeded: c >> 12); q[1] = tail(6); q[2] = tail(0); q += 3 }
    else { q[0] = 0xf0 | UInt8(truncatingIfNeeded: c >> 18); q[1] = tail(12); q[2] = tail(6); q[3] = tail(0); q += 4 }
  }
}

/// sys.modules.
func modulesDict(_ t: ThreadRef) -> Value {
  let d = getString(appNamespace, intern(t, "sys_dict"))
  guard d.isObject, d.isKind(.dict) else { return .empty }
  let m = getString(d, Name.modules.value)
  return m.isObject && m.isKind(.dict) ? m : .empty
}

// MARK: the seal

/// A pickle with frames begins with a seal: a call of `_weft.s` whose argument is the length and a sum of all that follows.
/// Frames are checked when they are put together, but the run-time system's own code trusts its variables: what was damaged
/// on the way must not get so far.
enum PickleSeal {
  static let prefix = Array("c_weft\ns\n".utf8) + [0x43, 12]
  static let suffix: [UInt8] = [0x85, 0x52, 0x30]
  static let count = prefix.count + 12 + suffix.count
  static func sum(_ p: UnsafePointer<UInt8>, _ n: Int) -> UInt32 {
    let h = Support.hashBytes(UnsafeRawPointer(p), n, key: HashKey(k0: 0x5765_6674, k1: UInt64(n)))
    return UInt32(truncatingIfNeeded: h ^ h >> 32)
  }
}
