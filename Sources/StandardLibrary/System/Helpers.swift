// What the natives of the system modules share: arguments, OSError, interrupted calls, struct sequences, roots.

import Builtins
import Glibc
import Heap
import Objects

/// Values that the system modules keep, in the root table.
enum SystemRoot: Int {
  case sysDict = 512, posixDict, importNative, syntaxNodes, auditHooks, displayHook, importModule, signalHandlers, contextEmpty
  case timeDict, threadLocals, atexitList, bootstrap, selectDict, socketDict, externalBootstrap
  var value: Value {
    get { weft_roots()[RootRegion.misc + rawValue] }
    nonmutating set { weft_roots()[RootRegion.misc + rawValue] = newValue }
  }
}

/// `sys` dict entry; empty when absent.
func sysAttribute(_ t: ThreadRef, _ name: String) -> Value { getString(SystemRoot.sysDict.value, intern(t, name)) }

/// The argument as a machine word; nil with an exception set.
func intArgument(_ t: ThreadRef, _ v: Value) -> Int? {
  if v.isFixnum { return v.fixnum }
  if v.isInt {
    if let i = v.asInt { return i }
    t.raise(.OverflowError, "Python int too large to convert to C long")
    return nil
  }
  t.typeError("'\(typeName(v))' object cannot be interpreted as an integer")
  return nil
}
/// The argument as a C int; nil with an exception set.
func int32Argument(_ t: ThreadRef, _ v: Value) -> Int32? {
  guard let i = intArgument(t, v) else { return nil }
  if let r = Int32(exactly: i) { return r }
  t.raise(.OverflowError, i > 0 ? "signed integer is greater than maximum" : "signed integer is less than minimum")
  return nil
}

/// Truth of what needs no Python code; other objects count as true.
func simpleTruth(_ v: Value) -> Bool {
  if v.isEmpty || v.isNone || v == .false { return false }
  if v.isFixnum { return v.fixnum != 0 }
  if v.isObject && v.isExact(.str) { return v.strCount != 0 }
  if v.isObject && v.isExact(.tuple) { return v.count != 0 }
  if v.isObject && v.isExact(.list) { return v.listCount != 0 }
  return true
}


// MARK: errors of the operating system

func errnoClass(_ e: Int32) -> ExceptionType {
  switch e {
  case EAGAIN, EALREADY, EINPROGRESS: return .BlockingIOError
  case EPIPE, ESHUTDOWN: return .BrokenPipeError
  case ECHILD: return .ChildProcessError
  case ECONNABORTED: return .ConnectionAbortedError
  case ECONNREFUSED: return .ConnectionRefusedError
  case ECONNRESET: return .ConnectionResetError
  case EEXIST: return .FileExistsError
  case ENOENT: return .FileNotFoundError
  case EISDIR: return .IsADirectoryError
  case ENOTDIR: return .NotADirectoryError
  case EINTR: return .InterruptedError
  case EACCES, EPERM: return .PermissionError
  case ESRCH: return .ProcessLookupError
  case ETIMEDOUT: return .TimeoutError
  default: return .OSError
  }
}

/// Raises the OSError subclass for `code`.
@discardableResult
public func raiseOSError(_ t: ThreadRef, _ code: Int32, _ filename: Value = .empty, _ filename2: Value = .empty) -> Value {
  let text = makeStr(t, String(cString: strerror(code)))
  let e = makeException(t, errnoClass(code).object, args: pair(t, .fixnum(Int(code)), text))
  let first = ExceptionField.first
  e.fields[first] = .fixnum(Int(code))
  e.fields[first + 1] = text
  if !filename.isEmpty { e.fields[first + 2] = filename }
  if !filename2.isEmpty { e.fields[first + 3] = filename2 }
  return t.raiseWithContext(e)
}

/// Runs the system call that native `name` of `module` wraps again, after signal handlers have run (PEP 475).
func interrupted(_ t: ThreadRef, _ native: Value, _ args: Args, _ n: Int) -> Value {
  callApp(t, named: "system_retry", native, packWindow(t, args, n))
}
/// After a call that found no free file descriptor: tries it once more when what nothing holds has been collected and finalised;
/// nil for any other failure, and for the second one.
func withoutDescriptors(_ t: ThreadRef, _ native: Value, _ code: Int32, _ args: Args, _ n: Int) -> Value? {
  guard code == EMFILE || code == ENFILE, native.isExact(.builtinFunction) else { return nil }
  if descriptorsCollected { descriptorsCollected = false; return nil }
  return callApp(t, named: "system_retry_collected", native, packWindow(t, args, n))
}
/// The call under way is the second try.
nonisolated(unsafe) private var descriptorsCollected = false

/// A native's window as a tuple; absent arguments become Ellipsis.
func packWindow(_ t: ThreadRef, _ args: Args, _ n: Int) -> Value {
  let v = makeTuple(t, count: n)
  for i in 0..<n { v.items[i] = args[i].isEmpty ? weft_vm.ellipsis : args[i] }
  return v
}

/// `system_recall(native, window)`: calls a native with a packed window.
func installHelpers(_ t: ThreadRef) {
  defineAppNative(t, "system_recall", "(native, window, /)") { t, a, n in
    let native = a[0], window = a[1]
    guard native.isExact(.builtinFunction), window.isExact(.tuple) else { return t.typeError("bad recall") }
    let count = window.count
    let w = t.pointee.window!
    for i in 0..<count { w[i] = window.items[i] == weft_vm.ellipsis ? .empty : window.items[i] }
    t.pointee.window = w + count
    let r = native.to(NativeObject.self).pointee.code(t, w, count)
    t.pointee.window = w
    return r
  }
  defineAppNative(t, "system_second_try", "(is_second, /)") { t, a, n in
    descriptorsCollected = a[0] == .true
    return .none
  }
  defineAppNative(t, "system_raise_oserror", "(code, filename=None, filename2=None, /)") { t, a, n in
    guard let e = int32Argument(t, a[0]) else { return .empty }
    return raiseOSError(t, e, n > 1 && !a[1].isNone ? a[1] : .empty, n > 2 && !a[2].isNone ? a[2] : .empty)
  }
  // A tuple subclass instance from exact parts: class, items, dict of the extra attributes or None.
  defineAppNative(t, "system_make_structseq", "(cls, items, extra, /)") { t, a, n in
    guard isType(a[0]), a[1].isExact(.tuple) else { return t.typeError("bad structseq") }
    return makeStructSequence(t, a[0], (0..<a[1].count).map { a[1].items[$0] }, extra: a[2].isNone ? .empty : a[2])
  }
}

/// An instance of a tuple subclass; the attributes beyond the items are in the dict `extra`.
func makeStructSequence(_ t: ThreadRef, _ type: Value, _ items: [Value], extra: Value = .empty) -> Value {
  guard let s = type.typeObject.pointee.shape, s.pointee.layout == Layout.values.rawValue else { return t.typeError("not a tuple class") }
  let trailing = s.pointee.flags & ShapeFlag.trailer != 0
  let p = allocate(t, shape: s.pointee.index, bytes: 16 + items.count * 8 + (trailing ? 8 : 0))
  p.assumingMemoryBound(to: ValuesObject.self).pointee.count = items.count
  let v = Value(p)
  for i in 0..<items.count { v.items[i] = items[i] }
  if trailing { v.items[items.count] = extra }
  writeBarrier(v.object)
  return v
}

/// Text of a C string as file names are decoded: UTF-8 with surrogateescape.
public func fileSystemStr(_ t: ThreadRef, _ p: UnsafeBufferPointer<UInt8>) -> Value {
  var ascii = true
  for b in p where b >= 0x80 { ascii = false; break }
  if ascii { return makeStr(t, ascii: p) }
  var out: [UInt32] = []
  out.reserveCapacity(p.count)
  var i = 0
  while i < p.count {
    let c = p[i]
    var need = 0, value: UInt32 = 0, least: UInt32 = 0
    if c < 0x80 { out.append(UInt32(c)); i += 1; continue }
    if c & 0xe0 == 0xc0 { need = 1; value = UInt32(c & 0x1f); least = 0x80 }
    else if c & 0xf0 == 0xe0 { need = 2; value = UInt32(c & 0x0f); least = 0x800 }
    else if c & 0xf8 == 0xf0 { need = 3; value = UInt32(c & 0x07); least = 0x10000 }
    var ok = need > 0 && i + need < p.count
    if ok {
      for k in 1...need {
        let b = p[i + k]
        if b & 0xc0 != 0x80 { ok = false; break }
        value = value << 6 | UInt32(b & 0x3f)
      }
    }
    if ok && value >= least && value <= 0x10ffff && !(value >= 0xd800 && value <= 0xdfff) {
      out.append(value)
      i += need + 1
    } else {
      out.append(0xdc00 + UInt32(c))
      i += 1
    }
  }
  return makeStr(t, scalars: out)
}
public func fileSystemStr(_ t: ThreadRef, _ s: UnsafePointer<CChar>) -> Value {
  fileSystemStr(t, UnsafeBufferPointer(start: UnsafeRawPointer(s).assumingMemoryBound(to: UInt8.self), count: strlen(s)))
}
func bytesOf(_ t: ThreadRef, _ s: UnsafePointer<CChar>) -> Value {
  makeBytes(t, UnsafeRawBufferPointer(start: s, count: strlen(s)))
}

/// Functions of the current thread's Python frames: the innermost one that is not the run-time system's own.
func visibleFrame(_ t: ThreadRef, depth: Int = 0) -> FrameRef? {
  var left = depth
  var f = t.pointee.frame
  while let frame = f {
    if frame.pointee.header.flags & FrameFlag.base == 0 && frame.pointee.code.code.pointee.flags & CodeFlagBits.hidden == 0 {
      if left == 0 { return frame }
      left -= 1
    }
    f = frame.pointee.back
  }
  return nil
}
enum CodeFlagBits {
  static let hidden: UInt32 = 0x2000_0000, namespace: UInt32 = 0x4000_0000
  static let futures: UInt32 = 0x400000 | 0x800000 | 0x1000000
}
