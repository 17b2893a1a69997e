// The pickler's machine, continued: what goes how, and the loop over what is still to be written.

import Builtins
import Heap
import Objects

/// The stack's entry for "no object".
private var absent: Value { .none }

extension PickleWriter {
  mutating func save(_ v: Value) -> Bool {
    if flags & WriterFlag.persistent != 0 {
      push(WriteOp.persistent, of: v)
      return request(m.field(WriterField.persistentID), v)
    }
    if flags & WriterFlag.keeping != 0, staysInExercise(v) {
      _ = atom(.fixnum(numberInExercise(t, v)))
      byte(0x51)
      return false
    }
    return saveObject(v)
  }

  mutating func saveObject(_ v: Value) -> Bool {
    if atom(v) { return false }
    switch v.object.pointee.shape {
    case BuiltinType.str.shape: return str(v)
    case BuiltinType.bytes.shape:
      if proto >= 3 { return bytesObject(v, v.bytesData, v.bytesCount) }
      push(WriteOp.reduced, of: v)
      return requestApp("pickle_old_bytes", v, .fixnum(proto))
    default: break
    }
    if flags & WriterFlag.suspended != 0, let ends = saveSuspended(v) { return ends }
    return saveOrdinary(v)
  }

  /// Containers, then what classes and hooks say.
  mutating func saveOrdinary(_ v: Value) -> Bool {
    let binary = flags & WriterFlag.binary != 0
    switch v.object.pointee.shape {
    case BuiltinType.list.shape:
      if flags & WriterFlag.fast != 0, cyclic(v) { return cyclicError(v) }
      if binary { op("]") } else { op("("); op("l") }
      memoize(v)
      if v.listCount == 0 { return false }
      push(v); push(.fixnum(0)); push(.fixnum(0))
      push(WriteOp.list, v.listCount == 1 ? 1 : 0)
      return false
    case BuiltinType.tuple.shape:
      let n = v.count
      if n == 0 {
        if binary { op(")") } else { op("("); op("t") }
        return false
      }
      if flags & WriterFlag.fast != 0, cyclic(v) { return cyclicError(v) }
      if n > 3 || proto < 2 { op("(") }
      push(v); push(.fixnum(0)); push(WriteOp.tuple)
      return false
    case BuiltinType.dict.shape:
      if flags & WriterFlag.fast != 0, cyclic(v) { return cyclicError(v) }
      if binary { op("}") } else { op("("); op("d") }
      memoize(v)
      if v.used == 0 { return false }
      push(v); push(.fixnum(0)); push(.fixnum(v.used)); push(.fixnum(0))
      push(WriteOp.dict, v.used == 1 ? 1 : 0)
      return false
    case BuiltinType.set.shape, BuiltinType.frozenset.shape:
      let frozen = v.isExact(.frozenset)
      if proto < 4 {
        push(WriteOp.reduced, of: v)
        return requestApp("pickle_old_set", v)
      }
      if frozen {
        op("(")
        push(v); push(.fixnum(0)); push(.fixnum(v.used)); push(WriteOp.frozenset)
        return false
      }
      byte(0x8f)
      memoize(v)
      if v.used == 0 { return false }
      push(v); push(.fixnum(0)); push(.fixnum(v.used)); push(.fixnum(0))
      push(WriteOp.set)
      return false
    case BuiltinType.bytearray.shape:
      if proto >= 5 { return bytearrayObject(v, v.bytearrayData, v.bytearrayCount) }
      push(WriteOp.reduced, of: v)
      return requestApp("pickle_old_bytearray", v)
    default: break
    }
    if isBuffer(v) { return pickleBuffer(v) }
    if flags & WriterFlag.override != 0 {
      push(WriteOp.overridden, of: v)
      return request(m.field(WriterField.override), v)
    }
    return saveByClass(v)
  }

  mutating func saveByClass(_ v: Value) -> Bool {
    let type = v.type
    if type == BuiltinType.type.object {
      if v == BuiltinType.noneType.object || v == BuiltinType.notImplementedType.object || v == BuiltinType.ellipsisType.object {
        push(WriteOp.reduced, of: v)
        return requestApp("pickle_singleton_type", v)
      }
      return saveGlobal(v)
    }
    if v.isExact(.function) { return saveGlobal(v) }
    let table = m.field(WriterField.dispatch)
    if table.isExact(.dict), let h = nativeHash(type) {
      let i = find(table, type, h)
      if i >= 0 {
        push(WriteOp.reduced, of: v)
        return request(table.table.tableRef.value(i), v)
      }
      if i == Probe.missing {
        if isType(v) { return saveGlobal(v) }
        if let ends = saveInstance(v) { return ends }
        return saveReduced(v)
      }
    }
    if table.isNone { return isType(v) ? saveGlobal(v) : saveReduced(v) }
    push(WriteOp.overridden, of: v)
    return requestApp("pickle_dispatch", table, v)
  }

  /// By `__reduce_ex__`; where nothing unusual is about, without asking for the attribute.
  mutating func saveReduced(_ v: Value) -> Bool {
    let type = v.type
    if isSubtype(type, taskletType) { push(WriteOp.tasklet, of: v) }
    push(WriteOp.reduced, of: v)
    if within > 0 && type.typeObject.pointee.flags & TypeFlag.heapType != 0 { return requestApp("pickling_instance", v, .fixnum(proto)) }
    if lookup(type, Name.__getattribute__.value) == objectGetattribute, instanceAttribute(v, Name.__reduce_ex__.value).isEmpty {
      let ex = lookup(type, Name.__reduce_ex__.value)
      if ex == lookup(BuiltinType.object.object, Name.__reduce_ex__.value) {
        let plain = lookup(type, Name.__reduce__.value)
        if plain.isExact(.function), plain != lookup(BuiltinType.object.object, Name.__reduce__.value), instanceAttribute(v, Name.__reduce__.value).isEmpty {
          return request(plain, v)
        }
      }
      if ex.isExact(.function) { return request(ex, v, .fixnum(proto)) }
    }
    return requestApp("pickle_reduce", v, .fixnum(proto))
  }

  /// An instance of a class written in Python that says nothing about pickling: its attributes. nil where that is not so.
  mutating func saveInstance(_ v: Value) -> Bool? {
    guard proto >= 2, v.shape.pointee.layout == Layout.record.rawValue else { return nil }
    let type = v.type, p = type.typeObject
    guard p.pointee.flags & TypeFlag.heapType != 0, p.pointee.kind == UInt8(BuiltinType.object.rawValue), p.pointee.fixedSlots == 0,
          p.pointee.flags & TypeFlag.attributes != 0 else { return nil }
    let base = BuiltinType.object.object
    func plain(_ n: Name) -> Bool { lookup(type, n.value) == lookup(base, n.value) }
    guard plain(.__reduce_ex__), plain(.__reduce__), plain(.__getstate__), plain(.__class__), lookup(type, Name.__getattribute__.value) == objectGetattribute,
          lookup(type, Name.__getnewargs__.value).isEmpty, lookup(type, Name.__getnewargs_ex__.value).isEmpty,
          lookup(type, intern(t, "__slotnames__")).isEmpty || p.pointee.fixedSlots == 0 else { return nil }
    let s = v.shape
    var state = Value.none
    if s.pointee.flags & ShapeFlag.dictMode != 0 {
      state = v.fields[Int(s.pointee.fixedSlots)]
      guard state.isExact(.dict) else { return nil }
      for n in [Name.__reduce_ex__, .__reduce__, .__getstate__] where !getString(state, n.value).isEmpty { return nil }
      if state.used == 0 { state = .none }
    } else if s.pointee.flags & ShapeFlag.trailer != 0 { return nil } else if within > 0 && isMark(v, s) { return nil } else if s.pointee.slotCount > 0 {
      let n = Int(s.pointee.slotCount), keys = s.keyArray()
      let pairs = makeTuple(t, count: n * 2)
      var k = 0
      for i in 0..<n {
        let x = slotAddress(v, s, i).pointee
        if x.isEmpty { continue }
        let key = keys[i]
        if key == Name.__reduce_ex__.value || key == Name.__reduce__.value || key == Name.__getstate__.value { return nil }
        pairs.items[k] = key; pairs.items[k + 1] = x
        k += 2
      }
      if k > 0 { push(pairs); push(.fixnum(k)); push(.fixnum(0)); push(WriteOp.attributes) }
    }
    if !state.isNone {
      push(WriteOp.emit, 0x62)
      push(WriteOp.save, of: state)
    }
    push(WriteOp.memoize, of: v)
    push(WriteOp.emit, 0x81)
    push(WriteOp.emit, 0x29)
    push(WriteOp.save, of: type)
    return false
  }

  /// Whether an instance has no more state than a name: it may be there to be compared by identity (`pickling_sentinel`).
  private func isMark(_ v: Value, _ s: ShapeRef) -> Bool {
    s.pointee.slotCount == 0 || s.pointee.slotCount == 1 && slotAddress(v, s, 0).pointee.isStr
  }

  /// An exact PickleBuffer: the class in Python right above the native one.
  func isBuffer(_ v: Value) -> Bool {
    let type = v.type, p = type.typeObject.pointee
    return p.nativeFields == 1 && p.base == weft_roots()[PickleRoot.buffer] && type == getString(appNamespace, intern(t, "picklebuffer"))
  }
  mutating func pickleBuffer(_ v: Value) -> Bool {
    if proto < 5 { return fail("PickleBuffer can only be pickled with protocol >= 5") }
    push(WriteOp.buffer, of: v)
    return requestApp("pickle_buffer", v, m.field(WriterField.buffers))
  }

  // MARK: by name

  /// Module and qualified name of a function or class that is found under them.
  func importable(_ v: Value) -> (Value, Value)? {
    var module: Value, name: Value
    if v.isExact(.function) || v.isExact(.appFunction) { module = v.field(FunctionField.module); name = v.field(FunctionField.qualifiedName) }
    else if isType(v) { module = moduleOf(t, type: v); name = v.typeObject.pointee.qualifiedName }
    else { return nil }
    guard module.isExact(.str), name.isExact(.str), name.strCount > 0 else { return nil }
    let modules = modulesDict(t)
    if modules.isEmpty { return nil }
    let found = getString(modules, module)
    guard found.isExact(.module), found.field(0).isExact(.dict) else { return nil }
    if flags & WriterFlag.suspended != 0 {
      // What goes by value: a module that is being imported, or that a snapshot takes along.
      if found == weft_roots()[PickleRoot.taken] { return nil }
      let spec = getString(found.field(0), Name.__spec__.value)
      if spec.isObject, instanceAttribute(spec, intern(t, "_initializing")) == .true { return nil }
    }
    var at = 0, place = Value.empty
    while at <= name.strCount {
      var end = at
      while end < name.strCount && name.codePoint(end) != 0x2e { end += 1 }
      let part = intern(substring(t, name, at, end))
      if place.isEmpty { place = getString(found.field(0), part) }
      else {
        // Only what a class holds as it is.
        guard isType(place), place.type == BuiltinType.type.object else { return nil }
        place = lookup(place, part)
        guard place.isExact(.function) || isType(place) else { return nil }
      }
      if place.isEmpty { return nil }
      at = end + 1
    }
    return place == v ? (module, name) : nil
  }

  mutating func saveGlobal(_ v: Value) -> Bool {
    let registry = getString(appNamespace, intern(t, "pickle_extensions"))
    if proto >= 4, registry.isExact(.dict), registry.used == 0, let (module, name) = importable(v) {
      push(WriteOp.memoize, of: v)
      push(WriteOp.emit, 0x93)
      push(WriteOp.save, of: name)
      push(WriteOp.save, of: module)
      return false
    }
    push(WriteOp.global, of: v)
    return requestApp("pickle_find_global", v, .none, .fixnum(proto), .bool(flags & WriterFlag.fixImports != 0))
  }

  // MARK: what __reduce__ gave

  mutating func reduce(_ r: Value, _ v: Value) -> Bool {
    if r.isObject && r.isStr {
      push(WriteOp.global, of: v)
      return requestApp("pickle_find_global", v, r, .fixnum(proto), .bool(flags & WriterFlag.fixImports != 0))
    }
    guard r.isObject, r.isKind(.tuple) else { return fail("__reduce__ must return a string or tuple") }
    let n = r.count
    guard n >= 2, n <= 6 else { return fail("tuple returned by __reduce__ must contain 2 through 6 elements") }
    let f = r.items[0], args = r.items[1]
    guard f.isObject, isType(f) || f.isExact(.function) || f.isExact(.appFunction) || !lookup(f.type, Name.__call__.value).isEmpty else {
      return fail("first item of the tuple returned by __reduce__ must be callable")
    }
    guard args.isObject, args.isKind(.tuple) else { return fail("second item of the tuple returned by __reduce__ must be a tuple") }
    for (i, word, what) in [(3, "fourth", "an iterator"), (4, "fifth", "an iterator")] where n > i && !r.items[i].isNone {
      if lookup(r.items[i].type, Name.__next__.value).isEmpty {
        return fail("\(word) element of the tuple returned by __reduce__ must be \(what), not \(typeName(r.items[i]))")
      }
    }
    if n > 5, !r.items[5].isNone, lookup(r.items[5].type, Name.__call__.value).isEmpty {
      return fail("sixth element of the tuple returned by __reduce__ must be a function, not \(typeName(r.items[5]))")
    }
    // An object may reduce to itself for ever.
    nesting += 1
    if nesting > 20_000 { return raise(.RecursionError, "maximum recursion depth exceeded while pickling an object") }
    push(r); push(v); push(WriteOp.made)
    var name = Value.empty
    if f.isExact(.function) || f.isExact(.appFunction) { name = f.field(FunctionField.name) }
    if proto >= 2, name.isExact(.str), strEqual(name, intern(t, "__newobj_ex__")) {
      guard args.count == 3 else { return fail("length of the NEWOBJ_EX argument tuple must be exactly 3, not \(args.count)") }
      let cls = args.items[0], more = args.items[1], keywords = args.items[2]
      guard isType(cls) else { return fail("first item from NEWOBJ_EX argument tuple must be a class, not \(typeName(cls))") }
      guard more.isObject, more.isKind(.tuple) else { return fail("second item from NEWOBJ_EX argument tuple must be a tuple, not \(typeName(more))") }
      guard keywords.isObject, keywords.isKind(.dict) else { return fail("third item from NEWOBJ_EX argument tuple must be a dict, not \(typeName(keywords))") }
      if proto >= 4 {
        push(WriteOp.emit, 0x92)
        push(WriteOp.save, of: keywords)
        push(WriteOp.save, of: more)
        push(WriteOp.save, of: cls)
        return false
      }
      push(WriteOp.emit, 0x52)
      push(WriteOp.save, of: weft_vm.emptyTuple)
      push(WriteOp.handled, of: absent)
      return requestApp("pickle_partial", cls, more, keywords)
    }
    if proto >= 2, name.isExact(.str), strEqual(name, intern(t, "__newobj__")) {
      guard args.count > 0 else { return fail("__newobj__ arglist is empty") }
      let cls = args.items[0]
      guard isType(cls) else { return fail("args[0] from __newobj__ args is not a type") }
      if !v.isNone, v.type != cls, lookup(v.type, Name.__class__.value) == lookup(BuiltinType.object.object, Name.__class__.value),
         lookup(v.type, Name.__getattribute__.value) == objectGetattribute {
        return fail("args[0] from __newobj__ args has the wrong class")
      }
      push(WriteOp.emit, 0x81)
      push(WriteOp.save, of: makeTuple(t, from: args.items + 1, count: args.count - 1))
      push(WriteOp.save, of: cls)
      return false
    }
    push(WriteOp.emit, 0x52)
    push(WriteOp.save, of: args)
    push(WriteOp.save, of: f)
    return false
  }

  /// The object is there: its number, then items and state.
  mutating func made(_ r: Value, _ v: Value) -> Bool {
    nesting -= 1
    guard r.isObject, r.isKind(.tuple), r.count >= 2, r.count <= 6 else { return fail("damaged pickler") }
    if !v.isNone {
      let k = memo.find(v)
      if k >= 0 {
        // It holds itself and is there already: what was built is thrown away.
        op("0")
        get(k)
        return false
      }
      memoize(v)
    }
    let n = r.count
    if n > 2, !r.items[2].isNone {
      if n > 5, !r.items[5].isNone {
        push(WriteOp.emit, 0x30)
        push(WriteOp.emit, 0x52)
        push(WriteOp.emit, 0x86)
        push(WriteOp.save, of: r.items[2])
        push(WriteOp.save, of: v)
        push(WriteOp.save, of: r.items[5])
      } else {
        push(WriteOp.emit, 0x62)
        push(WriteOp.save, of: r.items[2])
      }
    }
    if n > 4, !r.items[4].isNone {
      let it = r.items[4]
      if it.isExact(.dictItemIterator), it.field(0).isExact(.dict), it.field(1) == .fixnum(0), it.field(0).used > 0, flags & WriterFlag.binary != 0 {
        let d = it.field(0)
        push(d); push(.fixnum(0)); push(.fixnum(d.used)); push(.fixnum(0)); push(WriteOp.dict, d.used == 1 ? 1 : 0)
      } else {
        push(it); push(WriteOp.batch, 3)
      }
    }
    if n > 3, !r.items[3].isNone { push(r.items[3]); push(WriteOp.batch, 2) }
    return false
  }

  // MARK: suspended things

  func isNamed(_ v: Value) -> Value {
    guard v.isObject, v.object.pointee.gc & GCBit.old != 0 else { return .empty }
    let names = weft_roots()[PickleRoot.names]
    guard names.isExact(.dict), let h = nativeHash(.fixnum(Int(bitPattern: UInt(v.bits)))) else { return .empty }
    let i = find(names, .fixnum(Int(bitPattern: UInt(v.bits))), h)
    guard i >= 0 else { return .empty }
    let entry = names.table.tableRef.value(i)
    guard entry.isExact(.tuple), entry.count == 2, entry.items[0] == v, entry.items[1].isExact(.str) else { return .empty }
    return entry.items[1]
  }

  mutating func loader(_ i: Int) {
    let all = weft_roots()[PickleRoot.loaders]
    guard all.isExact(.tuple), all.count == Loader.count else { return }
    let f = all.items[i], n = memo.find(f)
    if n >= 0 { get(n); return }
    if proto < 4 { line("c", Array("_weft\n\(Loader.names[i])".utf8)) }
    else {
      _ = atom(intern(t, "_weft"))
      _ = atom(intern(t, Loader.names[i]))
      byte(0x93)
    }
    memoize(f)
  }
  private mutating func app(_ name: Value, _ v: Value) -> Bool {
    loader(Loader.app)
    _ = atom(name)
    byte(0x85)
    op("R")
    memoize(v)
    return false
  }
  private mutating func handler(_ v: Value) -> Bool {
    let handlers = weft_roots()[PickleRoot.handlers]
    guard handlers.isExact(.dict), let h = nativeHash(v.type) else { return saveOrdinary(v) }
    let i = find(handlers, v.type, h)
    guard i >= 0, !handlers.table.tableRef.value(i).isNone else { return saveOrdinary(v) }
    push(WriteOp.handled, of: v)
    return request(handlers.table.tableRef.value(i), m, v)
  }

  /// Things that have a form of their own here; nil for the others.
  mutating func saveSuspended(_ v: Value) -> Bool? {
    guard proto >= 2, flags & WriterFlag.fast == 0 else { return nil }
    // The places of an iterator are those of the dict as it is, not as it would be loaded.
    if flags & WriterFlag.keeping != 0, v.isExact(.dictKeyIterator) || v.isExact(.dictValueIterator) || v.isExact(.dictItemIterator), staysInExercise(v.field(0)) { return saveRecord(v) }
    switch v.object.pointee.shape {
    case BuiltinType.list.shape, BuiltinType.tuple.shape, BuiltinType.bytearray.shape: return nil
    case BuiltinType.dict.shape:
      if v.table.isEmpty { return isNamed(v).isEmpty ? nil : handler(v) }
      if !getString(v, Name.__name__.value).isEmpty || !isNamed(v).isEmpty || v == modulesDict(t) || hasPythonHashes(v) { return handler(v) }
      return nil
    case BuiltinType.set.shape, BuiltinType.frozenset.shape: return hasPythonHashes(v) ? handler(v) : nil
    case BuiltinType.frame.shape: return frame(v)
    case BuiltinType.function.shape:
      let name = isNamed(v)
      if !name.isEmpty { return app(name, v) }
      return importable(v) != nil ? saveGlobal(v) : handler(v)
    case BuiltinType.cell.shape, BuiltinType.generator.shape, BuiltinType.coroutine.shape, BuiltinType.asyncGenerator.shape,
         BuiltinType.coroutineWrapper.shape, BuiltinType.asyncGenWrapped.shape, BuiltinType.traceback.shape, BuiltinType.mappingproxy.shape:
      return saveRecord(v)
    case BuiltinType.method.shape, BuiltinType.listIterator.shape, BuiltinType.tupleIterator.shape, BuiltinType.strIterator.shape,
         BuiltinType.rangeIterator.shape, BuiltinType.enumerate.shape, BuiltinType.zip.shape:
      return within > 0 ? saveRecord(v) : nil
    default: break
    }
    if isType(v) {
      let name = isNamed(v)
      if !name.isEmpty { return app(name, v) }
      if importable(v) != nil { return saveGlobal(v) }
      push(WriteOp.handled, of: v)
      return requestApp("pickling_class", m, v)
    }
    if v.kind == .baseException {
      if within == 0 { return nil }
      push(WriteOp.handled, of: v)
      return requestApp("pickling_exception", m, v)
    }
    let handlers = weft_roots()[PickleRoot.handlers]
    guard handlers.isExact(.dict), let h = nativeHash(v.type) else { return nil }
    let i = find(handlers, v.type, h)
    guard i >= 0, !handlers.table.tableRef.value(i).isNone else { return nil }
    push(WriteOp.handled, of: v)
    return request(handlers.table.tableRef.value(i), m, v)
  }

  /// `_weft.new(row)`, then `_weft.fill(it, parts)`.
  private mutating func saveRecord(_ v: Value) -> Bool {
    guard let row = BuiltinType(rawValue: Int(v.object.pointee.shape) - 1), let parts = recordParts(t, v) else { return handler(v) }
    loader(Loader.new)
    _ = atom(recordName(row))
    byte(0x85)
    op("R")
    memoize(v)
    if row == .generator || row == .coroutine || row == .asyncGenerator, v.field(GeneratorField.frame).isExact(.frame) {
      // The frame comes after it, and is linked with it when it is filled.
      push(WriteOp.emit, 0x30)
      push(WriteOp.save, of: v.field(GeneratorField.frame))
    }
    fill(Loader.fill, v, parts)
    return false
  }
  /// Calls a loader with an object that is there and a tuple; what it returns is dropped.
  private mutating func fill(_ with: Int, _ v: Value, _ parts: Value) {
    loader(with)
    _ = atom(v)
    push(WriteOp.emit, 0x30)
    push(WriteOp.emit, 0x52)
    push(WriteOp.emit, 0x86)
    if parts.count > 3 { op("(") }
    push(parts); push(.fixnum(0)); push(WriteOp.tuple, 1)
  }

  private mutating func frame(_ v: Value) -> Bool {
    if isRunning(t, v) { return raise(.TypeError, "cannot pickle a running frame") }
    let f = v.to(Frame.self), function = f.pointee.function, code = f.pointee.code
    guard function.isObject else { return raise(.TypeError, "cannot pickle 'frame' object") }
    push(v); push(WriteOp.frame)
    within += 1
    if flags & WriterFlag.keeping != 0 { return frameBody(v, check: code) }
    push(WriteOp.checksum, of: v)
    if function.isExact(.function) || function.isExact(.appFunction), function.field(FunctionField.code) == code {
      if code.code.pointee.flags & 0x2000_0000 != 0 { return frame(v, check: weft_roots()[PickleRoot.version]) }
      if importable(function) != nil {
        let sums = weft_roots()[PickleRoot.checksums], key = Value.fixnum(Int(bitPattern: UInt(code.bits)))
        if sums.isExact(.dict), code.object.pointee.gc & GCBit.old != 0, let h = nativeHash(key) {
          let i = find(sums, key, h)
          if i >= 0 {
            let entry = sums.table.tableRef.value(i)
            if entry.isExact(.tuple), entry.count == 2, entry.items[0] == code { return frame(v, check: entry.items[1]) }
          }
        }
      }
    }
    return requestApp("pickling_frame_check", v)
  }
  /// The rest of a frame: on top of the stack is [frame, checksum].
  mutating func frame(_ v: Value, check: Value) -> Bool {
    _ = pop(); _ = pop()
    return frameBody(v, check: check)
  }
  mutating func frameBody(_ v: Value, check: Value) -> Bool {
    let f = v.to(Frame.self)
    let parts = frameParts(t, f, variables: flags & WriterFlag.keeping != 0)
    flags |= WriterFlag.frames
    loader(Loader.newFrame)
    // fill_frame, frame and parts come after the frame was made: an operation of their own.
    push(v); push(parts); push(WriteOp.fillFrame)
    push(WriteOp.memoize, of: v)
    push(WriteOp.emit, 0x52)
    push(WriteOp.emit, 0x86)
    push(WriteOp.save, of: check)
    push(WriteOp.save, of: f.pointee.function)
    return false
  }
  mutating func fillFrame(_ v: Value, _ parts: Value) -> Bool {
    guard parts.isExact(.tuple) else { return fail("damaged pickler") }
    fill(Loader.fillFrame, v, parts)
    return false
  }

  // MARK: fast mode has no memo

  private func cyclic(_ v: Value) -> Bool {
    if count < 150 { return false }
    for i in 0..<count where items[i] == v { return true }
    return false
  }
  private mutating func cyclicError(_ v: Value) -> Bool { requestApp("pickle_fast_cycle", v) }
}
