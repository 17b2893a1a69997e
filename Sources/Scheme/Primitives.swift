// Numbers, printing and the procedures that are written in Swift.

import Glibc

extension VM {
  // MARK: numbers

  /// The double of any number.
  func asDouble(_ v: Value) -> Double? {
    if v.isInteger { return Double(v.integer) }
    if v.isImmediateDouble { return v.immediateDouble }
    return v.has(.double) ? Double(bitPattern: v.words[1].bits) : nil
  }
  func isNumber(_ v: Value) -> Bool { v.isInteger || v.isImmediateDouble || v.has(.double) }
  func integer(_ n: Int) -> Value { Value.fits(n) ? .integer(n) : double(Double(n)) }

  /// Integers that leave 63 bits become doubles. `nothing` with a condition when operands are no numbers.
  func arithmetic(_ op: Opcode, _ x: Value, _ y: Value) -> Value {
    if x.isInteger && y.isInteger {
      let a = x.integer, b = y.integer
      switch op {
      case .add: if case let (r, o) = a.addingReportingOverflow(b), !o { return integer(r) }
      case .sub: if case let (r, o) = a.subtractingReportingOverflow(b), !o { return integer(r) }
      case .mul: if case let (r, o) = a.multipliedReportingOverflow(by: b), !o { return integer(r) }
      default:
        if b == 0 { fail("division by zero", [x]); return .nothing }
        switch op {
        case .divide: if a % b == 0 { return integer(a / b) }
        case .quotient: return integer(a / b)
        case .remainder: return integer(a % b)
        default: let r = a % b; return integer(r != 0 && (r < 0) != (b < 0) ? r + b : r)
        }
      }
    }
    guard let a = asDouble(x), let b = asDouble(y) else {
      fail("not a number", [asDouble(x) == nil ? x : y])
      return .nothing
    }
    switch op {
    case .add: return double(a + b)
    case .sub: return double(a - b)
    case .mul: return double(a * b)
    case .divide: return double(a / b)
    case .quotient: return double(trunc(a / b))
    case .remainder: return double(fmod(a, b))
    default: return double(a - b * floor(a / b))
    }
  }
  func compare(_ r: Relation, _ x: Value, _ y: Value) -> Bool? {
    guard let a = asDouble(x), let b = asDouble(y) else {
      fail("not a number", [asDouble(x) == nil ? x : y])
      return nil
    }
    switch r {
    case .less: return a < b
    case .lessEqual: return a <= b
    case .equal: return a == b
    }
  }
  func number(_ t: String) -> Value? {
    if let n = Int(t) { return integer(n) }
    guard let c = t.unicodeScalars.first, "+-.0123456789".unicodeScalars.contains(c) else { return nil }
    switch t {
    case "+inf.0": return double(.infinity)
    case "-inf.0": return double(-.infinity)
    case "+nan.0": return double(.nan)
    case "+", "-", "...": return nil
    default: return Double(t).map { double($0) } ?? (t.hasSuffix(".") ? Double(t + "0").map { double($0) } : nil)
    }
  }
  private func text(_ d: Double) -> String {
    if d.isNaN { return "+nan.0" }
    if d.isInfinite { return d < 0 ? "-inf.0" : "+inf.0" }
    let s = d.description
    return s.hasSuffix(".0") && abs(d) < 1e16 ? String(s.dropLast()) : s
  }

  // MARK: text

  func string(_ s: String) -> Value {
    let u = Array(s.unicodeScalars), v = heap.make(.string, 1 + (u.count + 1) / 2)
    v.words[1] = Value(bits: UInt64(u.count))
    let p = (v.raw + 16).assumingMemoryBound(to: UInt32.self)
    for (k, c) in u.enumerated() { p[k] = c.value }
    return v
  }
  func scalars(_ v: Value) -> UnsafeMutableBufferPointer<UInt32> {
    UnsafeMutableBufferPointer(start: (v.raw + 16).assumingMemoryBound(to: UInt32.self), count: Int(v.words[1].bits))
  }
  func swiftString(_ v: Value) -> String {
    var s = String.UnicodeScalarView()
    for c in scalars(v) { s.append(Unicode.Scalar(c) ?? "\u{fffd}") }
    return String(s)
  }
  /// As `write` or `display` show it. Lists are followed by a loop, what is in them to a depth.
  func text(_ v: Value, written: Bool, depth: Int = 0) -> String {
    if v.isInteger { return String(v.integer) }
    if v.isImmediateDouble { return text(v.immediateDouble) }
    guard v.isObject else { return "#<nothing>" }
    if depth > 200 { return "..." }
    func inner(_ x: Value) -> String { text(x, written: written, depth: depth + 1) }
    switch Shape(rawValue: v.shape)! {
    case .null: return "()"
    case .boolTrue: return "#t"
    case .boolFalse: return "#f"
    case .unspecified, .undefined: return "#<unspecified>"
    case .eof: return "#<eof>"
    case .double: return text(Double(bitPattern: v.words[1].bits))
    case .symbol: return symbolName(v)
    case .string:
      if !written { return swiftString(v) }
      return "\"" + swiftString(v).unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : $0 == "\n" ? "\\n" : $0 == "\t" ? "\\t" : String($0) }.joined() + "\""
    case .character:
      let c = UInt32(v.words[1].integer), s = String(Character(Unicode.Scalar(c) ?? "\u{fffd}"))
      if !written { return s }
      return "#\\" + (Reader.characterNames.first { $0.1 == c }?.0 ?? s)
    case .pair:
      let names = ["quote": "'", "quasiquote": "`", "unquote": ",", "unquote-splicing": ",@"]
      if v.words[1].has(.symbol), let mark = names[symbolName(v.words[1])], v.words[2].has(.pair), v.words[2].words[2] == null { return mark + inner(v.words[2].words[1]) }
      var out = "(" + inner(v.words[1]), p = v.words[2], n = 0
      while p.has(.pair), n < 1_000_000 { out += " " + inner(p.words[1]); p = p.words[2]; n += 1 }
      return out + (p == null ? ")" : " . " + inner(p) + ")")
    case .vector: return "#(" + items(v).map(inner).joined(separator: " ") + ")"
    case .values: return items(v).map(inner).joined(separator: "\n")
    case .closure: return v.code.pointee.name == .nothing ? "#<procedure>" : "#<procedure \(symbolName(v.code.pointee.name))>"
    case .primitive: return "#<procedure \(primitives[v.words[1].integer].name)>"
    case .continuation: return "#<continuation>"
    case .condition: return "#<condition \(describe(v))>"
    case .cell, .global: return "#<cell>"
    }
  }
  func describe(_ c: Value) -> String {
    guard c.has(.condition) else { return text(c, written: true) }
    let rest = (array(c.words[3]) ?? []).map { " " + text($0, written: true) }.joined()
    return text(c.words[2], written: false) + rest
  }
  func write(_ s: String) {
    out += Array(s.utf8)
    if out.count > 1 << 14 { flush() }
  }
  func flush() {
    var at = 0
    while at < out.count {
      let n = out[at...].withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
      if n <= 0 { break }
      at += n
    }
    out.removeAll(keepingCapacity: true)
  }

  // MARK: equality

  func isEqv(_ x: Value, _ y: Value) -> Bool {
    if x == y { return true }
    return x.has(.double) && y.has(.double) && x.words[1] == y.words[1]
  }
  /// Along lists by a loop, into them to a depth.
  func isEqual(_ x: Value, _ y: Value, _ depth: Int = 0) -> Bool {
    var x = x, y = y
    while true {
      if isEqv(x, y) { return true }
      guard x.isObject, y.isObject, x.shape == y.shape, depth < 10_000 else { return false }
      switch Shape(rawValue: x.shape)! {
      case .pair:
        if !isEqual(x.words[1], y.words[1], depth + 1) { return false }
        x = x.words[2]
        y = y.words[2]
      case .vector:
        let n = x.words[1].bits
        return n == y.words[1].bits && (0..<Int(n)).allSatisfy { isEqual(x.words[2 + $0], y.words[2 + $0], depth + 1) }
      case .string: return scalars(x).elementsEqual(scalars(y))
      default: return false
      }
    }
  }

  // MARK: the table

  private func wrong(_ m: String, _ v: Value...) -> Value { fail(m, v); return .nothing }

  func definePrimitives() {
    // `Primitive.apply` and `callCC`.
    define("apply", 2, nil) { _, _ in .nothing }
    define("call/cc", 1, 1) { _, _ in .nothing }
    globalCell(symbol("call-with-current-continuation")).words[Field.global] = globalCell(symbol("call/cc")).words[Field.global]

    // Numbers: those with an instruction are procedures too.
    func fold(_ n: String, _ op: Opcode, _ unit: Int, _ least: Int) {
      define(n, least, nil) { vm, a in
        if a.count == 0 { return .integer(unit) }
        if a.count == 1 { return vm.arithmetic(op, .integer(unit), a[0]) }
        var r = a[0]
        for k in 1..<a.count { r = vm.arithmetic(op, r, a[k]); if r == .nothing { return r } }
        return r
      }
    }
    fold("+", .add, 0, 0); fold("*", .mul, 1, 0); fold("-", .sub, 0, 1); fold("/", .divide, 1, 1)
    for (n, op) in [("quotient", Opcode.quotient), ("remainder", .remainder), ("modulo", .modulo)] { define(n, 2, 2) { vm, a in vm.arithmetic(op, a[0], a[1]) } }
    for (n, r, turned) in [("<", Relation.less, false), (">", .less, true), ("<=", .lessEqual, false), (">=", .lessEqual, true), ("=", .equal, false)] {
      define(n, 1, nil) { vm, a in
        for k in 1..<max(1, a.count) {
          let (x, y) = turned ? (a[k], a[k - 1]) : (a[k - 1], a[k])
          let t: Bool
          if x.isInteger && y.isInteger { t = r == .less ? x.integer < y.integer : r == .lessEqual ? x.integer <= y.integer : x == y } else {
            guard let u = vm.compare(r, x, y) else { return .nothing }
            t = u
          }
          if !t { return vm.false_ }
        }
        return vm.true_
      }
    }
    func real(_ n: String, _ f: @escaping (Double) -> Double) {
      define(n, 1, 1) { vm, a in vm.asDouble(a[0]).map { vm.double(f($0)) } ?? vm.wrong("\(n): not a number", a[0]) }
    }
    real("sin", sin); real("cos", cos); real("tan", tan); real("asin", asin); real("acos", acos); real("exp", exp); real("exact->inexact") { $0 }; real("inexact") { $0 }
    define("log", 1, 2) { vm, a in
      guard let x = vm.asDouble(a[0]), let b = a.count > 1 ? vm.asDouble(a[1]) : 1 else { return vm.wrong("log: not a number", a[0]) }
      return vm.double(a.count > 1 ? log(x) / log(b) : log(x))
    }
    define("atan", 1, 2) { vm, a in
      guard let x = vm.asDouble(a[0]), let y = a.count > 1 ? vm.asDouble(a[1]) : 1 else { return vm.wrong("atan: not a number", a[0]) }
      return vm.double(atan2(x, y))
    }
    define("sqrt", 1, 1) { vm, a in
      guard let d = vm.asDouble(a[0]) else { return vm.wrong("sqrt: not a number", a[0]) }
      if a[0].isInteger, d >= 0, case let r = Int(d.squareRoot()), r * r == a[0].integer { return .integer(r) }
      return vm.double(d.squareRoot())
    }
    for (n, f) in [("floor", { $0.rounded(.down) }), ("ceiling", { $0.rounded(.up) }), ("truncate", { $0.rounded(.towardZero) }), ("round", { $0.rounded(.toNearestOrEven) })] as [(String, (Double) -> Double)] {
      define(n, 1, 1) { vm, a in a[0].isInteger ? a[0] : vm.asDouble(a[0]).map { vm.double(f($0)) } ?? vm.wrong("\(n): not a number", a[0]) }
    }
    for n in ["inexact->exact", "exact"] {
      define(n, 1, 1) { vm, a in
        if a[0].isInteger { return a[0] }
        guard let d = vm.asDouble(a[0]) else { return vm.wrong("\(n): not a number", a[0]) }
        guard let i = Int(exactly: d), Value.fits(i) else { return vm.wrong("\(n): no integer of 63 bits", a[0]) }
        return .integer(i)
      }
    }
    define("expt", 2, 2) { vm, a in
      if a[0].isInteger, a[1].isInteger, a[1].integer >= 0 {
        var r = Value.integer(1), b = a[0], n = a[1].integer
        while n > 0 {
          if n & 1 == 1 { r = vm.arithmetic(.mul, r, b) }
          n >>= 1
          if n > 0 { b = vm.arithmetic(.mul, b, b) }
        }
        return r
      }
      guard let x = vm.asDouble(a[0]), let y = vm.asDouble(a[1]) else { return vm.wrong("expt: not a number", a[0]) }
      return vm.double(pow(x, y))
    }
    define("number->string", 1, 2) { vm, a in
      if a[0].isInteger, a.count > 1, a[1].isInteger, (2...36).contains(a[1].integer) { return vm.string(String(a[0].integer, radix: a[1].integer)) }
      return vm.isNumber(a[0]) ? vm.string(vm.text(a[0], written: false)) : vm.wrong("number->string: not a number", a[0])
    }
    define("string->number", 1, 2) { vm, a in
      guard a[0].has(.string) else { return vm.wrong("string->number: not a string", a[0]) }
      if a.count > 1, a[1].isInteger, (2...36).contains(a[1].integer) { return Int(vm.swiftString(a[0]), radix: a[1].integer).map { vm.integer($0) } ?? vm.false_ }
      return vm.number(vm.swiftString(a[0])) ?? vm.false_
    }

    // Predicates.
    func test(_ n: String, _ f: @escaping (VM, Value) -> Bool) { define(n, 1, 1) { vm, a in vm.boolean(f(vm, a[0])) } }
    func shape(_ n: String, _ s: Shape) { test(n) { $1.has(s) } }
    shape("pair?", .pair); shape("null?", .null); shape("symbol?", .symbol); shape("string?", .string); shape("char?", .character); shape("vector?", .vector)
    shape("eof-object?", .eof); shape("error-object?", .condition)
    test("procedure?") { $1.has(.closure) || $1.has(.primitive) || $1.has(.continuation) }
    test("boolean?") { $1 == $0.true_ || $1 == $0.false_ }
    test("not") { $1 == $0.false_ }
    test("number?") { $0.isNumber($1) }
    test("real?") { $0.isNumber($1) }
    test("exact?") { $1.isInteger }
    test("inexact?") { $1.isImmediateDouble || $1.has(.double) }
    test("integer?") { vm, v in v.isInteger || vm.asDouble(v).map { $0 == $0.rounded() && $0.isFinite } ?? false }
    test("list?") { $0.array($1) != nil }
    define("eq?", 2, 2) { vm, a in vm.boolean(a[0] == a[1]) }
    define("eqv?", 2, 2) { vm, a in vm.boolean(vm.isEqv(a[0], a[1])) }
    define("equal?", 2, 2) { vm, a in vm.boolean(vm.isEqual(a[0], a[1])) }

    // Pairs and lists.
    define("cons", 2, 2) { vm, a in vm.cons(a[0], a[1]) }
    func path(_ n: String, _ steps: [Int]) {
      define(n, 1, 1) { vm, a in
        var v = a[0]
        for k in steps { if !v.has(.pair) { return vm.wrong("\(n): not a pair", a[0]) }; v = v.words[k] }
        return v
      }
    }
    path("car", [1]); path("cdr", [2]); path("caar", [1, 1]); path("cadr", [2, 1]); path("cdar", [1, 2]); path("cddr", [2, 2]); path("caddr", [2, 2, 1]); path("cdddr", [2, 2, 2])
    path("cadddr", [2, 2, 2, 1])
    for (n, k) in [("set-car!", 1), ("set-cdr!", 2)] {
      define(n, 2, 2) { vm, a in
        if !a[0].has(.pair) { return vm.wrong("\(n): not a pair", a[0]) }
        a[0].words[k] = a[1]
        return vm.unspecified
      }
    }
    define("list", 0, nil) { vm, a in vm.list((0..<a.count).map { a[$0] }) }
    define("length", 1, 1) { vm, a in vm.array(a[0]).map { .integer($0.count) } ?? vm.wrong("length: not a list", a[0]) }
    define("reverse", 1, 1) { vm, a in vm.array(a[0]).map { vm.list($0.reversed()) } ?? vm.wrong("reverse: not a list", a[0]) }
    define("append", 0, nil) { vm, a in
      if a.count == 0 { return vm.null }
      var r = a[a.count - 1]
      for k in stride(from: a.count - 2, through: 0, by: -1) {
        guard let l = vm.array(a[k]) else { return vm.wrong("append: not a list", a[k]) }
        r = vm.list(l, tail: r)
      }
      return r
    }
    func search(_ n: String, inPairs: Bool, _ same: @escaping (VM, Value, Value) -> Bool) {
      define(n, 2, 2) { vm, a in
        var p = a[1]
        while p.has(.pair) {
          if inPairs {
            if !p.words[1].has(.pair) { return vm.wrong("\(n): not a pair", p.words[1]) }
            if same(vm, a[0], p.words[1].words[1]) { return p.words[1] }
          } else if same(vm, a[0], p.words[1]) { return p }
          p = p.words[2]
        }
        return p == vm.null ? vm.false_ : vm.wrong("\(n): not a list", a[1])
      }
    }
    search("memq", inPairs: false) { $1 == $2 }; search("memv", inPairs: false) { $0.isEqv($1, $2) }; search("member", inPairs: false) { $0.isEqual($1, $2) }
    search("assq", inPairs: true) { $1 == $2 }; search("assv", inPairs: true) { $0.isEqv($1, $2) }; search("assoc", inPairs: true) { $0.isEqual($1, $2) }

    // Vectors.
    func count(_ v: Value) -> Int? { v.isInteger && v.integer >= 0 && v.integer < 1 << 28 ? v.integer : nil }
    define("vector", 0, nil) { vm, a in vm.vector((0..<a.count).map { a[$0] }) }
    define("make-vector", 1, 2) { vm, a in
      guard let n = count(a[0]) else { return vm.wrong("make-vector: no length", a[0]) }
      let v = vm.heap.make(.vector, 1 + n), fill = a.count > 1 ? a[1] : .integer(0)
      v.words[1] = Value(bits: UInt64(n))
      for k in 0..<n { v.words[2 + k] = fill }
      return v
    }
    define("vector-length", 1, 1) { vm, a in a[0].has(.vector) ? .integer(Int(a[0].words[1].bits)) : vm.wrong("vector-length: not a vector", a[0]) }
    define("vector-ref", 2, 2) { vm, a in
      guard a[0].has(.vector), let k = count(a[1]), k < Int(a[0].words[1].bits) else { return vm.wrong("vector-ref: not a vector, or no index of it", a[0], a[1]) }
      return a[0].words[2 + k]
    }
    define("vector-set!", 3, 3) { vm, a in
      guard a[0].has(.vector), let k = count(a[1]), k < Int(a[0].words[1].bits) else { return vm.wrong("vector-set!: not a vector, or no index of it", a[0], a[1]) }
      a[0].words[2 + k] = a[2]
      return vm.unspecified
    }
    define("vector-fill!", 2, 2) { vm, a in
      guard a[0].has(.vector) else { return vm.wrong("vector-fill!: not a vector", a[0]) }
      for k in 0..<Int(a[0].words[1].bits) { a[0].words[2 + k] = a[1] }
      return vm.unspecified
    }
    define("vector->list", 1, 1) { vm, a in a[0].has(.vector) ? vm.list(vm.items(a[0])) : vm.wrong("vector->list: not a vector", a[0]) }
    define("list->vector", 1, 1) { vm, a in vm.array(a[0]).map { vm.vector($0) } ?? vm.wrong("list->vector: not a list", a[0]) }

    // Characters, strings, symbols.
    define("char->integer", 1, 1) { vm, a in a[0].has(.character) ? a[0].words[1] : vm.wrong("char->integer: not a character", a[0]) }
    define("integer->char", 1, 1) { vm, a in
      guard let n = count(a[0]), Unicode.Scalar(UInt32(n)) != nil else { return vm.wrong("integer->char: no character", a[0]) }
      return vm.character(UInt32(n))
    }
    define("char=?", 2, 2) { vm, a in vm.boolean(a[0] == a[1]) }
    define("char<?", 2, 2) { vm, a in
      a[0].has(.character) && a[1].has(.character) ? vm.boolean(a[0].words[1].integer < a[1].words[1].integer) : vm.wrong("char<?: not a character", a[0], a[1])
    }
    test("char-alphabetic?") { $1.has(.character) && Unicode.Scalar(UInt32($1.words[1].integer))!.properties.isAlphabetic }
    test("char-numeric?") { $1.has(.character) && Unicode.Scalar(UInt32($1.words[1].integer))!.properties.numericType != nil }
    test("char-whitespace?") { $1.has(.character) && Unicode.Scalar(UInt32($1.words[1].integer))!.properties.isWhitespace }
    define("char-upcase", 1, 1) { vm, a in
      guard a[0].has(.character) else { return vm.wrong("char-upcase: not a character", a[0]) }
      let s = Unicode.Scalar(UInt32(a[0].words[1].integer))!.properties.uppercaseMapping.unicodeScalars
      return s.count == 1 ? vm.character(s.first!.value) : a[0]
    }
    func strings(_ vm: VM, _ n: String, _ a: Arguments) -> [String]? {
      var all: [String] = []
      for k in 0..<a.count { if !a[k].has(.string) { vm.fail("\(n): not a string", [a[k]]); return nil }; all.append(vm.swiftString(a[k])) }
      return all
    }
    define("string-append", 0, nil) { vm, a in strings(vm, "string-append", a).map { vm.string($0.joined()) } ?? .nothing }
    define("string=?", 2, 2) { vm, a in strings(vm, "string=?", a).map { vm.boolean($0[0] == $0[1]) } ?? .nothing }
    define("string<?", 2, 2) { vm, a in strings(vm, "string<?", a).map { vm.boolean(Array($0[0].unicodeScalars).lexicographicallyPrecedes(Array($0[1].unicodeScalars))) } ?? .nothing }
    define("string-length", 1, 1) { vm, a in a[0].has(.string) ? .integer(Int(a[0].words[1].bits)) : vm.wrong("string-length: not a string", a[0]) }
    define("string-ref", 2, 2) { vm, a in
      guard a[0].has(.string), let k = count(a[1]), k < vm.scalars(a[0]).count else { return vm.wrong("string-ref: not a string, or no index of it", a[0], a[1]) }
      return vm.character(vm.scalars(a[0])[k])
    }
    define("string-set!", 3, 3) { vm, a in
      guard a[0].has(.string), let k = count(a[1]), k < vm.scalars(a[0]).count, a[2].has(.character) else { return vm.wrong("string-set!: not a string, or no index of it", a[0], a[1]) }
      vm.scalars(a[0])[k] = UInt32(a[2].words[1].integer)
      return vm.unspecified
    }
    define("make-string", 1, 2) { vm, a in
      guard let n = count(a[0]), a.count == 1 || a[1].has(.character) else { return vm.wrong("make-string: no length", a[0]) }
      return vm.string(String(repeating: Character(Unicode.Scalar(a.count > 1 ? UInt32(a[1].words[1].integer) : 32)!), count: n))
    }
    define("substring", 3, 3) { vm, a in
      guard a[0].has(.string), let i = count(a[1]), let j = count(a[2]), i <= j, j <= vm.scalars(a[0]).count else { return vm.wrong("substring: no part of it", a[0], a[1], a[2]) }
      return vm.string(String(String.UnicodeScalarView(vm.scalars(a[0])[i..<j].map { Unicode.Scalar($0)! })))
    }
    define("string->symbol", 1, 1) { vm, a in a[0].has(.string) ? vm.symbol(vm.swiftString(a[0])) : vm.wrong("string->symbol: not a string", a[0]) }
    define("symbol->string", 1, 1) { vm, a in a[0].has(.symbol) ? vm.string(vm.symbolName(a[0])) : vm.wrong("symbol->string: not a symbol", a[0]) }
    define("string->list", 1, 1) { vm, a in a[0].has(.string) ? vm.list(vm.scalars(a[0]).map { vm.character($0) }) : vm.wrong("string->list: not a string", a[0]) }
    define("list->string", 1, 1) { vm, a in
      guard let l = vm.array(a[0]), l.allSatisfy({ $0.has(.character) }) else { return vm.wrong("list->string: not a list of characters", a[0]) }
      return vm.string(String(String.UnicodeScalarView(l.map { Unicode.Scalar(UInt32($0.words[1].integer))! })))
    }

    // Output, values, conditions, the machine.
    define("display", 1, 1) { vm, a in vm.write(vm.text(a[0], written: false)); return vm.unspecified }
    define("write", 1, 1) { vm, a in vm.write(vm.text(a[0], written: true)); return vm.unspecified }
    define("newline", 0, 0) { vm, _ in vm.write("\n"); return vm.unspecified }
    define("values", 0, nil) { vm, a in a.count == 1 ? a[0] : vm.vector((0..<a.count).map { a[$0] }, .values) }
    define("%values->list", 1, 1) { vm, a in a[0].has(.values) ? vm.list(vm.items(a[0])) : vm.list([a[0]]) }
    define("error", 1, nil) { vm, a in
      vm.condition = vm.vector([a[0], vm.list((1..<max(1, a.count)).map { a[$0] })], .condition)
      return .nothing
    }
    define("raise", 1, 1) { vm, a in vm.condition = a[0]; return .nothing }
    define("error-object-message", 1, 1) { vm, a in a[0].has(.condition) ? a[0].words[2] : vm.wrong("error-object-message: not a condition", a[0]) }
    define("error-object-irritants", 1, 1) { vm, a in a[0].has(.condition) ? a[0].words[3] : vm.wrong("error-object-irritants: not a condition", a[0]) }
    define("%handler", 0, 0) { vm, _ in vm.handler == .nothing ? vm.false_ : vm.handler }
    define("%set-handler!", 1, 1) { vm, a in vm.handler = a[0] == vm.false_ ? .nothing : a[0]; return vm.unspecified }
    define("exit", 0, 1) { vm, a in
      vm.flush()
      Glibc.exit(a.count == 0 ? 0 : a[0].isInteger ? Int32(truncatingIfNeeded: a[0].integer) : a[0] == vm.false_ ? 1 : 0)
    }
    define("runtime", 0, 0) { vm, _ in
      var t = timespec()
      clock_gettime(CLOCK_MONOTONIC, &t)
      return vm.double(Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9)
    }
  }
}
