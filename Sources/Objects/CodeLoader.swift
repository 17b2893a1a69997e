// From a code unit (what the compiler made, or what a cache file held) to a code object in the heap.

import Bytecode
import Glibc
import Heap

/// A position entry as the heap keeps it.
public struct PackedPosition { public var start: UInt32; public var line, endLine, column, endColumn: Int32 }
/// An entry of the table of exceptions as well.
public typealias PackedRange = ExceptionRange

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
  for i in 0..<v.strCount where !isIdentifierByte(UInt8(v.codePoint(i))) { return false }
  return true
}
private func isIdentifierByte(_ c: UInt8) -> Bool { c >= 48 && c <= 57 || c >= 65 && c <= 90 || c >= 97 && c <= 122 || c == 95 }

public func makeComplex(_ t: ThreadRef, _ re: Double, _ im: Double) -> Value {
  makeRecord(t, .complex, makeFloat(t, re), makeFloat(t, im))
}

/// A code object without its body; old, because frames, caches and compiled code name it.
private func newCode(name: Value, qualifiedName: Value, filename: Value, firstLine: Int32, flags: CodeFlags, argCount: Int, posOnlyArgCount: Int,
                     kwOnlyArgCount: Int, registerCount: Int) -> UnsafeMutablePointer<CodeObject> {
  let p = allocateOld(shape: BuiltinType.code.shape, bytes: MemoryLayout<CodeObject>.size)
  memset(p + 8, 0, MemoryLayout<CodeObject>.size - 8)
  let c = p.assumingMemoryBound(to: CodeObject.self)
  // Interned strings: none of them is young.
  c.pointee.name = name
  c.pointee.qualifiedName = qualifiedName
  c.pointee.filename = filename
  c.pointee.flags = flags.rawValue
  c.pointee.firstLine = firstLine
  c.pointee.argCount = UInt16(argCount)
  c.pointee.posOnlyCount = UInt16(posOnlyArgCount)
  c.pointee.kwOnlyCount = UInt16(kwOnlyArgCount)
  c.pointee.registerCount = UInt32(registerCount)
  c.pointee.sizeClass = frameSizeClass(registers: registerCount)
  linkCode(Value(p))
  return c
}

/// A code object of what the compiler made.
public func makeCode(_ t: ThreadRef, _ u: CodeUnit) -> Value {
  let c = newCode(name: intern(t, u.name), qualifiedName: intern(t, u.qualifiedName), filename: intern(t, u.filename), firstLine: u.firstLine, flags: u.flags,
                  argCount: u.argCount, posOnlyArgCount: u.posOnlyArgCount, kwOnlyArgCount: u.kwOnlyArgCount, registerCount: u.registerCount)
  var b = Body(cacheCount: u.cacheCount, variables: u.variables.count, names: u.names.count, words: u.instructions.count, exceptions: u.exceptions.count)
  for (i, v) in u.variables.enumerated() { b.variableNames.items[i] = intern(t, v.name); b.kinds[i] = v.kind.rawValue }
  for (i, n) in u.names.enumerated() { b.names.items[i] = intern(t, n) }
  u.instructions.withUnsafeBufferPointer { b.words.initialize(from: $0.baseAddress!, count: $0.count) }
  for (i, e) in u.exceptions.enumerated() { b.exceptions[i] = e }
  b.allocate(positions: u.positions.count)
  for (i, q) in u.positions.enumerated() {
    b.positions[i] = PackedPosition(start: q.start, line: q.line, endLine: q.endLine, column: q.column, endColumn: q.endColumn)
  }
  b.constants = oldTuple(t, u.constants.map { makeConstant(t, $0) })
  b.install(c, hasDocstring: u.hasDocstring)
  return Value(UnsafeMutableRawPointer(c))
}

/// A code object's body while it is being made: the tuples are old, the tables malloc's.
private struct Body {
  var variableNames: Value, names: Value, constants = Value.empty
  let cacheCount: Int, variableCount: Int, wordCount: Int, exceptionCount: Int
  var positionCount = 0
  let kinds: UnsafeMutablePointer<UInt8>, words: UnsafeMutablePointer<UInt32>, caches: UnsafeMutablePointer<CacheEntry>
  let exceptions: UnsafeMutablePointer<ExceptionRange>
  var positions: UnsafeMutablePointer<PackedPosition>

  init(cacheCount: Int, variables: Int, names: Int, words: Int, exceptions: Int) {
    self.cacheCount = cacheCount
    variableCount = variables
    wordCount = words
    exceptionCount = exceptions
    variableNames = oldTuple(count: variables)
    self.names = oldTuple(count: names)
    kinds = .allocate(capacity: max(1, variables))
    self.words = .allocate(capacity: words + 1)
    caches = .allocate(capacity: max(1, cacheCount))
    memset(caches, 0, max(1, cacheCount) * MemoryLayout<CacheEntry>.size)
    self.exceptions = .allocate(capacity: max(1, exceptions))
    positions = .allocate(capacity: 1)
  }
  mutating func allocate(positions n: Int) {
    positions.deallocate()
    positions = .allocate(capacity: max(1, n))
    positionCount = n
  }
  func discard() {
    kinds.deallocate()
    words.deallocate()
    caches.deallocate()
    exceptions.deallocate()
    positions.deallocate()
  }
  /// Gives `c` the body.
  func install(_ c: UnsafeMutablePointer<CodeObject>, hasDocstring: Bool) {
    c.pointee.constants = constants
    c.pointee.names = names
    c.pointee.variableNames = variableNames
    c.pointee.docstring = hasDocstring && constants.count > 0 ? constants.items[0] : .none
    c.pointee.instructions = words
    c.pointee.instructionCount = wordCount
    c.pointee.cacheCount = cacheCount
    c.pointee.caches = caches
    c.pointee.exceptions = UnsafeMutableRawPointer(exceptions)
    c.pointee.exceptionCount = exceptionCount
    c.pointee.positions = UnsafeMutableRawPointer(positions)
    c.pointee.positionCount = positionCount
    c.pointee.variableKinds = kinds
    c.pointee.variableCount = UInt16(variableCount)
    let special: CodeFlags = [.varArgs, .varKeywords, .generator, .coroutine, .asyncGenerator, .namespace]
    c.pointee.simple = CodeFlags(rawValue: c.pointee.flags).isDisjoint(with: special) && c.pointee.kwOnlyCount == 0 ? 1 : 0
    // The docstring may be young, and so may what the constants hold.
    remember(Value(UnsafeMutableRawPointer(c)))
    remember(constants)
  }
}

// MARK: code from bytes

/// The code of a file's outermost unit with its body; nil where the bytes are malformed.
public func makeCode(_ t: ThreadRef, _ file: CodeFile) -> Value? {
  var r = UnitReader(file, at: file.start)
  let code = unreadCode(t, &r, filename: nil)
  return !r.failed && r.at == file.end && damage(t, code) == nil ? code : nil
}

/// The interned string with number `i` of the reader's file.
private func string(_ t: ThreadRef, _ r: UnitReader, _ i: Int) -> Value {
  guard i >= 0, let known = r.file.known else { return intern(t, utf8: r.text(i)) }
  if known[i] != 0 { return Value(bits: known[i]) }
  // The program's own names: they stay.
  let v = intern(t, utf8: r.text(i))
  v.object.pointee.gc |= GCBit.immortal
  known[i] = v.bits
  return v
}

/// The code object of the unit at which the reader is, whose body `filled` reads; the reader is then behind it.
private func unreadCode(_ t: ThreadRef, _ r: inout UnitReader, filename: Value?) -> Value {
  let h = r.head()
  _ = r.bytes(h.bodyLength)
  if r.failed { return .none }
  let c = newCode(name: string(t, r, h.name), qualifiedName: string(t, r, h.qualifiedName), filename: filename ?? string(t, r, h.filename), firstLine: h.firstLine,
                  flags: h.flags, argCount: h.argCount, posOnlyArgCount: h.posOnlyArgCount, kwOnlyArgCount: h.kwOnlyArgCount, registerCount: h.registerCount)
  c.pointee.unread = UnsafeRawPointer(Unmanaged.passRetained(r.file).toOpaque())
  c.pointee.unreadAt = h.start
  return Value(UnsafeMutableRawPointer(c))
}

/// The code object with its body, which is read now if it was not; nil with an exception where that is malformed.
@inlinable @inline(__always)
public func filled(_ t: ThreadRef, _ code: Value) -> UnsafeMutablePointer<CodeObject>? {
  code.code.pointee.unread == nil || readBody(t, code) ? code.code : nil
}

@inline(never) @usableFromInline
func readBody(_ t: ThreadRef, _ code: Value) -> Bool {
  guard let why = damage(t, code) else { return true }
  _ = t.raise(.SystemError, "the bytecode of \(swiftString(code.code.pointee.qualifiedName)) is damaged: \(why)")
  return false
}

/// Reads the body of a code object; why it is malformed, or nil.
private func damage(_ t: ThreadRef, _ code: Value) -> String? {
  let c = code.code, file = Unmanaged<CodeFile>.fromOpaque(c.pointee.unread.unsafelyUnwrapped)
  var r = UnitReader(file.takeUnretainedValue(), at: c.pointee.unreadAt)
  let h = r.head()
  // Its functions bear the name of the file that it bears itself, whatever they were compiled as.
  let own = string(t, r, h.filename), filename = own == c.pointee.filename ? nil : c.pointee.filename
  let body = readBody(t, &r, h, filename)
  if r.failed { body.discard(); return "not a unit" }
  if !r.file.isTrusted, let why = verify(view(c, body, h)) { body.discard(); return why }
  body.install(c, hasDocstring: h.hasDocstring)
  c.pointee.unread = nil
  file.release()
  return nil
}

private func docstring(_ t: ThreadRef, _ r: UnitReader, _ h: UnitHead) -> Value {
  makeStr(t, String(decoding: r.text(h.docstring), as: UTF8.self))
}

private func readBody(_ t: ThreadRef, _ r: inout UnitReader, _ h: UnitHead, _ filename: Value?) -> Body {
  // What sizes the body stands before and after the names, so they are gone over twice.
  let variables = r.count(2), atVariables = r.at
  for _ in 0..<variables { _ = r.string(); _ = r.byte() }
  let names = r.count(), atNames = r.at
  for _ in 0..<names { _ = r.string() }
  let words = r.count(4), atWords = r.at
  _ = r.bytes(4 * words)
  let exceptions = r.count(4)
  if r.failed || variables > h.registerCount { r.fail() }
  var b = r.failed ? Body(cacheCount: 0, variables: 0, names: 0, words: 0, exceptions: 0)
    : Body(cacheCount: h.cacheCount, variables: variables, names: names, words: words, exceptions: exceptions)
  if r.failed { return b }
  for i in 0..<exceptions {
    b.exceptions[i] = ExceptionRange(start: UInt32(r.number()), end: UInt32(r.number()), handler: UInt32(r.number()), register: UInt32(r.number()))
  }
  let behind = r.at
  r.at = atVariables
  for i in 0..<variables {
    b.variableNames.items[i] = string(t, r, r.string())
    b.kinds[i] = r.byte()
    if b.kinds[i] > Variable.Kind.hidden.rawValue { r.fail() }
  }
  if r.failed { return b }
  r.at = atNames
  for i in 0..<names { b.names.items[i] = string(t, r, r.string()) }
  r.at = atWords
  let raw = UnsafeRawPointer(r.bytes(4 * words).baseAddress.unsafelyUnwrapped)
  for i in 0..<words { b.words[i] = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)) }
  r.at = behind
  let positions = r.count(5)
  b.allocate(positions: positions)
  var start = 0, line = 0
  for i in 0..<positions {
    start &+= r.number()
    line &+= r.signed()
    let end = line &+ r.signed(), column = r.number() - 1, endColumn = r.number() - 1
    if start >> 32 != 0 || Int(Int32(truncatingIfNeeded: line)) != line || Int(Int32(truncatingIfNeeded: end)) != end { r.fail() }
    b.positions[i] = PackedPosition(start: UInt32(truncatingIfNeeded: start), line: Int32(truncatingIfNeeded: line), endLine: Int32(truncatingIfNeeded: end),
                                    column: Int32(truncatingIfNeeded: column), endColumn: Int32(truncatingIfNeeded: endColumn))
  }
  let constants = r.count()
  b.constants = oldTuple(count: constants)
  for i in 0..<constants {
    if i == 0 && h.docstring >= 0 {
      if r.byte() != ConstantTag.docstring.rawValue { r.fail() }
      b.constants.items[0] = docstring(t, r, h)
    } else {
      b.constants.items[i] = constant(t, &r, 0, filename)
    }
  }
  return b
}

private func constant(_ t: ThreadRef, _ r: inout UnitReader, _ depth: Int, _ filename: Value?) -> Value {
  guard depth < 500, let tag = ConstantTag(rawValue: r.byte()), !r.failed else { r.fail(); return .none }
  switch tag {
  case .none: return .none
  case .yes: return .true
  case .no: return .false
  case .ellipsis: return weft_vm.ellipsis
  case .int: return makeInt(t, r.signed())
  case .bigInt: return parseInt(t, digits: Array(r.text(r.string())), base: 10) ?? .fixnum(0)
  case .float: return makeFloat(t, Double(bitPattern: r.fixed64()))
  case .complex:
    let x = Double(bitPattern: r.fixed64())
    return makeComplex(t, x, Double(bitPattern: r.fixed64()))
  case .ascii:
    let b = r.bytes(r.count())
    // Names and short texts that look like identifiers are interned, as in CPython.
    if b.count <= 64 && b.allSatisfy(isIdentifierByte) { return intern(t, utf8: b) }
    return makeStr(t, ascii: b)
  case .text:
    let n = r.count()
    var s: [UInt32] = []
    s.reserveCapacity(n)
    for _ in 0..<n { s.append(UInt32(r.number(below: 0x110000))) }
    return makeStr(t, scalars: s)
  case .bytes: return makeBytes(t, UnsafeRawBufferPointer(r.bytes(r.count())))
  case .tuple:
    let v = makeTuple(t, count: r.count())
    for i in 0..<v.count { v.items[i] = constant(t, &r, depth + 1, filename) }
    return v
  case .frozenSet:
    let s = makeSet(t, .frozenset)
    for _ in 0..<r.count() {
      let v = constant(t, &r, depth + 1, filename)
      if let h = nativeHash(v), find(s, v, h) == Probe.missing { insertNew(t, s, v, h, .none) }
    }
    return s
  case .code: return unreadCode(t, &r, filename: filename)
  case .docstring:
    r.fail()
    return .none
  }
}

/// What `verify` looks at.
private func view(_ c: UnsafeMutablePointer<CodeObject>, _ b: Body, _ h: UnitHead) -> CodeView {
  var v = CodeView(words: UnsafeBufferPointer(start: b.words, count: b.wordCount), kinds: UnsafeBufferPointer(start: b.kinds, count: b.variableCount),
                   exceptions: UnsafeBufferPointer(start: b.exceptions, count: b.exceptionCount), positionCount: b.positionCount,
                   position: { b.positions[$0].start }, constantCount: b.constants.count) { i in
    let k = b.constants.items[i]
    if k.isExact(.code) { return .code }
    guard k.isExact(.tuple) else { return .other }
    for j in 0..<k.count where !k.items[j].isExact(.str) { return .other }
    return .names(k.count)
  }
  v.argCount = h.argCount; v.posOnlyArgCount = h.posOnlyArgCount; v.kwOnlyArgCount = h.kwOnlyArgCount
  v.registerCount = h.registerCount; v.cacheCount = h.cacheCount; v.nameCount = b.names.count
  v.flags = h.flags; v.hasDocstring = h.hasDocstring
  return v
}

/// Puts a freshly made old object on the remembered set: its fields may be young.
func remember(_ v: Value) {
  if v.object.pointee.gc & GCBit.remembered == 0 { writeBarrier(v.object) }
}

/// A tuple in the old space, so that its address is fixed.
public func oldTuple(_ t: ThreadRef, _ a: [Value]) -> Value {
  let v = oldTuple(count: a.count)
  for i in 0..<a.count { v.items[i] = a[i] }
  writeBarrier(v.object)
  return v
}
/// The same with None for items, which the caller replaces; by young ones with a write barrier.
private func oldTuple(count n: Int) -> Value {
  let p = allocateOld(shape: BuiltinType.tuple.shape, bytes: 16 + n * 8)
  p.assumingMemoryBound(to: ValuesObject.self).pointee.count = n
  let v = Value(p)
  for i in 0..<n { v.items[i] = .none }
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
  let code = f.field(FunctionField.code)
  if let file = code.code.pointee.unread {
    // It stands in the head.
    var r = UnitReader(Unmanaged<CodeFile>.fromOpaque(file).takeUnretainedValue(), at: code.code.pointee.unreadAt)
    let h = r.head()
    if h.docstring >= 0 || !h.hasDocstring {
      let doc = h.hasDocstring ? docstring(t, r, h) : .none
      setField(f, FunctionField.doc, doc)
      return doc
    }
  }
  guard let c = filled(t, code) else { return .empty }
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
