// The unpickler's instructions.

import Builtins
import Glibc
import Heap
import Objects

extension PickleReader {
  /// The next instruction. True: the step ends.
  mutating func instruction() -> Bool {
    let start = at, code = p[at]
    at += 1
    switch code {
    // MARK: constants
    case 0x4e: push(.none)
    case 0x88: push(.true)
    case 0x89: push(.false)
    case 0x4b:
      guard need(1) else { return more(start) }
      push(.fixnum(Int(p[at])))
      at += 1
    case 0x4d:
      guard need(2) else { return more(start) }
      push(.fixnum(u16()))
      at += 2
    case 0x4a:
      guard need(4) else { return more(start) }
      push(.fixnum(Int(Int32(truncatingIfNeeded: u32()))))
      at += 4
    case 0x8a:
      guard need(1), need(1 + Int(p[at])) else { return more(start) }
      let n = Int(p[at])
      at += 1
      push(bigInt(n))
      at += n
    case 0x8b:
      guard need(4) else { return more(start) }
      let n = Int(Int32(truncatingIfNeeded: u32()))
      if n < 0 { return fail("LONG pickle has negative byte count") }
      guard need(4 + n) else { return more(start) }
      at += 4
      push(bigInt(n))
      at += n
    case 0x47:
      guard need(8) else { return more(start) }
      push(makeFloat(t, Double(bitPattern: u64().byteSwapped)))
      at += 8
    case 0x8c, 0x58, 0x8d: return unicode(start, code)
    case 0x43, 0x42, 0x8e, 0x96: return bytes(start, code)
    case 0x55, 0x54: return string(start, code)
    case 0x49, 0x4c, 0x46, 0x53, 0x56:
      guard let e = lineEnd() else { return more(start) }
      let line = makeBytes(t, UnsafeRawBufferPointer(start: p + at, count: e - at))
      at = e + 1
      return ask(ReaderState.push, "unpickle_line", m.field(ReaderField.owner), .fixnum(Int(code)), line)

    // MARK: containers
    case 0x28:
      listAppend(t, marks, .fixnum(count))
      fence = count
    case 0x5d: push(makeList(t))
    case 0x7d: push(makeDict(t))
    case 0x29: push(weft_vm.emptyTuple)
    case 0x8f: push(makeSet(t))
    case 0x85, 0x86, 0x87:
      let n = Int(code) - 0x84
      guard has(n) else { return underflow() }
      let v = makeTuple(t, from: items + (count - n), count: n)
      cut(count - n)
      push(v)
    case 0x74:
      guard let from = popMark() else { return fail("could not find MARK") }
      let v = makeTuple(t, from: items + from, count: count - from)
      cut(from)
      push(v)
    case 0x6c:
      guard let from = popMark() else { return fail("could not find MARK") }
      let v = makeList(t, from: items + from, count: count - from)
      cut(from)
      push(v)
    case 0x64:
      guard let from = popMark() else { return fail("could not find MARK") }
      if (count - from) % 2 != 0 { return fail("odd number of items for DICT") }
      let v = makeDict(t)
      let done = fillDict(v, from)
      if done < count {
        let rest = makeList(t, from: items + done, count: count - done)
        cut(from)
        push(v)
        return ask(ReaderState.drop, "unpickle_setitems", v, rest)
      }
      cut(from)
      push(v)
    case 0x91:
      guard let from = popMark() else { return fail("could not find MARK") }
      let v = makeSet(t, .frozenset)
      if fillSet(v, from) < count {
        let all = makeList(t, from: items + from, count: count - from)
        cut(from)
        return leave(ReaderState.push, BuiltinType.frozenset.object, [all])
      }
      cut(from)
      push(v)
    case 0x61:
      guard has(2) else { return underflow() }
      return appends(count - 1)
    case 0x65:
      guard let from = popMark() else { return fail("could not find MARK") }
      return appends(from)
    case 0x73:
      guard has(3) else { return underflow() }
      return setItems(count - 2)
    case 0x75:
      guard let from = popMark() else { return fail("could not find MARK") }
      return setItems(from)
    case 0x90:
      guard let from = popMark() else { return fail("could not find MARK") }
      return addItems(from)

    // MARK: stack and memo
    case 0x30:
      if let last = marks.listCount > 0 ? marks.listItems[marks.listCount - 1].fixnum : nil, last == count { _ = popMark() }
      else if !has(1) { return underflow() }
      else { _ = pop() }
    case 0x31:
      guard let from = popMark() else { return fail("could not find MARK") }
      cut(from)
    case 0x32:
      guard has(1) else { return underflow() }
      push(items[count - 1])
    case 0x94:
      guard has(1) else { return underflow() }
      memoPut(memo.listCount, items[count - 1])
    case 0x68:
      guard need(1) else { return more(start) }
      at += 1
      return get(Int(p[at - 1]))
    case 0x6a:
      guard need(4) else { return more(start) }
      at += 4
      return get(Int(UnsafeRawPointer(p + at - 4).loadUnaligned(as: UInt32.self)))
    case 0x71:
      guard need(1) else { return more(start) }
      guard has(1) else { return underflow() }
      memoPut(Int(p[at]), items[count - 1])
      at += 1
    case 0x72:
      guard need(4) else { return more(start) }
      guard has(1) else { return underflow() }
      memoPut(u32(), items[count - 1])
      at += 4
    case 0x67, 0x70:
      guard let e = lineEnd() else { return more(start) }
      var n = 0, good = e > at, negative = false
      for i in at..<e {
        if i == at && p[i] == 0x2d { negative = true; continue }
        guard p[i] >= 0x30, p[i] <= 0x39, n < 1 << 40 else { good = false; break }
        n = n * 10 + Int(p[i] - 0x30)
      }
      let line = makeBytes(t, UnsafeRawBufferPointer(start: p + at, count: e - at))
      at = e + 1
      if !good { return ask(ReaderState.drop, "unpickle_bad_int", line) }
      if code == 0x67 { return get(negative ? -n : n) }
      guard has(1) else { return underflow() }
      if negative && n > 0 { return raise(.ValueError, "negative PUT argument") }
      memoPut(n, items[count - 1])

    // MARK: names, calls, instances
    case 0x93:
      guard has(2) else { return underflow() }
      let name = pop(), module = pop()
      guard name.isExact(.str), module.isExact(.str) else { return fail("STACK_GLOBAL requires str") }
      return global(module, name)
    case 0x63, 0x69:
      // Two lines.
      guard let e = lineEnd() else { return more(start) }
      let first = at
      at = e + 1
      guard let f = lineEnd() else { return more(start) }
      let name = text(f - at)
      at = first
      let module = text(e - first)
      at = f + 1
      guard let module, let name else { return raise(.ValueError, "the names of a pickled object are not UTF-8") }
      if code == 0x63 { return global(module, name) }
      guard let from = popMark() else { return fail("could not find MARK") }
      let args = makeTuple(t, from: items + from, count: count - from)
      cut(from)
      return ask(ReaderState.push, "unpickle_inst", m, m.field(ReaderField.owner), module, name, args)
    case 0x6f:
      guard let from = popMark() else { return fail("could not find MARK") }
      if count - from < 1 { return fence > 0 ? underflow() : fail("unpickling stack underflow") }
      let args = makeTuple(t, from: items + from + 1, count: count - from - 1), cls = items[from]
      cut(from)
      return ask(ReaderState.push, "unpickle_instantiate", cls, args)
    case 0x52:
      guard has(2) else { return underflow() }
      if items[count - 2].isExact(.appFunction), let ends = seal(start) { return ends }
      let args = pop(), f = pop()
      return reduce(f, args)
    case 0x81:
      guard has(2) else { return underflow() }
      let args = pop(), cls = pop()
      return newObject(cls, args)
    case 0x92:
      guard has(3) else { return underflow() }
      let keywords = pop(), args = pop(), cls = pop()
      return ask(ReaderState.push, "unpickle_newobj_ex", cls, args, keywords)
    case 0x62:
      guard has(2) else { return underflow() }
      return build()
    case 0x50:
      guard let e = lineEnd() else { return more(start) }
      let line = makeBytes(t, UnsafeRawBufferPointer(start: p + at, count: e - at))
      at = e + 1
      let load = m.field(ReaderField.persistentLoad)
      if load.isNone { return noPersistent() }
      return ask(ReaderState.push, "unpickle_persid", load, line)
    case 0x51:
      let load = m.field(ReaderField.persistentLoad)
      if load.isNone { return noPersistent() }
      guard has(1) else { return underflow() }
      if load == keptByExercise && load.isExact(.list) {
        let k = pop()
        guard k.isFixnum, k.fixnum >= 0, k.fixnum < load.listCount else { return noPersistent() }
        push(load.listItems[k.fixnum])
        return false
      }
      return leave(ReaderState.push, load, [pop()])
    case 0x82, 0x83, 0x84:
      let n = code == 0x82 ? 1 : code == 0x83 ? 2 : 4
      guard need(n) else { return more(start) }
      let k = n == 1 ? Int(p[at]) : n == 2 ? u16() : Int(Int32(truncatingIfNeeded: u32()))
      at += n
      return ask(ReaderState.push, "unpickle_ext", m, m.field(ReaderField.owner), .fixnum(k))

    // MARK: buffers
    case 0x97: return ask(ReaderState.push, "unpickle_next_buffer", m.field(ReaderField.buffers))
    case 0x98:
      guard has(1) else { return underflow() }
      return ask(ReaderState.push, "unpickle_readonly", pop())

    // MARK: the stream
    case 0x80:
      guard need(1) else { return more(start) }
      if p[at] > 5 { return raise(.ValueError, "unsupported pickle protocol: \(p[at])") }
      proto = Int(p[at])
      at += 1
    case 0x95:
      guard need(8) else { return more(start) }
      if u64() > UInt64(Int.max) { return raise(.ValueError, "FRAME length exceeds system's maximum of \(Int.max) bytes") }
      let n = Int(u64())
      if n > Int.max - 16 || !need(8 + n) {
        if n > Int.max - 16 { missing = Int.max / 2 }
        return more(start)
      }
      at += 8
    case 0x2e:
      guard has(1) else { return underflow() }
      setField(m, ReaderField.result, pop())
      m.fields[ReaderField.state] = .fixnum(ReaderState.ended)
      store()
      result = m
      return true
    default:
      let c = code
      if c >= 0x20 && c < 0x7f && c != 0x27 && c != 0x5c { return fail("invalid load key, '\(Character(Unicode.Scalar(c)))'.") }
      let hex = String(c, radix: 16)
      return fail("invalid load key, '\\x\(hex.utf8.count < 2 ? "0" : "")\(hex)'.")
    }
    return false
  }

  private mutating func noPersistent() -> Bool {
    fail("A load persistent id instruction was encountered, but no persistent_load function was specified.")
  }

  private mutating func get(_ i: Int) -> Bool {
    let v = i < 0 ? Value.empty : memoGet(i)
    if v.isEmpty { return fail("Memo value not found at index \(i)") }
    push(v)
    return false
  }

  // MARK: text and bytes

  /// The count of code 1, 4 or 8 bytes; moves behind it. -1: more is needed; -2: too large.
  private mutating func size(_ width: Int) -> Int {
    guard need(width) else { return -1 }
    var n = 0
    if width == 1 { n = Int(p[at]) } else if width == 4 { n = u32() } else {
      if u64() > UInt64(Int.max >> 1) { return -2 }
      n = Int(u64())
    }
    guard need(width + n) else { return -1 }
    at += width
    return n
  }
  private mutating func unicode(_ start: Int, _ code: UInt8) -> Bool {
    let n = size(code == 0x8c ? 1 : code == 0x58 ? 4 : 8)
    if n == -2 { return raise(.OverflowError, "BINUNICODE8 exceeds system's maximum size of \(Int.max) bytes") }
    if n < 0 { return more(start) }
    guard let v = text(n) else {
      let b = makeBytes(t, UnsafeRawBufferPointer(start: p + at, count: n))
      at += n
      return ask(ReaderState.push, "unpickle_utf8", b)
    }
    at += n
    push(v)
    return false
  }
  private mutating func bytes(_ start: Int, _ code: UInt8) -> Bool {
    let n = size(code == 0x43 ? 1 : code == 0x42 ? 4 : 8)
    if n == -2 { return raise(.OverflowError, "\(code == 0x8e ? "BINBYTES8" : "BYTEARRAY8") exceeds system's maximum size of \(Int.max) bytes") }
    if n < 0 { return more(start) }
    if code == 0x96 { push(makeBytearray(t, UnsafeBufferPointer(start: p + at, count: n))) }
    else { push(makeBytes(t, UnsafeRawBufferPointer(start: p + at, count: n))) }
    at += n
    return false
  }
  private mutating func string(_ start: Int, _ code: UInt8) -> Bool {
    if code == 0x54 {
      guard need(4) else { return more(start) }
      if Int32(truncatingIfNeeded: u32()) < 0 { return fail("BINSTRING pickle has negative byte count") }
    }
    let n = size(code == 0x55 ? 1 : 4)
    if n < 0 { return more(start) }
    if flags & ReaderFlag.ascii != 0, let v = text(n), v.isASCII {
      at += n
      push(v)
      return false
    }
    let b = makeBytes(t, UnsafeRawBufferPointer(start: p + at, count: n))
    at += n
    return ask(ReaderState.push, "unpickle_string", m.field(ReaderField.owner), b)
  }

  // MARK: containers

  /// Puts pairs from the stack into a dict; where the first is that Python must decide on.
  private func fillDict(_ d: Value, _ from: Int) -> Int {
    var i = from
    while i + 1 < count {
      let k = items[i]
      guard let h = nativeHash(k) else { return i }
      let e = find(d, k, h)
      if e >= 0 { setEntryValue(d, e, items[i + 1]) }
      else if e == Probe.missing { insertNew(t, d, k, h, items[i + 1]) }
      else { return i }
      i += 2
    }
    return count
  }
  private func fillSet(_ s: Value, _ from: Int) -> Int {
    var i = from
    while i < count {
      let k = items[i]
      guard let h = nativeHash(k) else { return i }
      let e = find(s, k, h)
      if e == Probe.missing { insertNew(t, s, k, h, .none) } else if e < 0 { return i }
      i += 1
    }
    return count
  }

  private mutating func appends(_ from: Int) -> Bool {
    let n = count - from
    guard from - 1 >= fence else { return underflow() }
    let l = items[from - 1]
    if n == 0 { return false }
    if l.isExact(.list) {
      let k = l.listCount
      reserveList(t, l, k + n)
      (l.listItems + k).update(from: items + from, count: n)
      l.fields[1] = .fixnum(k + n)
      writeBarrier(l.listStorage.object)
      cut(from)
      return false
    }
    let rest = makeList(t, from: items + from, count: n)
    cut(from)
    return ask(ReaderState.drop, "unpickle_appends", l, rest)
  }
  private mutating func setItems(_ from: Int) -> Bool {
    let n = count - from
    guard from - 1 >= fence else { return underflow() }
    if n == 0 { return false }
    if n % 2 != 0 { return fail("odd number of items for SETITEMS") }
    let d = items[from - 1]
    var done = from
    if d.isExact(.dict) {
      done = fillDict(d, from)
      if done == count { cut(from); return false }
    }
    let rest = makeList(t, from: items + done, count: count - done)
    cut(from)
    return ask(ReaderState.drop, "unpickle_setitems", d, rest)
  }
  private mutating func addItems(_ from: Int) -> Bool {
    guard from - 1 >= fence else { return underflow() }
    if count == from { return false }
    let s = items[from - 1]
    var done = from
    if s.isExact(.set) {
      done = fillSet(s, from)
      if done == count { cut(from); return false }
    }
    let rest = makeList(t, from: items + done, count: count - done)
    cut(from)
    return ask(ReaderState.drop, "unpickle_additems", s, rest)
  }

  // MARK: names and instances

  private mutating func global(_ module: Value, _ name: Value) -> Bool {
    let hook = m.field(ReaderField.findClass)
    if !hook.isNone { return leave(ReaderState.push, hook, [module, name]) }
    if proto >= 3 || flags & ReaderFlag.fixImports == 0 {
      let modules = modulesDict(t)
      if !modules.isEmpty {
        let found = getString(modules, module)
        if found.isExact(.module), found.field(0).isExact(.dict) {
          let v = getString(found.field(0), name)
          if !v.isEmpty { push(v); return false }
        }
      }
    }
    return ask(ReaderState.push, "unpickle_find_class", m, module, name)
  }

  /// A seal: what follows has to be what was written. nil where the call on the stack is another one.
  private mutating func seal(_ start: Int) -> Bool? {
    let loaders = weft_roots()[PickleRoot.loaders], args = items[count - 1]
    guard loaders.isExact(.tuple), loaders.count == Loader.count, items[count - 2] == loaders.items[Loader.seal] else { return nil }
    guard args.isExact(.tuple), args.count == 1, args.items[0].isExact(.bytes), args.items[0].bytesCount == 12 else { return fail("the pickle is damaged") }
    let q = UnsafeRawPointer(args.items[0].bytesData), length = q.loadUnaligned(as: UInt64.self)
    guard length < 1 << 48 else { return fail("the pickle is damaged") }
    // POP follows, then what is sealed.
    guard need(1 + Int(length)) else { return more(start) }
    guard p[at] == 0x30, PickleSeal.sum(p + at + 1, Int(length)) == (q + 8).loadUnaligned(as: UInt32.self) else { return fail("the pickle is damaged") }
    _ = pop(); _ = pop()
    push(.none)
    return false
  }

  private mutating func reduce(_ f: Value, _ args: Value) -> Bool {
    guard args.isObject, args.isKind(.tuple) else { return ask(ReaderState.push, "unpickle_reduce", f, args) }
    let loaders = weft_roots()[PickleRoot.loaders]
    if f.isExact(.appFunction), loaders.isExact(.tuple), loaders.count == Loader.count {
      var which = -1
      for i in 0..<Loader.count where loaders.items[i] == f { which = i }
      let n = args.count
      var v: Value?
      switch which {
      case Loader.app where n == 1 && args.items[0].isExact(.str):
        let found = getString(appNamespace, args.items[0])
        if !found.isEmpty { v = found }
      case Loader.new where n == 1: v = recordNew(t, args.items[0])
      case Loader.fill where n == 2: v = recordFill(t, args.items[0], args.items[1])
      case Loader.newFrame where n == 2:
        if let code = trustedCode(args.items[0], args.items[1]) { v = frameNew(t, args.items[0], code) }
      case Loader.fillFrame where n == 2: v = frameFill(t, args.items[0], args.items[1])
      default: break
      }
      if let v {
        if v.isEmpty { store(); result = .empty; return true }
        push(v)
        return false
      }
    }
    if args.count > 1000 { return ask(ReaderState.push, "unpickle_reduce", f, args) }
    return leave(ReaderState.push, f, (0..<args.count).map { args.items[$0] })
  }
  /// The code of a frame's function where the check says that it is the right one.
  private func trustedCode(_ function: Value, _ check: Value) -> Value? {
    guard function.isExact(.function) || function.isExact(.appFunction) else { return nil }
    let code = function.field(FunctionField.code)
    guard code.isExact(.code) else { return nil }
    if code.code.pointee.flags & 0x2000_0000 != 0 { return check.isFixnum && check == weft_roots()[PickleRoot.version] ? code : nil }
    if check.isNone { return code }
    let sums = weft_roots()[PickleRoot.checksums], key = Value.fixnum(Int(bitPattern: UInt(code.bits)))
    guard check.isFixnum, sums.isExact(.dict), let h = nativeHash(key) else { return nil }
    let i = find(sums, key, h)
    guard i >= 0 else { return nil }
    let entry = sums.table.tableRef.value(i)
    return entry.isExact(.tuple) && entry.count == 2 && entry.items[0] == code && entry.items[1] == check ? code : nil
  }

  private mutating func newObject(_ cls: Value, _ args: Value) -> Bool {
    if isType(cls), args.isExact(.tuple), args.count == 0 {
      let p = cls.typeObject.pointee
      if p.flags & TypeFlag.heapType != 0, p.flags & TypeFlag.abstract == 0, p.kind == UInt8(BuiltinType.object.rawValue), p.nativeFields == 0,
         p.layout == Layout.record.rawValue, lookup(cls, Name.__new__.value) == objectNew {
        push(makeInstance(t, cls))
        return false
      }
    }
    return ask(ReaderState.push, "unpickle_newobj", cls, args)
  }

  private mutating func build() -> Bool {
    let state = pop(), v = items[count - 1]
    if v.isObject, v.shape.pointee.layout == Layout.record.rawValue {
      let type = v.type, p = type.typeObject.pointee
      if lookup(type, Name.__getattribute__.value) == objectGetattribute, lookup(type, Name.__getattr__.value).isEmpty,
         instanceAttribute(v, Name.__setstate__.value).isEmpty {
        let hook = lookup(type, Name.__setstate__.value)
        if hook.isExact(.function) { return leave(ReaderState.drop, hook, [v, state]) }
        if hook.isEmpty, p.flags & TypeFlag.heapType != 0, p.flags & TypeFlag.attributes != 0, p.kind == UInt8(BuiltinType.object.rawValue), state.isExact(.dict),
           lookup(type, Name.__dict__.value).isExact(.getset) {
          var plain = true
          forEachEntry(state) { k, _ in if !k.isExact(.str) { plain = false } }
          if plain {
            forEachEntry(state) { k, x in _ = setInstanceAttribute(t, v, intern(k), x) }
            return false
          }
        }
      }
    }
    return ask(ReaderState.drop, "unpickle_build", v, state)
  }
}
