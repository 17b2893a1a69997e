// Match objects of `_sre`, and the check of pattern code.

import Builtins
import Glibc
import Heap
import Objects

/// The number of a group given by number or name; nil with IndexError set, or with none where __index__ must be asked.
private func groupNumber(_ t: ThreadRef, _ m: Value, _ v: Value) -> Int? {
  let count = m.field(MatchField.bounds).count / 2
  var i = -1
  if v.isInt { i = v.asInt ?? -1 } else if v.isObject && (v.isExact(.str) || v.isExact(.bytes)) {
    let d = m.field(MatchField.pattern).field(PatternField.groupIndex)
    if let h = nativeHash(v) {
      let e = find(d, v, h)
      if e >= 0 { i = d.table.tableRef.value(e).asInt ?? -1 }
    }
  } else if !lookup(v.type, Name.__index__.value).isEmpty { return nil }
  if i < 0 || i >= count {
    t.raise(.IndexError, "no such group")
    return nil
  }
  return i
}

private func group(_ t: ThreadRef, _ m: Value, _ i: Int, _ missing: Value) -> Value {
  let b = m.field(MatchField.bounds)
  let from = b.items[2 * i].fixnum
  return from < 0 ? missing : sreSlice(t, m.field(MatchField.string), from, b.items[2 * i + 1].fixnum)
}

/// group(i) and its like with one argument.
private func one(_ t: ThreadRef, _ a: Args, _ n: Int, _ name: String, _ f: (Int) -> Value) -> Value {
  if n < 2 { return f(0) }
  guard let i = groupNumber(t, a[0], a[1]) else {
    return t.pointee.exception.isEmpty ? callApp(t, named: "sre_group_index", a[0], intern(t, name), a[1]) : .empty
  }
  return f(i)
}

func installMatch(_ t: ThreadRef) {
  let d = TypeDefinition(t, matchType)
  d.method("group", "(self, /, *args)") { t, a, n in
    let args = a[1], m = a[0]
    if args.count == 0 { return group(t, m, 0, .none) }
    if args.count == 1 {
      guard let i = groupNumber(t, m, args.items[0]) else {
        return t.pointee.exception.isEmpty ? callApp(t, named: "sre_group_index", m, intern(t, "group"), args.items[0]) : .empty
      }
      return group(t, m, i, .none)
    }
    let r = makeTuple(t, count: args.count)
    for k in 0..<args.count {
      guard let i = groupNumber(t, m, args.items[k]) else {
        return t.pointee.exception.isEmpty ? callApp(t, named: "sre_groups_index", m, args) : .empty
      }
      r.items[k] = group(t, m, i, .none)
    }
    return r
  }
  d.method("__getitem__", "(self, key, /)") { t, a, n in one(t, a, n, "__getitem__") { group(t, a[0], $0, .none) } }
  d.method("start", "(self, group=0, /)") { t, a, n in one(t, a, n, "start") { a[0].field(MatchField.bounds).items[2 * $0] } }
  d.method("end", "(self, group=0, /)") { t, a, n in one(t, a, n, "end") { a[0].field(MatchField.bounds).items[2 * $0 + 1] } }
  d.method("span", "(self, group=0, /)") { t, a, n in
    one(t, a, n, "span") { let b = a[0].field(MatchField.bounds); return pair(t, b.items[2 * $0], b.items[2 * $0 + 1]) }
  }
  d.method("groups", "(self, /, default=None)") { t, a, n in
    let count = a[0].field(MatchField.bounds).count / 2 - 1
    let r = makeTuple(t, count: count)
    for i in 0..<count { r.items[i] = group(t, a[0], i + 1, a[1].isEmpty ? .none : a[1]) }
    return r
  }
  d.method("groupdict", "(self, /, default=None)") { t, a, n in
    let r = makeDict(t), m = a[0], missing = a[1].isEmpty ? Value.none : a[1]
    let count = m.field(MatchField.bounds).count / 2
    forEachEntry(m.field(MatchField.pattern).field(PatternField.groupIndex)) { k, v in
      if let i = v.asInt, i >= 0, i < count, k.isObject, k.isStr { setString(t, r, k, group(t, m, i, missing)) }
    }
    return r
  }
  d.method("__copy__", "(self, /)") { t, a, n in a[0] }
  d.method("__deepcopy__", "(self, memo, /)") { t, a, n in a[0] }
  d.member("string", field: MatchField.string)
  d.member("re", field: MatchField.pattern)
  d.member("pos", field: MatchField.pos)
  d.member("endpos", field: MatchField.endpos)
  d.getset("lastindex", get: { t, a, n in a[0].field(MatchField.lastIndex).fixnum < 0 ? .none : a[0].field(MatchField.lastIndex) })
  d.getset("lastgroup", get: { t, a, n in
    let i = a[0].field(MatchField.lastIndex).fixnum, names = a[0].field(MatchField.pattern).field(PatternField.indexGroup)
    return i < 0 || i >= names.count ? .none : names.items[i]
  })
  d.getset("regs", get: { t, a, n in
    let b = a[0].field(MatchField.bounds)
    let r = makeTuple(t, count: b.count / 2)
    for i in 0..<b.count / 2 { r.items[i] = pair(t, b.items[2 * i], b.items[2 * i + 1]) }
    return r
  })
}

// MARK: checking code

/// Whether the words are code that the matcher can run: operators known, skips and groups in range. `_sre.compile` is open
/// to anyone, and the matcher does not check.
func validateSre(_ code: UnsafeBufferPointer<UInt32>, groups: Int) -> Bool {
  var v = SreValidator(code: code, groups: groups)
  if code.count == 0 || groups < 0 || groups > 1 << 24 || code[code.count - 1] != SreOp.success { return false }
  return v.sequence(0, code.count - 1, 0) 
}

struct SreValidator {
  let code: UnsafeBufferPointer<UInt32>
  let groups: Int

  func word(_ i: Int, _ end: Int) -> Int? { i >= 0 && i < end ? Int(code[i]) : nil }

  /// A set from `start` that must end with FAILURE exactly before `end`.
  func set(_ start: Int, _ end: Int) -> Bool {
    var i = start
    while i < end {
      switch code[i] {
      case SreOp.failure: return i + 1 == end
      case SreOp.negate: i += 1
      case SreOp.literal, SreOp.category:
        if code[i] == SreOp.category, let k = word(i + 1, end), k > 17 { return false }
        i += 2
      case SreOp.range, SreOp.rangeUniIgnore: i += 3
      case SreOp.charset: i += 9
      case SreOp.bigCharset:
        guard let blocks = word(i + 1, end), i + 66 + blocks * 8 < end else { return false }
        for k in 0..<64 { for b in 0..<4 where Int(code[i + 2 + k] >> UInt32(8 * b) & 255) >= blocks { return false } }
        i += 66 + blocks * 8
      default: return false
      }
    }
    return false
  }

  /// Code in [start, end), nothing left over. Nesting is bounded by `depth`.
  mutating func sequence(_ start: Int, _ end: Int, _ depth: Int) -> Bool {
    // Nested ranges still to check, so that deep patterns need no native stack.
    var work = [(start, end, false)]
    while let (from, to, unit) = work.popLast() {
      var i = from, items = 0
      while i < to {
        items += 1
        let op = code[i]
        switch op {
        case SreOp.failure, SreOp.success, SreOp.any, SreOp.anyAll: i += 1
        case SreOp.literal, SreOp.notLiteral, SreOp.literalIgnore, SreOp.notLiteralIgnore, SreOp.literalUniIgnore, SreOp.notLiteralUniIgnore,
             SreOp.literalLocIgnore, SreOp.notLiteralLocIgnore: i += 2
        case SreOp.mark:
          guard let k = word(i + 1, to), k < 2 * groups else { return false }
          i += 2
        case SreOp.at:
          guard let k = word(i + 1, to), k < 12 else { return false }
          i += 2
        case SreOp.category:
          guard let k = word(i + 1, to), k < 18 else { return false }
          i += 2
        case SreOp.groupRef, SreOp.groupRefIgnore, SreOp.groupRefUniIgnore, SreOp.groupRefLocIgnore:
          guard let k = word(i + 1, to), k < groups else { return false }
          i += 2
        case SreOp.in_, SreOp.inIgnore, SreOp.inUniIgnore, SreOp.inLocIgnore:
          guard let skip = word(i + 1, to), i + 1 + skip <= to, set(i + 2, i + 1 + skip) else { return false }
          i += 1 + skip
        case SreOp.info:
          guard let skip = word(i + 1, to), skip >= 4, i + 1 + skip <= to else { return false }
          let flags = code[i + 2], stop = i + 1 + skip
          if flags & ~7 != 0 { return false }
          if flags & 1 != 0 {
            guard let n = word(i + 5, stop), n > 0, i + 7 + 2 * n <= stop else { return false }
          } else if flags & 4 != 0 {
            guard set(i + 5, stop) else { return false }
          }
          i = stop
        case SreOp.branch:
          var s = i + 1
          var target = -1
          while true {
            guard let skip = word(s, to) else { return false }
            if skip == 0 { break }
            let next = s + skip
            guard skip >= 3, next < to, code[next - 2] == SreOp.jump else { return false }
            let t = next - 1 + Int(code[next - 1])
            guard t <= to, target < 0 || t == target else { return false }
            target = t
            work.append((s + 1, next - 2, false))
            s = next
          }
          if target >= 0 && target != s + 1 { return false }
          i = s + 1
        case SreOp.repeatOne, SreOp.minRepeatOne, SreOp.possessiveRepeatOne:
          guard let skip = word(i + 1, to), skip >= 4, i + 1 + skip <= to, code[i + 2] <= code[i + 3] else { return false }
          let stop = i + 1 + skip
          guard code[stop - 1] == SreOp.success else { return false }
          work.append((i + 4, stop - 1, true))
          i = stop
        case SreOp.repeat_, SreOp.possessiveRepeat:
          guard let skip = word(i + 1, to), skip >= 3, i + 1 + skip < to, code[i + 2] <= code[i + 3] else { return false }
          let stop = i + 1 + skip
          if op == SreOp.repeat_ {
            guard code[stop] == SreOp.maxUntil || code[stop] == SreOp.minUntil else { return false }
          } else {
            guard code[stop] == SreOp.success else { return false }
          }
          work.append((i + 4, stop, false))
          i = stop + 1
        case SreOp.atomicGroup:
          guard let skip = word(i + 1, to), skip >= 2, i + 1 + skip <= to, code[i + skip] == SreOp.success else { return false }
          work.append((i + 2, i + skip, false))
          i += 1 + skip
        case SreOp.assert, SreOp.assertNot:
          guard let skip = word(i + 1, to), skip >= 3, i + 1 + skip <= to, code[i + skip] == SreOp.success else { return false }
          if code[i + 2] & 0x8000_0000 != 0 { return false }
          work.append((i + 3, i + skip, false))
          i += 1 + skip
        case SreOp.groupRefExists:
          guard let g = word(i + 1, to), g < groups, let skip = word(i + 2, to), skip >= 2, i + 1 + skip <= to else { return false }
          let target = i + 1 + skip
          // With an else part, the yes part ends with a jump over it.
          if target - 2 >= i + 3, code[target - 2] == SreOp.jump, depth < 100, sequence(i + 3, target - 2, depth + 1), case let end = target - 1 + Int(code[target - 1]), end >= target, end <= to {
            work.append((target, end, false))
            i = end
          } else {
            work.append((i + 3, target, false))
            i = target
          }
        default: return false
        }
      }
      if i != to || unit && items != 1 { return false }
      if unit {
        switch code[from] {
        case SreOp.literal, SreOp.notLiteral, SreOp.any, SreOp.anyAll, SreOp.in_, SreOp.category, SreOp.literalIgnore, SreOp.notLiteralIgnore,
             SreOp.literalUniIgnore, SreOp.notLiteralUniIgnore, SreOp.literalLocIgnore, SreOp.notLiteralLocIgnore, SreOp.inIgnore,
             SreOp.inUniIgnore, SreOp.inLocIgnore: break
        default: return false
        }
      }
    }
    return true
  }
}
