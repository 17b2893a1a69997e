// Natives of the exception classes.

import Glibc
import Heap
import Objects

func installExceptions(_ t: ThreadRef) {
  let d = TypeDefinition(t, .baseException)
  d.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    let type = isSubtype(a[0], ExceptionType.OSError.object) ? osErrorClass(a[0], a[1]) : a[0]
    let e = makeException(t, type, args: a[1])
    // Unless it is for __init__ alone to do.
    if isSubtype(type, ExceptionType.OSError.object), lookup(type, Name.__init__.value) == lookup(ExceptionType.OSError.object, Name.__init__.value)
       || lookup(type, Name.__new__.value) != lookup(ExceptionType.OSError.object, Name.__new__.value) { takeOSErrorArguments(t, e, a[1]) }
    return e
  }
  d.method("__init__", "(self, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    if !a[2].isEmpty && a[2].used > 0 {
      return t.typeError("\(typeName(a[0]))() takes no keyword arguments")
    }
    setField(a[0], ExceptionField.args, a[1])
    return .none
  }
  d.set("__dict__", instanceDictDescriptor(t, BuiltinType.baseException.object))
  d.method("__repr__", "(self, /)") { t, a, n in callApp(t, named: "exception_repr", a[0]) }
  d.method("__str__", "(self, /)") { t, a, n in
    let args = a[0].field(ExceptionField.args)
    if !args.isKind(.tuple) || args.count == 0 { return weft_vm.emptyStr }
    if args.count == 1 { return args.items[0].isExact(.str) ? args.items[0] : callApp(t, .strFromObject, args.items[0]) }
    return callApp(t, .strFromObject, args)
  }
  d.getset("args", get: { t, a, n in a[0].field(ExceptionField.args) }, set: { t, a, n in
    if a[1].isKind(.tuple) { setField(a[0], ExceptionField.args, a[1]); return .none }
    return callApp(t, named: "exception_set_args", a[0], a[1])
  })
  func link(_ name: String, _ i: Int) {}
  d.getset("__traceback__", get: { t, a, n in let v = a[0].field(ExceptionField.traceback); return v.isEmpty ? .none : v }, set: { t, a, n in
    guard a[1].isNone || a[1].isExact(.traceback) else { return t.typeError("__traceback__ must be a traceback or None") }
    setField(a[0], ExceptionField.traceback, a[1].isNone ? .empty : a[1])
    return .none
  })
  d.getset("__context__", get: { t, a, n in let v = a[0].field(ExceptionField.context); return v.isEmpty ? .none : v }, set: { t, a, n in
    guard a[1].isNone || isExceptionInstance(a[1]) else { return t.typeError("exception context must be None or derive from BaseException") }
    setField(a[0], ExceptionField.context, a[1].isNone ? .empty : a[1])
    return .none
  })
  d.getset("__cause__", get: { t, a, n in let v = a[0].field(ExceptionField.cause); return v.isEmpty ? .none : v }, set: { t, a, n in
    guard a[1].isNone || isExceptionInstance(a[1]) else { return t.typeError("exception cause must be None or derive from BaseException") }
    setField(a[0], ExceptionField.cause, a[1].isNone ? .empty : a[1])
    setField(a[0], ExceptionField.suppress, .true)
    return .none
  })
  d.getset("__suppress_context__", get: { t, a, n in a[0].field(ExceptionField.suppress) == .true ? .true : .false }, set: { t, a, n in
    let q = truthSlow(t, a[1])
    if q.isEmpty { return .empty }
    a[0].fields[ExceptionField.suppress] = q
    return .none
  })
  d.method("with_traceback", "(self, tb, /)") { t, a, n in
    guard a[1].isNone || a[1].isExact(.traceback) else { return t.typeError("__traceback__ must be a traceback or None") }
    setField(a[0], ExceptionField.traceback, a[1].isNone ? .empty : a[1])
    return a[0]
  }
  d.method("add_note", "(self, note, /)") { t, a, n in callApp(t, named: "exception_add_note", a[0], a[1]) }
  d.method("__reduce__", "(self, /)") { t, a, n in callApp(t, named: "exception_reduce", a[0]) }
  d.method("__setstate__", "(self, state, /)") { t, a, n in callApp(t, named: "exception_setstate", a[0], a[1]) }

  member(t, .SystemExit, ["code"])
  member(t, .StopIteration, ["value"])
  member(t, .ImportError, ["msg", "name", "path"])
  member(t, .AttributeError, ["name", "obj"])
  member(t, .NameError, ["name"])
  member(t, .OSError, ["errno", "strerror", "filename", "filename2"])
  for u in [ExceptionType.UnicodeDecodeError, .UnicodeEncodeError, .UnicodeTranslateError] {
    member(t, u, ["encoding", "object", "start", "end", "reason"])
  }
  func initialize(_ e: ExceptionType, _ signature: StaticString, _ code: @escaping NativeCode) {
    TypeDefinition(t, e.object).method("__init__", signature, effects: Effects.leaf, code)
  }
  initialize(.SystemExit, "(self, /, *args)") { t, a, n in
    setField(a[0], ExceptionField.args, a[1])
    setField(a[0], ExceptionField.first, a[1].count == 0 ? .none : a[1].count == 1 ? a[1].items[0] : a[1])
    return .none
  }
  initialize(.StopIteration, "(self, /, *args)") { t, a, n in
    setField(a[0], ExceptionField.args, a[1])
    setField(a[0], ExceptionField.first, a[1].count > 0 ? a[1].items[0] : .none)
    return .none
  }
  initialize(.ImportError, "(self, /, *args, name=None, path=None)") { t, a, n in
    setField(a[0], ExceptionField.args, a[1])
    setField(a[0], ExceptionField.first, a[1].count == 1 ? a[1].items[0] : .none)
    setField(a[0], ExceptionField.first + 1, a[2].isEmpty ? .none : a[2])
    setField(a[0], ExceptionField.first + 2, a[3].isEmpty ? .none : a[3])
    return .none
  }
  TypeDefinition(t, ExceptionType.ImportError.object).method("__str__", "(self, /)") { t, a, n in
    let m = a[0].field(ExceptionField.first)
    if !m.isEmpty && m.isExact(.str) { return m }
    return call(t, lookup(BuiltinType.baseException.object, Name.__str__.value), a[0])
  }
  initialize(.AttributeError, "(self, /, *args, name=None, obj=None)") { t, a, n in
    setField(a[0], ExceptionField.args, a[1])
    setField(a[0], ExceptionField.first, a[2].isEmpty ? .none : a[2])
    setField(a[0], ExceptionField.first + 1, a[3].isEmpty ? .none : a[3])
    return .none
  }
  initialize(.NameError, "(self, /, *args, name=None)") { t, a, n in
    setField(a[0], ExceptionField.args, a[1])
    setField(a[0], ExceptionField.first, a[2].isEmpty ? .none : a[2])
    return .none
  }
  TypeDefinition(t, ExceptionType.KeyError.object).method("__str__", "(self, /)") { t, a, n in
    let args = a[0].field(ExceptionField.args)
    if args.isKind(.tuple) && args.count == 1 { return callApp(t, .repr, args.items[0]) }
    return call(t, lookup(BuiltinType.baseException.object, Name.__str__.value), a[0])
  }
  initialize(.OSError, "(self, /, *args, **kwargs)") { t, a, n in
    // A __new__ of a subclass has given the arguments there are.
    if lookup(a[0].type, Name.__new__.value) != lookup(ExceptionType.OSError.object, Name.__new__.value) { return .none }
    if !a[2].isEmpty && a[2].used > 0 { return t.typeError("\(typeName(a[0]))() takes no keyword arguments") }
    takeOSErrorArguments(t, a[0], a[1])
    return .none
  }
  TypeDefinition(t, ExceptionType.OSError.object).getset("characters_written", get: { t, a, n in
    let v = a[0].field(ExceptionField.first + 4)
    return v.isEmpty ? t.attributeError("characters_written", a[0], Name.characters_written.value) : v
  }, set: { t, a, n in setField(a[0], ExceptionField.first + 4, a[1]); return .none }, delete: { t, a, n in
    if a[0].field(ExceptionField.first + 4).isEmpty { return t.attributeError("characters_written", a[0], Name.characters_written.value) }
    setField(a[0], ExceptionField.first + 4, .empty)
    return .none
  })
  TypeDefinition(t, ExceptionType.OSError.object).method("__str__", "(self, /)") { t, a, n in callApp(t, named: "oserror_str", a[0]) }
  for (u, k) in [(ExceptionType.UnicodeDecodeError, 0), (.UnicodeEncodeError, 1)] {
    if k == 0 { initialize(u, "(self, encoding, object, start, end, reason, /)") { t, a, n in unicodeArguments(t, a, decoding: true) ? .none : .empty } }
    else { initialize(u, "(self, encoding, object, start, end, reason, /)") { t, a, n in unicodeArguments(t, a, decoding: false) ? .none : .empty } }
    TypeDefinition(t, u.object).method("__str__", "(self, /)") { t, a, n in callApp(t, named: "unicode_error_str", a[0]) }
  }
  initialize(.UnicodeTranslateError, "(self, object, start, end, reason, /)") { t, a, n in
    guard a[1].isStr, a[2].isInt, a[3].isInt, a[4].isStr else { return t.typeError("argument 1 must be str, not \(typeName(a[1]))") }
    setField(a[0], ExceptionField.args, makeTuple(t, from: a + 1, count: 4))
    setField(a[0], ExceptionField.first, .none)
    for i in 0..<4 { setField(a[0], ExceptionField.first + 1 + i, a[i + 1]) }
    return .none
  }
  TypeDefinition(t, ExceptionType.UnicodeTranslateError.object).method("__str__", "(self, /)") { t, a, n in callApp(t, named: "unicode_error_str", a[0]) }
  // SyntaxError keeps its details as attributes; the class gives the defaults.
  let s = TypeDefinition(t, ExceptionType.SyntaxError.object)
  for (i, name) in ["msg", "filename", "lineno", "offset", "text"].enumerated() { s.member(name, field: ExceptionField.first + i, flags: 1) }
  for name in ["end_lineno", "end_offset", "print_file_and_line"] { s.set(name, .none) }
  initialize(.SyntaxError, "(self, /, *args)") { t, a, n in
    setField(a[0], ExceptionField.args, a[1])
    let args = a[1]
    if args.count >= 1 { setField(a[0], ExceptionField.first, args.items[0]) }
    if args.count == 2 {
      guard let (p, k) = sequenceItems(args.items[1]), args.items[1].isKind(.tuple) else { return t.typeError("'\(typeName(args.items[1]))' object is not a tuple") }
      if k != 4 && k != 6 { return t.typeError("function takes exactly 4 or 6 arguments (\(k) given)") }
      for i in 0..<4 { setField(a[0], ExceptionField.first + 1 + i, p[i]) }
      if k == 6 {
        _ = setInstanceAttribute(t, a[0], Name.end_lineno.value, p[4])
        _ = setInstanceAttribute(t, a[0], Name.end_offset.value, p[5])
      }
    }
    return .none
  }
  s.method("__str__", "(self, /)") { t, a, n in callApp(t, named: "syntax_error_str", a[0]) }

  let tb = TypeDefinition(t, .traceback)
  tb.new("(type, /, tb_next, tb_frame, tb_lasti, tb_lineno)") { t, a, n in
    guard a[1].isNone || a[1].isExact(.traceback) else { return t.typeError("expected traceback object or None, got '\(typeName(a[1]))'") }
    guard a[2].isExact(.frame) else { return t.typeError("traceback() argument 'tb_frame' must be frame, not \(typeName(a[2]))") }
    guard a[3].isInt, a[4].isInt else { return t.typeError("'\(typeName(a[3].isInt ? a[4] : a[3]))' object cannot be interpreted as an integer") }
    let r = makeRecord(t, .traceback, 4)
    for i in 0..<4 { r.fields[i] = a[i + 1] }
    // An instruction's number is kept, half of what tb_lasti says; odd ones as negative numbers.
    if let lasti = a[3].asInt { r.fields[2] = .fixnum(lasti & 1 == 0 ? lasti / 2 : ~lasti) }
    return r
  }
  tb.getset("tb_next", get: { t, a, n in a[0].field(0) }, set: { t, a, n in
    guard a[1].isNone || a[1].isExact(.traceback) else { return t.typeError("expected traceback object, got '\(typeName(a[1]))'") }
    var c = a[1]
    while c.isExact(.traceback) {
      if c == a[0] { return t.valueError("traceback loop detected") }
      c = c.field(0)
    }
    setField(a[0], 0, a[1])
    return .none
  })
  tb.getset("tb_frame", get: { t, a, n in a[0].field(1) })
  tb.getset("tb_lasti", get: { t, a, n in let i = a[0].field(2).fixnum; return .fixnum(i < 0 ? ~i : i * 2) })
  tb.getset("tb_lineno", get: { t, a, n in a[0].field(3).isFixnum && a[0].field(3).fixnum < 0 ? .none : a[0].field(3) })
  tb.method("__dir__", "(self, /)") { t, a, n in makeList(t, ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].map { intern(t, $0) }) }
}

func member(_ t: ThreadRef, _ e: ExceptionType, _ names: [String]) {
  for (i, n) in names.enumerated() { TypeDefinition(t, e.object).member(n, field: ExceptionField.first + i, flags: 1) }
}

func takeOSErrorArguments(_ t: ThreadRef, _ e: Value, _ args: Value) {
  setField(e, ExceptionField.args, args)
  guard args.count >= 2 && args.count <= 5 else { return }
  setField(e, ExceptionField.first, args.items[0])
  setField(e, ExceptionField.first + 1, args.items[1])
  if args.count == 2 { return }
  if isSubtype(e.type, ExceptionType.BlockingIOError.object) && args.items[2].isInt {
    setField(e, ExceptionField.first + 4, args.items[2])
  } else {
    setField(e, ExceptionField.first + 2, args.items[2])
    if args.count == 5 { setField(e, ExceptionField.first + 3, args.items[4]) }
    setField(e, ExceptionField.args, makeTuple(t, from: args.items, count: 2))
  }
}

/// OSError(errno, text) is an instance of the subclass for the errno.
func osErrorClass(_ type: Value, _ args: Value) -> Value {
  guard type == ExceptionType.OSError.object, args.count >= 2, args.items[0].isFixnum else { return type }
  switch Int32(truncatingIfNeeded: args.items[0].fixnum) {
  case EAGAIN, EALREADY, EINPROGRESS: return ExceptionType.BlockingIOError.object
  case EPIPE, ESHUTDOWN: return ExceptionType.BrokenPipeError.object
  case ECHILD: return ExceptionType.ChildProcessError.object
  case ECONNABORTED: return ExceptionType.ConnectionAbortedError.object
  case ECONNREFUSED: return ExceptionType.ConnectionRefusedError.object
  case ECONNRESET: return ExceptionType.ConnectionResetError.object
  case EEXIST: return ExceptionType.FileExistsError.object
  case ENOENT: return ExceptionType.FileNotFoundError.object
  case EISDIR: return ExceptionType.IsADirectoryError.object
  case ENOTDIR: return ExceptionType.NotADirectoryError.object
  case EINTR: return ExceptionType.InterruptedError.object
  case EACCES, EPERM: return ExceptionType.PermissionError.object
  case ESRCH: return ExceptionType.ProcessLookupError.object
  case ETIMEDOUT: return ExceptionType.TimeoutError.object
  default: return type
  }
}

/// The arguments of UnicodeDecodeError and UnicodeEncodeError.
private func unicodeArguments(_ t: ThreadRef, _ a: Args, decoding: Bool) -> Bool {
  guard a[1].isStr, a[3].isInt, a[4].isInt, a[5].isStr else {
    let bad = !a[1].isStr ? 1 : !a[5].isStr ? 5 : !a[3].isInt ? 3 : 4
    t.typeError(bad == 1 || bad == 5 ? "argument \(bad) must be str, not \(typeName(a[bad]))" : "'\(typeName(a[bad]))' object cannot be interpreted as an integer")
    return false
  }
  setField(a[0], ExceptionField.args, makeTuple(t, from: a + 1, count: 5))
  if decoding && !(a[2].isObject && a[2].kind == .bytes) {
    guard let b = bufferView(a[2]) else { t.typeError("a bytes-like object is required, not '\(typeName(a[2]))'"); return false }
    a[2] = makeBytes(t, UnsafeRawBufferPointer(start: b.base, count: b.count))
  }
  if !decoding && !a[2].isStr { t.typeError("argument 2 must be str, not \(typeName(a[2]))"); return false }
  for i in 0..<5 { setField(a[0], ExceptionField.first + i, a[i + 1]) }
  return true
}
