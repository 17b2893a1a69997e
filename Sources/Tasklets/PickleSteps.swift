// The pickler's loop, and the natives that Python code drives it by (`system_pickle.py`).

import Builtins
import Glibc
import Heap
import Objects

private let batchSize = 1000

extension PickleWriter {
  /// Writes until all is written, Python has to run, or a safepoint is due. `given` is what the last call returned.
  mutating func run(_ given: Value) -> Value {
    var value = given, steps = 0
    while count > 0 {
      if frameStart >= 0 && outCount - frameStart - 9 >= 64 * 1024 {
        closeFrame()
        if flags & WriterFlag.file != 0 {
          // The value is for what comes after.
          push(value); push(WriteOp.request, 1)
          push(WriteOp.drop)
          let data = takeOutput()
          flags |= WriterFlag.flushed
          if requestApp("pickle_write", m.field(WriterField.write), data) { return result }
        }
      }
      steps &+= 1
      if t.pointee.request != 0 && steps > 64 || steps > 1 << 20 {
        push(value); push(WriteOp.request, 1)
        store()
        return direct ? callApp(t, named: "pickle_go_on", m) : .none
      }
      let top = pop()
      guard top.isFixnum, top.fixnum >= 0, top.fixnum & 0xff < WriteOp.operands.count else {
        if fail("damaged pickler") { return result }
        continue
      }
      let op = top.fixnum & 0xff, argument = top.fixnum >> 8
      guard count >= WriteOp.needs(op, argument) else {
        if fail("damaged pickler") { return result }
        continue
      }
      var ends = false
      switch op {
      case WriteOp.save: ends = save(pop())
      case WriteOp.plain: ends = saveObject(pop())
      case WriteOp.emit: byte(UInt8(truncatingIfNeeded: argument))
      case WriteOp.memoize: memoize(pop())
      case WriteOp.list: ends = listItems(only: argument == 1)
      case WriteOp.dict: ends = dictItems(only: argument == 1)
      case WriteOp.set: ends = setItems()
      case WriteOp.frozenset: ends = frozensetItems()
      case WriteOp.tuple: ends = tupleItems(own: argument == 1)
      case WriteOp.attributes: ends = attributes()
      case WriteOp.made:
        let v = pop()
        ends = made(pop(), v)
      case WriteOp.reduced: ends = reduce(value, pop())
      case WriteOp.overridden:
        let v = pop()
        ends = value == weft_vm.notImplemented ? saveByClassOrReduce(v) : reduce(value, v)
      case WriteOp.handled:
        let v = pop()
        if value.isNone { ends = saveOrdinary(v) }
        else if value.isObject, value.isKind(.tuple) { ends = reduce(value, v) }
        else if value.isObject, value.isExact(.function) { ends = saveGlobal(value) }
        else { ends = save(value) }
      case WriteOp.global: ends = global(value, pop())
      case WriteOp.persistent:
        let v = pop()
        if value.isNone { ends = saveObject(v) }
        else if flags & WriterFlag.binary != 0 {
          push(WriteOp.emit, 0x51)
          push(WriteOp.plain, of: value)
        } else {
          push(WriteOp.raw)
          ends = requestApp("pickle_pid_line", value)
        }
      case WriteOp.raw:
        if value.isExact(.bytes) { bytes(value.bytesData, value.bytesCount) }
      case WriteOp.drop: break
      case WriteOp.request:
        if argument == 1 { value = pop(); continue }
        let args = pop(), f = pop()
        guard args.isExact(.tuple) else { ends = fail("damaged pickler"); break }
        store()
        return call(t, f, (0..<args.count).map { args.items[$0] })
      case WriteOp.batch:
        let it = pop()
        push(it)
        push(WriteOp.items, argument)
        ends = requestApp("pickle_batch", it, .bool(argument & 1 != 0))
      case WriteOp.items: ends = batchItems(value, pairs: argument & 1 != 0, started: argument & 2 == 0)
      case WriteOp.tasklet: _ = pop()
      case WriteOp.frame:
        _ = pop()
        within = max(0, within - 1)
      case WriteOp.note: memoize(pop())
      case WriteOp.buffer: ends = buffer(value, pop())
      case WriteOp.checksum:
        let v = pop()
        guard v.isExact(.frame) else { ends = fail("damaged pickler"); break }
        ends = frameBody(v, check: value)
      case WriteOp.fillFrame:
        let parts = pop()
        ends = fillFrame(pop(), parts)
      default: ends = fail("damaged pickler")
      }
      if ends {
        // What was given at once is taken at once.
        if result.isEmpty || direct { return result }
        value = result
        result = .empty
        if !t.pointee.exception.isEmpty { return .empty }
      }
    }
    store()
    return m
  }

  /// After reducer_override or a dispatch table had nothing to say.
  private mutating func saveByClassOrReduce(_ v: Value) -> Bool {
    let table = m.field(WriterField.dispatch)
    if table.isExact(.dict) || flags & WriterFlag.dispatch == 0 { return saveByClass(v) }
    // A dispatch table of another kind is asked now, or was asked.
    if v.isExact(.function) || v.type == BuiltinType.type.object { return saveByClass(v) }
    push(WriteOp.reduced, of: v)
    return requestApp("pickle_dispatch_or_reduce", table, v, .fixnum(proto))
  }

  // MARK: containers

  private mutating func listItems(only: Bool) -> Bool {
    var written = popIndex(), i = popIndex()
    let v = pop()
    guard v.isExact(.list) else { return fail("damaged pickler") }
    let single = only || proto == 0, hooked = flags & WriterFlag.hooked != 0
    while true {
      let n = v.listCount
      if single {
        if written > 0 { byte(0x61); written = 0 }
        if i >= n { return false }
      } else {
        if written > 0 && (written == batchSize || i >= n) { byte(0x65); written = 0 }
        if i >= n { return false }
        if written == 0 { byte(0x28) }
      }
      let x = v.listItems[i]
      i += 1
      written += 1
      if !hooked && outCount - frameStart < 65000 && atom(x) { continue }
      push(v); push(.fixnum(i)); push(.fixnum(written)); push(WriteOp.list, only ? 1 : 0)
      return save(x)
    }
  }

  private mutating func dictItems(only: Bool) -> Bool {
    var written = popIndex()
    let used = popIndex()
    var position = popIndex()
    let v = pop()
    guard v.isExact(.dict) else { return fail("damaged pickler") }
    let single = only || proto == 0, hooked = flags & WriterFlag.hooked != 0
    while true {
      if v.used != used { return raise(.RuntimeError, "dictionary changed size during iteration") }
      if single {
        if written > 0 { byte(0x73); written = 0 }
      } else if written == batchSize { byte(0x75); written = 0 }
      guard !v.table.isEmpty else { return false }
      let r = v.table.tableRef
      while position < Int(r.pointee.fill), r.key(position).isEmpty { position += 1 }
      if position >= Int(r.pointee.fill) {
        if written > 0 { byte(0x75) }
        return false
      }
      let key = r.key(position), x = r.value(position)
      if !single && written == 0 { byte(0x28) }
      position += 1
      written += 1
      if !hooked && outCount - frameStart < 65000 && atom(key) {
        if atom(x) { continue }
        push(v); push(.fixnum(position)); push(.fixnum(used)); push(.fixnum(written)); push(WriteOp.dict, only ? 1 : 0)
        return save(x)
      }
      push(v); push(.fixnum(position)); push(.fixnum(used)); push(.fixnum(written)); push(WriteOp.dict, only ? 1 : 0)
      push(WriteOp.save, of: x)
      return save(key)
    }
  }

  private mutating func setItems() -> Bool {
    var written = popIndex()
    let used = popIndex()
    var position = popIndex()
    let v = pop()
    guard v.isExact(.set) else { return fail("damaged pickler") }
    let hooked = flags & WriterFlag.hooked != 0
    while true {
      if v.used != used { return raise(.RuntimeError, "set changed size during iteration") }
      if written == batchSize { byte(0x90); written = 0 }
      guard !v.table.isEmpty else { return false }
      let r = v.table.tableRef
      while position < Int(r.pointee.fill), r.key(position).isEmpty { position += 1 }
      if position >= Int(r.pointee.fill) {
        if written > 0 { byte(0x90) }
        return false
      }
      let key = r.key(position)
      if written == 0 { byte(0x28) }
      position += 1
      written += 1
      if !hooked && outCount - frameStart < 65000 && atom(key) { continue }
      push(v); push(.fixnum(position)); push(.fixnum(used)); push(.fixnum(written)); push(WriteOp.set)
      return save(key)
    }
  }

  private mutating func frozensetItems() -> Bool {
    let used = popIndex()
    var position = popIndex()
    let v = pop()
    guard v.isExact(.frozenset) else { return fail("damaged pickler") }
    let hooked = flags & WriterFlag.hooked != 0
    while !v.table.isEmpty {
      let r = v.table.tableRef
      while position < Int(r.pointee.fill), r.key(position).isEmpty { position += 1 }
      if position >= Int(r.pointee.fill) { break }
      let key = r.key(position)
      position += 1
      if !hooked && outCount - frameStart < 65000 && atom(key) { continue }
      push(v); push(.fixnum(position)); push(.fixnum(used)); push(WriteOp.frozenset)
      return save(key)
    }
    let k = memo.find(v)
    if k >= 0 {
      op("1")
      get(k)
      return false
    }
    byte(0x91)
    memoize(v)
    return false
  }

  /// `own`: a tuple that nobody else knows.
  private mutating func tupleItems(own: Bool) -> Bool {
    var i = popIndex()
    let v = pop()
    guard v.isExact(.tuple) else { return fail("damaged pickler") }
    let n = v.count, hooked = flags & WriterFlag.hooked != 0
    while i < n {
      let x = v.items[i].isEmpty ? Value.none : v.items[i]
      i += 1
      if !hooked && outCount - frameStart < 65000 && atom(x) { continue }
      push(v); push(.fixnum(i)); push(WriteOp.tuple, own ? 1 : 0)
      return save(x)
    }
    if !own {
      let k = memo.find(v)
      if k >= 0 {
        // It holds itself and is there already.
        if n <= 3 && proto >= 2 { for _ in 0..<n { op("0") } }
        else if flags & WriterFlag.binary != 0 { op("1") }
        else { for _ in 0...n { op("0") } }
        get(k)
        return false
      }
    }
    if n <= 3 && proto >= 2 { byte(UInt8(0x84 + n)) } else { op("t") }
    if !own { memoize(v) }
    return false
  }

  /// Names and values that become an instance's `__dict__`.
  private mutating func attributes() -> Bool {
    var i = popIndex()
    let end = popIndex(), v = pop()
    guard v.isExact(.tuple), end <= v.count else { return fail("damaged pickler") }
    let hooked = flags & WriterFlag.hooked != 0
    if i == 0 {
      op("}")
      memoize(absentDict)
      if end > 2 { op("(") }
    }
    while i + 1 < end {
      // Values of a batch, as a dict's.
      if i > 0 && i % (2 * batchSize) == 0 { byte(0x75); byte(0x28) }
      let key = v.items[i], x = v.items[i + 1]
      i += 2
      if !hooked && outCount - frameStart < 65000 && atom(key) {
        if atom(x) { continue }
        push(v); push(.fixnum(end)); push(.fixnum(i)); push(WriteOp.attributes)
        return save(x)
      }
      push(v); push(.fixnum(end)); push(.fixnum(i)); push(WriteOp.attributes)
      push(WriteOp.save, of: x)
      return save(key)
    }
    byte(end > 2 ? 0x75 : 0x73)
    op("b")
    return false
  }
  private var absentDict: Value { .none }

  /// [iterator] is on the stack; `value` is the list of what comes next, up to a batch.
  private mutating func batchItems(_ value: Value, pairs: Bool, started: Bool) -> Bool {
    if !started {
      // [iterator]: the list has come.
      let it = pop()
      guard value.isExact(.list) else { return fail("damaged pickler") }
      let n = value.listCount
      if n == 0 { return false }
      if n == (pairs ? 2 * batchSize : batchSize) && proto > 0 { push(it); push(WriteOp.batch, pairs ? 3 : 2) }
      else if proto == 0 { push(it); push(WriteOp.batch, pairs ? 3 : 2) }
      let single = n == (pairs ? 2 : 1) || proto == 0
      if !single { op("(") }
      push(value); push(.fixnum(0)); push(single ? .true : .false); push(WriteOp.items, pairs ? 1 : 0)
      return false
    }
    let single = pop() == .true
    var i = popIndex()
    let v = pop()
    guard v.isExact(.list) else { return fail("damaged pickler") }
    let hooked = flags & WriterFlag.hooked != 0, width = pairs ? 2 : 1
    while true {
      if single && i > 0 && i % width == 0 { byte(pairs ? 0x73 : 0x61) }
      if i >= v.listCount { break }
      let x = v.listItems[i]
      i += 1
      if !hooked && outCount - frameStart < 65000 && atom(x) { continue }
      push(v); push(.fixnum(i)); push(single ? .true : .false); push(WriteOp.items, pairs ? 1 : 0)
      return save(x)
    }
    if !single { byte(pairs ? 0x75 : 0x65) }
    return false
  }

  // MARK: results of questions

  private mutating func global(_ value: Value, _ v: Value) -> Bool {
    if value.isFixnum {
      let code = value.fixnum
      if code <= 0xff { op(Unicode.Scalar(UInt8(0x82)), u8: code) }
      else if code <= 0xffff { byte(0x83); byte(UInt8(truncatingIfNeeded: code)); byte(UInt8(truncatingIfNeeded: code >> 8)) }
      else { op(0x84, u32: code) }
      return false
    }
    if value.isExact(.bytes) {
      bytes(value.bytesData, value.bytesCount)
      memoize(v)
      return false
    }
    if value.isExact(.list), value.listCount == 2 {
      push(WriteOp.memoize, of: v)
      return reduce(pair(t, value.listItems[0], value.listItems[1]), .none)
    }
    guard value.isExact(.tuple), value.count == 2 else { return fail("damaged pickler") }
    push(WriteOp.memoize, of: v)
    push(WriteOp.emit, 0x93)
    push(WriteOp.save, of: value.items[1])
    push(WriteOp.save, of: value.items[0])
    return false
  }

  /// What `pickle_buffer` said: None for out of band and writable, True for out of band and read-only, else bytes or bytearray.
  private mutating func buffer(_ value: Value, _ v: Value) -> Bool {
    if value.isNone { byte(0x97); return false }
    if value == .true { byte(0x97); byte(0x98); return false }
    if value.isExact(.bytes) { return bytesObject(v, value.bytesData, value.bytesCount) }
    guard value.isExact(.bytearray) else { return fail("damaged pickler") }
    return bytearrayObject(v, value.bytearrayData, value.bytearrayCount)
  }
}

// MARK: natives

private let plainWriterFields = [
  WriterField.work, WriterField.frameStart, WriterField.memo, WriterField.proto, WriterField.flags, WriterField.owner, WriterField.persistentID, WriterField.override,
  WriterField.dispatch, WriterField.buffers, WriterField.within, WriterField.nesting, WriterField.write,
]

private func newWriter(_ t: ThreadRef, proto: Int, fixImports: Bool) -> Value {
  let m = makeInstance(t, weft_roots()[PickleRoot.writerType])
  for i in 0..<WriterField.count { m.fields[i] = .none }
  m.fields[WriterField.work] = makeList(t)
  m.fields[WriterField.memo] = makeList(t)
  for i in [WriterField.outCount, WriterField.firstYoung, WriterField.epoch, WriterField.within, WriterField.nesting, WriterField.oldUsed, WriterField.youngUsed] { m.fields[i] = .fixnum(0) }
  m.fields[WriterField.frameStart] = .fixnum(-1)
  m.fields[WriterField.proto] = .fixnum(proto)
  m.fields[WriterField.flags] = .fixnum((proto > 0 ? WriterFlag.binary : 0) | (fixImports && proto < 3 ? WriterFlag.fixImports : 0)
                                        | (weft_roots()[PickleRoot.active].isEmpty ? 0 : WriterFlag.suspended))
  m.fields[WriterField.dispatch] = getString(appNamespace, intern(t, "pickle_dispatch_table"))
  writeBarrier(m.object)
  return m
}

/// Sets a dump of `v` up.
private func begin(_ w: inout PickleWriter, _ v: Value) {
  if w.proto >= 2 { w.byte(0x80); w.byte(UInt8(w.proto)) }
  if w.proto >= 4 { w.flags |= WriterFlag.framing }
  w.push(WriteOp.emit, 0x2e)
  w.push(WriteOp.save, of: v)
}
/// The whole dump, or what was not written to the file yet.
private func finish(_ t: ThreadRef, _ m: Value) -> Value {
  guard var w = PickleWriter(t, m, direct: false) else { return t.raise(.SystemError, "damaged pickler") }
  w.closeFrame()
  if w.flags & (WriterFlag.frames | WriterFlag.flushed) == WriterFlag.frames { w.seal() }
  w.flags &= ~(WriterFlag.framing | WriterFlag.frames | WriterFlag.flushed)
  let b = w.takeOutput()
  w.store()
  m.fields[WriterField.out] = .none
  return b
}

func installPickler(_ t: ThreadRef) {
  let type = defineType(t, "pickler_state", module: "_weft", fields: WriterField.count, base: BuiltinType.object.object, subclassable: false)
  weft_roots()[PickleRoot.writerType] = type
  setString(t, appNamespace, intern(t, "pickle_writer_type"), type)
  // dumps() where all arguments are in order: (object, protocol, fix_imports).
  defineAppNative(t, "pickle_dumps_now", "(obj, protocol, fix_imports, /)") { t, a, n in
    let m = newWriter(t, proto: a[1].fixnum, fixImports: a[2] == .true)
    guard var w = PickleWriter(t, m, direct: true) else { return t.raise(.SystemError, "damaged pickler") }
    begin(&w, a[0])
    let r = w.run(.none)
    return r == m ? finish(t, m) : r
  }
  defineAppNative(t, "pickle_writer_new", "(protocol, fix_imports, owner, write, buffers, /)") { t, a, n in
    let m = newWriter(t, proto: a[0].fixnum, fixImports: a[1] == .true)
    for (f, k) in [(WriterField.owner, 2), (WriterField.write, 3), (WriterField.buffers, 4)] { m.fields[f] = a[k] }
    if !a[3].isNone { m.fields[WriterField.flags] = .fixnum(m.field(WriterField.flags).fixnum | WriterFlag.file) }
    writeBarrier(m.object)
    return m
  }
  // Hooks of the application: persistent_id and reducer_override or None, the dispatch table, whether there is a memo.
  defineAppNative(t, "pickle_writer_hooks", "(writer, persistent, override, dispatch, fast, /)") { t, a, n in
    guard isWriter(a[0]) else { return t.typeError("pickler expected") }
    var flags = a[0].field(WriterField.flags).fixnum & ~(WriterFlag.persistent | WriterFlag.override | WriterFlag.dispatch | WriterFlag.fast)
    if !a[1].isNone { flags |= WriterFlag.persistent }
    if !a[2].isNone { flags |= WriterFlag.override }
    if !a[3].isNone && !a[3].isExact(.dict) { flags |= WriterFlag.dispatch }
    if a[4] == .true { flags |= WriterFlag.fast; flags &= ~WriterFlag.suspended }
    setField(a[0], WriterField.flags, .fixnum(flags))
    setField(a[0], WriterField.persistentID, a[1])
    setField(a[0], WriterField.override, a[2])
    setField(a[0], WriterField.dispatch, a[3].isNone ? getString(appNamespace, intern(t, "pickle_dispatch_table")) : a[3])
    return .none
  }
  defineAppNative(t, "pickle_begin", "(writer, obj, /)") { t, a, n in
    guard var w = PickleWriter(t, a[0], direct: false) else { return t.raise(.SystemError, "damaged pickler") }
    while w.count > 0 { _ = w.pop() }
    w.outCount = 0
    w.frameStart = -1
    w.within = 0
    w.nesting = 0
    begin(&w, a[1])
    w.store()
    return .none
  }
  // One step; gives the writer itself when all is written. What else it gives goes into the next step.
  defineAppNative(t, "pickle_step", "(writer, value, /)") { t, a, n in
    guard var w = PickleWriter(t, a[0], direct: false) else { return t.raise(.SystemError, "damaged pickler") }
    return w.run(a[1])
  }
  defineAppNative(t, "pickle_finish", "(writer, /)") { t, a, n in
    guard isWriter(a[0]) else { return t.typeError("pickler expected") }
    return finish(t, a[0])
  }
  // Forgets what an error left.
  defineAppNative(t, "pickle_abandon", "(writer, /)") { t, a, n in
    guard var w = PickleWriter(t, a[0], direct: false) else { return .none }
    while w.count > 0 { _ = w.pop() }
    w.outCount = 0
    w.frameStart = -1
    w.within = 0
    w.nesting = 0
    w.flags &= ~(WriterFlag.framing | WriterFlag.frames | WriterFlag.flushed)
    w.store()
    a[0].fields[WriterField.out] = .none
    return .none
  }
  // Whether what is being written is part of a frame.
  defineAppNative(t, "pickle_within", "(writer, /)") { t, a, n in
    guard isWriter(a[0]), a[0].field(WriterField.within).isFixnum else { return .fixnum(0) }
    return a[0].field(WriterField.within)
  }
  defineAppNative(t, "pickle_memo_list", "(writer, /)") { t, a, n in
    guard isWriter(a[0]) else { return t.typeError("pickler expected") }
    let l = a[0].field(WriterField.memo)
    return makeList(t, from: l.listCapacity == 0 ? l.fields : l.listItems, count: l.listCount)
  }
  // A memo of these objects, in their order.
  defineAppNative(t, "pickle_memo_set", "(writer, objects, /)") { t, a, n in
    guard isWriter(a[0]), a[1].isExact(.list) else { return t.typeError("pickler expected") }
    setField(a[0], WriterField.memo, makeList(t))
    for f in [WriterField.oldIndex, WriterField.youngIndex] { a[0].fields[f] = .none }
    for f in [WriterField.firstYoung, WriterField.oldUsed, WriterField.youngUsed] { a[0].fields[f] = .fixnum(0) }
    guard var w = PickleWriter(t, a[0], direct: false) else { return .none }
    for i in 0..<a[1].listCount { _ = w.memo.add(a[1].listItems[i]) }
    w.store()
    return .none
  }
  // A writer in the middle of a dump as plain values, and back.
  defineAppNative(t, "pickle_writer_parts", "(writer, /)") { t, a, n in
    guard var w = PickleWriter(t, a[0], direct: false) else { return t.raise(.SystemError, "damaged pickler") }
    let out = makeBytes(t, UnsafeRawBufferPointer(start: w.out, count: w.outCount))
    w.store()
    return makeTuple(t, [out] + plainWriterFields.map { a[0].field($0) })
  }
  defineAppNative(t, "pickle_writer_fill", "(writer, parts, /)") { t, a, n in
    guard isWriter(a[0]), a[1].isExact(.tuple), a[1].count == plainWriterFields.count + 1, a[1].items[0].isExact(.bytes) else { return t.valueError("damaged pickler") }
    let data = a[1].items[0], raw = makeRawMemory(t, data.bytesCount + 64)
    memcpy(raw.raw + 16, data.bytesData, data.bytesCount)
    for (i, f) in plainWriterFields.enumerated() { a[0].fields[f] = a[1].items[i + 1] }
    a[0].fields[WriterField.out] = raw
    a[0].fields[WriterField.outCount] = .fixnum(data.bytesCount)
    for f in [WriterField.oldIndex, WriterField.youngIndex] { a[0].fields[f] = .none }
    for f in [WriterField.firstYoung, WriterField.oldUsed, WriterField.youngUsed] { a[0].fields[f] = .fixnum(0) }
    a[0].fields[WriterField.epoch] = .fixnum(-1)
    writeBarrier(a[0].object)
    return PickleWriter(t, a[0], direct: false) == nil ? t.valueError("damaged pickler") : .none
  }
  // Where an error happened: the tasklets and frames that are being written, outermost first, each frame followed by
  // its parts and the number of those begun.
  defineAppNative(t, "pickle_path", "(writer, /)") { t, a, n in
    let out = makeList(t)
    guard isWriter(a[0]), a[0].field(WriterField.work).isExact(.list) else { return out }
    let work = a[0].field(WriterField.work)
    var i = work.listCount - 1
    var found: [Value] = [], parts = Value.none, at = Value.fixnum(0)
    while i >= 0, work.listItems[i].isFixnum {
      let op = work.listItems[i].fixnum & 0xff, argument = work.listItems[i].fixnum >> 8
      guard op < WriteOp.operands.count else { break }
      let k = WriteOp.needs(op, argument)
      guard i - k >= 0 else { break }
      switch op {
      case WriteOp.tuple where argument == 1:
        parts = work.listItems[i - 2]
        at = work.listItems[i - 1]
      case WriteOp.frame:
        found.append(makeTuple(t, [work.listItems[i - 1], parts, at]))
        parts = .none
      case WriteOp.tasklet: found.append(work.listItems[i - 1])
      default: break
      }
      i -= k + 1
    }
    for v in found.reversed() { listAppend(t, out, v) }
    return out
  }
  // A writer for Exercise.swift: takes suspended computations, and what they share with others as numbers.
  defineAppNative(t, "pickle_writer_keeping", "()") { t, a, n in
    let m = newWriter(t, proto: 4, fixImports: false)
    m.fields[WriterField.flags] = .fixnum(m.field(WriterField.flags).fixnum | WriterFlag.suspended | WriterFlag.keeping)
    return m
  }
  // From now on suspended computations are taken.
  defineAppNative(t, "pickle_take_suspended", "()") { t, a, n in weft_roots()[PickleRoot.active] = .true; return .none }
  // What pickles of suspended computations need to know.
  defineAppNative(t, "pickle_activate", "(names, handlers, checksums, loaders, version, /)") { t, a, n in
    guard a[0].isExact(.dict), a[1].isExact(.dict), a[2].isExact(.dict), a[3].isExact(.tuple) else { return t.typeError("dicts expected") }
    for (root, i) in [(PickleRoot.names, 0), (PickleRoot.handlers, 1), (PickleRoot.checksums, 2), (PickleRoot.loaders, 3), (PickleRoot.version, 4)] { weft_roots()[root] = a[i] }
    return .none
  }
  defineAppNative(t, "pickle_take", "(module, /)") { t, a, n in weft_roots()[PickleRoot.taken] = a[0]; return .none }
  installPickleReader(t)
}
