// Python objects in Swift's hands: handles that keep their object alive, wherever the collector moves it.

import Glibc
import Heap
import Objects

/// The objects that handles hold: a root of the collector. A handle may be dropped by any thread, so dropped slots are
/// collected apart and taken over by the next handle that is made.
enum Handles {
  nonisolated(unsafe) static var values = RawList<Value>()
  nonisolated(unsafe) private static var free = RawList<Int>()
  nonisolated(unsafe) private static var dropped = RawList<Int>()
  nonisolated(unsafe) private static let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  static func start() {
    pthread_mutex_init(mutex, nil)
    CollectorHook.roots.append { visit in
      takeDropped()
      for i in 0..<values.count { visit(values.base + i) }
    }
  }
  private static func takeDropped() {
    pthread_mutex_lock(mutex)
    while let i = dropped.popLast() {
      values[i] = .empty
      free.append(i)
    }
    pthread_mutex_unlock(mutex)
  }
  static func add(_ v: Value) -> Int {
    if free.count == 0 { takeDropped() }
    if let i = free.popLast() {
      values[i] = v
      return i
    }
    values.append(v)
    return values.count - 1
  }
  static func drop(_ i: Int) {
    pthread_mutex_lock(mutex)
    dropped.append(i)
    pthread_mutex_unlock(mutex)
  }
}

/// A Python object. It lives at least as long as this handle.
public final class PythonObject: CustomStringConvertible {
  private let slot: Int
  init(_ v: Value) { slot = Handles.add(v) }
  deinit { Handles.drop(slot) }
  var value: Value { Handles.values[slot] }
  private var vm: VirtualMachine { VirtualMachine.current! }

  // MARK: what never runs Python code

  public var isNone: Bool { value.isNone }
  public func isSame(as other: PythonObject) -> Bool { value == other.value }
  /// Name of its class.
  public var typeName: String { Objects.typeName(value) }

  // MARK: what may

  public func call(_ arguments: any PythonConvertible..., keywords: KeyValuePairs<String, any PythonConvertible> = [:]) throws -> PythonObject {
    try call(arguments: arguments, keywords: keywords.map { ($0.key, $0.value) })
  }
  public func call(arguments: [any PythonConvertible], keywords: [(String, any PythonConvertible)] = []) throws -> PythonObject {
    try vm.checkFree()
    return try vm.invoke(value, arguments, keywords)
  }
  @discardableResult
  public func callMethod(_ name: String, _ arguments: any PythonConvertible..., keywords: KeyValuePairs<String, any PythonConvertible> = [:]) throws -> PythonObject {
    try attribute(name).call(arguments: arguments, keywords: keywords.map { ($0.key, $0.value) })
  }
  public func attribute(_ name: String) throws -> PythonObject { try builtin("getattr", self, name) }
  public func setAttribute(_ name: String, _ value: any PythonConvertible) throws { _ = try builtin("setattr", self, name, value) }
  public func item(_ key: any PythonConvertible) throws -> PythonObject { try callMethod("__getitem__", key) }
  public func setItem(_ key: any PythonConvertible, _ value: any PythonConvertible) throws { try callMethod("__setitem__", key, value) }
  public func count() throws -> Int { try Int(python: builtin("len", self)) }
  /// `str()` and `repr()` of it.
  public func text() throws -> String { try String(python: builtin("str", self)) }
  public func representation() throws -> String { try String(python: builtin("repr", self)) }
  public func isEqual(to other: any PythonConvertible) throws -> Bool { try callOperator("eq", other) }
  public func isInstance(of type: PythonObject) throws -> Bool { try Bool(python: builtin("isinstance", self, type)) }
  /// The items that iterating gives.
  public func items() throws -> [PythonObject] { try Array(python: builtin("list", self)) }
  /// The value as Swift's.
  public func converted<T: PythonConvertible>(to type: T.Type = T.self) throws -> T { try T(python: self) }

  /// Its `repr()`, or what is known where Python cannot be asked.
  public var description: String { (try? representation()) ?? "<\(typeName) object>" }

  private func callOperator(_ name: String, _ other: any PythonConvertible) throws -> Bool {
    let r = try vm.import("operator").attribute(name).call(self, other)
    return try Bool(python: builtin("bool", r))
  }
  private func builtin(_ name: String, _ arguments: any PythonConvertible...) throws -> PythonObject {
    try vm.checkFree()
    return try vm.invoke(getString(builtinsDict, intern(vm.thread, name)), arguments, [])
  }
}
