// The test of the embedding library: the last line is "N passed, N failed".

import Glibc
import Weft

var passed = 0, failed = 0
func expect(_ condition: Bool, _ what: String, line: Int = #line) {
  if condition { passed += 1 } else { failed += 1; print("FAIL line \(line): \(what)") }
}
func expectEqual<T: Equatable>(_ a: T, _ b: T, line: Int = #line) { expect(a == b, "\(a) instead of \(b)", line: line) }
func expectError(_ type: String, _ message: String? = nil, line: Int = #line, _ body: () throws -> Void) {
  do {
    try body()
    expect(false, "no \(type)", line: line)
  } catch let e as PythonError {
    expect(e.matches(type) && (message == nil || message == e.message), "\(e) instead of \(type) \(message ?? "")", line: line)
  } catch { expect(false, "\(error)", line: line) }
}

func basics(_ vm: VirtualMachine) throws {
  try vm.run("x = 6\ndef square(n, plus=0): return n * n + plus")
  expectEqual(try vm.evaluate("x * 7", as: Int.self), 42)
  let square = try vm.main.attribute("square")
  expectEqual(try square.call(5).converted(to: Int.self), 25)
  expectEqual(try square.call(5, keywords: ["plus": 2]).converted(to: Int.self), 27)
  try vm.main.setAttribute("x", "text")
  expectEqual(try vm.evaluate("x.upper()", as: String.self), "TEXT")
  expectEqual(try vm.import("os.path").callMethod("basename", "/a/b").converted(to: String.self), "b")
  expectEqual(try vm.import("collections").attribute("Counter").call("abca").callMethod("most_common", 1).description, "[('a', 2)]")
  let d = try vm.object(["one": 1])
  try d.setItem("two", 2)
  expectEqual(try d.item("two").converted(to: Int.self), 2)
  expectEqual(try d.count(), 2)
  expectEqual(try vm.evaluate("range(4)").items().map { try $0.converted(to: Int.self) }, [0, 1, 2, 3])
  expect(try vm.evaluate("1").isEqual(to: 1.0), "1 == 1.0")
  expect(try vm.evaluate("True").isInstance(of: vm.evaluate("int")), "bool is an int")
  expectError("RuntimeError") { _ = try VirtualMachine.start() }
  try vm.run("value = 1", in: vm.module("host"))
  expectEqual(try vm.evaluate("__import__('host').value", as: Int.self), 1)
}

func conversions(_ vm: VirtualMachine) throws {
  func there<T: PythonConvertible>(_ v: T) throws -> String { try vm.object(v).representation() }
  expectEqual(try there(Int.min), "-9223372036854775808")
  expectEqual(try there(UInt.max), "18446744073709551615")
  expectEqual(try there(UInt64(1) << 62), "4611686018427387904")
  expectEqual(try there(true), "True")
  expectEqual(try there(0.1), "0.1")
  expectEqual(try there(1e300), "1e+300")
  expectEqual(try there("a\u{e9}\u{20ac}\u{1f600}"), "'a\u{e9}\u{20ac}\u{1f600}'")
  expectEqual(try there(PythonBytes([0, 65, 255])), "b'\\x00A\\xff'")
  expectEqual(try there([1, 2]), "[1, 2]")
  expectEqual(try there([[Int]]()), "[]")
  expectEqual(try there(PythonTuple(1, "x", Int?.none)), "(1, 'x', None)")
  expectEqual(try there(PythonTuple()), "()")
  expectEqual(try there(["k": [1.5]]), "{'k': [1.5]}")
  expectEqual(try there(PythonValue.dict([(.int(1), .str("a")), (.bool(true), .str("b")), (.tuple([.int(1)]), .none)])), "{1: 'b', (1,): None}")
  let back = { (s: String) in try vm.evaluate(s) }
  expectEqual(try back("-2**63").converted(to: Int.self), Int.min)
  expectEqual(try back("2**64 - 1").converted(to: UInt.self), UInt.max)
  expectError("OverflowError") { _ = try back("2**64").converted(to: UInt.self) }
  expectError("OverflowError") { _ = try back("2**63").converted(to: Int.self) }
  expectError("OverflowError") { _ = try back("-1").converted(to: UInt8.self) }
  expectError("TypeError", "expected int, got 'str'") { _ = try back("'1'").converted(to: Int.self) }
  for text in ["0", "-1", "4611686018427387904", "-4611686018427387904", "-4611686018427387905", "18446744073709551616",
               "-100000000000000000000000000000000000000000000000000000000000000000000000000001"] {
    let big = try back(text).converted(to: BigInteger.self)
    expectEqual(big.description, text)
    expectEqual(try vm.object(big).representation(), text)
    expect(try vm.object(big).isEqual(to: back(text)), text)
  }
  expectEqual(try back("7").converted(to: Double.self), 7)
  expectEqual(try back("b'xyz'").converted(to: PythonBytes.self).bytes, Array("xyz".utf8))
  expectEqual(try back("(1, 2)").converted(to: [Int].self), [1, 2])
  expectEqual(try back("[None, 3]").converted(to: [Int?].self), [nil, 3])
  expectEqual(try back("{'a': 1, 'b': 2}").converted(to: [String: Int].self), ["a": 1, "b": 2])
  expectError("ValueError") { _ = try back("'\\ud800'").converted(to: String.self) }
  guard case .list(let items) = try back("[None, True, 1, 2**70, 1.5, 's', b'b', (1,), {'k': []}, int]").converted(to: PythonValue.self), items.count == 10,
        case .none = items[0], case .bool(true) = items[1], case .int(1) = items[2], case .bigInt = items[3], case .float(1.5) = items[4],
        case .str("s") = items[5], case .bytes = items[6], case .tuple = items[7], case .dict(let d) = items[8], case .object = items[9]
  else { return expect(false, "kinds of values") }
  expectEqual(d.count, 1)
  expectEqual(try vm.object(PythonValue.list(items)).representation(), "[None, True, 1, 1180591620717411303424, 1.5, 's', b'b', (1,), {'k': []}, <class 'int'>]")
  try vm.run("circle = []; circle.append(circle)")
  expectError("RecursionError") { _ = try vm.evaluate("circle", as: PythonValue.self) }
  expectError("TypeError") { _ = try vm.object(PythonValue.dict([(.list([]), .none)])) }
}

func errors(_ vm: VirtualMachine) throws {
  try vm.run("def fail(n):\n  if n == 0: raise KeyError('gone')\n  fail(n - 1)\nclass Own(ValueError): pass", filename: "program.py")
  do { _ = try vm.main.attribute("fail").call(1); expect(false, "no error") } catch let e as PythonError {
    expectEqual(e.type, "KeyError")
    expectEqual(e.message, "'gone'")
    expect(e.matches("LookupError") && !e.matches("ValueError"), "classes \(e.classes)")
    expectEqual(e.traceback, """
      Traceback (most recent call last):
        File "program.py", line 3, in fail
        File "program.py", line 2, in fail
      KeyError: 'gone'

      """)
    expect(e.exception != nil, "the exception itself")
  }
  expectError("Own", "mine") { try vm.run("raise Own('mine')") }
  expectError("SyntaxError") { try vm.run("1 +") }
  expectError("SystemExit") { try vm.run("import sys; sys.exit(3)") }
  expectError("ModuleNotFoundError", "No module named 'nowhere'") { _ = try vm.import("nowhere") }
  expectError("AttributeError", "'int' object has no attribute 'nothing'") { _ = try vm.object(1).attribute("nothing") }
  expectError("RecursionError") { try vm.run("def deep(): return deep()\ndeep()") }
  expectEqual(try vm.evaluate("1 + 1", as: Int.self), 2)
}

struct Odd: Error, CustomStringConvertible { let description = "an odd error" }

func functions(_ vm: VirtualMachine) throws {
  try vm.define("add") { (a: Int, b: Int) -> Int in a + b }
  expectEqual(try vm.evaluate("add(40, 2)", as: Int.self), 42)
  expectEqual(try vm.evaluate("add.__name__", as: String.self), "add")
  expectError("TypeError", "add() takes exactly 2 arguments (1 given)") { _ = try vm.evaluate("add(1)") }
  expectError("TypeError", "add() takes no keyword arguments") { _ = try vm.evaluate("add(1, b=2)") }
  expectError("TypeError", "add() argument 2: expected int, got 'str'") { _ = try vm.evaluate("add(1, 'x')") }
  var seen: [String] = []
  try vm.define("note") { (s: String) in seen.append(s) }
  expect(try vm.evaluate("note('a') is None and note('b') is None").converted(), "functions without a result")
  expectEqual(seen, ["a", "b"])
  try vm.define("refuse") { (kind: String) -> Int in throw PythonError(kind, "no") }
  expectEqual(try vm.evaluate("""
    [refuse_with(k) for k in ("ValueError", "OSError", "host.Special", "nonsense")]
    """.replacing(vm), as: [String].self), ["ValueError('no')", "OSError('no')", "Special('no')", "RuntimeError('nonsense: no')"])
  try vm.define("odd") { () -> Int in throw Odd() }
  expectError("RuntimeError", "an odd error") { _ = try vm.evaluate("odd()") }
  // An error that came from Python passes through Swift and back as the same exception.
  try vm.run("kept = KeyError('kept')\ndef raises(): raise kept\ndef same():\n  try: again()\n  except KeyError as e: return e is kept")
  var caught: PythonError?
  do { _ = try vm.evaluate("raises()") } catch let e as PythonError { caught = e }
  try vm.define("again") { () -> Int in throw caught! }
  expect(try vm.evaluate("same()").converted(), "the same exception again")
  // Arguments of any number, and names.
  let all = try vm.function("everything") { call in
    let names = call.keywords.map { "\($0.name)" }.joined(separator: ",")
    return "\(call.positional.count) \(names)"
  }
  try vm.module("host").setAttribute("everything", all)
  expectEqual(try vm.evaluate("__import__('host').everything(1, 2, k=3, l=4)", as: String.self), "2 k,l")
  // A call as the last act: twice and a generator in between.
  let twice = try vm.function("twice", endingWith: { call in PythonCall(call[0], call[1]) })
  try vm.main.setAttribute("twice", twice)
  expectEqual(try vm.evaluate("[twice(lambda n: sum(i for i in range(n)), n) for n in (3, 4)]", as: [Int].self), [3, 6])
  // Deep recursion through Swift needs no stack of Swift's.
  try vm.run("import sys; sys.setrecursionlimit(200000)\ndef down(n): return 0 if n == 0 else 1 + twice(down, n - 1)")
  expectEqual(try vm.evaluate("down(50000)", as: Int.self), 50000)
  // A Swift function cannot wait.
  var inner: PythonError?
  try vm.define("waits") { () -> Int in
    do { return try vm.evaluate("1", as: Int.self) } catch let e as PythonError { inner = e; throw e }
  }
  expectError("RuntimeError") { _ = try vm.evaluate("waits()") }
  expect(inner?.matches("RuntimeError") == true, "re-entry")
}

extension String {
  /// Defines what the expression needs before it is evaluated.
  func replacing(_ vm: VirtualMachine) throws -> String {
    try vm.run("""
      import host
      class Special(Exception): pass
      Special.__module__ = "host"
      host.Special = Special
      def refuse_with(kind):
        try: refuse(kind)
        except Exception as e: return repr(e)
      """)
    return self
  }
}

func lifetimes(_ vm: VirtualMachine) throws {
  // Handles keep their objects alive, wherever they move.
  try vm.run("import gc, weakref\nclass Thing:\n  def __init__(self, n): self.n = n\nalive = weakref.WeakSet()\ndef thing(n):\n  t = Thing(n); alive.add(t); return t")
  let make = try vm.main.attribute("thing")
  var things = try (0..<1000).map { try make.call($0) }
  for _ in 0..<3 { try vm.run("gc.collect(); junk = [[i] for i in range(300000)]; del junk") }
  expectEqual(try vm.evaluate("len(alive)", as: Int.self), 1000)
  expectEqual(try things.enumerated().filter { try $1.attribute("n").converted(to: Int.self) != $0 }.count, 0)
  things.removeLast(900)
  try vm.run("gc.collect()")
  expectEqual(try vm.evaluate("len(alive)", as: Int.self), 100)
  things = []
  try vm.run("gc.collect()")
  expectEqual(try vm.evaluate("len(alive)", as: Int.self), 0)
  // Values made by Swift alone do not pile up.
  for i in 0..<200 { _ = try vm.object([Int](repeating: i, count: 20_000)); if i % 50 == 0 { _ = try vm.evaluate("None") } }
  expect(true, "")
}

final class Flag { var value = 0 }

func threads(_ vm: VirtualMachine) throws {
  let flag = Flag()
  try vm.define("mark") { (n: Int) in flag.value += n }
  try vm.run("import threading, time\nt = threading.Thread(target=lambda: [mark(1) for _ in range(1000)])\nt.start()")
  waiting: for _ in 0..<500 {
    try vm.allowThreads { _ = usleep(10_000) }
    if flag.value == 1000 { break waiting }
  }
  try vm.run("t.join()")
  expectEqual(flag.value, 1000)
  // Another thread of the host is refused.
  var id = pthread_t()
  Shared.vm = vm
  pthread_create(&id, nil, { _ in
    do { _ = try Shared.vm!.evaluate("1") } catch let e as PythonError { Shared.error = e } catch {}
    return nil
  }, nil)
  pthread_join(id, nil)
  expect(Shared.error?.matches("RuntimeError") == true, "a thread that is not the owner")
}
enum Shared {
  nonisolated(unsafe) static var vm: VirtualMachine?
  nonisolated(unsafe) static var error: PythonError?
}

do {
  var c = Configuration()
  c.arguments = ["prog", "one"]
  c.searchPath = ["/nowhere"]
  let vm = try VirtualMachine.start(c)
  expectEqual(try vm.evaluate("__import__('sys').argv", as: [String].self), ["prog", "one"])
  expectEqual(try vm.evaluate("__import__('sys').path[0]", as: String.self), "/nowhere")
  for part in [basics, conversions, errors, functions, lifetimes, threads] { try part(vm) }
  try vm.run("import atexit; atexit.register(print, 'at exit')")
  expectEqual(vm.finish(), 0)
} catch {
  failed += 1
  print("FAIL \(error) \((error as? PythonError)?.traceback ?? "")")
}
print("\(passed) passed, \(failed) failed")
exit(failed == 0 ? 0 : 1)
