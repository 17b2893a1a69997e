// What an exit has to make, and how a bridge takes over what it would have made.
//
// Boxes and new objects that only exits use are `sunk`: compiled code keeps the double of the box, and what was stored to
// the object. The exit makes them; a bridge starts with them unmade.

extension Trace {
  /// What object `r`, which is sunk, holds when the trace is left at instruction `at`: of each offset the last value; at
  /// offset 0 its shape, if it has changed. `index` is the number of what is an item, or none.
  func contents(of r: Ref, at: Int) -> (fields: [(offset: Int64, value: Ref, index: Ref)], shape: Int64?) {
    var fields: [(offset: Int64, value: Ref, index: Ref)] = [], shape: Int64?
    for k in storesTo[Int(r)] ?? [] where k < at {
      let i = instructions[k]
      if i.operation == .storeShape { shape = i.immediate }
      guard i.operation == .store else { continue }
      if let f = fields.firstIndex(where: { $0.offset == i.immediate }) { fields[f].value = i.b } else { fields.append((i.immediate, i.b, i.c)) }
    }
    return (fields, shape)
  }
  func isSunk(_ r: Ref) -> Bool { r >= 0 && !sunk.isEmpty && sunk[Int(r)] }
  /// The values whose words an exit at `at` needs for value `r`: itself, or those that it is made of.
  func forEachPart(of r: Ref, at: Int, _ body: (Ref) -> Void) {
    var seen: [Ref] = []
    func visit(_ r: Ref) {
      guard isSunk(r) else { if r >= 0 { body(r) }; return }
      let i = instructions[Int(r)]
      if i.operation == .box { if i.a >= 0 { body(i.a) }; return }
      if seen.contains(r) { return }
      seen.append(r)
      for x in [i.a, i.b, i.c] where x >= 0 { body(x) }
      for f in contents(of: r, at: at).fields { visit(f.value) }
    }
    visit(r)
  }

  /// A snapshot as numbers, for an exit at instruction `at`.
  ///
  ///     objects; of each: slot, low and high half of the function's address, its three arguments
  ///     stores;  of each: slot, offset, value; offset 0 for a shape, which is then the value
  ///     frames;  of each: pointer, function, code, extra, state, pc, registers; of each register: number, value
  ///
  /// A value is `-1 - constant`, a slot, 1 << 30 | the slot of a double to be boxed, or 1 << 30 | 1 << 29 | the number of a
  /// constant that is one; a pointer of `Ref.none` a frame to be made.
  public func restoreProgram(_ s: Int, at: Int) -> UnsafeMutablePointer<Int32> {
    if programs.isEmpty { programs = Array(repeating: nil, count: snapshots.count) }
    if let p = programs[s] { return p }
    var objects: [Int32] = [], stores: [Int32] = [], made: [Ref] = []
    var objectCount: Int32 = 0, storeCount: Int32 = 0
    func slot(_ r: Ref) -> Int32 { r + Int32(firstSlot) }
    func place(_ r: Ref) -> Int32 {
      guard isSunk(r) else { return r < 0 ? r : slot(r) }
      let i = instructions[Int(r)]
      if i.operation == .box { return 1 << 30 | (i.a < 0 ? 1 << 29 | (-1 - i.a) : slot(i.a)) }
      if made.contains(r) { return slot(r) }
      made.append(r)
      objects += [slot(r), Int32(truncatingIfNeeded: i.immediate), Int32(truncatingIfNeeded: i.immediate >> 32), place(i.a), place(i.b), place(i.c)]
      objectCount += 1
      let (fields, shape) = contents(of: r, at: at)
      if let n = shape { stores += [slot(r), 0, Int32(truncatingIfNeeded: n)]; storeCount += 1 }
      for f in fields { let v = place(f.value); stores += [slot(r), Int32(f.offset), v]; storeCount += 1 }
      return slot(r)
    }
    var frames: [Int32] = [Int32(snapshots[s].frames.count)]
    for f in snapshots[s].frames {
      frames += [place(f.pointer), place(f.function), place(f.code), place(f.extra), Int32(bitPattern: f.state), f.pc, Int32(f.registers.count)]
      for r in f.registers { frames += [r.register, place(r.value)] }
    }
    let out = [objectCount] + objects + [storeCount] + stores + frames
    let p = UnsafeMutablePointer<Int32>.allocate(capacity: out.count)
    for (k, w) in out.enumerated() { p[k] = w }
    programs[s] = p
    return p
  }
}

/// Reads a restore program: makes the objects, then hands out the rest in order.
public struct ExitReader {
  private var p: UnsafeMutablePointer<Int32>
  private let constants: UnsafeMutablePointer<UInt64>
  private let values: UnsafeMutablePointer<UInt64>
  private let thread: UInt64
  private let boxDouble: HostFunction

  public init(_ t: Trace, snapshot: Int, at: Int, values v: UnsafeMutablePointer<UInt64>, thread th: UInt64, boxDouble b: @escaping HostFunction) {
    p = t.restoreProgram(snapshot, at: at)
    constants = t.constantWords.unsafelyUnwrapped
    values = v; thread = th; boxDouble = b
    for _ in 0..<number() {
      let slot = Int(number()), low = number(), high = number(), a = word(), b = word(), c = word()
      let f = UnsafeRawPointer(bitPattern: Int(high) << 32 | Int(UInt32(bitPattern: low)))
      values[slot] = unsafeBitCast(f, to: HostFunction.self)(thread, a, b, c)
    }
    for _ in 0..<number() {
      let object = UnsafeMutableRawPointer(bitPattern: UInt(values[Int(number())])).unsafelyUnwrapped, offset = Int(number())
      if offset == 0 { object.storeBytes(of: UInt32(bitPattern: number()), as: UInt32.self) } else { object.storeBytes(of: word(), toByteOffset: offset, as: UInt64.self) }
    }
  }
  @inline(__always) public mutating func number() -> Int32 {
    defer { p += 1 }
    return p.pointee
  }
  /// The number that is next, without taking it.
  @inline(__always) public var peek: Int32 { p.pointee }
  /// A value's word; 0 for none.
  @inline(__always) public mutating func word() -> UInt64 {
    let r = number()
    if r >= 0 && r & 1 << 30 == 0 { return values[Int(r)] }
    if r < 0 { return r == .none ? 0 : constants[Int(-1 - r)] }
    let bits = r & 1 << 29 != 0 ? constants[Int(r & 0x1fff_ffff)] : values[Int(r & 0x1fff_ffff)]
    let w = encodeImmediate(Double(bitPattern: bits))
    return w != 0 ? w : boxDouble(thread, bits, 0, 0)
  }
}

/// Takes the values of `parent` at its exit `at` over into a bridge.
public struct Inheritance {
  private let parent: Trace, at: Int, builder: TraceBuilder
  /// A constant of the parent that is an object.
  private let object: (UInt64) -> Ref
  private var made: [Ref: Ref] = [:]
  public init(from p: Trace, at k: Int, into b: TraceBuilder, object o: @escaping (UInt64) -> Ref) { parent = p; at = k; builder = b; object = o }

  public mutating func callAsFunction(_ r: Ref) -> Ref {
    if r == .none { return r }
    if r < 0 { return parent.isObject(r) ? object(parent.constants[Int(-1 - r)]) : builder.word(parent.constants[Int(-1 - r)]) }
    if let known = made[r] { return known }
    let i = parent.instructions[Int(r)]
    guard parent.isSunk(r) else {
      let v = builder.inherited(parent.firstSlot + Int(r), double: false, tagged: i.operation.givesTagged || parent.taggedPhis.contains(r))
      made[r] = v
      return v
    }
    if i.operation == .box {
      return i.a < 0 ? builder.pure(.box, builder.word(parent.constants[Int(-1 - i.a)])) : builder.inherited(parent.firstSlot + Int(i.a), double: true)
    }
    let function = unsafeBitCast(UnsafeRawPointer(bitPattern: Int(i.immediate)), to: HostFunction.self)
    let o = builder.allocate(function, self(i.a), self(i.b), self(i.c))
    made[r] = o
    let (fields, shape) = parent.contents(of: r, at: at)
    if let n = shape { builder.storeShape(o, UInt32(truncatingIfNeeded: n)) }
    for f in fields {
      if f.index == .none { builder.store(o, Int(f.offset), self(f.value)); continue }
      let index = Int(parent.constants[Int(-1 - f.index)] >> 1)
      builder.initialItem(o, index, Int(f.offset) - 8 * index, self(f.value))
    }
    return o
  }
}
