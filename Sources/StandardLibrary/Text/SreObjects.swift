// `_sre`: Pattern, Match and Scanner objects around the matcher.

import Builtins
import Glibc
import Heap
import Objects
import Support

enum PatternField {
  /// isBytes: 1 bytes, 0 str, -1 either. code: a bytes object of 32-bit words.
  static let pattern = 0, flags = 1, groups = 2, groupIndex = 3, indexGroup = 4, code = 5, isBytes = 6, count = 7
}
enum MatchField {
  /// bounds: a tuple of 2 * (groups + 1) positions, -1 for groups that did not take part.
  static let string = 0, pattern = 1, bounds = 2, pos = 3, endpos = 4, lastIndex = 5, count = 6
}
enum ScannerField { static let pattern = 0, string = 1, start = 2, pos = 3, endpos = 4, mustAdvance = 5, view = 6, count = 7 }

nonisolated(unsafe) var patternType = Value.empty
nonisolated(unsafe) var matchType = Value.empty
nonisolated(unsafe) var scannerType = Value.empty
nonisolated(unsafe) var finderType = Value.empty

/// What is done with a matcher, whatever the width of the text.
protocol SreTask { mutating func run<C: FixedWidthInteger & UnsignedInteger>(_ m: inout SreMatcher<C>) }

/// Length of a text that patterns accept; nil with TypeError set where `string` is none for this pattern.
func sreLength(_ t: ThreadRef, _ pattern: Value, _ string: Value) -> Int? {
  let kind = pattern.field(PatternField.isBytes).fixnum
  if string.isObject && string.isStr {
    if kind == 1 { t.typeError("cannot use a bytes pattern on a string-like object"); return nil }
    return string.strCount
  }
  guard let b = bufferView(string) else {
    t.typeError("expected string or bytes-like object, got '\(typeName(string))'")
    return nil
  }
  if kind == 0 { t.typeError("cannot use a string pattern on a bytes-like object"); return nil }
  return b.count
}

/// Runs a task on string[:endpos].
func sreRun<T: SreTask>(_ pattern: Value, _ string: Value, _ endpos: Int, _ task: inout T) {
  let code = UnsafeRawPointer(pattern.field(PatternField.code).bytesData).assumingMemoryBound(to: UInt32.self)
  let groups = pattern.field(PatternField.groups).fixnum
  func go<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafePointer<C>) {
    var m = SreMatcher(code: code, text: p, end: endpos, groups: groups)
    task.run(&m)
    m.finish()
  }
  if string.isStr {
    switch string.strWidth {
    case 1: go(UnsafePointer(string.strData.assumingMemoryBound(to: UInt8.self)))
    case 2: go(UnsafePointer(string.strData.assumingMemoryBound(to: UInt16.self)))
    default: go(UnsafePointer(string.strData.assumingMemoryBound(to: UInt32.self)))
    }
  } else if let b = bufferView(string) {
    go(UnsafePointer(b.base))
  }
}

/// string[a:b] as the pattern's methods give it.
func sreSlice(_ t: ThreadRef, _ string: Value, _ a: Int, _ b: Int) -> Value {
  if string.isStr { return textSlice(t, string, a, b) }
  guard let v = bufferView(string) else { return weft_vm.emptyBytes }
  let to = min(b, v.count), from = min(a, to)
  if string.isExact(.bytes) && from == 0 && to == v.count { return string }
  return makeBytes(t, UnsafeRawBufferPointer(start: v.base + from, count: to - from))
}

/// Bounds of all groups after a match.
func sreBounds<C>(_ t: ThreadRef, _ m: SreMatcher<C>) -> Value {
  let r = makeTuple(t, count: 2 * (m.groups + 1))
  r.items[0] = .fixnum(m.start)
  r.items[1] = .fixnum(m.position)
  for g in 0..<m.groups {
    let a = m.marks[2 * g], b = m.marks[2 * g + 1]
    let set = a >= 0 && b >= a && Int32(2 * g + 1) <= m.lastMark
    r.items[2 * g + 2] = .fixnum(set ? a : -1)
    r.items[2 * g + 3] = .fixnum(set ? b : -1)
  }
  return r
}

enum SreMode { case match, fullmatch, search }

/// One attempt: bounds of the match, or empty.
struct SreAttempt: SreTask {
  let t: ThreadRef
  let mode: SreMode
  let from: Int
  var mustAdvance = false
  var bounds = Value.empty
  var lastIndex = 0
  mutating func run<C>(_ m: inout SreMatcher<C>) {
    m.mustAdvance = mustAdvance
    m.matchAll = mode == .fullmatch
    if mode == .search ? m.search(from: from) : m.match(at: from) {
      bounds = sreBounds(t, m)
      lastIndex = Int(m.lastIndex)
    }
  }
}

func makeMatch(_ t: ThreadRef, _ pattern: Value, _ string: Value, _ a: SreAttempt, _ pos: Int, _ endpos: Int) -> Value {
  if a.bounds.isEmpty { return .none }
  let m = makeInstance(t, matchType)
  m.fields[MatchField.string] = string
  m.fields[MatchField.pattern] = pattern
  m.fields[MatchField.bounds] = a.bounds
  m.fields[MatchField.pos] = .fixnum(pos)
  m.fields[MatchField.endpos] = .fixnum(endpos)
  m.fields[MatchField.lastIndex] = .fixnum(a.lastIndex)
  return m
}

/// A clamped position argument; nil where __index__ has to be asked.
private func position(_ v: Value, _ missing: Int, _ length: Int) -> Int? {
  if v.isEmpty { return missing }
  guard v.isInt else { return nil }
  let i = v.asInt ?? (v.intSign < 0 ? 0 : length)
  return max(0, min(i, length))
}

/// match, fullmatch, search: (self, string, pos, endpos).
private func attempt(_ t: ThreadRef, _ mode: SreMode, _ a: Args, _ name: String) -> Value {
  for k in 2...3 where !a[k].isEmpty && a[k].isInt && a[k].asInt == nil { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
  guard let length = sreLength(t, a[0], a[1]) else { return .empty }
  guard let pos = position(a[2], 0, length), let given = position(a[3], length, length) else { return convertPositions(t, a, name) }
  let endpos = max(given, 0)
  var task = SreAttempt(t: t, mode: mode, from: pos)
  if pos <= endpos { sreRun(a[0], a[1], endpos, &task) }
  return makeMatch(t, a[0], a[1], task, pos, endpos)
}
private func convertPositions(_ t: ThreadRef, _ a: Args, _ name: String) -> Value {
  for k in 2...3 where !a[k].isEmpty && !a[k].isInt && lookup(a[k].type, Name.__index__.value).isEmpty {
    return t.typeError("'\(typeName(a[k]))' object cannot be interpreted as an integer")
  }
  return callApp(t, named: "sre_with_positions", a[0], intern(t, name), a[1], a[2].isEmpty ? .fixnum(0) : a[2], a[3].isEmpty ? .fixnum(Int.max >> 1) : a[3])
}

// MARK: all matches in turn

/// Walks all non-overlapping matches; `each` gives start and end and returns false to stop.
struct SreWalk: SreTask {
  let from: Int
  var limit = 0
  /// split() does not look at a match that is empty and touches the last one.
  var each: (Int, Int, UnsafeMutablePointer<Int>, Int32) -> Void
  var count = 0
  var position = 0
  init(from: Int, limit: Int = 0, each: @escaping (Int, Int, UnsafeMutablePointer<Int>, Int32) -> Void) {
    self.from = from; self.limit = limit; self.each = each
  }
  mutating func run<C>(_ m: inout SreMatcher<C>) {
    var p = from
    m.mustAdvance = false
    while (limit == 0 || count < limit) && p <= m.end {
      m.reset()
      if !m.search(from: p) { break }
      each(m.start, m.position, m.marks, m.lastMark)
      count += 1
      m.mustAdvance = m.start == m.position
      p = m.position
    }
    position = p
  }
}

private func groupText(_ t: ThreadRef, _ string: Value, _ marks: UnsafeMutablePointer<Int>, _ lastMark: Int32, _ g: Int, _ missing: Value) -> Value {
  let a = marks[2 * g], b = marks[2 * g + 1]
  return a >= 0 && b >= a && Int32(2 * g + 1) <= lastMark ? sreSlice(t, string, a, b) : missing
}

private func findall(_ t: ThreadRef, _ a: Args) -> Value {
  guard let length = sreLength(t, a[0], a[1]) else { return .empty }
  guard let pos = position(a[2], 0, length), let endpos = position(a[3], length, length) else { return convertPositions(t, a, "findall") }
  let l = makeList(t)
  let groups = a[0].field(PatternField.groups).fixnum, string = a[1]
  let blank = string.isStr ? weft_vm.emptyStr : weft_vm.emptyBytes
  var walk = SreWalk(from: pos) { from, to, marks, last in
    switch groups {
    case 0: listAppend(t, l, sreSlice(t, string, from, to))
    case 1: listAppend(t, l, groupText(t, string, marks, last, 0, blank))
    default:
      let v = makeTuple(t, count: groups)
      for g in 0..<groups { v.items[g] = groupText(t, string, marks, last, g, blank) }
      listAppend(t, l, v)
    }
  }
  if pos <= endpos { sreRun(a[0], string, endpos, &walk) }
  return l
}

private func split(_ t: ThreadRef, _ a: Args) -> Value {
  guard let length = sreLength(t, a[0], a[1]) else { return .empty }
  var limit = 0
  if !a[2].isEmpty {
    guard a[2].isInt else { return callApp(t, named: "sre_with_count", a[0], intern(t, "split"), a[1], a[2]) }
    limit = a[2].asInt ?? (a[2].intSign < 0 ? -1 : 0)
  }
  let l = makeList(t), string = a[1]
  let groups = a[0].field(PatternField.groups).fixnum
  var last = 0
  var walk = SreWalk(from: 0, limit: max(limit, 0)) { from, to, marks, lastMark in
    listAppend(t, l, sreSlice(t, string, last, from))
    for g in 0..<groups { listAppend(t, l, groupText(t, string, marks, lastMark, g, .none)) }
    last = to
  }
  if limit >= 0 { sreRun(a[0], string, length, &walk) }
  listAppend(t, l, sreSlice(t, string, last, length))
  return l
}

/// Joins pieces that are all str or all bytes-like.
private func join(_ t: ThreadRef, _ string: Value, _ pieces: Value) -> Value {
  let n = pieces.listCount
  if string.isStr { return n == 0 ? weft_vm.emptyStr : concatenate(t, pieces.listItems, n) }
  var total = 0
  for i in 0..<n { total += bufferView(pieces.listItems[i])?.count ?? 0 }
  let r = makeBytes(t, count: total)
  var at = 0
  for i in 0..<n {
    guard let b = bufferView(pieces.listItems[i]) else { continue }
    memcpy(r.bytesData + at, b.base, b.count)
    at += b.count
  }
  return r
}

/// Replaces matches by a literal or an expanded template: (result, number of replacements).
private func substitute(_ t: ThreadRef, _ pattern: Value, _ string: Value, _ count: Int, _ length: Int,
                        _ piece: (Value, Int, Int, UnsafeMutablePointer<Int>, Int32) -> Void) -> Value {
  let l = makeList(t)
  var last = 0
  let n: Int = withoutActuallyEscaping(piece) { piece in
    var walk = SreWalk(from: 0, limit: count) { from, to, marks, lastMark in
      if from > last { listAppend(t, l, sreSlice(t, string, last, from)) }
      piece(l, from, to, marks, lastMark)
      last = to
    }
    sreRun(pattern, string, length, &walk)
    return walk.count
  }
  if n == 0 && (string.isExact(.str) || string.isExact(.bytes)) { return pair(t, string, .fixnum(0)) }
  if last < length { listAppend(t, l, sreSlice(t, string, last, length)) }
  return pair(t, join(t, string, l), .fixnum(n))
}

// MARK: natives

/// Installs what app-level code of this area calls; the types are made once, with the virtual machine.
func installSre(_ t: ThreadRef) {
  func make(_ name: String, _ fields: Int, _ module: String) -> Value {
    let v = defineType(t, name, module: module, fields: fields, base: BuiltinType.object.object, subclassable: false)
    v.object.pointee.gc |= GCBit.immortal
    setString(t, appNamespace, intern(t, "sre_" + name), v)
    return v
  }
  patternType = make("Pattern", PatternField.count, "re")
  matchType = make("Match", MatchField.count, "re")
  scannerType = make("SRE_Scanner", ScannerField.count, "_sre")
  finderType = make("callable_iterator", ScannerField.count, "builtins")

  let p = TypeDefinition(t, patternType)
  p.method("match", "(self, /, string, pos=0, endpos=sys.maxsize)") { t, a, n in attempt(t, .match, a, "match") }
  p.method("fullmatch", "(self, /, string, pos=0, endpos=sys.maxsize)") { t, a, n in attempt(t, .fullmatch, a, "fullmatch") }
  p.method("search", "(self, /, string, pos=0, endpos=sys.maxsize)") { t, a, n in attempt(t, .search, a, "search") }
  p.method("findall", "(self, /, string, pos=0, endpos=sys.maxsize)") { t, a, n in findall(t, a) }
  p.method("split", "(self, /, string, maxsplit=0)") { t, a, n in split(t, a) }
  p.method("finditer", "(self, /, string, pos=0, endpos=sys.maxsize)") { t, a, n in scanner(t, finderType, a, "finditer") }
  p.method("scanner", "(self, /, string, pos=0, endpos=sys.maxsize)") { t, a, n in scanner(t, scannerType, a, "scanner") }
  p.member("pattern", field: PatternField.pattern)
  p.member("flags", field: PatternField.flags)
  p.member("groups", field: PatternField.groups)
  p.getset("groupindex", get: { t, a, n in
    let d = a[0].field(PatternField.groupIndex)
    let v = makeRecord(t, .mappingproxy, 1)
    v.fields[0] = d
    return v
  })
  p.method("__copy__", "(self, /)") { t, a, n in a[0] }
  p.method("__deepcopy__", "(self, memo, /)") { t, a, n in a[0] }
  p.method("__hash__", "(self, /)") { t, a, n in
    let code = a[0].field(PatternField.code)
    let h = Objects.hashBytes(UnsafeRawBufferPointer(start: code.bytesData, count: code.bytesCount))
    guard let k = nativeHash(a[0].field(PatternField.pattern)) else { return callApp(t, named: "sre_hash", a[0], .fixnum(h)) }
    return .fixnum(hashFixnum(h ^ k ^ a[0].field(PatternField.flags).fixnum))
  }
  p.method("__eq__", "(self, value, /)") { t, a, n in comparePatterns(t, a[0], a[1], true) }
  p.method("__ne__", "(self, value, /)") { t, a, n in comparePatterns(t, a[0], a[1], false) }
  installMatch(t)

  let s = TypeDefinition(t, scannerType)
  s.method("match", "(self, /)") { t, a, n in scan(t, a[0], .match) }
  s.method("search", "(self, /)") { t, a, n in scan(t, a[0], .search) }
  s.member("pattern", field: ScannerField.pattern)
  let f = TypeDefinition(t, finderType)
  f.method("__iter__", "(self, /)") { t, a, n in a[0] }
  f.method("__next__", "(self, /)") { t, a, n in
    let m = scan(t, a[0], .search)
    return m.isNone ? stopIteration(t, .none) : m
  }

  defineAppNative(t, "sre_is_pattern", "(x, /)") { t, a, n in .bool(a[0].isObject && a[0].type == patternType) }
  // Whether a replacement text holds no backslash.
  defineAppNative(t, "sre_is_literal", "(x, /)") { t, a, n in
    if a[0].isObject && a[0].isStr {
      for i in 0..<a[0].strCount where a[0].codePoint(i) == 92 { return .false }
      return .true
    }
    guard let b = bufferView(a[0]) else { return .false }
    return .bool(memchr(b.base, 92, b.count) == nil)
  }
  defineAppNative(t, "sre_check_string", "(pattern, string, /)") { t, a, n in sreLength(t, a[0], a[1]).map { .fixnum($0) } ?? .empty }
  defineAppNative(t, "sre_sub_literal", "(pattern, literal, string, count, /)") { t, a, n in
    guard let length = sreLength(t, a[0], a[2]) else { return .empty }
    let literal = a[1], string = a[2]
    if string.isStr && !literal.isStr { return t.typeError("sequence item 0: expected str instance, \(typeName(literal)) found") }
    if !string.isStr && bufferView(literal) == nil { return t.typeError("sequence item 0: expected a bytes-like object, \(typeName(literal)) found") }
    return substitute(t, a[0], string, a[3].fixnum, length) { l, _, _, _, _ in listAppend(t, l, literal) }
  }
  // groups: list of (index, group); literals: list of texts and None.
  defineAppNative(t, "sre_sub_template", "(pattern, groups, literals, string, count, /)") { t, a, n in
    guard let length = sreLength(t, a[0], a[3]) else { return .empty }
    let string = a[3], literals = a[2], groups = a[1]
    let blank = string.isStr ? weft_vm.emptyStr : weft_vm.emptyBytes
    let have = a[0].field(PatternField.groups).fixnum
    guard groups.isExact(.list), literals.isExact(.list) else { return t.typeError("bad template") }
    var which = [Int](repeating: -1, count: literals.listCount)
    for i in 0..<groups.listCount {
      let g = groups.listItems[i]
      guard g.isExact(.tuple), g.count == 2, let at = g.items[0].asInt, let k = g.items[1].asInt, at >= 0, at < which.count, k >= 0, k <= have else {
        return t.raise(.IndexError, "no such group")
      }
      which[at] = k
    }
    return substitute(t, a[0], string, a[4].fixnum, length) { l, from, to, marks, last in
      for i in 0..<which.count {
        if which[i] == 0 { listAppend(t, l, sreSlice(t, string, from, to)) }
        else if which[i] > 0 { listAppend(t, l, groupText(t, string, marks, last, which[i] - 1, blank)) }
        else if !literals.listItems[i].isNone { listAppend(t, l, literals.listItems[i]) }
      }
    }
  }
  defineAppNative(t, "sre_slice", "(string, from, to, /)") { t, a, n in sreSlice(t, a[0], a[1].fixnum, a[2].fixnum) }
  defineAppNative(t, "sre_join", "(string, pieces, /)") { t, a, n in join(t, a[0], a[1]) }
  defineAppNative(t, "sre_scanner", "(pattern, string, /)") { t, a, n in
    let w = t.pointee.window!
    w[0] = a[0]; w[1] = a[1]; w[2] = .empty; w[3] = .empty
    return scanner(t, scannerType, w, "scanner")
  }
  defineAppNative(t, "sre_compile", "(pattern, flags, code, groups, groupindex, indexgroup, /)") { t, a, n in compilePattern(t, a) }
}

private func comparePatterns(_ t: ThreadRef, _ a: Value, _ b: Value, _ equal: Bool) -> Value {
  guard b.isObject, b.type == patternType else { return .notImplemented }
  if a == b { return .bool(equal) }
  let x = a.field(PatternField.code), y = b.field(PatternField.code)
  let same = a.field(PatternField.flags) == b.field(PatternField.flags) && a.field(PatternField.isBytes) == b.field(PatternField.isBytes)
    && x.bytesCount == y.bytesCount && memcmp(x.bytesData, y.bytesData, x.bytesCount) == 0
  if !same { return .bool(!equal) }
  let q = nativeEqual(a.field(PatternField.pattern), b.field(PatternField.pattern))
  if q >= 0 { return .bool((q == 1) == equal) }
  return compareOperation(t, equal ? .eq : .ne, a.field(PatternField.pattern), b.field(PatternField.pattern))
}

private func scanner(_ t: ThreadRef, _ type: Value, _ a: Args, _ name: String) -> Value {
  guard let length = sreLength(t, a[0], a[1]) else { return .empty }
  guard let pos = position(a[2], 0, length), let endpos = position(a[3], length, length) else { return convertPositions(t, a, name) }
  let s = makeInstance(t, type)
  s.fields[ScannerField.pattern] = a[0]
  s.fields[ScannerField.string] = a[1]
  s.fields[ScannerField.start] = .fixnum(pos)
  s.fields[ScannerField.pos] = .fixnum(pos)
  s.fields[ScannerField.endpos] = .fixnum(endpos)
  s.fields[ScannerField.mustAdvance] = .false
  // The text keeps its size as long as the scanner lives.
  if a[1].isObject && a[1].kind == .bytearray { s.fields[ScannerField.view] = makeMemoryview(t, a[1]) }
  return s
}

/// The scanner's next match or None.
private func scan(_ t: ThreadRef, _ s: Value, _ mode: SreMode) -> Value {
  let start = s.field(ScannerField.start)
  if start.isNone { return .none }
  let pattern = s.field(ScannerField.pattern), string = s.field(ScannerField.string), endpos = s.field(ScannerField.endpos).fixnum
  guard let length = sreLength(t, pattern, string) else { return .empty }
  let end = min(endpos, length)
  var task = SreAttempt(t: t, mode: mode, from: start.fixnum)
  task.mustAdvance = s.field(ScannerField.mustAdvance) == .true
  if start.fixnum <= end { sreRun(pattern, string, end, &task) }
  let m = makeMatch(t, pattern, string, task, s.field(ScannerField.pos).fixnum, endpos)
  if m.isNone {
    s.fields[ScannerField.start] = .none
    s.fields[ScannerField.view] = .empty
    return m
  }
  let from = task.bounds.items[0], to = task.bounds.items[1]
  s.fields[ScannerField.mustAdvance] = .bool(from == to)
  s.fields[ScannerField.start] = to
  return m
}

/// _sre.compile.
private func compilePattern(_ t: ThreadRef, _ a: Args) -> Value {
  guard let flags = a[1].asInt else { return t.typeError("'\(typeName(a[1]))' object cannot be interpreted as an integer") }
  guard a[2].isExact(.list) else { return t.typeError("compile() argument 'code' must be list, not \(typeName(a[2]))") }
  guard let groups = a[3].asInt else { return t.typeError("'\(typeName(a[3]))' object cannot be interpreted as an integer") }
  guard a[4].isKind(.dict) else { return t.typeError("compile() argument 'groupindex' must be dict, not \(typeName(a[4]))") }
  guard a[5].isKind(.tuple) else { return t.typeError("compile() argument 'indexgroup' must be tuple, not \(typeName(a[5]))") }
  let n = a[2].listCount
  let code = makeBytes(t, count: n * 4)
  let w = UnsafeMutableRawPointer(code.bytesData).assumingMemoryBound(to: UInt32.self)
  for i in 0..<n {
    if a[2].listItems[i].isInt && a[2].listItems[i].asInt == nil { return t.raise(.OverflowError, "regular expression code size limit exceeded") }
    guard let k = a[2].listItems[i].asInt else { return t.typeError("an integer is required") }
    guard let u = UInt32(exactly: k) else { return t.raise(.OverflowError, "regular expression code size limit exceeded") }
    w[i] = u
  }
  if !validateSre(UnsafeBufferPointer(start: w, count: n), groups: groups) { return t.raise(.RuntimeError, "invalid SRE code") }
  var kind = -1
  if !a[0].isNone {
    if a[0].isObject && a[0].isStr { kind = 0 } else if bufferView(a[0]) != nil { kind = 1 }
    else { return t.typeError("expected string or bytes-like object, got '\(typeName(a[0]))'") }
  }
  let p = makeInstance(t, patternType)
  p.fields[PatternField.pattern] = a[0]
  p.fields[PatternField.flags] = .fixnum(flags)
  p.fields[PatternField.groups] = .fixnum(groups)
  p.fields[PatternField.groupIndex] = a[4]
  p.fields[PatternField.indexGroup] = a[5]
  p.fields[PatternField.code] = code
  p.fields[PatternField.isBytes] = .fixnum(kind)
  return p
}

func makeSreModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_sre")
  m.set("MAGIC", int: 20220615)
  m.set("CODESIZE", int: 4)
  m.set("MAXREPEAT", int: 0xffff_ffff)
  m.set("MAXGROUPS", int: 0x3fff_ffff)
  m.set("copyright", makeStr(t, " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB "))
  m.function("compile", "(pattern, flags, code, groups, groupindex, indexgroup)") { t, a, n in compilePattern(t, a) }
  m.function("getcodesize", "()") { t, a, n in .fixnum(4) }
  m.function("ascii_iscased", "(character, /)") { t, a, n in
    guard let c = a[0].asInt else { return t.typeError("an integer is required") }
    return .bool(c >= 0 && c < 128 && isalpha(Int32(c)) != 0)
  }
  m.function("unicode_iscased", "(character, /)") { t, a, n in
    guard let c = a[0].asInt, c >= 0, c < 0x110000 else { return .false }
    let u = UInt32(c)
    return .bool(sreUnicodeLower(u) != u || sreUnicodeUpper(u) != u)
  }
  m.function("ascii_tolower", "(character, /)") { t, a, n in
    guard let c = a[0].asInt, c >= 0, c < 0x110000 else { return a[0] }
    return .fixnum(Int(sreAsciiLower(UInt32(c))))
  }
  m.function("unicode_tolower", "(character, /)") { t, a, n in
    guard let c = a[0].asInt, c >= 0, c < 0x110000 else { return a[0] }
    return .fixnum(Int(sreUnicodeLower(UInt32(c))))
  }
  return m.module
}
