// Checks that a code unit keeps the laws of the opcode table, so that the interpreter need not.

/// What `verify` looks at of a unit or of a code object.
public struct CodeView {
  public var argCount = 0, posOnlyArgCount = 0, kwOnlyArgCount = 0, registerCount = 0, cacheCount = 0, nameCount = 0
  public var flags: CodeFlags = []
  public var hasDocstring = false
  public var words: UnsafeBufferPointer<UInt32>
  public var kinds: UnsafeBufferPointer<UInt8>
  public var exceptions: UnsafeBufferPointer<ExceptionRange>
  public var positionCount: Int
  /// Of entry i of the positions its start; of constant i what it is.
  public var position: (Int) -> UInt32
  public var constantCount: Int
  public var constant: (Int) -> Constant
  public enum Constant { case code, names(Int), other }

  public init(words: UnsafeBufferPointer<UInt32>, kinds: UnsafeBufferPointer<UInt8>, exceptions: UnsafeBufferPointer<ExceptionRange>,
              positionCount: Int, position: @escaping (Int) -> UInt32, constantCount: Int, constant: @escaping (Int) -> Constant) {
    self.words = words; self.kinds = kinds; self.exceptions = exceptions
    self.positionCount = positionCount; self.position = position; self.constantCount = constantCount; self.constant = constant
  }
}

/// nil, or why the unit or one within it is malformed.
public func verify(_ unit: CodeUnit) -> String? {
  var work = [unit]
  while let u = work.popLast() {
    let kinds = u.variables.map { $0.kind.rawValue }
    let why = u.instructions.withUnsafeBufferPointer { words in
      kinds.withUnsafeBufferPointer { kinds in
        u.exceptions.withUnsafeBufferPointer { exceptions in
          var view = CodeView(words: words, kinds: kinds, exceptions: exceptions, positionCount: u.positions.count, position: { u.positions[$0].start },
                              constantCount: u.constants.count) { i in
            switch u.constants[i] {
            case .code: return .code
            case .tuple(let t): return t.allSatisfy { if case .str = $0 { return true }; return false } ? .names(t.count) : .other
            default: return .other
            }
          }
          view.argCount = u.argCount; view.posOnlyArgCount = u.posOnlyArgCount; view.kwOnlyArgCount = u.kwOnlyArgCount
          view.registerCount = u.registerCount; view.cacheCount = u.cacheCount; view.nameCount = u.names.count
          view.flags = u.flags; view.hasDocstring = u.hasDocstring
          return verify(view)
        }
      }
    }
    if let why { return "\(u.qualifiedName): \(why)" }
    for c in u.constants { if case .code(let inner) = c { work.append(inner) } }
  }
  return nil
}

/// nil, or why the code is malformed; what it holds within is not looked at.
public func verify(_ code: CodeView) -> String? {
  var v = Verifier(code)
  return v.run()
}

private struct Verifier {
  let u: CodeView
  /// For every word: 0 inside an instruction, 1 where one starts, 2 the JMP of a test row.
  var starts: [UInt8] = []

  init(_ u: CodeView) { self.u = u }

  mutating func run() -> String? {
    if u.kinds.count > u.registerCount { return "more variables than registers" }
    if u.registerCount > 65535 { return "too many registers" }
    let parameters = u.argCount + u.kwOnlyArgCount + (u.flags.contains(.varArgs) ? 1 : 0) + (u.flags.contains(.varKeywords) ? 1 : 0)
    if u.argCount < 0 || u.kwOnlyArgCount < 0 || u.posOnlyArgCount < 0 || u.posOnlyArgCount > u.argCount { return "bad parameter counts" }
    if parameters > u.kinds.count { return "more parameters than variables" }
    for i in 0..<parameters where u.kinds[i] == Variable.Kind.free.rawValue || u.kinds[i] == Variable.Kind.hidden.rawValue { return "parameter \(i) is no local" }
    if u.flags.contains(.namespace), u.kinds.first != Variable.Kind.hidden.rawValue { return "no namespace register" }
    if u.hasDocstring, u.constantCount == 0 { return "no docstring constant" }
    var list: [(at: Int, i: Instruction)] = []
    if let why = decode(&list) { return why }
    for (at, i) in list { if let why = check(i, at) { return "word \(at): \(i.opcode): \(why)" } }
    return tables(list)
  }

  private mutating func decode(_ list: inout [(at: Int, i: Instruction)]) -> String? {
    let words = u.words
    if words.isEmpty { return "no instructions" }
    starts = [UInt8](repeating: 0, count: words.count)
    list.reserveCapacity(words.count)
    var at = 0
    while at < words.count {
      guard let i = Instruction.decode(words, at: at) else { return "word \(at): no instruction" }
      if starts[at] == 0 { starts[at] = 1 }
      list.append((at, i))
      at += i.length
      if Opcode.table[Int(i.opcode.rawValue)].test {
        guard at < words.count, words[at] & 0xff == UInt32(Opcode.jmp.rawValue) else { return "word \(at): a test without its JMP" }
        starts[at] = 2
      }
    }
    guard let last = list.last, [.ret, .raise, .reraise, .jmp, .loop].contains(last.i.opcode), starts[last.at] != 2 else {
      return "falls off the end"
    }
    return nil
  }

  private func registers(_ first: Int, _ count: Int) -> Bool { first >= 0 && count >= 0 && first + count <= u.registerCount }

  private func check(_ i: Instruction, _ at: Int) -> String? {
    let info = Opcode.table[Int(i.opcode.rawValue)]
    func operand(_ role: Role, _ v: Int) -> String? {
      switch role {
      case .use, .def, .useDef: return registers(v, 1) ? nil : "register \(v) out of range"
      case .constant: return v < u.constantCount ? nil : "constant \(v) out of range"
      case .name: return v < u.nameCount ? nil : "name \(v) out of range"
      case .unused, .window, .immediate, .offset: return nil
      }
    }
    if i.opcode != .makeFunction || i.extra & FunctionParts.code == 0 {
      if let why = operand(info.a, i.a) ?? operand(info.b, i.b) ?? operand(info.c, i.c) { return why }
    } else if let why = operand(info.a, i.a) { return why }
    switch info.extra {
    case .cache: if i.extra >= UInt32(u.cacheCount) { return "cache \(i.extra) out of range" }
    case .constant:
      guard Int(i.extra) < u.constantCount, case .names(let n) = u.constant(Int(i.extra)) else { return "no names tuple" }
      if n > i.b { return "more names than arguments" }
    case .none, .immediate: break
    }
    func window(_ first: Int, _ count: Int) -> String? { registers(first, count) ? nil : "window \(first)+\(count) out of range" }
    switch i.opcode {
    case .getMethod: return window(i.a, 2)
    case .getSpecial: return i.c < SpecialMethod.allCases.count ? window(i.a, 2) : "no special method \(i.c)"
    case .buildSlice: return window(i.b, 3)
    case .unpack: return window(i.a, i.c)
    case .unpackEx: return window(i.a, i.c + 1 + Int(i.extra))
    case .buildTuple, .buildList, .buildSet, .buildString: return window(i.b, i.c)
    case .buildMap: return window(i.b, 2 * i.c)
    case .formatValue: return i.c > 7 ? "bad conversion" : window(i.b, i.c >= 4 ? 2 : 1)
    case .call, .callKw: return window(i.a, 1 + i.b)
    case .callMethod, .callMethodKw: return window(i.a, 2 + i.b)
    case .callEx: return i.b > 1 ? "bad operand" : window(i.a, 2 + i.b)
    case .intrinsic:
      guard i.c < Intrinsic.allCases.count else { return "no intrinsic \(i.c)" }
      return window(i.b, Intrinsic.allCases[i.c].arity)
    case .makeFunction:
      if i.extra > 31 { return "bad parts" }
      if i.extra & FunctionParts.code == 0 { guard i.c < u.constantCount, case .code = u.constant(i.c) else { return "constant \(i.c) is no code" } }
      return window(i.b, i.extra.nonzeroBitCount)
    case .raise: return i.c <= 2 ? nil : "bad operand"
    case .yield: return i.c == 0 || registers(i.c - 1, 1) ? nil : "register out of range"
    case .getClosure:
      let free = u.kinds.reduce(0) { $0 + ($1 == Variable.Kind.free.rawValue ? 1 : 0) }
      return i.b < free ? nil : "no free variable \(i.b)"
    case .loadClassDeref: return u.flags.contains(.namespace) ? nil : "no namespace"
    case .loadName, .storeName, .delName: return u.flags.contains(.namespace) ? nil : "no namespace"
    case .jmp, .loop:
      let target = at + i.length + i.a
      guard target >= 0, target < starts.count, starts[target] == 1 else { return "target \(target) is no instruction" }
      if i.opcode == .loop, target > at { return "a loop that jumps forwards" }
      if i.opcode == .jmp, target <= at { return "a backward jump that is no loop" }
      return nil
    default:
      if info.test, i.opcode != .send, i.opcode != .forIter, i.c > 1 { return "bad condition" }
      return nil
    }
  }

  private func tables(_ list: [(at: Int, i: Instruction)]) -> String? {
    let n = UInt32(u.words.count)
    for e in u.exceptions {
      guard e.start < e.end, e.end <= n else { return "bad exception range \(e.start)..<\(e.end)" }
      guard e.handler < n, starts[Int(e.handler)] == 1 else { return "handler \(e.handler) is no instruction" }
      guard starts[Int(e.start)] != 0, e.end == n || starts[Int(e.end)] != 0 else { return "exception range splits an instruction" }
      guard registers(Int(e.register), 1) else { return "exception register out of range" }
      if Int(e.register) < u.kinds.count { return "exception register is a variable" }
    }
    var previous: UInt32?
    for k in 0..<u.positionCount {
      let start = u.position(k)
      if start >= n { return "position past the end" }
      if let q = previous, start <= q { return "positions out of order" }
      previous = start
    }
    return nil
  }
}
