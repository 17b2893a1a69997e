// `_imp`, and the native part of the import statement.

import Builtins
import Bytecode
import Compiler
import Glibc
import Heap
import Objects
import Support

/// All native modules: name to builder. Set at start.
nonisolated(unsafe) public var nativeModules: [String: (ThreadRef) -> Value] = [:]

func builtinModuleNames(_ t: ThreadRef) -> Value {
  var names = Set(nativeModules.keys).union(OnDemand.modules())
  names.formUnion(["builtins", "sys"])
  let parts = weft_roots()[RootRegion.misc + 4]
  if !parts.isEmpty { forEachEntry(parts) { k, _ in names.insert(swiftString(k)) } }
  return makeTuple(t, names.sorted().map { intern(t, $0) })
}

/// App-level parts of native modules: module name to a dict of attributes (see `app_module_attr`).
private func appParts(_ name: Value) -> Value {
  let all = weft_roots()[RootRegion.misc + 4]
  return all.isEmpty ? .empty : getString(all, name)
}

/// Adds the app-level parts to a native module's dict.
func addAppParts(_ t: ThreadRef, _ module: Value, _ name: Value) {
  let parts = appParts(name)
  if parts.isEmpty { return }
  forEachEntry(parts) { k, v in setString(t, module.field(0), k, v) }
}

/// Builds native module `name` (an app-level module if there is no builder); empty when there is none.
public func makeNativeModule(_ t: ThreadRef, _ name: Value) -> Value {
  let text = swiftString(name)
  if let build = nativeModules[text] {
    let m = build(t)
    if !m.isEmpty { addAppParts(t, m, name) }
    return m
  }
  let parts = appParts(name)
  if parts.isEmpty { return .empty }
  let m = makeModule(t, name)
  addAppParts(t, m, name)
  return m
}

func isNativeModule(_ name: Value) -> Bool {
  if !name.isStr { return false }
  let text = swiftString(name)
  return nativeModules[text] != nil || text == "sys" || text == "builtins" || !appParts(name).isEmpty || OnDemand.isModule(name)
}

/// The two bytes before "\r\n" in the header of our compiled files.
public var magicNumber: Int {
  // Changes with the instruction set; the last term with what the compiler makes of it.
  let n = Int(serializedVersion) * 7919 + Opcode.allCases.count * 131 + Intrinsic.allCases.count * 17 + compilerRevision
  return 0x5000 | n & 0xfff
}
let compilerRevision = 4

private func setFilename(_ code: Value, _ old: Value, _ new: Value) {
  var work = [code]
  while let c = work.popLast() {
    if !strEqual(c.code.pointee.filename, old) { continue }
    c.code.pointee.filename = new
    writeBarrier(c.object)
    // Code that is still to be read passes its name on to its functions then.
    if c.code.pointee.unread != nil { continue }
    let k = c.code.pointee.constants
    for i in 0..<k.count where k.items[i].isExact(.code) { work.append(k.items[i]) }
  }
}

/// The import lock: how often it is held, and the thread that holds it.
nonisolated(unsafe) private var importLockDepth = 0
nonisolated(unsafe) private var importLockOwner: UInt64 = 0
/// How often a computation that held it came here in a pickle: it releases here what it took elsewhere.
nonisolated(unsafe) private var importLockTravelled = 0
private func takeImportLock(_ t: ThreadRef) -> Bool {
  let me = UInt64(t.pointee.ident)
  if importLockDepth > 0 && importLockOwner != me { return false }
  importLockDepth += 1
  importLockOwner = me
  return true
}

func makeImpModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_imp")
  m.set("check_hash_based_pycs", intern(t, SystemState.checkHashPycs))
  m.function("acquire_lock", "()") { t, a, n in takeImportLock(t) ? .none : callApp(t, named: "import_lock_wait") }
  m.function("release_lock", "()") { t, a, n in
    if importLockDepth == 0 || importLockOwner != UInt64(t.pointee.ident) {
      if importLockTravelled > 0 { importLockTravelled -= 1; return .none }
      return t.raise(.RuntimeError, "not holding the import lock")
    }
    importLockDepth -= 1
    return .none
  }
  defineAppNative(t, "import_lock_try", "()") { t, a, n in .bool(takeImportLock(t)) }
  defineAppNative(t, "import_lock_travelled", "()") { t, a, n in
    if importLockDepth == 0 || importLockOwner != UInt64(t.pointee.ident) { importLockTravelled += 1 }
    return .none
  }
  m.function("lock_held", "()") { t, a, n in .bool(importLockDepth > 0) }
  m.function("extension_suffixes", "()") { t, a, n in makeList(t) }
  m.function("is_builtin", "(name, /)") { t, a, n in
    guard a[0].isStr else { return t.typeError("is_builtin() argument must be str, not \(typeName(a[0]))") }
    if !isNativeModule(a[0]) { return .fixnum(0) }
    let s = swiftString(a[0])
    return .fixnum(s == "sys" || s == "builtins" ? -1 : 1)
  }
  m.function("create_builtin", "(spec, /)") { t, a, n in callApp(t, named: "import_create_builtin", a[0]) }
  m.function("exec_builtin", "(mod, /)") { t, a, n in .fixnum(0) }
  m.function("create_dynamic", "(spec, file=None, /)") { t, a, n in t.raise(.ImportError, "extension modules are not supported") }
  m.function("exec_dynamic", "(mod, /)") { t, a, n in .fixnum(0) }
  m.function("is_frozen", "(name, /)") { t, a, n in .false }
  m.function("is_frozen_package", "(name, /)") { t, a, n in
    t.raise(.ImportError, "No such frozen object named \(a[0].isStr ? swiftString(a[0]) : "?")")
  }
  m.function("get_frozen_object", "(name, data=None, /)") { t, a, n in
    t.raise(.ImportError, "No such frozen object named \(a[0].isStr ? swiftString(a[0]) : "?")")
  }
  m.function("init_frozen", "(name, /)") { t, a, n in .none }
  m.function("find_frozen", "(name, /, *, withdata=False)") { t, a, n in .none }
  m.function("_override_frozen_modules_for_tests", "(override, /)") { t, a, n in .none }
  m.function("_override_multi_interp_extensions_check", "(override, /)") { t, a, n in .fixnum(0) }
  m.function("_frozen_module_names", "()") { t, a, n in makeList(t) }
  m.function("_fix_co_filename", "(code, path, /)") { t, a, n in
    guard a[0].isExact(.code) else { return t.typeError("_fix_co_filename() argument 1 must be code, not \(typeName(a[0]))") }
    guard a[1].isStr else { return t.typeError("_fix_co_filename() argument 2 must be str, not \(typeName(a[1]))") }
    let old = a[0].code.pointee.filename
    if !strEqual(old, a[1]) { setFilename(a[0], old, intern(t, swiftString(a[1]))) }
    return .none
  }
  m.function("source_hash", "(key, source)") { t, a, n in
    guard let key = intArgument(t, a[0]) else { return .empty }
    guard let b = bytesBuffer(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    let h = b.count == 0 ? 0 : Support.hashBytes(b.baseAddress!, b.count, key: HashKey(k0: UInt64(bitPattern: Int64(key)), k1: 0))
    return withUnsafeBytes(of: h.littleEndian) { makeBytes(t, $0) }
  }
  return m.module
}

// MARK: the import statement

/// Whether the module is still being initialised: its spec says so. Anything unusual counts as yes.
private func mayBeInitializing(_ t: ThreadRef, _ module: Value) -> Bool {
  guard module.isExact(.module) else { return true }
  let spec = getString(module.field(0), Name.__spec__.value)
  if spec.isEmpty || spec.isNone { return false }
  guard spec.isObject, spec.shape.pointee.layout == Layout.record.rawValue else { return true }
  let v = instanceAttribute(spec, SystemRoot.importModule.value)
  return !v.isEmpty && v != .false
}

/// sys.modules[name], where that needs no Python code.
private func loadedModule(_ name: Value) -> Value {
  let modules = modulesDict
  guard modules.isExact(.dict), name.isExact(.str) else { return .empty }
  return getString(modules, name)
}

/// What a plain `import` does when the module is loaded: the value, or empty when app-level code must decide.
private func importLoaded(_ t: ThreadRef, _ name: Value, _ fromlist: Value) -> Value {
  let m = loadedModule(name)
  if m.isEmpty || m.isNone || mayBeInitializing(t, m) { return .empty }
  if fromlist.isEmpty || fromlist.isNone || fromlist.isExact(.tuple) && fromlist.count == 0 {
    var dot = -1
    for i in 0..<name.strCount where name.codePoint(i) == 46 { dot = i; break }
    if dot < 0 { return m }
    let top = loadedModule(substring(t, name, 0, dot))
    return top.isEmpty || top.isNone || mayBeInitializing(t, top) ? .empty : top
  }
  guard fromlist.isExact(.tuple) else { return .empty }
  if getString(m.field(0), Name.__path__.value).isEmpty { return m }
  for i in 0..<fromlist.count {
    let x = fromlist.items[i]
    guard x.isExact(.str), getString(m.field(0), x).isEmpty == false else { return .empty }
  }
  return m
}

func installImport(_ t: ThreadRef) {
  SystemRoot.importModule.value = internForever(t, "_initializing")
  // What the interpreter calls for IMPORT_NAME.
  defineAppNative(t, "importName", "(function, namespace, level, fromlist, name, /)") { t, a, n in
    let b = a[0].field(FunctionField.builtins)
    let hook = b.isObject && b.kind == .dict ? getString(b, Name.__import__.value) : .empty
    if hook == SystemRoot.importNative.value && !hook.isEmpty {
      if a[2] == .fixnum(0) {
        let m = importLoaded(t, a[4], a[3])
        if !m.isEmpty { return m }
      }
      return callApp(t, named: "import_module_level", a[4], a[0].field(FunctionField.globals), a[1], a[3], a[2])
    }
    if hook.isEmpty { return t.raise(.ImportError, "__import__ not found") }
    return call(t, hook, [a[4], a[0].field(FunctionField.globals), a[1], a[3], a[2]])
  }
  defineAppNative(t, "import_native_module", "(name, /)") { t, a, n in
    guard a[0].isStr else { return .none }
    let m = makeNativeModule(t, a[0])
    return m.isEmpty ? (t.pointee.exception.isEmpty ? .none : .empty) : m
  }
  defineAppNative(t, "import_is_native", "(name, /)") { t, a, n in .bool(isNativeModule(a[0])) }
  defineAppNative(t, "import_new_module", "(name, /)") { t, a, n in makeModule(t, a[0]) }
  defineAppNative(t, "import_magic", "()") { t, a, n in .fixnum(magicNumber) }
  // The compiled form of one of importlib's two bootstrap files, from our own cache or its source; None: no library.
  defineAppNative(t, "import_bootstrap_code", "(file, name, /)") { t, a, n in
    guard a[0].isStr, a[1].isStr, let dir = SystemState.library else { return .none }
    return bootstrapCode(t, dir + "/importlib/" + swiftString(a[0]), swiftString(a[1]))
  }
}

/// `__import__`, for the builtins module; the interpreter knows it by identity.
public func defineImportBuiltin(_ t: ThreadRef, _ define: (String, Value) -> Void) {
  let f = makeNative(t, .builtinFunction, "__import__", "(name, globals=None, locals=None, fromlist=(), level=0)", owner: Name.builtins.value) { t, a, n in
    let level = a[4].isEmpty ? Value.fixnum(0) : a[4]
    if level == .fixnum(0) && a[0].isExact(.str) {
      let m = importLoaded(t, a[0], a[3])
      if !m.isEmpty { return m }
    }
    return callApp(t, named: "import_module_level", a[0], a[1].isEmpty ? .none : a[1], a[2].isEmpty ? .none : a[2],
                   a[3].isEmpty ? weft_vm.emptyTuple : a[3], level)
  }
  SystemRoot.importNative.value = f
  define("__import__", f)
}

// MARK: bootstrap files

private func cacheDirectory() -> String? {
  if let d = SystemState.environment("XDG_CACHE_HOME"), d.hasPrefix("/") { return d + "/weft" }
  if let h = SystemState.environment("HOME"), h.hasPrefix("/") { return h + "/.cache/weft" }
  return nil
}

/// Compiled code of a bootstrap file. The cache entry holds magic number, size and time of the source.
private func bootstrapCode(_ t: ThreadRef, _ path: String, _ name: String) -> Value {
  var st = stat()
  guard stat(path, &st) == 0 else { return .none }
  var head: [UInt8] = []
  for v in [magicNumber, Int(st.st_size), Int(st.st_mtim.tv_sec), Int(st.st_mtim.tv_nsec)] {
    withUnsafeBytes(of: v.littleEndian) { head += Array($0) }
  }
  let tag = path.utf8.reduce(UInt64(14695981039346656037)) { ($0 ^ UInt64($1)) &* 1099511628211 }
  let cache = cacheDirectory().map { "\($0)/\(name)-\(String(tag, radix: 16)).wfc" }
  if let c = cache, let bytes = readWholeFile(c), bytes.count > head.count, Array(bytes[..<head.count]) == head {
    let file = bytes.withUnsafeBufferPointer { CodeFile(copying: UnsafeBufferPointer(rebasing: $0[head.count...])) }
    if let c = file.flatMap({ makeCode(t, $0) }) { return c }
  }
  guard let source = readWholeFile(path) else { return .none }
  var notes = CompileNotes()
  do {
    let r = try source.withUnsafeBufferPointer {
      try compileSource($0, filename: "<frozen importlib.\(name)>", mode: .exec, flags: 0, optimize: SystemState.optimize, hidden: true, notes: &notes)
    }
    guard case .unit(let u) = r else { return .none }
    if SystemState.dontWriteBytecode == 0, let c = cache, let dir = cacheDirectory() { writeCache(dir, c, head + serialize(u)) }
    return makeCode(t, u)
  } catch {
    return .none
  }
}

private func writeCache(_ dir: String, _ path: String, _ bytes: [UInt8]) {
  if let slash = dir.lastIndex(of: "/") { mkdir(String(dir[..<slash]), 0o755) }
  mkdir(dir, 0o755)
  let temporary = path + ".\(getpid())"
  let fd = weft_open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  if fd < 0 { return }
  let n = bytes.withUnsafeBytes { write(fd, $0.baseAddress!, $0.count) }
  close(fd)
  if n == bytes.count { rename(temporary, path) } else { unlink(temporary) }
}
