// Hash tables of dict and set: compact, ordered, specialised for string keys. Layout: see `TableObject`.
//
// Natively decidable keys are compared here; where Python's __eq__ would have to run, `find` answers `needsPython` and
// the caller goes on in app-level code, which asks for the candidates with the same hash.

import Glibc

public typealias TableRef = UnsafeMutablePointer<TableObject>

public enum Probe {
  public static let missing = -1, needsPython = -2
}

extension Value {
  /// Table of a dict or set; empty when nothing was ever put in.
  @inlinable @inline(__always) public var table: Value { fields[0] }
  @inlinable @inline(__always) public var tableRef: TableRef { to(TableObject.self) }
  /// Entries in use of a dict or set.
  @inlinable @inline(__always) public var used: Int { fields[1].fixnum }
}

extension UnsafeMutablePointer where Pointee == TableObject {
  @inlinable @inline(__always) public var entries: UnsafeMutablePointer<Value> {
    (UnsafeMutableRawPointer(self) + 32).assumingMemoryBound(to: Value.self)
  }
  @inlinable @inline(__always) var index: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(self) + 32 + pointee.capacity &* Int(pointee.stride) &* 8
  }
  @inlinable @inline(__always) public func entry(_ i: Int) -> UnsafeMutablePointer<Value> { entries + i &* Int(pointee.stride) }
  /// Position of the key within an entry.
  @inlinable @inline(__always) public var keyOffset: Int { pointee.stringKeys != 0 ? 0 : 1 }
  @inlinable @inline(__always) public func key(_ i: Int) -> Value { entry(i)[keyOffset] }
  /// Value of a dict entry.
  @inlinable @inline(__always) public func value(_ i: Int) -> Value { entry(i)[keyOffset + 1] }
  @inlinable @inline(__always) public func hash(_ i: Int) -> Int {
    pointee.stringKeys != 0 ? strHash(entry(i)[0]) : entry(i)[0].fixnum
  }
  @inlinable @inline(__always) func slot(_ i: Int) -> Int {
    switch pointee.indexWidth {
    case 1: return Int(index.assumingMemoryBound(to: UInt8.self)[i])
    case 2: return Int(index.assumingMemoryBound(to: UInt16.self)[i])
    default: return Int(index.assumingMemoryBound(to: UInt32.self)[i])
    }
  }
  @inlinable @inline(__always) func setSlot(_ i: Int, _ v: Int) {
    switch pointee.indexWidth {
    case 1: index.assumingMemoryBound(to: UInt8.self)[i] = UInt8(truncatingIfNeeded: v)
    case 2: index.assumingMemoryBound(to: UInt16.self)[i] = UInt16(truncatingIfNeeded: v)
    default: index.assumingMemoryBound(to: UInt32.self)[i] = UInt32(truncatingIfNeeded: v)
    }
  }
}

public enum TableKind { case strings, any, set }

func makeTable(_ t: ThreadRef, log2: Int, kind: TableKind) -> Value {
  let slots = 1 << log2, capacity = slots * 2 / 3
  let stride = kind == .any ? 3 : 2, width = log2 < 8 ? 1 : log2 < 16 ? 2 : 4
  let p = allocate(t, shape: BuiltinType.table.shape, bytes: 32 + capacity * stride * 8 + slots * width)
  let r = p.assumingMemoryBound(to: TableObject.self)
  r.pointee.capacity = capacity
  r.pointee.fill = 0
  r.pointee.log2 = UInt8(log2)
  r.pointee.stride = UInt8(stride)
  r.pointee.stringKeys = kind == .strings ? 1 : 0
  r.pointee.indexWidth = UInt8(width)
  weft_vm.tableVersion &+= 1
  r.pointee.reserve = Int(bitPattern: UInt(weft_vm.tableVersion))
  memset(r.index, 0, slots * width)
  return Value(p)
}

public func makeDict(_ t: ThreadRef) -> Value {
  let d = makeRecord(t, .dict, 2)
  d.fields[1] = .fixnum(0)
  return d
}
public func makeSet(_ t: ThreadRef, _ type: BuiltinType = .set) -> Value {
  let s = makeRecord(t, type, 3)
  s.fields[1] = .fixnum(0)
  return s
}

/// Entry of `key` (whose hash is `hash`), or a `Probe` code.
public func find(_ d: Value, _ key: Value, _ hash: Int) -> Int {
  let tv = d.table
  if tv.isEmpty { return Probe.missing }
  let r = tv.tableRef
  let mask = (1 &<< Int(r.pointee.log2)) &- 1
  var i = hash & mask
  var perturb = UInt(bitPattern: hash)
  if r.pointee.stringKeys != 0 {
    guard key.isExact(.str) else {
      if r.pointee.fill == 0 { return Probe.missing }
      return comparesOnlyToOwnKind(key) ? Probe.missing : findGeneral(d, key, hash)
    }
    let entries = r.entries
    while true {
      let s = r.slot(i)
      if s == 0 { return Probe.missing }
      if s != 1 {
        let k = entries[(s &- 2) &* 2]
        if k == key || (!k.isEmpty && strHash(k) == hash && !(k.isInterned && key.isInterned) && strEqual(k, key)) { return s &- 2 }
      }
      perturb >>= 5
      i = (i &* 5 &+ 1 &+ Int(bitPattern: perturb)) & mask
    }
  }
  return findGeneral(d, key, hash)
}

/// Immediates, None and the like never equal a str.
@inline(__always) func comparesOnlyToOwnKind(_ v: Value) -> Bool { !v.isObject || v.isNone || v.isBool || v.isExact(.int) || v.isExact(.tuple) || v.isExact(.bytes) }

func findGeneral(_ d: Value, _ key: Value, _ hash: Int) -> Int {
  let r = d.table.tableRef
  let mask = (1 &<< Int(r.pointee.log2)) &- 1
  var i = hash & mask
  var perturb = UInt(bitPattern: hash)
  let h = Value.fixnum(hash)
  let strings = r.pointee.stringKeys != 0
  var unsure = false
  while true {
    let s = r.slot(i)
    if s == 0 { return unsure ? Probe.needsPython : Probe.missing }
    if s != 1 {
      let e = r.entry(s - 2)
      let k = strings ? e[0] : e[1]
      if k == key && !k.isEmpty { return s - 2 }
      if !k.isEmpty && (strings ? strHash(k) == hash : e[0] == h) {
        let q = nativeEqual(k, key)
        if q == 1 && !unsure { return s - 2 }
        if q != 0 { unsure = true }
      }
    }
    perturb >>= 5
    i = (i &* 5 &+ 1 &+ Int(bitPattern: perturb)) & mask
  }
}

/// Finds the entry whose key is `key` itself.
public func findIdentical(_ d: Value, _ key: Value, _ hash: Int) -> Int {
  let tv = d.table
  if tv.isEmpty { return Probe.missing }
  let r = tv.tableRef
  let mask = (1 &<< Int(r.pointee.log2)) &- 1
  var i = hash & mask
  var perturb = UInt(bitPattern: hash)
  while true {
    let s = r.slot(i)
    if s == 0 { return Probe.missing }
    if s != 1 && r.key(s - 2) == key { return s - 2 }
    perturb >>= 5
    i = (i &* 5 &+ 1 &+ Int(bitPattern: perturb)) & mask
  }
}

/// Keys whose hash is `hash`, for app-level comparison.
public func candidates(_ d: Value, _ hash: Int) -> [Value] {
  let tv = d.table
  var out: [Value] = []
  if tv.isEmpty { return out }
  let r = tv.tableRef
  let mask = (1 &<< Int(r.pointee.log2)) &- 1
  var i = hash & mask
  var perturb = UInt(bitPattern: hash)
  while true {
    let s = r.slot(i)
    if s == 0 { return out }
    if s != 1 && !r.key(s - 2).isEmpty && r.hash(s - 2) == hash { out.append(r.key(s - 2)) }
    perturb >>= 5
    i = (i &* 5 &+ 1 &+ Int(bitPattern: perturb)) & mask
  }
}

/// Appends an entry whose key is known to be absent.
public func insertNew(_ t: ThreadRef, _ d: Value, _ key: Value, _ hash: Int, _ value: Value) {
  let isSet = d.object.pointee.reserve >= 3 && (d.isExact(.set) || d.isExact(.frozenset) || d.kind == .set || d.kind == .frozenset)
  var tv = d.table
  if tv.isEmpty {
    tv = makeTable(t, log2: 3, kind: isSet ? .set : key.isExact(.str) ? .strings : .any)
    setField(d, 0, tv)
  } else {
    let r = tv.tableRef
    // Near the end of memory the table stays as it is, and MemoryError is due.
    if r.pointee.capacity > 1 << 14, Int(r.pointee.fill) == r.pointee.capacity || r.pointee.stringKeys != 0 && !key.isExact(.str),
       !mayGrow(t, bytes: d.used * 3 * 24) { return }
    if r.pointee.stringKeys != 0 && !key.isExact(.str) {
      resize(t, d, minimum: d.used + 1, kind: .any)
    } else if Int(r.pointee.fill) == r.pointee.capacity {
      resize(t, d, minimum: d.used * (d.used > 50000 ? 2 : 3) + 1, kind: isSet ? .set : r.pointee.stringKeys != 0 ? .strings : .any)
    }
    tv = d.table
  }
  let r = tv.tableRef
  let n = Int(r.pointee.fill)
  let e = r.entry(n)
  if r.pointee.stringKeys != 0 {
    _ = strHash(key)
    e[0] = key; e[1] = value
  } else {
    e[0] = .fixnum(hash); e[1] = key
    if !isSet { e[2] = value }
  }
  r.pointee.fill &+= 1
  writeBarrier(tv.object)
  place(r, n, hash)
  d.fields[1] = .fixnum(d.used + 1)
  weft_vm.tableVersion &+= 1
  r.pointee.reserve = Int(bitPattern: UInt(weft_vm.tableVersion))
}

@inline(__always) func place(_ r: TableRef, _ n: Int, _ hash: Int) {
  let mask = (1 &<< Int(r.pointee.log2)) &- 1
  var i = hash & mask
  var perturb = UInt(bitPattern: hash)
  while r.slot(i) > 1 {
    perturb >>= 5
    i = (i &* 5 &+ 1 &+ Int(bitPattern: perturb)) & mask
  }
  r.setSlot(i, n + 2)
}

func resize(_ t: ThreadRef, _ d: Value, minimum: Int, kind: TableKind) {
  var log2 = 3
  while (1 << log2) * 2 / 3 < minimum { log2 += 1 }
  let old = d.table.tableRef
  let nv = makeTable(t, log2: log2, kind: kind)
  let r = nv.tableRef
  var n = 0
  let ko = old.keyOffset
  for i in 0..<Int(old.pointee.fill) {
    let e = old.entry(i)
    let k = e[ko]
    if k.isEmpty { continue }
    let h = old.hash(i)
    let ne = r.entry(n)
    switch kind {
    case .strings: ne[0] = k; ne[1] = e[ko + 1]
    case .any: ne[0] = .fixnum(h); ne[1] = k; ne[2] = e[ko + 1]
    case .set: ne[0] = .fixnum(h); ne[1] = k
    }
    place(r, n, h)
    n += 1
  }
  r.pointee.fill = Int32(n)
  // The new table may have been born old, and holds what may be young.
  writeBarrier(nv.object)
  setField(d, 0, nv)
}

/// Replaces the value of entry `i`.
@inlinable @inline(__always) public func setEntryValue(_ d: Value, _ i: Int, _ value: Value) {
  let r = d.table.tableRef
  r.entry(i)[r.keyOffset + 1] = value
  writeBarrier(d.table.object)
}

/// Removes entry `i`.
public func removeEntry(_ d: Value, _ i: Int) {
  let r = d.table.tableRef
  let hash = r.hash(i)
  let mask = (1 &<< Int(r.pointee.log2)) &- 1
  var k = hash & mask
  var perturb = UInt(bitPattern: hash)
  while r.slot(k) != i + 2 {
    perturb >>= 5
    k = (k &* 5 &+ 1 &+ Int(bitPattern: perturb)) & mask
  }
  r.setSlot(k, 1)
  let e = r.entry(i)
  for j in 0..<Int(r.pointee.stride) { e[j] = .empty }
  d.fields[1] = .fixnum(d.used - 1)
  weft_vm.tableVersion &+= 1
  r.pointee.reserve = Int(bitPattern: UInt(weft_vm.tableVersion))
  // An emptied set starts afresh; otherwise the deleted marks in the index stand for used-up entries, so `fill` stays. So it
  // does for a dict: an iterator tells by it that keys came after its last one.
  if d.used == 0 && d.kind != .dict {
    memset(r.index, 0, Int(r.pointee.indexWidth) << Int(r.pointee.log2))
    r.pointee.fill = 0
  }
}

public func clearTable(_ d: Value) {
  d.fields[0] = .empty
  d.fields[1] = .fixnum(0)
  weft_vm.tableVersion &+= 1
}

/// d[key] = value for a str key (interned or not).
public func setString(_ t: ThreadRef, _ d: Value, _ key: Value, _ value: Value) {
  let h = strHash(key)
  let i = find(d, key, h)
  if i >= 0 { setEntryValue(d, i, value) } else { insertNew(t, d, key, h, value) }
}
/// d.get(key) for a str key; empty when absent.
public func getString(_ d: Value, _ key: Value) -> Value {
  let i = find(d, key, strHash(key))
  return i >= 0 ? d.table.tableRef.value(i) : .empty
}

/// Calls `body` with key and value (sets: key twice) of each entry in order.
public func forEachEntry(_ d: Value, _ body: (Value, Value) -> Void) {
  let tv = d.table
  if tv.isEmpty { return }
  let r = tv.tableRef
  let ko = r.keyOffset
  let wide = Int(r.pointee.stride) > ko + 1
  for i in 0..<Int(r.pointee.fill) {
    let e = r.entry(i)
    if !e[ko].isEmpty { body(e[ko], wide ? e[ko + 1] : e[ko]) }
  }
}

/// Whether two values are equal, where that needs no Python code: 1 yes, 0 no, -1 Python must decide. `depth` bounds the
/// recursion into tuples.
public func nativeEqual(_ a: Value, _ b: Value, depth: Int = 0) -> Int {
  if a == b {
    // NaN is the only builtin that differs from itself; containers treat identical items as equal.
    return 1
  }
  if a.isFixnum && b.isFixnum { return 0 }
  if !a.isObject || !b.isObject || a.isExact(.float) || b.isExact(.float) || a.isExact(.int) || b.isExact(.int) || a.isBool || b.isBool {
    return numericEqual(a, b)
  }
  let ka = a.object.pointee.shape, kb = b.object.pointee.shape
  if ka == BuiltinType.str.shape && kb == ka { return strEqual(a, b) ? 1 : 0 }
  if ka == BuiltinType.tuple.shape && kb == ka {
    if a.count != b.count { return 0 }
    if depth > 50 { return -1 }
    for i in 0..<a.count {
      let q = nativeEqual(a.items[i], b.items[i], depth: depth + 1)
      if q != 1 { return q }
    }
    return 1
  }
  if ka == BuiltinType.bytes.shape && kb == ka { return bytesEqual(a, b) ? 1 : 0 }
  if hasIdentityEquality(a) && hasIdentityEquality(b) { return 0 }
  func simple(_ k: UInt32) -> Bool {
    k == BuiltinType.str.shape || k == BuiltinType.tuple.shape || k == BuiltinType.bytes.shape || k == BuiltinType.noneType.shape
  }
  if simple(ka) && (simple(kb) || hasIdentityEquality(b)) || simple(kb) && hasIdentityEquality(a) { return 0 }
  return -1
}

func bytesEqual(_ a: Value, _ b: Value) -> Bool {
  let x = a.to(BytesObject.self).pointee.count
  return x == b.to(BytesObject.self).pointee.count && memcmp(a.raw + 24, b.raw + 24, x) == 0
}

/// Whether the class inherits object.__eq__ (and so equality is identity).
public func hasIdentityEquality(_ v: Value) -> Bool {
  guard v.isObject else { return false }
  return lookup(v.type, Name.__eq__.value) == objectEquality
}
/// object.__eq__, set at start.
public var objectEquality: Value {
  get { weft_roots()[RootRegion.misc + 29] }
  set { weft_roots()[RootRegion.misc + 29] = newValue }
}
