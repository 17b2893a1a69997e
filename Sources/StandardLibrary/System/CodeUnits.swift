// From code objects in the heap back to code units: for marshal, pickling and code.replace().

import Builtins
import Bytecode
import Glibc
import Support
import Heap
import Objects

/// The constant that a value of a code object's constant table came from; nil for foreign values.
public func codeConstant(_ t: ThreadRef, _ v: Value, depth: Int = 0) -> CodeConstant? {
  if depth > 200 { return nil }
  if v.isFixnum { return .int(v.fixnum) }
  if v.isFlonum { return .float(v.flonum) }
  if v.isNone { return CodeConstant.none }
  if v == .true { return .true }
  if v == .false { return .false }
  if v == weft_vm.ellipsis { return .ellipsis }
  switch v.object.pointee.shape {
  case BuiltinType.int.shape: return .bigInt(String(decoding: intDigits(v), as: UTF8.self))
  case BuiltinType.float.shape: return .float(v.double)
  case BuiltinType.complex.shape: return .complex(v.field(0).double, v.field(1).double)
  case BuiltinType.str.shape: return .str(scalars(v))
  case BuiltinType.bytes.shape: return .bytes(Array(UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount)))
  case BuiltinType.tuple.shape:
    var a: [CodeConstant] = []
    for i in 0..<v.count {
      guard let c = codeConstant(t, v.items[i], depth: depth + 1) else { return nil }
      a.append(c)
    }
    return .tuple(a)
  case BuiltinType.frozenset.shape:
    var a: [CodeConstant] = [], ok = true
    forEachEntry(v) { k, _ in
      if let c = codeConstant(t, k, depth: depth + 1) { a.append(c) } else { ok = false }
    }
    return ok ? .frozenSet(a) : nil
  case BuiltinType.code.shape:
    guard let u = codeUnit(t, v, depth: depth + 1) else { return nil }
    return .code(u)
  default: return nil
  }
}

func installListings(_ t: ThreadRef) {
  defineAppNative(t, "system_disassemble", "(code, /)") { t, a, n in
    guard let u = codeUnit(t, a[0]) else { return t.typeError("a code object is required") }
    return makeStr(t, disassemble(u, recursive: true))
  }
  defineAppNative(t, "system_opcodes", "()") { t, a, n in makeTuple(t, Opcode.allCases.map { intern(t, caseName($0)) }) }
  // Of each instruction: offset, name, number, operands, (line, end line, column, end column), jump target or None.
  defineAppNative(t, "system_instructions", "(code, /)") { t, a, n in
    guard let u = codeUnit(t, a[0]) else { return t.typeError("a code object is required") }
    func number(_ i: Int32?) -> Value { i.map { $0 < 0 ? .none : .fixnum(Int($0)) } ?? .none }
    return makeList(t, listing(u).map { i in
      let p = i.position
      return makeTuple(t, [.fixnum(i.offset), intern(t, "\(i.opcode)"), .fixnum(Int(i.opcode.rawValue)), makeStr(t, i.operands),
                           makeTuple(t, [number(p.map { Int32($0.line) }), number(p.map { Int32($0.endLine) }), number(p.map { Int32($0.column) }),
                                         number(p.map { Int32($0.endColumn) })]),
                           i.target.map { .fixnum($0) } ?? .none])
    })
  }
}

/// The unit that a code object was made from; nil when a constant is not one of those that a compiler writes.
public func codeUnit(_ t: ThreadRef, _ code: Value, depth: Int = 0) -> CodeUnit? {
  guard depth <= 200, code.isExact(.code), let c = filled(t, code)?.pointee else { return nil }
  let u = unitWithoutConstants(code)
  for i in 0..<c.constants.count {
    guard let k = codeConstant(t, c.constants.items[i], depth: depth + 1) else { return nil }
    u.constants.append(k)
  }
  u.names = (0..<c.names.count).map { swiftString(c.names.items[$0]) }
  u.hasDocstring = !c.docstring.isNone && c.constants.count > 0 && c.docstring == c.constants.items[0]
  return u
}
