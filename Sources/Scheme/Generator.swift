// Trees to instructions.

struct Generator {
  private let vm: VM
  private let lambda: Lambda
  private var words: [UInt32] = []
  private var constants: [Value] = []
  private var children: [CodeRef] = []
  private var next = 2, most = 2

  static func code(_ l: Lambda, _ vm: VM) throws -> CodeRef {
    var g = Generator(vm, l)
    try g.function()
    let c = CodeRef.allocate(capacity: 1)
    func copy<T>(_ a: [T]) -> UnsafeMutablePointer<T> {
      let p = UnsafeMutablePointer<T>.allocate(capacity: max(1, a.count))
      p.initialize(from: a, count: a.count)
      return p
    }
    let captures = l.free.map { v -> Int32 in
      if v.owner === l.parent { return Int32(v.register) }
      return -1 - Int32(l.parent!.free.firstIndex { $0 === v }!)
    }
    c.initialize(to: Code(instructions: copy(g.words), constants: copy(g.constants), children: copy(g.children), captures: copy(captures),
                          captureCount: captures.count, registers: g.most + 1, required: l.parameters.count - (l.hasRest ? 1 : 0), hasRest: l.hasRest, name: l.name))
    vm.codes.append((c, g.constants.count, g.words.count))
    return c
  }
  private init(_ v: VM, _ l: Lambda) { vm = v; lambda = l }

  // MARK: pieces

  private mutating func emit(_ op: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0) {
    words.append(UInt32(op.rawValue) | UInt32(a & 255) << 8 | UInt32(b & 255) << 16 | UInt32(c & 255) << 24)
  }
  private mutating func emit(_ op: Opcode, _ a: Int, wide: Int) { emit(op, a, wide, wide >> 8) }
  /// A jump whose distance is filled in by `land`.
  private mutating func jump(_ op: Opcode, _ a: Int = 0) -> Int { emit(op, a); return words.count - 1 }
  private mutating func land(_ at: Int, target: Int? = nil) throws {
    let d = (target ?? words.count) - (at + 1)
    guard d == Int(Int16(truncatingIfNeeded: d)) else { throw SyntaxError(message: "a procedure is too long") }
    words[at] |= UInt32(UInt16(truncatingIfNeeded: d)) << 16
  }
  private mutating func constant(_ v: Value) -> Int {
    if let k = constants.firstIndex(of: v) { return k }
    constants.append(v)
    return constants.count - 1
  }
  private mutating func take() throws -> Int {
    let r = next
    next += 1
    most = max(most, next)
    if next > 180 { throw SyntaxError(message: "a procedure needs too many registers") }
    return r
  }
  private func freeIndex(_ v: Variable) -> Int { lambda.free.firstIndex { $0 === v }! }

  private mutating func function() throws {
    for p in lambda.parameters { p.register = try take() }
    emit(.head, next, 0, 1)
    for p in lambda.parameters where p.isCell { emit(.makeCell, p.register, p.register) }
    try compile(lambda.body, try take(), tail: true)
  }

  // MARK: expressions

  /// An operand: a register, or from 192 on a constant.
  private mutating func operand(_ n: Node) throws -> Int {
    switch n.kind {
    case .local(let v) where v.owner === lambda && !v.isCell: return v.register
    case .constant(let v):
      let k = constant(v)
      if k < 64 { return 192 + k }
    default: break
    }
    let r = try take()
    try compile(n, r)
    return r
  }

  /// The value of `n` to register `target`; or, where it is the last thing that the function does, back.
  private mutating func compile(_ n: Node, _ target: Int, tail: Bool = false) throws {
    let before = next
    defer { next = before }
    switch n.kind {
    case .constant(let v):
      emit(.constant, target, wide: constant(v))
      finish(target, tail)
    case .local(let v):
      if v.owner === lambda {
        if v.isCell { emit(.getCell, target, v.register) } else if tail { emit(.ret, v.register); return } else if v.register != target { emit(.move, target, v.register) }
      } else {
        emit(.free, target, freeIndex(v))
        if v.isCell { emit(.getCell, target, target) }
      }
      finish(target, tail)
    case .global(let cell):
      emit(.global, target, wide: constant(cell))
      finish(target, tail)
    case .setLocal(let v, let x):
      if v.owner === lambda && !v.isCell { try compile(x, v.register) } else {
        let r = try take()
        try compile(x, r)
        if v.owner === lambda { emit(.setCell, v.register, r) } else {
          let c = try take()
          emit(.free, c, freeIndex(v))
          emit(.setCell, c, r)
        }
      }
      try nothing(target, tail)
    case .setGlobal(let cell, let x, let isDefinition):
      let r = try take()
      try compile(x, r)
      // A definition is a store that needs no earlier one.
      if isDefinition { vm.markDefined(cell) }
      emit(.setGlobal, r, wide: constant(cell))
      try nothing(target, tail)
    case .test(let c, let a, let b):
      let isTemporary: Bool, r: Int
      if case .local(let v) = c.kind, v.owner === lambda, !v.isCell { r = v.register; isTemporary = false } else {
        r = try take()
        isTemporary = true
        try compile(c, r)
      }
      next = before
      let no = jump(isTemporary ? .branch : .jumpIfFalse, r)
      try compile(a, target, tail: tail)
      if tail { try land(no) } else {
        let end = jump(.jump)
        try land(no)
        try compile(b, target)
        try land(end)
        return
      }
      try compile(b, target, tail: true)
    case .sequence(let all):
      for x in all.dropLast() { try compile(x, try take()); next = before }
      try compile(all.last!, target, tail: tail)
    case .lambda(let l):
      children.append(try Generator.code(l, vm))
      emit(.closure, target, wide: children.count - 1)
      finish(target, tail)
    case .call(let f, let a):
      // The frame of the callee starts at a register behind all that are in use.
      let base = !tail && target == next - 1 && target > 1 ? target : try take()
      let function = try take()
      try compile(f, function)
      for x in a { let r = try take(); try compile(x, r) }
      if a.count > 100 { throw SyntaxError(message: "a call with too many arguments") }
      emit(tail ? .tailCall : .call, base, a.count)
      // Where a tail call was none: a primitive.
      if tail { emit(.ret, base) } else if base != target { emit(.move, target, base) }
    case .operation(let op, let a):
      let x = try a.map { try operand($0) }
      switch op {
      case .setCar, .setCdr:
        emit(op, x[0] >= 192 ? try register(a[0]) : x[0], x[1])
        try nothing(target, tail)
      case .vectorSet:
        emit(op, x[0] >= 192 ? try register(a[0]) : x[0], x[1], x[2])
        try nothing(target, tail)
      default:
        emit(op, target, x[0], x.count > 1 ? x[1] : 0)
        finish(target, tail)
      }
    case .bind(let v, let a, let b):
      for (v, x) in zip(v, a) {
        let r = try take()
        try compile(x, r)
        v.register = r
      }
      for v in v where v.isCell { emit(.makeCell, v.register, v.register) }
      try compile(b, target, tail: tail)
    case .bindRecursive(let v, let a, let b):
      for v in v {
        v.register = try take()
        emit(.constant, v.register, wide: constant(vm.undefined))
        emit(.makeCell, v.register, v.register)
      }
      for (v, x) in zip(v, a) {
        let r = try take()
        try compile(x, r)
        emit(.setCell, v.register, r)
        next = r
      }
      try compile(b, target, tail: tail)
    case .loop(let l, let a):
      for (v, x) in zip(l.variables, a) {
        let r = try take()
        try compile(x, r)
        v.register = r
      }
      l.start = words.count
      l.target = target
      emit(.head, next)
      for v in l.variables where v.isCell { emit(.makeCell, v.register, v.register) }
      try compile(l.body, target, tail: tail)
    case .again(let l, let a):
      var moves: [(Int, Int)] = []
      for (k, (v, x)) in zip(l.variables, a).enumerated() {
        if case .local(let w) = x.kind, w === v, !v.isCell { continue }
        // At once, where what follows does not need the old value.
        if !v.isCell && !a[(k + 1)...].contains(where: { mentions($0, v) }) && !moves.contains(where: { $0.1 == v.register }) { try compile(x, v.register) } else {
          let r = try take()
          try compile(x, r)
          moves.append((v.register, r))
        }
      }
      for (d, s) in moves { emit(.move, d, s) }
      try land(jump(.jump), target: l.start)
    }
  }
  private mutating func register(_ n: Node) throws -> Int {
    let r = try take()
    try compile(n, r)
    return r
  }
  private mutating func finish(_ r: Int, _ tail: Bool) { if tail { emit(.ret, r) } }
  private mutating func nothing(_ target: Int, _ tail: Bool) throws {
    emit(.constant, target, wide: constant(vm.unspecified))
    finish(target, tail)
  }
  private func mentions(_ n: Node, _ v: Variable) -> Bool {
    switch n.kind {
    case .constant, .global: return false
    case .local(let w): return w === v
    case .setLocal(let w, let x): return w === v || mentions(x, v)
    case .setGlobal(_, let x, _): return mentions(x, v)
    case .test(let a, let b, let c): return mentions(a, v) || mentions(b, v) || mentions(c, v)
    case .sequence(let a), .operation(_, let a), .again(_, let a): return a.contains { mentions($0, v) }
    case .lambda(let l): return l.free.contains { $0 === v }
    case .call(let f, let a): return mentions(f, v) || a.contains { mentions($0, v) }
    case .bind(_, let a, let b), .bindRecursive(_, let a, let b): return a.contains { mentions($0, v) } || mentions(b, v)
    case .loop(let l, let a): return a.contains { mentions($0, v) } || mentions(l.body, v)
    }
  }
}
