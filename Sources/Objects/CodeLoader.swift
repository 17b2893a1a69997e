// From a code unit (what the compiler made, or what a cache file held) to a code object in the heap.

import Bytecode
import Glibc
import Heap

/// A position entry as the heap keeps it.
public struct PackedPosition { public var start: UInt32; public var line, endLine, column, endColumn: Int32 }
public struct PackedRange { public var start, end, handler, register: UInt32 }

/// The constant as a value.
public func makeConstant(_ t: ThreadRef, _ c: CodeConstant) -> Value {
  switch c {
  case .none: return .none
  case .true: return .true
  case .false: return .false
  case .ellipsis: return weft_vm.ellipsis
  case .int(let i): return makeInt(t, i)
  case .bigInt(let s): return parseInt(t, digits: Array(s.utf8), base: 10) ?? .fixnum(0)
  case .float(let d): return makeFloat(t, d)
  case .complex(let r, let i): return makeComplex(t, r, i)
  case .str(let s):
    let v = makeStr(t, scalars: s)
    // Names and short texts that look like identifiers are interned, as in CPython.
    if v.strCount <= 64 && v.isASCII && looksLikeIdentifier(v) { return intern(v) }
    return v
  case .bytes(let b): return makeBytes(t, b)
  case .tuple(let a): return makeTuple(t, a.map { makeConstant(t, $0) })
  case .frozenSet(let a):
    let s = makeSet(t, .frozenset)
    for c in a {
      let v = makeConstant(t, c)
      if let h = nativeHash(v), find(s, v, h) == Probe.missing { insertNew(t, s, v, h, .none) }
    }
    return s
  case .code(let u): return makeCode(t, u)
  }
}

func looksLikeIdentifier(_ v: Value) -> Bool {
  for i in 0..<v.strCount {
    let c = v.codePoint(i)
    if !(c >= 48 && c <= 57 || c >= 65 && c <= 90 || c >= 97 && c <= 122 || c == 95) { return false }
  }
  return true
}

public func makeComplex(_ t: ThreadRef, _ re: Double, _ im: Double) -> Value {
  makeRecord(t, .complex, makeFloat(t, re), makeFloat(t, im))
}

/// A code object; old, because frames, caches and compiled code name it. Of a unit whose body is not read it is a code
/// object whose body is read by `filled`.
public func makeCode(_ t: ThreadRef, _ u: CodeUnit) -> Value {
  let p = allocateOld(shape: BuiltinType.code.shape, bytes: MemoryLayout<CodeObject>.size)
  memset(p + 8, 0, MemoryLayout<CodeObject>.size - 8)
  let c = p.assumingMemoryBound(to: CodeObject.self)
  c.pointee.name = intern(t, u.name)
  c.pointee.qualifiedName = intern(t, u.qualifiedName)
  c.pointee.filename = intern(t, u.filename)
  c.pointee.flags = u.flags.rawValue
  c.pointee.firstLine = u.firstLine
  c.pointee.argCount = UInt16(u.argCount)
  c.pointee.posOnlyCount = UInt16(u.posOnlyArgCount)
  c.pointee.kwOnlyCount = UInt16(u.kwOnlyArgCount)
  c.pointee.registerCount = UInt32(u.registerCount)
  c.pointee.sizeClass = frameSizeClass(registers: u.registerCount)
  if let (file, head) = u.unread.map({ ($0.file, $0.head) }) {
    c.pointee.unread = UnsafeRawPointer(Unmanaged.passRetained(file).toOpaque())
    c.pointee.unreadAt = head
  } else {
    fill(t, c, u)
  }
  remember(Value(p))
  linkCode(Value(p))
  return Value(p)
}

/// Gives a code object its body.
private func fill(_ t: ThreadRef, _ c: UnsafeMutablePointer<CodeObject>, _ u: CodeUnit) {
  c.pointee.constants = oldTuple(t, u.constants.map { makeConstant(t, $0) })
  c.pointee.names = oldTuple(t, u.names.map { intern(t, $0) })
  c.pointee.variableNames = oldTuple(t, u.variables.map { intern(t, $0.name) })
  c.pointee.docstring = u.hasDocstring && c.pointee.constants.count > 0 ? c.pointee.constants.items[0] : .none
  c.pointee.instructions = .allocate(capacity: u.instructions.count + 1)
  u.instructions.withUnsafeBufferPointer { c.pointee.instructions.initialize(from: $0.baseAddress!, count: $0.count) }
  c.pointee.instructionCount = u.instructions.count
  c.pointee.cacheCount = u.cacheCount
  c.pointee.caches = .allocate(capacity: max(1, u.cacheCount))
  memset(c.pointee.caches, 0, max(1, u.cacheCount) * MemoryLayout<CacheEntry>.size)
  let ranges = UnsafeMutablePointer<PackedRange>.allocate(capacity: max(1, u.exceptions.count))
  for (i, r) in u.exceptions.enumerated() { ranges[i] = PackedRange(start: r.start, end: r.end, handler: r.handler, register: r.register) }
  c.pointee.exceptions = UnsafeMutableRawPointer(ranges)
  c.pointee.exceptionCount = u.exceptions.count
  let positions = UnsafeMutablePointer<PackedPosition>.allocate(capacity: max(1, u.positions.count))
  for (i, q) in u.positions.enumerated() {
    positions[i] = PackedPosition(start: q.start, line: q.line, endLine: q.endLine, column: q.column, endColumn: q.endColumn)
  }
  c.pointee.positions = UnsafeMutableRawPointer(positions)
  c.pointee.positionCount = u.positions.count
  let kinds = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, u.variables.count))
  for (i, v) in u.variables.enumerated() { kinds[i] = v.kind.rawValue }
  c.pointee.variableKinds = kinds
  c.pointee.variableCount = UInt16(u.variables.count)
  let special: CodeFlags = [.varArgs, .varKeywords, .generator, .coroutine, .asyncGenerator, .namespace]
  c.pointee.simple = u.flags.isDisjoint(with: special) && u.kwOnlyArgCount == 0 ? 1 : 0
}

/// The code object with its body, which is read now if it was not; nil with an exception where that is malformed.
@inlinable @inline(__always)
public func filled(_ t: ThreadRef, _ code: Value) -> UnsafeMutablePointer<CodeObject>? {
  code.code.pointee.unread == nil || readBody(t, code) ? code.code : nil
}

@inline(never) @usableFromInline
func readBody(_ t: ThreadRef, _ code: Value) -> Bool {
  let c = code.code, file = Unmanaged<CodeFile>.fromOpaque(c.pointee.unread.unsafelyUnwrapped)
  let (unit, why) = file.takeUnretainedValue().unit(at: c.pointee.unreadAt)
  guard let u = unit else {
    _ = t.raise(.SystemError, "the bytecode of \(swiftString(c.pointee.qualifiedName)) is damaged: \(why ?? "")")
    return false
  }
  // Its functions bear the name of the file that it bears itself, whatever they were compiled as.
  let filename = swiftString(c.pointee.filename)
  if filename != u.filename { for case .code(let inner) in u.constants { inner.filename = filename } }
  fill(t, c, u)
  remember(code)
  c.pointee.unread = nil
  file.release()
  return true
}

/// Puts a freshly made old object on the remembered set: its fields may be young.
func remember(_ v: Value) {
  if v.object.pointee.gc & GCBit.remembered == 0 { writeBarrier(v.object) }
}

/// A tuple in the old space, so that its address is fixed.
public func oldTuple(_ t: ThreadRef, _ a: [Value]) -> Value {
  let p = allocateOld(shape: BuiltinType.tuple.shape, bytes: 16 + a.count * 8)
  p.assumingMemoryBound(to: ValuesObject.self).pointee.count = a.count
  let v = Value(p)
  for i in 0..<a.count { v.items[i] = a[i] }
  writeBarrier(v.object)
  return v
}

// All code objects form a list, so that their caches can be cleared when what they name may have died.
nonisolated(unsafe) var firstCode = Value.empty

func linkCode(_ c: Value) {
  c.code.pointee.next = firstCode
  c.code.pointee.previous = .empty
  if !firstCode.isEmpty { firstCode.code.pointee.previous = c }
  firstCode = c
}

public func initializeCodeList() {
  CollectorHook.afterMarking.append {
    var c = firstCode
    while !c.isEmpty {
      let next = c.code.pointee.next
      if isDead(c) {
        let p = c.code.pointee.previous
        if p.isEmpty { firstCode = next } else { p.code.pointee.next = next }
        if !next.isEmpty { next.code.pointee.previous = p }
      } else if c.code.pointee.unread == nil {
        memset(c.code.pointee.caches, 0, c.code.pointee.cacheCount * MemoryLayout<CacheEntry>.size)
      }
      c = next
    }
  }
  CollectorHook.release = { v, layout in
    if layout == .code {
      let c = v.code
      if let file = c.pointee.unread { return Unmanaged<CodeFile>.fromOpaque(file).release() }
      c.pointee.instructions.deallocate()
      c.pointee.caches.deallocate()
      c.pointee.exceptions?.deallocate()
      c.pointee.positions?.deallocate()
      c.pointee.variableKinds?.deallocate()
    }
  }
}

/// Source position of instruction word `at`.
public func position(_ code: Value, at: Int) -> PackedPosition? {
  let n = code.code.pointee.positionCount
  guard n > 0, let raw = code.code.pointee.positions else { return nil }
  let p = raw.assumingMemoryBound(to: PackedPosition.self)
  var lo = 0, hi = n
  while lo + 1 < hi {
    let m = (lo + hi) / 2
    if Int(p[m].start) <= at { lo = m } else { hi = m }
  }
  return p[lo]
}
/// Line that a frame is at.
public func currentLine(_ f: FrameRef) -> Int {
  let c = f.pointee.code
  let at = f.nextWord - 1
  // Before its first instruction it is at its definition.
  return Int(at < 0 ? c.code.pointee.firstLine : position(c, at: at)?.line ?? c.code.pointee.firstLine)
}

/// A function object of `code`.
public func makeFunction(_ t: ThreadRef, code: Value, globals: Value, name: Value? = nil) -> Value {
  let f = makeRecord(t, .function, FunctionField.count)
  let p = f.fields
  p[FunctionField.code] = code
  p[FunctionField.globals] = globals
  p[FunctionField.name] = code.code.pointee.name
  p[FunctionField.qualifiedName] = code.code.pointee.qualifiedName
  p[FunctionField.doc] = code.code.pointee.unread == nil ? code.code.pointee.docstring : .empty
  let m = getString(globals, Name.__name__.value)
  p[FunctionField.module] = m.isEmpty ? .none : m
  let b = getString(globals, Name.__builtins__.value)
  p[FunctionField.builtins] = b.isEmpty ? builtinsDict : b.isObject && b.kind == .module ? b.field(0) : b
  return f
}
/// A function's docstring or None; empty with an exception set. Empty in the function: that of its code.
public func docstring(_ t: ThreadRef, ofFunction f: Value) -> Value {
  let d = f.field(FunctionField.doc)
  if !d.isEmpty { return d }
  guard let c = filled(t, f.field(FunctionField.code)) else { return .empty }
  setField(f, FunctionField.doc, c.pointee.docstring)
  return c.pointee.docstring
}
/// The builtins module's dict; in the root table.
public var builtinsDict: Value {
  get { weft_roots()[RootRegion.misc] }
  set { weft_roots()[RootRegion.misc] = newValue }
}
/// sys.modules.
public var modulesDict: Value {
  get { weft_roots()[RootRegion.misc + 1] }
  set { weft_roots()[RootRegion.misc + 1] = newValue }
}

/// A unit with the parts of a filled code object but for its constants, names and docstring.
public func unitWithoutConstants(_ code: Value) -> CodeUnit {
  let c = code.code.pointee
  let u = CodeUnit()
  u.name = swiftString(c.name); u.qualifiedName = swiftString(c.qualifiedName); u.filename = swiftString(c.filename)
  u.firstLine = c.firstLine
  u.argCount = Int(c.argCount); u.posOnlyArgCount = Int(c.posOnlyCount); u.kwOnlyArgCount = Int(c.kwOnlyCount)
  u.flags = CodeFlags(rawValue: c.flags)
  u.registerCount = Int(c.registerCount)
  u.cacheCount = c.cacheCount
  u.variables = (0..<Int(c.variableCount)).map { Variable(name: swiftString(c.variableNames.items[$0]), kind: Variable.Kind(rawValue: c.variableKinds![$0])!) }
  u.instructions = code.code.originalWords
  if let r = c.exceptions?.assumingMemoryBound(to: PackedRange.self) {
    u.exceptions = (0..<c.exceptionCount).map { ExceptionRange(start: r[$0].start, end: r[$0].end, handler: r[$0].handler, register: r[$0].register) }
  }
  if let p = c.positions?.assumingMemoryBound(to: PackedPosition.self) {
    u.positions = (0..<c.positionCount).map { PositionEntry(start: p[$0].start, line: p[$0].line, endLine: p[$0].endLine, column: p[$0].column, endColumn: p[$0].endColumn) }
  }
  return u
}

extension UnsafeMutablePointer where Pointee == CodeObject {
  /// The instruction words as they were when the code was made: the run-time system may have replaced some since.
  public var originalWords: [UInt32] {
    Patches.originals(of: pointee.words)
  }
}

/// Number of free variables of a filled code object.
public func freeVariableCount(_ c: UnsafeMutablePointer<CodeObject>) -> Int {
  (0..<Int(c.pointee.variableCount)).reduce(0) { $0 + (c.pointee.variableKinds![$1] == Variable.Kind.free.rawValue ? 1 : 0) }
}
