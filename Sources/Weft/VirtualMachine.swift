// The virtual machine as a Swift object: boots the run-time system, runs source, calls functions.

import AppLevel
import Builtins
import Bytecode
import Compiler
import Glibc
import Heap
import Interpreter
import Libraries
import Objects
import StandardLibrary
import Syntax
import Tasklets

/// A Python virtual machine. One a process; use it from the thread that made it.
public final class VirtualMachine {
  public let thread: ThreadRef
  /// The system thread that made it, the module that a host's source runs in; Swift functions that Python is calling, and for which thread.
  let owner = pthread_self()
  var mainModule: PythonObject?
  var hostDepth = 0, hostThread: ThreadRef?

  /// `nurseryBytes` sets the size of the young generation; `seed` fixes the hash secret (nil: random).
  public init(nurseryBytes: Int? = nil, seed: UInt32? = nil, compileWide: Bool = false) throws {
    initializeHeap(nurseryBytes: nurseryBytes)
    let t = makeThread()
    thread = t
    initializeThreads(t)
    ThreadEntry.run = { u, run, arguments in _ = callFromHost(u, run, arguments) }
    let window = UnsafeMutablePointer<Value>.allocate(capacity: windowLimit * 2)
    t.pointee.window = window
    initializeHashing(seed)
    weft_vm.recursionLimit = 100_000
    bootstrapObjects(t)
    initializeCodeList()
    builtinsDict = makeDict(t)
    modulesDict = makeDict(t)
    appNamespace = makeDict(t)
    setString(t, appNamespace, Name.__builtins__.value, builtinsDict)
    setString(t, appNamespace, Name.__name__.value, intern(t, "__weft__"))
    VirtualMachine.wide = compileWide
    installBuiltins(t)
    registerNativeModules()
    for (name, make) in libraryModules() { nativeModules[name] = make }
    installSystem(t)
    installCollections(t)
    installTextModules(t)
    installLibraries(t)
    installTasklets(t)
    VirtualMachine.installEmbedding(t)
    installJit(t)
    let builtins = makeModule(t, Name.builtins.value)
    // The module's dict is the builtins' own.
    forEachEntry(builtins.field(0)) { k, v in if getString(builtinsDict, k).isEmpty { setString(t, builtinsDict, k, v) } }
    builtins.fields[0] = builtinsDict
    startSystem(t, builtins: builtins)
    try AppSources.run(self, wide: VirtualMachine.wide)
    let missing = AppFunction.link(t)
    if !missing.isEmpty { bootWarnings.append("app-level functions missing: \(missing.joined(separator: ", "))") }
    finishSystem(t)
    SafepointHook.run = runPending
    ParkingHooks.closing = fileClosing
    ParkingHooks.released = lockReleased
    ParkingHooks.forked = schedulersAfterFork
    TaskletHooks.blocking = { t, a, n, body in GlobalLock.blocking(t, a, n, body) }
    weft_vm.recursionLimit = 1000
    weft_vm.gcStress = VirtualMachine.stress
  }
  /// Collect at every safepoint (1), with complete collections (2).
  nonisolated(unsafe) public static var stress: UInt8 = 0

  /// Calls an app-level function; empty with an exception set.
  public func callApp(_ name: String, _ args: [Value]) -> Value {
    let key = intern(thread, name), f = getString(appNamespace, key)
    if !f.isEmpty { return callFromHost(thread, f, args) }
    guard let source = OnDemand.source(key) else { return thread.raise(.SystemError, "no app-level function '\(name)'") }
    return callFromHost(thread, getString(appNamespace, intern(thread, "app_call_on_demand")), [.fixnum(source), key] + args)
  }
  nonisolated(unsafe) static var wide = false

  private func initializeHashing(_ seed: UInt32?) {
    var s = seed ?? 0
    if seed == nil { let fd = open("/dev/urandom", O_RDONLY); _ = read(fd, &s, 4); close(fd) }
    var x = UInt64(s) | 1 << 32
    func next() -> UInt64 {
      x = x &* 6364136223846793005 &+ 1442695040888963407
      return x ^ x >> 29
    }
    if seed == 0 { weft_vm.hashKey0 = 0; weft_vm.hashKey1 = 0 } else { weft_vm.hashKey0 = next(); weft_vm.hashKey1 = next() }
  }

  /// Compiles a source text; throws `SyntaxFailure`.
  public func compileSource(_ bytes: UnsafeBufferPointer<UInt8>, filename: String, hidden: Bool = false, mode: ParseMode = .exec) throws -> Value {
    let options = ParseOptions(mode: mode, filename: filename)
    let tree = try parse(source: bytes, options: options)
    var co = CompileOptions(filename: filename)
    co.hidden = hidden
    co.forceWide = VirtualMachine.wide
    return makeCode(thread, try compile(tree, options: co))
  }

  /// Runs code in a module's namespace; empty with an exception set on the thread.
  public func runModule(code: Value, namespace: Value) -> Value {
    runBody(makeFunction(thread, code: code, globals: namespace), namespace: namespace)
  }
  func runBody(_ f: Value, namespace: Value) -> Value {
    callFromHost(thread, getString(appNamespace, intern(thread, "run_class_body")), [f, namespace])
  }

  /// The text of `CAppLevel/Generated/AppBytecode.c` for the embedded sources.
  public static func appBytecodeText() throws -> String { try AppSources.bytecodeText() }
  /// Whether the compiled app-level code is that of the sources.
  public static var appBytecodeIsFresh: Bool { AppSources.isFresh }

  public private(set) var bootWarnings: [String] = []
}

extension String { init(_ s: StaticString) { self = s.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } } }

public struct BootError: Error, CustomStringConvertible {
  public let description: String
  init(_ s: String) { description = s }
}

/// The whole file, or nil.
public func readFile(_ path: String) -> [UInt8]? {
  let fd = open(path, O_RDONLY | O_CLOEXEC)
  if fd < 0 { return nil }
  defer { close(fd) }
  var out: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let n = read(fd, &buffer, buffer.count)
    if n < 0 { return nil }
    if n == 0 { return out }
    out += buffer[0..<n]
  }
}

/// Type and arguments of the pending exception with its traceback lines, for messages before Python can print them.
public func describeException(_ t: ThreadRef) -> String {
  let e = t.pointee.exception
  if e.isEmpty { return "no exception" }
  t.pointee.exception = .empty
  var s = typeName(e)
  let args = e.field(ExceptionField.args)
  if args.isKind(.tuple) { for i in 0..<args.count { s += args.items[i].isStr ? ": \(swiftString(args.items[i]))" : args.items[i].isFixnum ? ": \(args.items[i].fixnum)" : ": <\(typeName(args.items[i]))>" } }
  var tb = e.field(ExceptionField.traceback)
  var shown = 0
  while tb.isExact(.traceback) && shown < 20 {
    shown += 1
    let f = tb.field(1).to(Frame.self)
    let c = f.pointee.code.code.pointee
    s += "\n  at \(swiftString(c.filename)):\(tb.field(3).fixnum) in \(swiftString(c.name))"
    tb = tb.field(0)
  }
  return s
}

/// At a safepoint: runs due finalisers and weak-reference callbacks in a frame of their own.
func runPending(_ t: ThreadRef) {
  // While an app-level source runs nothing else does.
  if AppSources.running > 0 { return }
  // Whatever it is, it is the program's: it waits until that goes on.
  if t.pointee.request & Request.sample != 0 { Profiler.sample(t) }
  if isExercising(t) { return }
  if systemSafepoint(t) { return }
  weft_request_clear(t, Request.finalise)
  let n = CollectorHook.pending.count
  if n > 0 && t.pointee.exception.isEmpty && !AppFunction.finalize.function.isEmpty {
    let due = makeList(t, capacity: n)
    for i in 0..<n { listAppend(t, due, CollectorHook.pending[i]) }
    CollectorHook.pending.removeAll()
    t.pointee.pending = Deliver.discard
    _ = call(t, AppFunction.finalize.function, due)
    return
  }
  if watchdogSafepoint(t) { return }
  if !isRecordingTrace { exerciseSafepoint(t) }
}
