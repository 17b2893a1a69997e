// The regular expression engine: a backtracking matcher over the code of CPython 3.11's re._compiler (MAGIC 20220615).
//
// Everything that would be native recursion is explicit: choice points (what to try when the current way fails), a trail
// that undoes group marks, immutable repeat contexts in an arena, and a stack of sub-matches (assertions, atomic groups).
// Law: the depth of the sub-match stack at any choice point is the number of barriers below it.

import Builtins
import Glibc
import Objects
import Support

enum SreOp {
  static let failure: UInt32 = 0, success: UInt32 = 1, any: UInt32 = 2, anyAll: UInt32 = 3, assert: UInt32 = 4, assertNot: UInt32 = 5
  static let at: UInt32 = 6, branch: UInt32 = 7, category: UInt32 = 8, charset: UInt32 = 9, bigCharset: UInt32 = 10, groupRef: UInt32 = 11
  static let groupRefExists: UInt32 = 12, in_: UInt32 = 13, info: UInt32 = 14, jump: UInt32 = 15, literal: UInt32 = 16, mark: UInt32 = 17
  static let maxUntil: UInt32 = 18, minUntil: UInt32 = 19, notLiteral: UInt32 = 20, negate: UInt32 = 21, range: UInt32 = 22
  static let repeat_: UInt32 = 23, repeatOne: UInt32 = 24, subpattern: UInt32 = 25, minRepeatOne: UInt32 = 26, atomicGroup: UInt32 = 27
  static let possessiveRepeat: UInt32 = 28, possessiveRepeatOne: UInt32 = 29, groupRefIgnore: UInt32 = 30, inIgnore: UInt32 = 31
  static let literalIgnore: UInt32 = 32, notLiteralIgnore: UInt32 = 33, groupRefLocIgnore: UInt32 = 34, inLocIgnore: UInt32 = 35
  static let literalLocIgnore: UInt32 = 36, notLiteralLocIgnore: UInt32 = 37, groupRefUniIgnore: UInt32 = 38, inUniIgnore: UInt32 = 39
  static let literalUniIgnore: UInt32 = 40, notLiteralUniIgnore: UInt32 = 41, rangeUniIgnore: UInt32 = 42
  static let maxRepeat = 0xffff_ffff
}

// MARK: characters

@inline(__always) func sreAsciiLower(_ c: UInt32) -> UInt32 { c &- 65 < 26 ? c + 32 : c }
@inline(__always) func sreUnicodeLower(_ c: UInt32) -> UInt32 { c < 128 ? sreAsciiLower(c) : simpleLower(c) }
/// As CPython: the first character of the full mapping.
func sreUnicodeUpper(_ c: UInt32) -> UInt32 { c < 128 ? (c &- 97 < 26 ? c - 32 : c) : fullMapping(c, .upper).first ?? c }
func sreLocaleLower(_ c: UInt32) -> UInt32 { c < 256 ? UInt32(truncatingIfNeeded: tolower(Int32(c))) : c }
func sreLocaleUpper(_ c: UInt32) -> UInt32 { c < 256 ? UInt32(truncatingIfNeeded: toupper(Int32(c))) : c }
@inline(__always) private func asciiWord(_ c: UInt32) -> Bool { c &- 97 < 26 || c &- 65 < 26 || c &- 48 < 10 || c == 95 }
@inline(__always) private func unicodeWord(_ c: UInt32) -> Bool { c < 128 ? asciiWord(c) : isAlphanumeric(c) }
private func localeWord(_ c: UInt32) -> Bool { c == 95 || c < 256 && isalnum(Int32(c)) != 0 }

@inline(__always) private func inCategory(_ code: UInt32, _ c: UInt32) -> Bool {
  switch code {
  case 0: return c &- 48 < 10
  case 1: return c &- 48 >= 10
  case 2: return isASCIISpace(c)
  case 3: return !isASCIISpace(c)
  case 4: return asciiWord(c)
  case 5: return !asciiWord(c)
  case 6: return c == 10
  case 7: return c != 10
  case 8: return localeWord(c)
  case 9: return !localeWord(c)
  case 10: return c < 128 ? c &- 48 < 10 : isDecimal(c)
  case 11: return !(c < 128 ? c &- 48 < 10 : isDecimal(c))
  case 12: return isSpace(c)
  case 13: return !isSpace(c)
  case 14: return unicodeWord(c)
  case 15: return !unicodeWord(c)
  case 16: return isLineBreak(c)
  case 17: return !isLineBreak(c)
  default: return false
  }
}

/// Whether `c` is in the set whose code starts at `p`.
private func inSet(_ start: UnsafePointer<UInt32>, _ c: UInt32) -> Bool {
  var p = start
  var ok = true
  while true {
    switch p[0] {
    case SreOp.failure: return !ok
    case SreOp.literal:
      if p[1] == c { return ok }
      p += 2
    case SreOp.category:
      if inCategory(p[1], c) { return ok }
      p += 2
    case SreOp.charset:
      if c < 256 && p[1 + Int(c >> 5)] & (1 << (c & 31)) != 0 { return ok }
      p += 9
    case SreOp.range:
      if p[1] <= c && c <= p[2] { return ok }
      p += 3
    case SreOp.rangeUniIgnore:
      if p[1] <= c && c <= p[2] { return ok }
      let u = sreUnicodeUpper(c)
      if p[1] <= u && u <= p[2] { return ok }
      p += 3
    case SreOp.negate:
      ok = !ok
      p += 1
    case SreOp.bigCharset:
      let blocks = Int(p[1])
      if c < 65536 {
        let block = Int(UnsafeRawPointer(p + 2).load(fromByteOffset: Int(c >> 8), as: UInt8.self))
        let bits = p + 66
        if bits[block * 8 + Int((c & 255) >> 5)] & (1 << (c & 31)) != 0 { return ok }
      }
      p += 66 + blocks * 8
    default: return false
    }
  }
}

// MARK: stacks, shared by all matches (natives do not nest)

enum ChoiceKind {
  static let plain: Int32 = 0, branch: Int32 = 1, repeatOne: Int32 = 2, minRepeatOne: Int32 = 3, barrier: Int32 = 4
}
struct Choice {
  var kind: Int32
  var pc: Int32
  var position: Int
  /// repeatOne: the least position; minRepeatOne: the count so far.
  var extra: Int
  var context: Int32
  var arena: Int32
  var trail: Int
  var lastIndex: Int32
  var lastMark: Int32
}
struct RepeatContext {
  var pc: Int32
  var previous: Int32
  var count: Int
  var last: Int
}
struct TrailEntry { var index: Int; var old: Int }
struct SubMatch {
  /// The opcode that started it.
  var op: UInt32
  /// Word of its skip.
  var pc: Int32
  var position: Int
  var choices: Int
  var context: Int32
  /// Iterations done (possessive repeats).
  var count: Int
}

struct SreStack<T> {
  var base: UnsafeMutablePointer<T>
  var count = 0
  var capacity: Int
  init(_ n: Int) { base = .allocate(capacity: n); capacity = n }
  @inline(__always) mutating func push(_ x: T) {
    if count == capacity { grow() }
    base[count] = x
    count &+= 1
  }
  @inline(never) mutating func grow() {
    let p = UnsafeMutablePointer<T>.allocate(capacity: capacity * 2)
    p.update(from: base, count: count)
    base.deallocate()
    base = p
    capacity *= 2
  }
  /// Gives back the memory of an extreme match.
  mutating func shrink() {
    count = 0
    if capacity > 1 << 16 { base.deallocate(); capacity = 1024; base = .allocate(capacity: capacity) }
  }
}

struct SreScratch {
  var choices = SreStack<Choice>(256)
  var arena = SreStack<RepeatContext>(64)
  var trail = SreStack<TrailEntry>(64)
  var subs = SreStack<SubMatch>(16)
  var marks = SreStack<Int>(64)
}
nonisolated(unsafe) private var sreScratch = SreScratch()

struct SreMatcher<C: FixedWidthInteger & UnsignedInteger> {
  let code: UnsafePointer<UInt32>
  let text: UnsafePointer<C>
  /// Units of the whole text that take part: [0, end).
  let end: Int
  let groups: Int
  /// Group bounds: 2 * groups positions, -1 unset.
  var marks: UnsafeMutablePointer<Int>
  var lastIndex: Int32 = -1
  /// Highest mark that was set.
  var lastMark: Int32 = -1
  var matchAll = false
  var mustAdvance = false
  /// Where the current attempt began and ended.
  var start = 0
  var position = 0

  var choices: SreStack<Choice>
  var arena: SreStack<RepeatContext>
  var trail: SreStack<TrailEntry>
  var subs: SreStack<SubMatch>

  init(code: UnsafePointer<UInt32>, text: UnsafePointer<C>, end: Int, groups: Int) {
    self.code = code; self.text = text; self.end = end; self.groups = groups
    choices = sreScratch.choices; arena = sreScratch.arena; trail = sreScratch.trail; subs = sreScratch.subs
    if sreScratch.marks.capacity < groups * 2 { sreScratch.marks = SreStack<Int>(groups * 2) }
    marks = sreScratch.marks.base
    for i in 0..<groups * 2 { marks[i] = -1 }
  }
  /// Gives the stacks back for the next match.
  mutating func finish() {
    choices.shrink(); arena.shrink(); trail.shrink(); subs.shrink()
    sreScratch.choices = choices; sreScratch.arena = arena; sreScratch.trail = trail; sreScratch.subs = subs
  }

  @inline(__always) func unit(_ i: Int) -> UInt32 { UInt32(truncatingIfNeeded: text[i]) }

  mutating func reset() {
    if lastMark >= 0 { for i in 0...Int(lastMark) { marks[i] = -1 } }
    lastIndex = -1; lastMark = -1
    choices.count = 0; arena.count = 0; trail.count = 0; subs.count = 0
  }

  @inline(__always) mutating func setMark(_ i: Int, _ p: Int) {
    if choices.count > 0 { trail.push(TrailEntry(index: i, old: marks[i])) }
    marks[i] = p
    if Int32(i) > lastMark { lastMark = Int32(i) }
  }
  @inline(__always) mutating func undo(to n: Int) {
    while trail.count > n {
      trail.count &-= 1
      let e = trail.base[trail.count]
      marks[e.index] = e.old
    }
  }
  @inline(__always) mutating func choose(_ kind: Int32, _ pc: Int, _ p: Int, _ context: Int32, extra: Int = 0) {
    choices.push(Choice(kind: kind, pc: Int32(truncatingIfNeeded: pc), position: p, extra: extra, context: context, arena: Int32(truncatingIfNeeded: arena.count),
                        trail: trail.count, lastIndex: lastIndex, lastMark: lastMark))
  }

  func isAt(_ what: UInt32, _ p: Int) -> Bool {
    switch what {
    case 0, 2: return p == 0
    case 1: return p == 0 || unit(p - 1) == 10
    case 5: return p == end || p + 1 == end && unit(p) == 10
    case 6: return p == end || unit(p) == 10
    case 7: return p == end
    case 3, 4, 8, 9, 10, 11:
      if end == 0 { return false }
      func word(_ i: Int) -> Bool {
        if i < 0 || i >= end { return false }
        switch what {
        case 3, 4: return asciiWord(unit(i))
        case 8, 9: return localeWord(unit(i))
        default: return unicodeWord(unit(i))
        }
      }
      let boundary = word(p - 1) != word(p)
      return what & 1 == (what < 8 ? 1 : 0) ? boundary : !boundary
    default: return false
    }
  }

  /// Whether the one-character operator at `pc` matches `c`.
  @inline(__always) func single(_ pc: Int, _ c: UInt32) -> Bool {
    switch code[pc] {
    case SreOp.literal: return c == code[pc + 1]
    case SreOp.notLiteral: return c != code[pc + 1]
    case SreOp.any: return c != 10
    case SreOp.anyAll: return true
    case SreOp.in_: return inSet(code + pc + 2, c)
    case SreOp.category: return inCategory(code[pc + 1], c)
    default: return singleIgnore(pc, c)
    }
  }
  func singleIgnore(_ pc: Int, _ c: UInt32) -> Bool {
    let w = code[pc + 1]
    switch code[pc] {
    case SreOp.literalIgnore: return sreAsciiLower(c) == w
    case SreOp.notLiteralIgnore: return sreAsciiLower(c) != w
    case SreOp.literalUniIgnore: return sreUnicodeLower(c) == w
    case SreOp.notLiteralUniIgnore: return sreUnicodeLower(c) != w
    case SreOp.literalLocIgnore: return c == w || sreLocaleLower(c) == w || sreLocaleUpper(c) == w
    case SreOp.notLiteralLocIgnore: return !(c == w || sreLocaleLower(c) == w || sreLocaleUpper(c) == w)
    case SreOp.inIgnore: return inSet(code + pc + 2, sreAsciiLower(c))
    case SreOp.inUniIgnore: return inSet(code + pc + 2, sreUnicodeLower(c))
    case SreOp.inLocIgnore:
      let l = sreLocaleLower(c)
      if inSet(code + pc + 2, l) { return true }
      let u = sreLocaleUpper(c)
      return u != l && inSet(code + pc + 2, u)
    default: return false
    }
  }

  /// How many characters from `p` on the one-character operator at `pc` matches, at most `limit`.
  func run(_ pc: Int, _ p: Int, _ limit: Int) -> Int {
    let stop = limit < end - p ? p + limit : end
    var i = p
    switch code[pc] {
    case SreOp.anyAll: return stop - p
    case SreOp.any: while i < stop && text[i] != 10 { i &+= 1 }
    case SreOp.literal:
      guard let c = C(exactly: code[pc + 1]) else { return 0 }
      while i < stop && text[i] == c { i &+= 1 }
    case SreOp.notLiteral:
      guard let c = C(exactly: code[pc + 1]) else { return stop - p }
      while i < stop && text[i] != c { i &+= 1 }
    case SreOp.in_:
      let set = code + pc + 2
      if set[0] == SreOp.category && set[2] == SreOp.failure {
        let k = set[1]
        while i < stop && inCategory(k, unit(i)) { i &+= 1 }
      } else if set[0] == SreOp.charset && set[9] == SreOp.failure {
        while i < stop, case let c = unit(i), c < 256 && set[1 + Int(c >> 5)] & (1 << (c & 31)) != 0 { i &+= 1 }
      } else if set[0] == SreOp.range && set[3] == SreOp.failure {
        let lo = set[1], hi = set[2]
        while i < stop, case let c = unit(i), lo <= c && c <= hi { i &+= 1 }
      } else {
        while i < stop && inSet(set, unit(i)) { i &+= 1 }
      }
    default: while i < stop && single(pc, unit(i)) { i &+= 1 }
    }
    return i - p
  }

  /// Length of the match of group `g` at `p`, or -1.
  func groupLength(_ g: Int, _ p: Int, _ fold: (UInt32) -> UInt32) -> Int {
    let a = marks[2 * g], b = marks[2 * g + 1]
    if a < 0 || b < a || b - a > end - p { return -1 }
    for i in 0..<(b - a) where fold(unit(a + i)) != fold(unit(p + i)) { return -1 }
    return b - a
  }

  /// Matches from `start` on; `position` is then the end.
  mutating func match(at from: Int) -> Bool {
    start = from
    var pc = code[0] == SreOp.info ? 1 + Int(code[1]) : 0
    var p = from
    var context: Int32 = -1
    while true {
      // Law: `continue` after success of an operator, fall out of the switch on failure.
      forward: switch code[pc] {
      case SreOp.literal:
        if p < end && unit(p) == code[pc + 1] { p &+= 1; pc &+= 2; continue }
      case SreOp.in_:
        if p < end && inSet(code + pc + 2, unit(p)) { p &+= 1; pc &+= 1 + Int(code[pc + 1]); continue }
      case SreOp.mark:
        let i = Int(code[pc + 1])
        setMark(i, p)
        if i & 1 != 0 { lastIndex = Int32(i / 2 + 1) }
        pc &+= 2
        continue
      case SreOp.branch:
        var s = pc + 1
        while code[s] != 0 {
          let next = s + Int(code[s])
          // Alternatives that cannot begin here are passed over.
          let possible: Bool
          switch code[s + 1] {
          case SreOp.literal: possible = p < end && unit(p) == code[s + 2]
          case SreOp.in_: possible = p < end && inSet(code + s + 3, unit(p))
          default: possible = true
          }
          if possible {
            if code[next] != 0 { choose(ChoiceKind.branch, next, p, context) }
            pc = s + 1
            break
          }
          s = next
          if code[s] == 0 { break forward }
        }
        if code[s] == 0 { break }
        continue
      case SreOp.jump: pc += 1 + Int(code[pc + 1]); continue
      case SreOp.repeatOne:
        let next = pc + 1 + Int(code[pc + 1]), least = Int(code[pc + 2])
        let most = Int(code[pc + 3]) == SreOp.maxRepeat ? Int.max : Int(code[pc + 3])
        if end - p < least { break }
        let n = run(pc + 4, p, most)
        if n < least { break }
        if n > least {
          if code[next] == SreOp.success && subs.count == 0 && !matchAll && !mustAdvance {
            // Nothing follows: the longest run is it.
          } else {
            choose(ChoiceKind.repeatOne, next, p + n, context, extra: p + least)
            // The choice point itself finds the longest run after which a literal may follow.
            if code[next] == SreOp.literal {
              let c = code[next + 1]
              var q = p + n
              while q >= p + least && (q >= end || unit(q) != c) { q -= 1 }
              if q < p + least { choices.count -= 1; break }
              if q == p + least { choices.count -= 1 } else { choices.base[choices.count - 1].position = q }
              p = q
              pc = next
              continue
            }
          }
        }
        p += n
        pc = next
        continue
      case SreOp.minRepeatOne:
        let next = pc + 1 + Int(code[pc + 1]), least = Int(code[pc + 2])
        if end - p < least { break }
        if least > 0 && run(pc + 4, p, least) < least { break }
        p += least
        choose(ChoiceKind.minRepeatOne, pc, p, context, extra: least)
        pc = next
        continue
      case SreOp.possessiveRepeatOne:
        let next = pc + 1 + Int(code[pc + 1]), least = Int(code[pc + 2])
        let most = Int(code[pc + 3]) == SreOp.maxRepeat ? Int.max : Int(code[pc + 3])
        if end - p < least { break }
        let n = run(pc + 4, p, most)
        if n < least { break }
        p += n
        pc = next
        continue
      case SreOp.repeat_:
        arena.push(RepeatContext(pc: Int32(pc), previous: context, count: -1, last: -1))
        context = Int32(arena.count - 1)
        pc += 1 + Int(code[pc + 1])
        continue
      case SreOp.maxUntil:
        if context < 0 { break }
        let r = arena.base[Int(context)]
        let rp = Int(r.pc), n = r.count + 1, most = Int(code[rp + 3])
        if n < Int(code[rp + 2]) {
          arena.push(RepeatContext(pc: r.pc, previous: r.previous, count: n, last: r.last))
          context = Int32(arena.count - 1)
          pc = rp + 4
          continue
        }
        if (n < most || most == SreOp.maxRepeat) && p != r.last {
          choose(ChoiceKind.plain, pc + 1, p, r.previous)
          arena.push(RepeatContext(pc: r.pc, previous: r.previous, count: n, last: p))
          context = Int32(arena.count - 1)
          pc = rp + 4
          continue
        }
        context = r.previous
        pc += 1
        continue
      case SreOp.minUntil:
        if context < 0 { break }
        let r = arena.base[Int(context)]
        let rp = Int(r.pc), n = r.count + 1, most = Int(code[rp + 3])
        if n < Int(code[rp + 2]) {
          arena.push(RepeatContext(pc: r.pc, previous: r.previous, count: n, last: r.last))
          context = Int32(arena.count - 1)
          pc = rp + 4
          continue
        }
        if (n < most || most == SreOp.maxRepeat) && p != r.last {
          arena.push(RepeatContext(pc: r.pc, previous: r.previous, count: n, last: p))
          choose(ChoiceKind.plain, rp + 4, p, Int32(arena.count - 1))
        }
        context = r.previous
        pc += 1
        continue
      case SreOp.any:
        if p < end && text[p] != 10 { p &+= 1; pc &+= 1; continue }
      case SreOp.anyAll:
        if p < end { p &+= 1; pc &+= 1; continue }
      case SreOp.notLiteral:
        if p < end && unit(p) != code[pc + 1] { p &+= 1; pc &+= 2; continue }
      case SreOp.category:
        if p < end && inCategory(code[pc + 1], unit(p)) { p &+= 1; pc &+= 2; continue }
      case SreOp.literalIgnore, SreOp.notLiteralIgnore, SreOp.literalUniIgnore, SreOp.notLiteralUniIgnore, SreOp.literalLocIgnore, SreOp.notLiteralLocIgnore:
        if p < end && singleIgnore(pc, unit(p)) { p &+= 1; pc &+= 2; continue }
      case SreOp.inIgnore, SreOp.inUniIgnore, SreOp.inLocIgnore:
        if p < end && singleIgnore(pc, unit(p)) { p &+= 1; pc &+= 1 + Int(code[pc + 1]); continue }
      case SreOp.at:
        if isAt(code[pc + 1], p) { pc &+= 2; continue }
      case SreOp.groupRef, SreOp.groupRefIgnore, SreOp.groupRefUniIgnore, SreOp.groupRefLocIgnore:
        let g = Int(code[pc + 1])
        let n: Int
        switch code[pc] {
        case SreOp.groupRef: n = groupLength(g, p) { $0 }
        case SreOp.groupRefIgnore: n = groupLength(g, p, sreAsciiLower)
        case SreOp.groupRefUniIgnore: n = groupLength(g, p, sreUnicodeLower)
        default: n = groupLength(g, p, sreLocaleLower)
        }
        if n >= 0 { p += n; pc += 2; continue }
      case SreOp.groupRefExists:
        let g = Int(code[pc + 1])
        let a = marks[2 * g], b = marks[2 * g + 1]
        if a >= 0 && b >= a { pc += 3 } else { pc += 1 + Int(code[pc + 2]) }
        continue
      case SreOp.assert, SreOp.assertNot:
        let back = Int(code[pc + 2])
        if p < back {
          if code[pc] == SreOp.assert { break }
          pc += 1 + Int(code[pc + 1])
          continue
        }
        subs.push(SubMatch(op: code[pc], pc: Int32(pc + 1), position: p, choices: choices.count, context: context, count: 0))
        choose(ChoiceKind.barrier, pc, p, context)
        p -= back
        pc += 3
        continue
      case SreOp.atomicGroup:
        subs.push(SubMatch(op: SreOp.atomicGroup, pc: Int32(pc + 1), position: p, choices: choices.count, context: context, count: 0))
        choose(ChoiceKind.barrier, pc, p, context)
        pc += 2
        continue
      case SreOp.possessiveRepeat:
        if code[pc + 3] == 0 { pc += 2 + Int(code[pc + 1]); continue }
        subs.push(SubMatch(op: SreOp.possessiveRepeat, pc: Int32(pc + 1), position: p, choices: choices.count, context: context, count: 0))
        choose(ChoiceKind.barrier, pc, p, context)
        pc += 4
        continue
      case SreOp.info: pc += 1 + Int(code[pc + 1]); continue
      case SreOp.success:
        if subs.count == 0 {
          if matchAll && p != end || mustAdvance && p == start { break }
          position = p
          return true
        }
        subs.count -= 1
        let s = subs.base[subs.count]
        let skip = Int(s.pc) + Int(code[Int(s.pc)])
        switch s.op {
        case SreOp.assertNot:
          undo(to: choices.base[s.choices].trail)
          lastIndex = choices.base[s.choices].lastIndex
          lastMark = choices.base[s.choices].lastMark
          choices.count = s.choices
        case SreOp.assert:
          choices.count = s.choices
          p = s.position
          context = s.context
          pc = skip
          continue
        case SreOp.atomicGroup:
          choices.count = s.choices
          context = s.context
          pc = skip
          continue
        default: // possessive repeat: one more iteration is done
          choices.count = s.choices
          context = s.context
          let op = Int(s.pc) - 1, n = s.count + 1, most = Int(code[op + 3])
          let moved = p != s.position
          if n < Int(code[op + 2]) || (n < most || most == SreOp.maxRepeat) && moved {
            subs.push(SubMatch(op: s.op, pc: s.pc, position: p, choices: choices.count, context: context, count: n))
            choose(ChoiceKind.barrier, op, p, context)
            pc = op + 4
          } else {
            pc = skip + 1
          }
          continue
        }
      default: break
      }

      // Failure: the youngest choice point goes on.
      resume: while true {
        if choices.count == 0 { return false }
        let at = choices.count - 1
        let c = choices.base[at]
        undo(to: c.trail)
        lastIndex = c.lastIndex
        lastMark = c.lastMark
        arena.count = Int(c.arena)
        context = c.context
        switch c.kind {
        case ChoiceKind.plain:
          choices.count = at
          p = c.position
          pc = Int(c.pc)
          break resume
        case ChoiceKind.branch:
          p = c.position
          var s = Int(c.pc)
          choices.count = at
          while true {
            if code[s] == 0 { continue resume }
            let next = s + Int(code[s])
            let possible: Bool
            switch code[s + 1] {
            case SreOp.literal: possible = p < end && unit(p) == code[s + 2]
            case SreOp.in_: possible = p < end && inSet(code + s + 3, unit(p))
            default: possible = true
            }
            if possible {
              if code[next] != 0 { choose(ChoiceKind.branch, next, p, context) }
              pc = s + 1
              break resume
            }
            s = next
          }
        case ChoiceKind.repeatOne:
          var q = c.position - 1
          let next = Int(c.pc)
          if code[next] == SreOp.literal {
            let w = code[next + 1]
            while q >= c.extra && unit(q) != w { q -= 1 }
            if q < c.extra { choices.count = at; continue resume }
          }
          if q <= c.extra { choices.count = at } else { choices.base[at].position = q }
          p = q
          pc = next
          break resume
        case ChoiceKind.minRepeatOne:
          let op = Int(c.pc), most = Int(code[op + 3])
          if (most == SreOp.maxRepeat || c.extra < most) && c.position < end && single(op + 4, unit(c.position)) {
            let next = op + 1 + Int(code[op + 1])
            var q = c.position + 1, n = c.extra + 1
            // A literal that must follow is looked for at once.
            if code[next] == SreOp.literal {
              let w = code[next + 1]
              while q < end && unit(q) != w && (most == SreOp.maxRepeat || n < most) && single(op + 4, unit(q)) { q += 1; n += 1 }
            }
            choices.base[at].position = q
            choices.base[at].extra = n
            p = q
            pc = next
            break resume
          }
          choices.count = at
        default: // barrier: the sub-match failed
          choices.count = at
          subs.count -= 1
          let s = subs.base[subs.count]
          let skip = Int(s.pc) + Int(code[Int(s.pc)])
          if s.op == SreOp.assertNot {
            p = s.position
            context = s.context
            pc = skip
            break resume
          }
          if s.op == SreOp.possessiveRepeat && s.count >= Int(code[Int(s.pc) + 1]) {
            p = s.position
            context = s.context
            pc = skip + 1
            break resume
          }
        }
      }
    }
  }

  /// Looks for a match that starts at `from` or later.
  mutating func search(from: Int) -> Bool {
    var p = from
    var least = 0, prefix: UnsafeBufferPointer<UInt32>? = nil, whole = false, set: UnsafePointer<UInt32>? = nil, prefixSkip = 0
    if code[0] == SreOp.info {
      let flags = code[2]
      least = Int(code[3])
      if flags & 1 != 0 {
        let n = Int(code[5])
        prefix = UnsafeBufferPointer(start: code + 7, count: n)
        prefixSkip = Int(code[6])
        whole = flags & 2 != 0
      } else if flags & 4 != 0 {
        set = code + 5
      }
    }
    _ = prefixSkip
    if end - p < least { return false }
    // A pattern that begins with \\A can only match at the start.
    let first = code[0] == SreOp.info ? 1 + Int(code[1]) : 0
    if code[first] == SreOp.at && (code[first + 1] == 0 || code[first + 1] == 2) {
      if p > 0 { return false }
      reset()
      return match(at: 0)
    }
    let last = end - least
    while p <= last {
      if let x = prefix {
        p = findText(UnsafeBufferPointer(start: text, count: end), x, p, end)
        if p < 0 { return false }
        if whole && groups == 0 && !matchAll {
          start = p
          position = p + x.count
          return true
        }
      } else if let s = set {
        while p < end && !inSet(s, unit(p)) { p &+= 1 }
        if p >= end { return false }
      }
      reset()
      if match(at: p) { return true }
      mustAdvance = false
      p += 1
    }
    return false
  }
}
