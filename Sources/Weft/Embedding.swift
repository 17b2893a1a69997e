// The machine for Swift programs: start it, run source, evaluate, import, and end it. See Docs/embedding.md.

import Glibc
import Heap
import Interpreter
import Objects
import StandardLibrary

/// What a machine is started with.
public struct Configuration {
  /// `sys.argv`.
  public var arguments = [""]
  /// Whether `site` is imported (site-packages, `exit`, ...).
  public var importsSite = true
  /// Whether PYTHON* environment variables count.
  public var usesEnvironment = false
  /// Whether Ctrl-C becomes KeyboardInterrupt; otherwise signals are left to the Swift program.
  public var handlesSignals = false
  /// Whether hot loops are compiled.
  public var compilesLoops = true
  /// Seed of str hashes; nil: random.
  public var hashSeed: UInt32?
  /// Bytes of heap above which MemoryError is raised; nil: no limit.
  public var heapLimit: UInt64?
  /// Folders put in front of `sys.path`.
  public var searchPath: [String] = []
  public init() {}
}

extension VirtualMachine {
  /// The machine that runs in this process.
  nonisolated(unsafe) public internal(set) static var current: VirtualMachine?

  /// Starts the machine. There is one a process, and it belongs to the thread that starts it.
  public static func start(_ c: Configuration = Configuration()) throws -> VirtualMachine {
    if current != nil { throw PythonError("RuntimeError", "a machine runs in this process already") }
    SystemState.arguments = c.arguments.map { Array($0.utf8) }
    SystemState.originalArguments = SystemState.arguments
    SystemState.ignoreEnvironment = c.usesEnvironment ? 0 : 1
    SystemState.noSite = c.importsSite ? 0 : 1
    SystemState.utf8Mode = 1
    if let p = realpath("/proc/self/exe", nil) { SystemState.executable = String(cString: p); free(p) }
    SystemState.findLibrary()
    let vm = try VirtualMachine(seed: c.hashSeed)
    Handles.start()
    current = vm
    if c.compilesLoops { Tracing.enable(threshold: 500, failingGuards: 0) }
    if let limit = c.heapLimit { weft_vm.heapLimit = limit }
    let main = vm.callApp("embed_start", [.bool(c.importsSite), .bool(c.handlesSignals)])
    if main.isEmpty { throw vm.takeError() }
    vm.mainModule = PythonObject(main)
    if !c.searchPath.isEmpty { try vm.import("sys").attribute("path").callMethod("__setitem__", vm.evaluate("slice(0, 0)"), c.searchPath) }
    return vm
  }

  /// The module `__main__`, whose names `run` and `evaluate` see.
  public var main: PythonObject { mainModule! }

  /// Runs a program text, by default in `__main__`.
  public func run(_ source: String, filename: String = "<string>", in module: PythonObject? = nil) throws {
    _ = try app("embed_run", [source, filename, namespace(module)])
  }
  /// Value of an expression.
  public func evaluate(_ expression: String, in module: PythonObject? = nil) throws -> PythonObject {
    try app("embed_evaluate", [expression, "<string>", namespace(module)])
  }
  /// Value of an expression as a Swift value.
  public func evaluate<T: PythonConvertible>(_ expression: String, as type: T.Type, in module: PythonObject? = nil) throws -> T {
    try T(python: evaluate(expression, in: module))
  }
  /// Imports a module; "a.b" gives b.
  public func `import`(_ name: String) throws -> PythonObject { try app("embed_import", [name]) }
  /// The module `name`, made empty when there is none: a place for functions of the host, which Python then imports.
  public func module(_ name: String) throws -> PythonObject { try app("embed_module", [name]) }
  /// A Swift value as a Python object.
  public func object(_ value: any PythonConvertible) throws -> PythonObject {
    try check()
    return PythonObject(try value.python(Conversion(activeThread)))
  }

  /// Runs `body`, which must not touch Python objects, while other Python threads run.
  public func allowThreads<R>(_ body: () throws -> R) throws -> R {
    try check()
    let t = activeThread, depth = hostDepth, host = hostThread
    hostDepth = 0
    hostThread = nil
    let result: Result<R, Error> = GlobalLock.blocking(t, t.pointee.window!, 0) { Result { try body() } }
    hostDepth = depth
    hostThread = host
    return try result.get()
  }

  /// Ends the program: waits for its threads, runs exit functions, flushes. 0, or 120 when flushing failed.
  @discardableResult public func finish() -> Int32 {
    guard hostDepth == 0 else { return 1 }
    let r = callApp("system_exit", [])
    return r.isEmpty ? 1 : Int32(truncatingIfNeeded: r.asInt ?? 1)
  }

  // MARK: what the other files of this module use

  /// The Python thread on whose behalf Swift code runs now.
  var activeThread: ThreadRef { hostThread ?? thread }

  /// Only the owner's thread may come in; and a Swift function that Python called, on the thread that called it.
  func check() throws {
    if hostDepth == 0 && pthread_equal(owner, pthread_self()) == 0 {
      throw PythonError("RuntimeError", "the machine belongs to the thread that started it")
    }
  }
  func checkFree() throws {
    try check()
    if hostDepth > 0 { throw PythonError("RuntimeError", "a Swift function cannot wait for Python code; it may return a PythonCall") }
    if thread.pointee.request & Request.collect != 0 { collect(thread) }
  }

  func app(_ name: String, _ arguments: [any PythonConvertible]) throws -> PythonObject {
    try checkFree()
    let key = intern(thread, name), f = getString(appNamespace, key)
    if f.isEmpty, let source = OnDemand.source(key) {
      return try invoke(getString(appNamespace, intern(thread, "app_call_on_demand")), [source, name] + arguments, [])
    }
    return try invoke(f, arguments, [])
  }

  /// Calls `f` and waits; only where no Python code is running.
  func invoke(_ f: Value, _ arguments: [any PythonConvertible], _ keywords: [(String, any PythonConvertible)]) throws -> PythonObject {
    let c = Conversion(thread)
    var values = try arguments.map { try $0.python(c) }
    var names = Value.empty
    if !keywords.isEmpty {
      names = makeTuple(thread, keywords.map { intern(thread, $0.0) })
      values += try keywords.map { try $0.1.python(c) }
    }
    if values.count >= windowLimit { throw PythonError("MemoryError", "too many arguments") }
    let r = callFromHost(thread, f, values, kwNames: names)
    if r.isEmpty { throw takeError() }
    return PythonObject(r)
  }

  /// The exception that was raised, as a Swift error.
  func takeError() -> PythonError {
    let e = thread.pointee.exception
    thread.pointee.exception = .empty
    if e.isEmpty { return PythonError("SystemError", "no result and no exception") }
    let object = PythonObject(e)
    let d = callApp("embed_describe", [e])
    guard d.isKind(.tuple), d.count == 3, d.items[0].isKind(.list) else {
      thread.pointee.exception = .empty
      return PythonError(classes: [typeName(object.value)], message: "", traceback: "", exception: object)
    }
    let names = (0..<d.items[0].listCount).map { swiftString(d.items[0].listItems[$0]) }
    return PythonError(classes: names, message: swiftString(d.items[1]), traceback: swiftString(d.items[2]), exception: object)
  }

  private func namespace(_ module: PythonObject?) throws -> PythonObject { try app("embed_namespace", [module ?? main]) }
}

/// A Python exception as a Swift error; also what a Swift function throws to raise one.
public struct PythonError: Error, CustomStringConvertible {
  /// Names of the exception's class and its bases, `module.Class` where it is not a builtin.
  public let classes: [String]
  /// What `str()` of it gives.
  public let message: String
  /// The text that CPython would print, chained exceptions included.
  public let traceback: String
  /// The exception itself; nil when the error was made in Swift.
  public let exception: PythonObject?

  /// An error to throw from a Swift function: a builtin exception's name, or `module.Class`.
  public init(_ type: String, _ message: String) { self.init(classes: [type], message: message, traceback: "", exception: nil) }
  init(classes: [String], message: String, traceback: String, exception: PythonObject?) {
    self.classes = classes
    self.message = message
    self.traceback = traceback
    self.exception = exception
  }
  public var type: String { classes.first ?? "Exception" }
  /// Whether an `except` clause that names `type` would catch it.
  public func matches(_ type: String) -> Bool { classes.contains(type) }
  public var description: String { message.isEmpty ? type : "\(type): \(message)" }
}
