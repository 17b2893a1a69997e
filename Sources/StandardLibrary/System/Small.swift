// Small modules: gc, _locale, _stat, _opcode, _contextvars state, _posixsubprocess, faulthandler.

import Builtins
import Bytecode
import Glibc
import Heap
import Objects

func makeGCModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "gc", doc: "This module provides access to the garbage collector for reference cycles.")
  for (k, v) in [("DEBUG_STATS", 1), ("DEBUG_COLLECTABLE", 2), ("DEBUG_UNCOLLECTABLE", 4), ("DEBUG_SAVEALL", 32), ("DEBUG_LEAK", 38)] { m.set(k, int: v) }
  m.set("garbage", makeList(t))
  m.set("callbacks", makeList(t))
  m.function("isenabled", "()") { t, a, n in .bool(weft_vm.gcDisabled == 0) }
  m.function("enable", "()") { t, a, n in weft_vm.gcDisabled = 0; return .none }
  m.function("disable", "()") { t, a, n in weft_vm.gcDisabled = 1; return .none }
  m.function("freeze", "()") { t, a, n in .none }
  m.function("unfreeze", "()") { t, a, n in .none }
  m.function("get_freeze_count", "()") { t, a, n in .fixnum(0) }
  m.function("is_tracked", "(obj, /)") { t, a, n in
    guard a[0].isObject else { return .false }
    switch a[0].kind {
    case .int, .bool, .float, .complex, .str, .bytes, .noneType, .ellipsisType, .notImplementedType, .bytearray, .range, .builtinFunction: return .false
    case .object: return .bool(a[0].type != BuiltinType.object.object)
    default: return .bool(mayBeInCycle(a[0]))
    }
  }
  m.function("is_finalized", "(obj, /)") { t, a, n in .false }
  return m.module
}

/// C locale strings.
func makeLocaleModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_locale", doc: "Support for POSIX locales.")
  let names: [(String, Int32)] = [("LC_CTYPE", LC_CTYPE), ("LC_TIME", LC_TIME), ("LC_COLLATE", LC_COLLATE), ("LC_MONETARY", LC_MONETARY),
                                  ("LC_MESSAGES", LC_MESSAGES), ("LC_NUMERIC", LC_NUMERIC), ("LC_ALL", LC_ALL)]
  for (k, v) in names { m.set(k, int: Int(v)) }
  m.set("CHAR_MAX", int: 127)
  let info: [(String, Int)] = [("RADIXCHAR", 0x10000), ("THOUSEP", 0x10001), ("CRNCYSTR", 0x4000f), ("D_FMT", 0x20029), ("D_T_FMT", 0x20028), ("T_FMT", 0x2002a),
                               ("AM_STR", 0x20026), ("PM_STR", 0x20027), ("CODESET", 14), ("T_FMT_AMPM", 0x2002b), ("ERA", 0x2002c), ("ERA_D_FMT", 0x2002e),
                               ("ERA_D_T_FMT", 0x20030), ("ERA_T_FMT", 0x20031), ("ALT_DIGITS", 0x2002f), ("YESEXPR", 0x50000), ("NOEXPR", 0x50001)]
  for (k, v) in info { m.set(k, int: v) }
  for i in 0..<7 { m.set("DAY_\(i + 1)", int: 0x20007 + i); m.set("ABDAY_\(i + 1)", int: 0x20000 + i) }
  for i in 0..<12 { m.set("MON_\(i + 1)", int: 0x2001a + i); m.set("ABMON_\(i + 1)", int: 0x2000e + i) }
  m.function("setlocale", "(category, locale=None, /)") { t, a, n in
    guard let c = int32Argument(t, a[0]) else { return .empty }
    var name: [CChar]? = nil
    if n > 1 && !a[1].isNone {
      guard a[1].isStr else { return t.typeError("setlocale() argument 2 must be str or None, not \(typeName(a[1]))") }
      name = cString(fileSystemBytes(a[1]))
    }
    guard let r = name == nil ? setlocale(c, nil) : setlocale(c, name!) else { return callApp(t, named: "locale_error", makeStr(t, name == nil ? "locale query failed" : "unsupported locale setting")) }
    return fileSystemStr(t, r)
  }
  m.function("getencoding", "()") { t, a, n in makeStr(t, "UTF-8") }
  m.function("nl_langinfo", "(key, /)") { t, a, n in
    guard let k = int32Argument(t, a[0]) else { return .empty }
    if k == 14 { return makeStr(t, "UTF-8") }
    guard let p = nl_langinfo(k) else { return weft_vm.emptyStr }
    return fileSystemStr(t, p)
  }
  m.function("strcoll", "(os1, os2, /)") { t, a, n in
    guard a[0].isStr, a[1].isStr else { return t.typeError("strcoll() argument must be str") }
    if hasNull(a[0]) || hasNull(a[1]) { return t.valueError("embedded null character") }
    return .fixnum(Int(strcoll(cString(fileSystemBytes(a[0])), cString(fileSystemBytes(a[1])))))
  }
  m.function("strxfrm", "(string, /)") { t, a, n in
    guard a[0].isStr else { return t.typeError("strxfrm() argument 1 must be str, not \(typeName(a[0]))") }
    if hasNull(a[0]) { return t.valueError("embedded null character") }
    return a[0]
  }
  m.function("localeconv", "()") { t, a, n in
    let d = makeDict(t)
    guard let p = localeconv() else { return d }
    func set(_ k: String, _ v: Value) { setString(t, d, intern(t, k), v) }
    func text(_ s: UnsafeMutablePointer<CChar>?) -> Value { s.map { fileSystemStr(t, $0) } ?? weft_vm.emptyStr }
    func groups(_ s: UnsafeMutablePointer<CChar>?) -> Value {
      let l = makeList(t)
      guard var q = s, q.pointee != 0 else { return l }
      while q.pointee != 0 && q.pointee != 127 { listAppend(t, l, .fixnum(Int(q.pointee))); q += 1 }
      listAppend(t, l, .fixnum(Int(q.pointee)))
      return l
    }
    let c = p.pointee
    set("decimal_point", text(c.decimal_point)); set("thousands_sep", text(c.thousands_sep)); set("grouping", groups(c.grouping))
    set("int_curr_symbol", text(c.int_curr_symbol)); set("currency_symbol", text(c.currency_symbol)); set("mon_decimal_point", text(c.mon_decimal_point))
    set("mon_thousands_sep", text(c.mon_thousands_sep)); set("mon_grouping", groups(c.mon_grouping)); set("positive_sign", text(c.positive_sign))
    set("negative_sign", text(c.negative_sign))
    for (k, v) in [("int_frac_digits", c.int_frac_digits), ("frac_digits", c.frac_digits), ("p_cs_precedes", c.p_cs_precedes), ("p_sep_by_space", c.p_sep_by_space),
                   ("n_cs_precedes", c.n_cs_precedes), ("n_sep_by_space", c.n_sep_by_space), ("p_sign_posn", c.p_sign_posn), ("n_sign_posn", c.n_sign_posn)] {
      set(k, .fixnum(Int(v)))
    }
    return d
  }
  return m.module
}

func makeStatModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_stat")
  let names: [(String, Int)] = [
    ("S_IFDIR", 0o040000), ("S_IFCHR", 0o020000), ("S_IFBLK", 0o060000), ("S_IFREG", 0o100000), ("S_IFIFO", 0o010000), ("S_IFLNK", 0o120000),
    ("S_IFSOCK", 0o140000), ("S_IFDOOR", 0), ("S_IFPORT", 0), ("S_IFWHT", 0), ("S_ISUID", 0o4000), ("S_ISGID", 0o2000), ("S_ISVTX", 0o1000),
    ("S_ENFMT", 0o2000), ("S_IREAD", 0o400), ("S_IWRITE", 0o200), ("S_IEXEC", 0o100), ("S_IRWXU", 0o700), ("S_IRUSR", 0o400), ("S_IWUSR", 0o200),
    ("S_IXUSR", 0o100), ("S_IRWXG", 0o70), ("S_IRGRP", 0o40), ("S_IWGRP", 0o20), ("S_IXGRP", 0o10), ("S_IRWXO", 7), ("S_IROTH", 4), ("S_IWOTH", 2),
    ("S_IXOTH", 1), ("UF_NODUMP", 1), ("UF_IMMUTABLE", 2), ("UF_APPEND", 4), ("UF_OPAQUE", 8), ("UF_NOUNLINK", 16), ("UF_COMPRESSED", 32),
    ("UF_HIDDEN", 0x8000), ("SF_ARCHIVED", 0x10000), ("SF_IMMUTABLE", 0x20000), ("SF_APPEND", 0x40000), ("SF_NOUNLINK", 0x100000), ("SF_SNAPSHOT", 0x200000),
    ("ST_MODE", 0), ("ST_INO", 1), ("ST_DEV", 2), ("ST_NLINK", 3), ("ST_UID", 4), ("ST_GID", 5), ("ST_SIZE", 6), ("ST_ATIME", 7), ("ST_MTIME", 8), ("ST_CTIME", 9),
    ("FILE_ATTRIBUTE_ARCHIVE", 32), ("FILE_ATTRIBUTE_COMPRESSED", 2048), ("FILE_ATTRIBUTE_DEVICE", 64), ("FILE_ATTRIBUTE_DIRECTORY", 16),
    ("FILE_ATTRIBUTE_ENCRYPTED", 16384), ("FILE_ATTRIBUTE_HIDDEN", 2), ("FILE_ATTRIBUTE_INTEGRITY_STREAM", 32768), ("FILE_ATTRIBUTE_NORMAL", 128),
    ("FILE_ATTRIBUTE_NOT_CONTENT_INDEXED", 8192), ("FILE_ATTRIBUTE_NO_SCRUB_DATA", 131072), ("FILE_ATTRIBUTE_OFFLINE", 4096),
    ("FILE_ATTRIBUTE_READONLY", 1), ("FILE_ATTRIBUTE_REPARSE_POINT", 1024), ("FILE_ATTRIBUTE_SPARSE_FILE", 512), ("FILE_ATTRIBUTE_SYSTEM", 4),
    ("FILE_ATTRIBUTE_TEMPORARY", 256), ("FILE_ATTRIBUTE_VIRTUAL", 65536)]
  for (k, v) in names { m.set(k, int: v) }
  m.function("S_ISDIR", "(mode, /)") { t, a, n in modeIs(t, a[0], 0o040000) }
  m.function("S_ISCHR", "(mode, /)") { t, a, n in modeIs(t, a[0], 0o020000) }
  m.function("S_ISBLK", "(mode, /)") { t, a, n in modeIs(t, a[0], 0o060000) }
  m.function("S_ISREG", "(mode, /)") { t, a, n in modeIs(t, a[0], 0o100000) }
  m.function("S_ISFIFO", "(mode, /)") { t, a, n in modeIs(t, a[0], 0o010000) }
  m.function("S_ISLNK", "(mode, /)") { t, a, n in modeIs(t, a[0], 0o120000) }
  m.function("S_ISSOCK", "(mode, /)") { t, a, n in modeIs(t, a[0], 0o140000) }
  for name in ["S_ISDOOR", "S_ISPORT", "S_ISWHT"] { m.function(name, "(mode, /)") { t, a, n in .false } }
  m.function("S_IMODE", "(mode, /)") { t, a, n in intArgument(t, a[0]).map { .fixnum($0 & 0o7777) } ?? .empty }
  m.function("S_IFMT", "(mode, /)") { t, a, n in intArgument(t, a[0]).map { .fixnum($0 & 0o170000) } ?? .empty }
  m.function("filemode", "(mode, /)") { t, a, n in
    guard let mode = intArgument(t, a[0]) else { return .empty }
    var s: [UInt8] = []
    switch mode & 0o170000 {
    case 0o040000: s.append(UInt8(ascii: "d"))
    case 0o020000: s.append(UInt8(ascii: "c"))
    case 0o060000: s.append(UInt8(ascii: "b"))
    case 0o100000: s.append(UInt8(ascii: "-"))
    case 0o010000: s.append(UInt8(ascii: "p"))
    case 0o120000: s.append(UInt8(ascii: "l"))
    case 0o140000: s.append(UInt8(ascii: "s"))
    default: s.append(UInt8(ascii: "?"))
    }
    for (shift, special, yes, no) in [(6, 0o4000, "s", "S"), (3, 0o2000, "s", "S"), (0, 0o1000, "t", "T")] {
      s.append(mode >> shift & 4 != 0 ? UInt8(ascii: "r") : UInt8(ascii: "-"))
      s.append(mode >> shift & 2 != 0 ? UInt8(ascii: "w") : UInt8(ascii: "-"))
      let x = mode >> shift & 1 != 0
      s.append(mode & special != 0 ? (x ? yes : no).utf8.first! : x ? UInt8(ascii: "x") : UInt8(ascii: "-"))
    }
    return makeStr(t, ascii: s)
  }
  return m.module
}
private func modeIs(_ t: ThreadRef, _ v: Value, _ kind: Int) -> Value { intArgument(t, v).map { .bool($0 & 0o170000 == kind) } ?? .empty }

func makeOpcodeModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_opcode")
  m.function("stack_effect", "(opcode, oparg=None, /, *, jump=None)") { t, a, n in .fixnum(0) }
  m.function("get_specialization_stats", "()") { t, a, n in .none }
  return m.module
}

/// Whether an object that holds others could ever be part of a cycle: exact tuples and dicts are as their contents.
private func mayBeInCycle(_ v: Value) -> Bool {
  var work = [v], left = 1000
  while let x = work.popLast() {
    left -= 1
    if left == 0 { return true }
    guard x.isObject else { continue }
    switch x.kind {
    case .int, .bool, .float, .complex, .str, .bytes, .noneType, .ellipsisType, .notImplementedType, .range: if x.type.typeObject.pointee.flags & TypeFlag.heapType != 0 { return true }
    case .tuple where x.isExact(.tuple): for i in 0..<x.count { work.append(x.items[i]) }
    case .dict where x.isExact(.dict): forEachEntry(x) { k, e in work.append(k); work.append(e) }
    default: return true
    }
  }
  return false
}

func installSmall(_ t: ThreadRef) {
  defineAppNative(t, "gc_collect_now", "()") { t, a, n in
    // The collection runs at the next safepoint, which is right after this call.
    fullCollectionWanted = true
    weft_request_set(t, Request.full)
    return .none
  }
  defineAppNative(t, "gc_watched_ever", "()") { t, a, n in .fixnum(watchedEver) }
  // What still waits for its finaliser, the newest first: the process ends.
  defineAppNative(t, "gc_take_finalisers", "()") { t, a, n in
    let out = makeList(t)
    for v in takeFinalisers() { listAppend(t, out, v) }
    return out
  }
  defineAppNative(t, "gc_statistics", "()") { t, a, n in
    makeTuple(t, [makeInt(t, Int(weft_vm.minorCount)), makeInt(t, Int(weft_vm.majorCount)), makeInt(t, Int(weft_vm.oldBytes))])
  }
  defineAppNative(t, "gc_referents", "(object, /)") { t, a, n in
    let out = makeList(t)
    guard a[0].isObject else { return out }
    referents(a[0]) { v in if v.isObject && isVisible(v) || v.isFixnum || v.isFlonum { listAppend(t, out, v) } }
    return out
  }
  // The current context of contextvars, or None; and its replacement.
  defineAppNative(t, "context_get", "()") { t, a, n in t.pointee.context.isEmpty ? .none : t.pointee.context }
  defineAppNative(t, "context_set", "(context, /)") { t, a, n in
    t.pointee.context = a[0].isNone ? .empty : a[0]
    return .none
  }
  // Child side of subprocess: everything is ready; returns errno and a stage, or never.
  defineAppNative(t, "subprocess_child", "(paths, args, env, cwd, fds, keep, flags, ids, /)") { t, a, n in forkExec(t, a) }
}

private func isVisible(_ v: Value) -> Bool {
  let k = v.kind
  return k != .values && k != .table && k != .rawMemory && k != .frame
}

/// What an object refers to directly, its own containers' insides included.
private func referents(_ v: Value, _ visit: (Value) -> Void) {
  switch v.kind {
  case .dict: forEachEntry(v) { k, x in visit(k); visit(x) }
  case .set, .frozenset: forEachEntry(v) { k, _ in visit(k) }
  case .list: for i in 0..<v.listCount { visit(v.listItems[i]) }
  case .tuple: for i in 0..<v.count { visit(v.items[i]) }
  case .type:
    let p = v.typeObject.pointee
    for x in [p.bases, p.mro, p.dict, p.base] where !x.isEmpty { visit(x) }
  case .int, .bool, .str, .bytes, .float, .weakref, .code, .builtinFunction, .methodDescriptor, .wrapperDescriptor, .classmethodDescriptor, .frame: break
  default:
    if v.shape.pointee.layout == Layout.record.rawValue {
      for i in 0..<Int(v.object.pointee.reserve) where !v.fields[i].isEmpty {
        let x = v.fields[i]
        if x.isObject && x.kind == .values { for k in 0..<x.count where !x.items[k].isEmpty { visit(x.items[k]) } } else { visit(x) }
      }
      visit(v.type)
    }
  }
}

/// fork and exec for _posixsubprocess, in one C-like piece so that the child runs no Python code.
/// fds: (p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write);
/// flags: (close_fds, restore_signals, setsid, pgid, umask); ids: (gid, groups or None, uid).
private func forkExec(_ t: ThreadRef, _ a: Args) -> Value {
  guard let paths = cStrings(t, a[0]), let args = cStrings(t, a[1]) else { return .empty }
  var env: [[CChar]]? = nil
  if !a[2].isNone { guard let e = cStrings(t, a[2]) else { return .empty }; env = e }
  var cwd: [CChar]? = nil
  if !a[3].isNone { guard let c = cStringOf(t, a[3]) else { return .empty }; cwd = c }
  func ints(_ v: Value) -> [Int32]? {
    guard let (p, n) = sequenceItems(v) else { return nil }
    var out: [Int32] = []
    for i in 0..<n {
      guard let x = intArgument(t, p[i]) else { return nil }
      out.append(Int32(truncatingIfNeeded: x))
    }
    return out
  }
  guard let fds = ints(a[4]), fds.count == 8, let keep = ints(a[5]), let flags = ints(a[6]), flags.count == 5, a[7].isExact(.tuple), a[7].count == 3 else {
    return t.pointee.exception.isEmpty ? t.typeError("bad fork_exec arguments") : .empty
  }
  var groups: [UInt32]? = nil
  if !a[7].items[1].isNone { guard let g = ints(a[7].items[1]) else { return .empty }; groups = g.map { UInt32(bitPattern: $0) } }
  let gid: Int32? = a[7].items[0].isFixnum ? Int32(truncatingIfNeeded: a[7].items[0].fixnum) : nil
  let uid: Int32? = a[7].items[2].isFixnum ? Int32(truncatingIfNeeded: a[7].items[2].fixnum) : nil
  // Everything is allocated before the fork.
  var argv: [UnsafeMutablePointer<CChar>?] = args.map { strdup($0) } + [nil]
  var envp: [UnsafeMutablePointer<CChar>?] = (env ?? []).map { strdup($0) } + [nil]
  let programs: [UnsafeMutablePointer<CChar>?] = paths.map { strdup($0) }
  let directory = cwd.map { strdup($0) } ?? nil
  defer {
    for p in argv { free(p) }
    for p in envp { free(p) }
    for p in programs { free(p) }
    free(directory)
  }
  let sortedKeep = keep.sorted()
  var nothing = sigset_t(), signals = sigset_t()
  sigemptyset(&nothing)
  _ = changeSignalMask(t, SIG_BLOCK, &nothing, &signals)
  let pid = argv.withUnsafeMutableBufferPointer { av in
    envp.withUnsafeMutableBufferPointer { ev in
      programs.withUnsafeBufferPointer { ps in
        sortedKeep.withUnsafeBufferPointer { ks in
          fds.withUnsafeBufferPointer { f in
            (groups ?? []).withUnsafeBufferPointer { gs in
              weft_fork_exec(ps.baseAddress!, Int32(ps.count), av.baseAddress!, env == nil ? nil : ev.baseAddress!, directory, f.baseAddress!,
                             ks.baseAddress, Int32(ks.count), flags[0], flags[1], flags[2], flags[3], flags[4],
                             groups == nil ? -1 : Int32(gs.count), gs.baseAddress, gid ?? -1, uid ?? -1, &signals)
            }
          }
        }
      }
    }
  }
  return pid < 0 ? raiseOSError(t, errno) : .fixnum(Int(pid))
}

nonisolated(unsafe) private var fullCollectionWanted = false
/// At a safepoint: a full collection that gc.collect() asked for, then Python signal handlers. True when a frame was pushed
/// or an exception set.
public func systemSafepoint(_ t: ThreadRef) -> Bool {
  if t.pointee.request & Request.full != 0 {
    weft_request_clear(t, Request.full)
    if fullCollectionWanted {
      fullCollectionWanted = false
      clearDeadTemporaries(t)
      collectAll(t)
    }
  }
  if t.pointee.request & Request.preempt != 0 { GlobalLock.yield(t) }
  if t.pointee.request & Request.signal != 0 && t.pointee.exception.isEmpty {
    t.pointee.pending = Deliver.discard
    if runSignalHandlers(t) != nil { return true }
  }
  return false
}

private func hasNull(_ s: Value) -> Bool {
  for i in 0..<s.strCount where s.codePoint(i) == 0 { return true }
  return false
}
