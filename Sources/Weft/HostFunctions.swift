// Swift functions that Python calls.
//
// A Swift function is a native like any other: it returns, and never waits for Python code. What it may do at its end is a
// call: it returns a `PythonCall`, whose result becomes its own.

import Builtins
import Heap
import Objects

/// The arguments of a call from Python.
public struct PythonArguments {
  public let positional: [PythonObject]
  public let keywords: [(name: String, value: PythonObject)]
  public subscript(_ i: Int) -> PythonObject { positional[i] }
  public subscript(_ name: String) -> PythonObject? { keywords.first { $0.name == name }?.value }
}

/// Returned by a Swift function: the call that it ends with.
public struct PythonCall {
  let function: PythonObject
  let arguments: [any PythonConvertible]
  public init(_ function: PythonObject, _ arguments: any PythonConvertible...) { self.function = function; self.arguments = arguments }
}

enum HostResult { case value(any PythonConvertible), call(PythonCall) }
typealias HostFunction = (PythonArguments) throws -> HostResult

extension VirtualMachine {
  nonisolated(unsafe) static var hostFunctions: [HostFunction] = []

  /// A Python function that calls `body` with whatever arguments it gets.
  public func function(_ name: String, _ body: @escaping (PythonArguments) throws -> any PythonConvertible) throws -> PythonObject {
    try add(name) { .value(try body($0)) }
  }
  /// The same for a function that ends with a call of Python code.
  public func function(_ name: String, endingWith body: @escaping (PythonArguments) throws -> PythonCall) throws -> PythonObject {
    try add(name) { .call(try body($0)) }
  }
  /// Makes a Swift function a Python function of `module` (`__main__`). Arguments are converted to the types it takes; those
  /// that do not fit are TypeErrors. What it throws is raised: a `PythonError` as the exception it names, anything else as
  /// RuntimeError.
  public func define<each A: PythonConvertible, R: PythonConvertible>(_ name: String, in module: PythonObject? = nil,
                                                                      _ body: @escaping (repeat each A) throws -> R) throws {
    try (module ?? main).setAttribute(name, add(name) { call in
      var at = ArgumentReader(name, call, count: VirtualMachine.count(repeat (each A).self))
      try at.check()
      return .value(try body(repeat try at.next((each A).self)))
    })
  }
  /// The same for a function without a result: it returns None.
  public func define<each A: PythonConvertible>(_ name: String, in module: PythonObject? = nil, _ body: @escaping (repeat each A) throws -> Void) throws {
    try (module ?? main).setAttribute(name, add(name) { call in
      var at = ArgumentReader(name, call, count: VirtualMachine.count(repeat (each A).self))
      try at.check()
      try body(repeat try at.next((each A).self))
      return .value(PythonValue.none)
    })
  }
  private static func count<each A>(_ types: repeat (each A).Type) -> Int {
    var n = 0
    func one<T>(_: T.Type) { n += 1 }
    repeat one((each A).self)
    return n
  }

  private func add(_ name: String, _ f: @escaping HostFunction) throws -> PythonObject {
    let number = VirtualMachine.hostFunctions.count
    let made = try app("embed_function", [name, number])
    VirtualMachine.hostFunctions.append(f)
    return made
  }

  /// Runs a Swift function on behalf of `t`.
  static func runHostFunction(_ t: ThreadRef, _ number: Int, _ args: Value, _ kwargs: Value) -> Value {
    guard let vm = current, hostFunctions.indices.contains(number), args.isKind(.tuple), kwargs.isKind(.dict) else {
      return t.raise(.RuntimeError, "no such Swift function")
    }
    let arguments = PythonArguments(positional: (0..<args.count).map { PythonObject(args.items[$0]) },
                                    keywords: ((try? entries(of: PythonObject(kwargs))) ?? []).map { ((try? String(python: $0)) ?? "", $1) })
    let before = vm.hostThread
    vm.hostThread = t
    vm.hostDepth += 1
    let result: Result<HostResult, Error> = Result { try hostFunctions[number](arguments) }
    vm.hostDepth -= 1
    vm.hostThread = before
    do {
      switch try result.get() {
      case .value(let v): return try v.python(Conversion(t))
      case .call(let c): return call(t, c.function.value, try c.arguments.map { try $0.python(Conversion(t)) })
      }
    } catch let e as PythonError {
      if let x = e.exception { return t.raiseWithContext(x.value) }
      return Objects.callApp(t, named: "embed_error", makeStr(t, e.type), makeStr(t, e.message))
    } catch {
      return t.raise(.RuntimeError, "\(error)")
    }
  }

  static func installEmbedding(_ t: ThreadRef) {
    defineAppNative(t, "embed_invoke", "(number, args, kwargs, /)") { t, a, n in
      guard a[0].isFixnum else { return t.typeError("an integer is required") }
      return VirtualMachine.runHostFunction(t, a[0].fixnum, a[1], a[2])
    }
  }
}

/// Takes positional arguments one after the other.
struct ArgumentReader {
  let name: String, call: PythonArguments, count: Int
  var i = 0
  init(_ name: String, _ call: PythonArguments, count: Int) { self.name = name; self.call = call; self.count = count }
  func check() throws {
    if !call.keywords.isEmpty { throw PythonError("TypeError", "\(name)() takes no keyword arguments") }
    let n = call.positional.count
    if n != count {
      throw PythonError("TypeError", count == 1 ? "\(name)() takes exactly one argument (\(n) given)" : "\(name)() takes exactly \(count) arguments (\(n) given)")
    }
  }
  mutating func next<T: PythonConvertible>(_ type: T.Type) throws -> T {
    i += 1
    do { return try T(python: call.positional[i - 1]) } catch let e as PythonError where e.exception == nil {
      throw PythonError(e.type, "\(name)() argument \(i): \(e.message)")
    }
  }
}
