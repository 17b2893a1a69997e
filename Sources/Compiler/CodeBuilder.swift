// Instruction words with their labels, positions, exception ranges and pools: the mechanical half of code generation.
//
// Law: code that cannot be reached is never emitted. After a jump, return or raise everything is dropped until a label is
// placed that something emitted refers to.

import Bytecode
import Syntax

/// Which variables are bound on every path to a point. Registers from 4096 on count as never bound.
struct BoundSet {
  private(set) var words: [UInt64]
  static let limit = 4096
  init(count: Int) { words = Array(repeating: 0, count: (min(count, BoundSet.limit) + 63) / 64) }
  func contains(_ i: Int) -> Bool { i >> 6 < words.count && words[i >> 6] >> UInt64(i & 63) & 1 != 0 }
  mutating func insert(_ i: Int) { if i >> 6 < words.count { words[i >> 6] |= 1 << UInt64(i & 63) } }
  mutating func remove(_ i: Int) { if i >> 6 < words.count { words[i >> 6] &= ~(1 << UInt64(i & 63)) } }
  mutating func formIntersection(_ o: BoundSet) { for i in 0..<words.count { words[i] &= o.words[i] } }
  mutating func subtract(_ o: BoundSet) { for i in 0..<min(words.count, o.words.count) { words[i] &= ~o.words[i] } }
}

struct Label { let id: Int }

/// A constant as a key that tells 1, 1.0, True and -0.0 apart.
struct ConstantKey: Hashable {
  let constant: CodeConstant
  static func == (l: ConstantKey, r: ConstantKey) -> Bool { l.constant == r.constant }
  func hash(into h: inout Hasher) { ConstantKey.hash(constant, &h) }
  private static func hash(_ c: CodeConstant, _ h: inout Hasher) {
    switch c {
    case .none: h.combine(0)
    case .true: h.combine(1)
    case .false: h.combine(2)
    case .ellipsis: h.combine(3)
    case .int(let i): h.combine(4); h.combine(i)
    case .bigInt(let s): h.combine(5); h.combine(s)
    case .float(let d): h.combine(6); h.combine(d.bitPattern)
    case .complex(let r, let i): h.combine(7); h.combine(r.bitPattern); h.combine(i.bitPattern)
    case .str(let t): h.combine(8); t.withUnsafeBytes { h.combine(bytes: $0) }
    case .bytes(let b): h.combine(9); b.withUnsafeBytes { h.combine(bytes: $0) }
    case .tuple(let t): h.combine(10); h.combine(t.count); for x in t { hash(x, &h) }
    case .frozenSet(let t): h.combine(11); h.combine(t.count); for x in t { hash(x, &h) }
    case .code(let u): h.combine(ObjectIdentifier(u))
    }
  }
}

final class CodeBuilder {
  private(set) var words: [UInt32] = []
  private(set) var reachable = true
  var bound: BoundSet
  /// The source range of what is emitted; line -1 for none.
  var location = CodeBuilder.nowhere
  /// The exception handler that covers what is emitted: an index into `handlers`, or -1.
  var handler = -1
  private(set) var constants: [CodeConstant] = []
  private(set) var names: [String] = []
  private(set) var cacheCount = 0
  private var constantIndex: [ConstantKey: Int] = [:]
  private var nameIndex: [String: Int] = [:]
  private var positions: [PositionEntry] = []
  /// The range of the newest instruction.
  private(set) var lastLocation = CodeBuilder.unset
  /// The newest range that is one.
  private(set) var lastRealLocation = CodeBuilder.nowhere
  /// Whether control reached the newest label's place from above.
  private var fellThrough = true
  private var labelPlace: [Int32] = []
  private var labelUsed: [Bool] = []
  private var labelBound: [BoundSet?] = []
  private var fixups: [(word: Int32, label: Int32)] = []
  private var handlers: [(label: Label, register: Int)] = []
  private var segments: [(start: Int, handler: Int)] = []
  private var overflow = false
  /// The newest JMP belongs to a test; the highest word that a label was placed at.
  private var lastJumpIsTest = false, lastPlace = -1
  private let forceWide: Bool

  private static let unset = SourceRange(line: -2, column: -1, endLine: -2, endColumn: -1)
  static let nowhere = SourceRange(line: -1, column: -1, endLine: -1, endColumn: -1)

  init(boundCount: Int, forceWide: Bool) {
    bound = BoundSet(count: boundCount)
    self.forceWide = forceWide
  }

  // MARK: Pools

  /// The pools do not grow by code that is dropped.
  func constant(_ c: CodeConstant) -> Int {
    if !reachable { return 0 }
    if case .code = c {
      constants.append(c)
      return constants.count - 1
    }
    let key = ConstantKey(constant: c)
    if let i = constantIndex[key] { return i }
    constantIndex[key] = constants.count
    constants.append(c)
    return constants.count - 1
  }

  /// Puts the docstring where it belongs: constant 0.
  func reserveDocstring(_ c: CodeConstant) {
    if constantIndex[ConstantKey(constant: c)] == nil { constantIndex[ConstantKey(constant: c)] = constants.count }
    constants.append(c)
  }

  func name(_ n: String) -> Int {
    if !reachable { return 0 }
    if let i = nameIndex[n] { return i }
    nameIndex[n] = names.count
    names.append(n)
    return names.count - 1
  }

  // MARK: Emission

  func emit(_ op: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, extra: UInt32 = 0) {
    if !reachable { return }
    note()
    let info = Opcode.table[Int(op.rawValue)]
    var i = Instruction(op, a, b, c, extra: extra)
    if info.extra == .cache {
      i.extra = UInt32(cacheCount)
      cacheCount += 1
    }
    let dIsB = info.format == .aD || info.format == .asD
    if a > 0xffff || !dIsB && b > 0xffff || c > 0xffff { overflow = true }
    i.encode(into: &words, forceWide: forceWide)
    switch op {
    case .ret, .raise, .reraise: reachable = false
    default: break
    }
  }

  private func note() {
    let l = location
    if l.line >= 0 { lastRealLocation = l }
    // What has no position of its own shares that of what runs before it.
    if l.line == -1, lastPlace < words.count, lastLocation.line != -2 {
    } else if l.line != lastLocation.line || l.column != lastLocation.column || l.endColumn != lastLocation.endColumn
      || l.endLine != lastLocation.endLine {
      lastLocation = l
      positions.append(PositionEntry(start: UInt32(words.count), line: l.line, endLine: l.endLine, column: l.column, endColumn: l.endColumn))
    }
    if segments.isEmpty ? handler != -1 : segments[segments.count - 1].handler != handler {
      segments.append((words.count, handler))
    }
  }

  /// The line of the last emitted instruction.
  var lastLine: Int32 { lastLocation.line }
  var wordCount: Int { words.count }

  // MARK: Labels

  func label() -> Label {
    labelPlace.append(-1)
    labelUsed.append(false)
    labelBound.append(nil)
    return Label(id: labelPlace.count - 1)
  }

  private func merge(_ l: Label) {
    labelUsed[l.id] = true
    if labelBound[l.id] == nil { labelBound[l.id] = bound } else { labelBound[l.id]!.formIntersection(bound) }
  }

  /// An unconditional jump: forwards JMP, backwards LOOP.
  func jump(_ l: Label) {
    if !reachable { return }
    note()
    if labelPlace[l.id] >= 0 {
      let offset = Int(labelPlace[l.id]) - (words.count + 1)
      if offset < -(1 << 23) { overflow = true }
      Instruction(.loop, offset).encode(into: &words)
    } else {
      merge(l)
      fixups.append((Int32(words.count), Int32(l.id)))
      words.append(UInt32(Opcode.jmp.rawValue))
      lastJumpIsTest = false
    }
    reachable = false
  }

  /// A test row with the JMP word that is its second half; the label must lie ahead.
  func test(_ op: Opcode, _ a: Int, _ b: Int, _ c: Int, _ l: Label) {
    if !reachable { return }
    precondition(labelPlace[l.id] < 0, "a test jumps forwards")
    emit(op, a, b, c)
    jump(l)
    lastJumpIsTest = true
    reachable = true
  }

  /// Something emitted refers to `l`.
  func isUsed(_ l: Label) -> Bool { labelUsed[l.id] }

  /// Placed at the head of a loop: jumps to it come from below.
  func placeLoopHead(_ l: Label, minus deleted: BoundSet) {
    bound.subtract(deleted)
    lastPlace = words.count
    labelPlace[l.id] = Int32(words.count)
  }

  /// A jump to the very next word is taken back, unless a label or a test needs the word.
  private func dropJump(to l: Label) {
    guard let f = fixups.last, Int(f.label) == l.id, Int(f.word) == words.count - 1, !reachable, !lastJumpIsTest,
          lastPlace < words.count else { return }
    fixups.removeLast()
    words.removeLast()
    while let p = positions.last, p.start >= words.count {
      positions.removeLast()
      lastLocation = CodeBuilder.unset
    }
    if let p = positions.last {
      lastLocation = SourceRange(line: p.line, column: p.column, endLine: p.endLine, endColumn: p.endColumn)
    }
  }

  func place(_ l: Label) {
    dropJump(to: l)
    if lastPlace != words.count { fellThrough = reachable }
    lastPlace = words.count
    labelPlace[l.id] = Int32(words.count)
    if labelUsed[l.id], let b = labelBound[l.id] {
      if reachable { bound.formIntersection(b) } else { bound = b; reachable = true }
      labelBound[l.id] = nil
    }
  }

  /// Drops what follows, up to the next label in use.
  func stop() { reachable = false }

  /// The end of a body: returns None, attributed to whatever jumps there or falls through.
  func implicitReturn(_ register: Int) {
    if !reachable { return }
    let end = words.count, none = constant(.none)
    var groups: [(range: SourceRange, fixups: [Int])] = []
    if lastPlace == end {
      for (i, f) in fixups.enumerated() where labelPlace[Int(f.label)] == Int32(end) {
        let r = range(at: Int(f.word))
        if let g = groups.firstIndex(where: { $0.range == r }) ?? (groups.count >= 16 ? 15 : nil) {
          groups[g].fixups.append(i)
        } else {
          groups.append((r, [i]))
        }
      }
    }
    if groups.isEmpty || fellThrough {
      if lastRealLocation.line >= 0 { location = lastRealLocation }
      emit(.loadK, register, none)
      emit(.ret, register)
    }
    for g in groups {
      reachable = true
      location = g.range
      let l = label()
      labelPlace[l.id] = Int32(words.count)
      for i in g.fixups { fixups[i].label = Int32(l.id) }
      emit(.loadK, register, none)
      emit(.ret, register)
    }
  }

  private func range(at word: Int) -> SourceRange {
    var low = 0, high = positions.count
    while low < high {
      let mid = (low + high) / 2
      if Int(positions[mid].start) <= word { low = mid + 1 } else { high = mid }
    }
    if low == 0 { return CodeBuilder.nowhere }
    let p = positions[low - 1]
    return SourceRange(line: p.line, column: p.column, endLine: p.endLine, endColumn: p.endColumn)
  }

  // MARK: Exceptions

  /// A handler for code to come; `state` holds what is bound wherever it can be entered.
  func newHandler(_ l: Label, register: Int, deleted: BoundSet) -> Int {
    handlers.append((l, register))
    if reachable {
      let saved = bound
      bound.subtract(deleted)
      merge(l)
      bound = saved
    }
    return handlers.count - 1
  }

  func setRegister(ofHandler h: Int, _ r: Int) { handlers[h].register = r }

  // MARK: Completion

  /// Why the unit cannot be encoded; nil when it can.
  var limit: String? { overflow || words.count > Int(Int32.max) ? "code unit too large" : nil }

  func finish(into unit: CodeUnit) {
    for f in fixups {
      let offset = Int(labelPlace[Int(f.label)]) - (Int(f.word) + 1)
      if offset >= 1 << 23 { overflow = true }
      words[Int(f.word)] = UInt32(Opcode.jmp.rawValue) | UInt32(truncatingIfNeeded: offset << 8)
    }
    for (i, s) in segments.enumerated() where s.handler >= 0 {
      let end = i + 1 < segments.count ? segments[i + 1].start : words.count
      if end > s.start {
        let h = handlers[s.handler]
        unit.exceptions.append(ExceptionRange(start: UInt32(s.start), end: UInt32(end), handler: UInt32(labelPlace[h.label.id]),
                                              register: UInt32(h.register)))
      }
    }
    unit.instructions = words
    unit.positions = positions
    unit.constants = constants
    unit.names = names
    unit.cacheCount = cacheCount
  }
}
