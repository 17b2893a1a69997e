// Paths and the like for `posix`: arguments of system calls, and what happens when they fail.

import Builtins
import Glibc
import Heap
import Objects

/// A path argument, ready for a system call.
struct Path {
  var bytes: [CChar]
  var object: Value
  /// A file descriptor given in place of a path, or -1.
  var fd: Int32 = -1
  /// Whether results are bytes.
  var wantsBytes = false
}

enum PathResult { case path(Path), convert, failed }

func cString(_ b: [UInt8]) -> [CChar] { b.map { CChar(bitPattern: $0) } + [0] }

/// The `i`-th argument as a path. `.convert`: app-level code must call __fspath__ first.
func pathArgument(_ t: ThreadRef, _ function: String, _ v: Value, allowFd: Bool = false, nullable: Bool = false, argument: String = "path") -> PathResult {
  if v.isEmpty || v.isNone {
    if nullable { return .path(Path(bytes: cString([46]), object: .empty)) }
  } else if v.isStr {
    let b = fileSystemBytes(v)
    // Surrogates other than escapes cannot be encoded.
    for i in 0..<v.strCount where v.strWidth >= 2 {
      let c = v.codePoint(i)
      if c >= 0xd800 && c < 0xe000 && !(c >= 0xdc80 && c <= 0xdcff) {
        _ = raiseUnencodable(t, v, i)
        return .failed
      }
    }
    if b.contains(0) { t.valueError("embedded null byte"); return .failed }
    return .path(Path(bytes: cString(b), object: v))
  } else if v.isObject && v.kind == .bytes {
    let b = Array(UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount))
    if b.contains(0) { t.valueError("\(function): embedded null character in \(argument)"); return .failed }
    return .path(Path(bytes: cString(b), object: v, wantsBytes: true))
  } else if allowFd && v.isInt {
    guard let i = v.asInt, let fd = Int32(exactly: i) else {
      t.raise(.OverflowError, v.intSign > 0 ? "fd is greater than maximum" : "fd is less than minimum")
      return .failed
    }
    return .path(Path(bytes: [0], object: v, fd: fd))
  } else if v.isObject && !lookup(v.type, Name.__fspath__.value).isEmpty {
    return .convert
  } else if allowFd && v.isObject && !lookup(v.type, Name.__index__.value).isEmpty {
    return .convert
  } else if v.isObject && (v.kind == .bytearray || v.kind == .memoryview) {
    return .convert
  }
  let kinds = allowFd ? (nullable ? "string, bytes, os.PathLike, integer or None" : "string, bytes, os.PathLike or integer")
    : (nullable ? "string, bytes, os.PathLike or None" : "string, bytes or os.PathLike")
  t.typeError("\(function): \(argument) should be \(kinds), not \(typeName(v))")
  return .failed
}

func raiseUnencodable(_ t: ThreadRef, _ s: Value, _ i: Int) -> Value {
  let e = makeException(t, ExceptionType.UnicodeEncodeError.object,
                        args: makeTuple(t, [intern(t, "utf-8"), s, .fixnum(i), .fixnum(i + 1), makeStr(t, "surrogates not allowed")]))
  let f = ExceptionField.first
  for k in 0..<5 { e.fields[f + k] = e.field(ExceptionField.args).items[k] }
  return t.raiseWithContext(e)
}

/// Lets app-level code convert argument `i`, then call native `name` of `module` again.
func retryConverted(_ t: ThreadRef, _ dict: SystemRoot, _ name: String, _ a: Args, _ n: Int, _ i: Int) -> Value {
  callApp(t, named: "posix_retry_converted", getString(dict.value, intern(t, name)), packWindow(t, a, n), .fixnum(i))
}

/// What a failed system call gives: the call again after EINTR, else the OSError.
func systemFailure(_ t: ThreadRef, _ name: String, _ a: Args, _ n: Int, _ path: Value = .empty, _ path2: Value = .empty, dict: SystemRoot = .posixDict) -> Value {
  let e = errno
  if e == EINTR {
    let f = getString(dict.value, intern(t, name))
    if !f.isEmpty { return interrupted(t, f, a, n) }
  }
  if e == EMFILE || e == ENFILE, let r = withoutDescriptors(t, getString(dict.value, intern(t, name)), e, a, n) { return r }
  return raiseOSError(t, e, path, path2)
}

/// `dir_fd` argument; nil with an exception set.
func directoryFd(_ t: ThreadRef, _ v: Value) -> Int32? {
  if v.isEmpty || v.isNone { return AT_FDCWD }
  if !v.isInt { t.typeError("argument should be integer or None, not \(typeName(v))"); return nil }
  return int32Argument(t, v)
}

/// A file descriptor argument; objects with fileno() are converted by app-level code (nil without an exception).
func fdArgument(_ t: ThreadRef, _ v: Value) -> Int32? {
  if v.isInt { return int32Argument(t, v) }
  t.typeError("'\(typeName(v))' object cannot be interpreted as an integer")
  return nil
}

func makeTime(_ t: ThreadRef, _ s: timespec) -> (Value, Value, Value) {
  let ns = computeNanoseconds(t, s)
  return (.fixnum(s.tv_sec), makeFloat(t, Double(s.tv_sec) + 1e-9 * Double(s.tv_nsec)), ns)
}
func computeNanoseconds(_ t: ThreadRef, _ s: timespec) -> Value {
  let (p, o) = s.tv_sec.multipliedReportingOverflow(by: 1_000_000_000)
  if !o { return makeInt(t, p + s.tv_nsec) }
  return intArithmetic(t, .add, intArithmetic(t, .mul, .fixnum(s.tv_sec), .fixnum(1_000_000_000)), .fixnum(s.tv_nsec))
}

/// os.stat_result; its class is made by app-level code.
func makeStat(_ t: ThreadRef, _ s: stat) -> Value {
  let type = getString(appNamespace, intern(t, "posix_stat_result"))
  let (ai, af, an) = makeTime(t, s.st_atim), (mi, mf, mn) = makeTime(t, s.st_mtim), (ci, cf, cn) = makeTime(t, s.st_ctim)
  let extra = makeDict(t)
  func set(_ k: String, _ v: Value) { setString(t, extra, intern(t, k), v) }
  set("st_atime", af); set("st_mtime", mf); set("st_ctime", cf)
  set("st_atime_ns", an); set("st_mtime_ns", mn); set("st_ctime_ns", cn)
  set("st_blksize", .fixnum(Int(s.st_blksize))); set("st_blocks", makeInt(t, Int(s.st_blocks))); set("st_rdev", makeInt(t, unsigned: UInt(s.st_rdev)))
  return makeStructSequence(t, type, [.fixnum(Int(s.st_mode)), makeInt(t, unsigned: UInt(s.st_ino)), makeInt(t, unsigned: UInt(s.st_dev)), makeInt(t, unsigned: UInt(s.st_nlink)),
                                      .fixnum(Int(s.st_uid)), .fixnum(Int(s.st_gid)), makeInt(t, Int(s.st_size)), ai, mi, ci], extra: extra)
}
