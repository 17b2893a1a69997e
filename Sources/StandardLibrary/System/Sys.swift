// The native part of `sys`; struct sequences, hooks and formatting are in sys_*.py.

import Builtins
import Bytecode
import Glibc
import Heap
import Objects
import Support

/// The exception being handled by the code that calls: empty when none.
private func handledException(_ t: ThreadRef) -> Value {
  let h = t.handled
  return h.isEmpty || h.isNone ? .empty : h
}

/// Approximate size in bytes, as CPython counts: without what is referenced.
private func sizeOf(_ v: Value) -> Int {
  if v.isFixnum { return v.fixnum == 0 ? 24 : abs(v.fixnum) < 1 << 30 ? 28 : abs(v.fixnum) < 1 << 60 ? 32 : 36 }
  if v.isFlonum { return 24 }
  switch v.kind {
  case .int, .bool:
    let bits = abs(v.intObject.pointee.count) * 64
    return 24 + 4 * max(v.intSign == 0 ? 0 : 1, (bits + 29) / 30)
  case .float: return 24
  case .str:
    let n = v.strCount
    return v.isASCII ? 49 + n : (v.strWidth == 1 ? 73 : v.strWidth == 2 ? 74 : 76) + n * v.strWidth
  case .bytes: return 33 + v.bytesCount
  case .tuple: return 40 + 8 * v.count
  case .list: return 56 + 8 * v.listCapacity
  case .dict: return v.table.isEmpty ? 64 : 64 + 32 + tableBytes(v.table.tableRef.pointee)
  case .set, .frozenset: return v.table.isEmpty || v.used < 5 ? 216 : 200 + tableBytes(v.table.tableRef.pointee)
  case .type: return 1064
  case .noneType: return 16
  default:
    return 16 + 8 * (v.isObject ? Int(v.object.pointee.reserve) : 0)
  }
}

func makeSysModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "sys", doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.")
  SystemRoot.sysDict.value = m.dict
  defineSysData(t, m)
  defineSysFrames(t, m)
  defineSysSwitches(t, m)
  return m.module
}

private func byteTexts(_ t: ThreadRef, _ a: [[UInt8]]) -> Value {
  makeList(t, a.map { $0.withUnsafeBufferPointer { fileSystemStr(t, $0) } })
}
private func strList(_ t: ThreadRef, _ a: [String]) -> Value {
  makeList(t, a.map { s in
    var s = s
    return s.withUTF8 { fileSystemStr(t, $0) }
  })
}

private func defineSysData(_ t: ThreadRef, _ m: ModuleDefinition) {
  func str(_ s: String) -> Value { makeStr(t, s) }
  m.set("modules", modulesDict)
  m.set("argv", byteTexts(t, SystemState.arguments))
  m.set("orig_argv", byteTexts(t, SystemState.originalArguments))
  m.set("executable", str(SystemState.executable))
  m.set("_base_executable", str(SystemState.executable))
  m.set("version", str("3.11.2 (Weft, Nov 2026) [Weft 0.1, Swift]"))
  m.set("copyright", str("Copyright (c) the Weft authors."))
  m.set("hexversion", int: 0x030b02f0)
  m.set("api_version", int: 1013)
  m.set("abiflags", weft_vm.emptyStr)
  m.set("byteorder", intern(t, "little"))
  m.set("platform", intern(t, "linux"))
  m.set("platlibdir", intern(t, "lib"))
  m.set("maxsize", makeInt(t, Int.max))
  m.set("maxunicode", int: 0x10ffff)
  m.set("float_repr_style", intern(t, "short"))
  m.set("dont_write_bytecode", .bool(SystemState.dontWriteBytecode != 0))
  m.set("pycache_prefix", SystemState.pycachePrefix.map { str($0) } ?? .none)
  m.set("warnoptions", strList(t, SystemState.warnOptions))
  let x = makeDict(t)
  for (k, v) in SystemState.xOptions { setString(t, x, intern(t, k), v.map { str($0) } ?? .true) }
  m.set("_xoptions", x)
  m.set("_framework", weft_vm.emptyStr)
  m.set("_git", makeTuple(t, [str("Weft"), weft_vm.emptyStr, weft_vm.emptyStr]))
  m.set("meta_path", makeList(t))
  m.set("path_hooks", makeList(t))
  m.set("path_importer_cache", makeDict(t))
  let prefix = SystemState.prefix
  for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] { m.set(name, str(prefix)) }
  var path: [String] = []
  if SystemState.ignoreEnvironment == 0, let p = SystemState.environment("PYTHONPATH"), !p.isEmpty {
    path += p.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
  }
  if let l = SystemState.library {
    path.append(prefix + "/lib/python311.zip")
    path.append(l)
    m.set("_stdlib_dir", str(l))
  } else {
    m.set("_stdlib_dir", .none)
  }
  m.set("path", strList(t, path))
}

private func defineSysFrames(_ t: ThreadRef, _ m: ModuleDefinition) {
  m.function("_getframe", "(depth=0, /)") { t, a, n in
    var depth = 0
    if n > 0 {
      guard let d = intArgument(t, a[0]) else { return .empty }
      depth = max(0, d)
    }
    guard let f = visibleFrame(t, depth: depth) else { return t.valueError("call stack is not deep enough") }
    // Whoever holds the frame sees those behind it too: leaving an escaped frame marks the next.
    f.pointee.header.flags |= FrameFlag.escaped
    return Value(f)
  }
  m.function("_current_frames", "()") { t, a, n in
    let d = makeDict(t)
    for u in allThreads {
      guard let f = visibleFrame(u) else { continue }
      f.pointee.header.flags |= FrameFlag.escaped
      let key = makeInt(t, Int(u.pointee.ident))
      if let h = nativeHash(key) { insertNew(t, d, key, h, Value(f)) }
    }
    return d
  }
  m.function("_current_exceptions", "()") { t, a, n in
    let d = makeDict(t)
    for u in allThreads {
      let key = makeInt(t, Int(u.pointee.ident))
      if let h = nativeHash(key) { insertNew(t, d, key, h, excInfo(t, handledException(u))) }
    }
    return d
  }
  m.function("exc_info", "()") { t, a, n in excInfo(t, handledException(t)) }
  m.function("exception", "()") { t, a, n in
    let e = handledException(t)
    return e.isEmpty ? .none : e
  }
  m.function("_getquickenedcount", "()") { t, a, n in .fixnum(0) }
  m.function("call_tracing", "(func, args, /)") { t, a, n in
    guard a[1].isObject, a[1].kind == .tuple else { return t.typeError("call_tracing() argument 2 must be tuple, not \(typeName(a[1]))") }
    return call(t, a[0], a[1].items, a[1].count)
  }
}

private func excInfo(_ t: ThreadRef, _ e: Value) -> Value {
  if e.isEmpty { return makeTuple(t, [.none, .none, .none]) }
  let tb = isExceptionInstance(e) ? e.field(ExceptionField.traceback) : .none
  return makeTuple(t, [e.type, e, tb.isEmpty ? .none : tb])
}

private func defineSysSwitches(_ t: ThreadRef, _ m: ModuleDefinition) {
  m.function("intern", "(string, /)") { t, a, n in
    guard a[0].isExact(.str) else {
      return a[0].isStr ? t.typeError("can't intern \(typeName(a[0]))") : t.typeError("intern() argument must be str, not \(typeName(a[0]))")
    }
    return intern(a[0])
  }
  m.function("getrecursionlimit", "()") { t, a, n in .fixnum(Int(weft_vm.recursionLimit)) }
  m.function("setrecursionlimit", "(limit, /)") { t, a, n in
    guard let i = int32Argument(t, a[0]) else { return .empty }
    if i < 1 { return t.valueError("recursion limit must be greater or equal than 1") }
    let depth = t.pointee.frame?.pointee.depth ?? 0
    if depth >= UInt32(i) {
      return t.raise(.RecursionError, "cannot set the recursion limit to \(i) at the recursion depth \(depth): the limit is too low")
    }
    weft_vm.recursionLimit = UInt32(i)
    return .none
  }
  m.function("getrefcount", "(object, /)") { t, a, n in .fixnum(3) }
  defineAppNative(t, "sys_sizeof", "(object, /)") { t, a, n in makeInt(t, sizeOf(a[0])) }
  m.function("getdefaultencoding", "()") { t, a, n in intern(t, "utf-8") }
  m.function("getfilesystemencoding", "()") { t, a, n in intern(t, "utf-8") }
  m.function("getfilesystemencodeerrors", "()") { t, a, n in intern(t, "surrogateescape") }
  m.function("get_int_max_str_digits", "()") { t, a, n in .fixnum(SystemState.maxStrDigits) }
  m.function("set_int_max_str_digits", "(maxdigits)") { t, a, n in
    guard let i = int32Argument(t, a[0]) else { return .empty }
    if i != 0 && i < 640 { return t.valueError("maxdigits must be 0 or larger than 640") }
    SystemState.maxStrDigits = Int(i)
    return .none
  }
  m.function("is_finalizing", "()") { t, a, n in .bool(SystemState.finalizing) }
  m.function("settrace", "(function, /)") { t, a, n in
    t.pointee.trace = a[0].isNone ? .empty : a[0]
    weft_request_set(t, Request.trace)
    return .none
  }
  m.function("gettrace", "()") { t, a, n in t.pointee.trace.isEmpty ? .none : t.pointee.trace }
  m.function("setprofile", "(function, /)") { t, a, n in
    t.pointee.profile = a[0].isNone ? .empty : a[0]
    weft_request_set(t, Request.trace)
    return .none
  }
  m.function("getprofile", "()") { t, a, n in t.pointee.profile.isEmpty ? .none : t.pointee.profile }
  m.function("_clear_type_cache", "()") { t, a, n in .none }
  m.function("_debugmallocstats", "()") { t, a, n in .none }
  m.function("getallocatedblocks", "()") { t, a, n in makeInt(t, Int(weft_vm.oldBytes / 64)) }
  m.function("getdlopenflags", "()") { t, a, n in .fixnum(dlopenFlags) }
  m.function("setdlopenflags", "(flags, /)") { t, a, n in
    guard let i = intArgument(t, a[0]) else { return .empty }
    dlopenFlags = i
    return .none
  }
  defineAppNative(t, "sys_state", "(name, /)") { t, a, n in
    guard a[0].isStr else { return .none }
    func i(_ v: Int) -> Value { .fixnum(v) }
    switch swiftString(a[0]) {
    case "flags":
      return makeTuple(t, [i(SystemState.debug), i(SystemState.inspect), i(SystemState.interactive), i(SystemState.optimize), i(SystemState.dontWriteBytecode),
                           i(SystemState.noUserSite), i(SystemState.noSite), i(SystemState.ignoreEnvironment), i(SystemState.verbose), i(SystemState.bytesWarning),
                           i(SystemState.quiet), i(SystemState.hashRandomization), i(SystemState.isolated), .bool(SystemState.devMode), i(SystemState.utf8Mode),
                           i(SystemState.warnDefaultEncoding), .bool(SystemState.safePath), i(SystemState.maxStrDigitsGiven ? SystemState.maxStrDigits : -1)])
    case "library": return SystemState.library.map { makeStr(t, $0) } ?? .none
    case "unbuffered": return .bool(SystemState.unbuffered != 0)
    case "first_path": return SystemState.firstPath.map { makeStr(t, $0) } ?? .none
    case "pass_undecodable": return .bool(SystemState.passUndecodable)
    case "skip_first_line": return .bool(SystemState.skipFirstLine)
    case "builtin_modules": return builtinModuleNames(t)
    default: return .none
    }
  }
  defineAppNative(t, "sys_set_finalizing", "()") { t, a, n in
    SystemState.finalizing = true
    return .none
  }
}
nonisolated(unsafe) private var dlopenFlags = 2

