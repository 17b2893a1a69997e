// `array.array`: the class, its memory (a bytearray that only it sees), and items as values; methods are app-level.

import Builtins
import Glibc
import Heap
import Objects

private enum ArrayField { static let bytes = 0, code = 1, fields = 2 }
private let arrayTypeRoot = RootRegion.misc + 605
private var arrayType: Value { weft_roots()[arrayTypeRoot] }

private func itemSize(_ code: UInt8) -> Int {
  switch code {
  case UInt8(ascii: "b"), UInt8(ascii: "B"): return 1
  case UInt8(ascii: "h"), UInt8(ascii: "H"): return 2
  case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "f"), UInt8(ascii: "u"): return 4
  case UInt8(ascii: "l"), UInt8(ascii: "L"), UInt8(ascii: "q"), UInt8(ascii: "Q"), UInt8(ascii: "d"): return 8
  default: return 0
  }
}
private func code(_ a: Value) -> UInt8 { UInt8(truncatingIfNeeded: a.field(ArrayField.code).fixnum) }
private func memory(_ a: Value) -> BufferView? { bufferView(a.field(ArrayField.bytes)) }

private func load(_ t: ThreadRef, _ code: UInt8, _ p: UnsafePointer<UInt8>) -> Value {
  let r = UnsafeRawPointer(p)
  switch code {
  case UInt8(ascii: "b"): return .fixnum(Int(r.load(as: Int8.self)))
  case UInt8(ascii: "B"): return .fixnum(Int(r.load(as: UInt8.self)))
  case UInt8(ascii: "h"): return .fixnum(Int(r.loadUnaligned(as: Int16.self)))
  case UInt8(ascii: "H"): return .fixnum(Int(r.loadUnaligned(as: UInt16.self)))
  case UInt8(ascii: "i"): return .fixnum(Int(r.loadUnaligned(as: Int32.self)))
  case UInt8(ascii: "I"): return .fixnum(Int(r.loadUnaligned(as: UInt32.self)))
  case UInt8(ascii: "l"), UInt8(ascii: "q"): return makeInt(t, r.loadUnaligned(as: Int.self))
  case UInt8(ascii: "L"), UInt8(ascii: "Q"): return makeInt(t, unsigned: r.loadUnaligned(as: UInt.self))
  case UInt8(ascii: "f"): return makeFloat(t, Double(r.loadUnaligned(as: Float.self)))
  case UInt8(ascii: "d"): return makeFloat(t, r.loadUnaligned(as: Double.self))
  default:
    let c = r.loadUnaligned(as: UInt32.self)
    if c > 0x10FFFF { return t.valueError("character U+\(String(c, radix: 16)) is not in range [U+0000; U+10ffff]") }
    return makeStr(t, codePoint: c)
  }
}

/// Writes one item; false with an exception set. An int, float or str: what else there is was converted before.
private func store(_ t: ThreadRef, _ code: UInt8, _ v: Value, _ p: UnsafeMutablePointer<UInt8>) -> Bool {
  let r = UnsafeMutableRawPointer(p)
  func signed(_ low: Int, _ high: Int, _ name: String) -> Int? {
    guard let i = v.asInt else {
      t.raise(.OverflowError, "Python int too large to convert to C long")
      return nil
    }
    if i < low { t.raise(.OverflowError, "\(name) is less than minimum"); return nil }
    if i > high { t.raise(.OverflowError, "\(name) is greater than maximum"); return nil }
    return i
  }
  switch code {
  case UInt8(ascii: "u"):
    guard v.isObject, v.isStr else { t.typeError("array item must be a unicode character, not \(typeName(v))"); return false }
    guard v.strCount == 1 else { t.typeError("array item must be a unicode character, not \(typeName(v))"); return false }
    r.storeBytes(of: v.codePoint(0), as: UInt32.self)
    return true
  case UInt8(ascii: "f"), UInt8(ascii: "d"):
    let d: Double
    if v.isFloat { d = v.double }
    else if v.isInt {
      guard let x = intToDouble(v) else { t.raise(.OverflowError, "int too large to convert to float"); return false }
      d = x
    } else { t.typeError("must be real number, not \(typeName(v))"); return false }
    if code == UInt8(ascii: "f") { r.storeBytes(of: Float(d), as: Float.self) } else { r.storeBytes(of: d, as: Double.self) }
    return true
  default: break
  }
  guard v.isInt else { t.typeError("'\(typeName(v))' object cannot be interpreted as an integer"); return false }
  switch code {
  case UInt8(ascii: "b"):
    guard let i = signed(-128, 127, "signed char") else { return false }
    r.storeBytes(of: Int8(i), as: Int8.self)
  case UInt8(ascii: "B"):
    guard let i = signed(0, 255, "unsigned byte integer") else { return false }
    p[0] = UInt8(i)
  case UInt8(ascii: "h"):
    guard let i = signed(-32768, 32767, "signed short integer") else { return false }
    r.storeBytes(of: Int16(i), as: Int16.self)
  case UInt8(ascii: "H"):
    guard let i = signed(0, 65535, "unsigned short") else { return false }
    r.storeBytes(of: UInt16(i), as: UInt16.self)
  case UInt8(ascii: "i"):
    guard let i = signed(Int(Int32.min), Int(Int32.max), "signed integer") else { return false }
    r.storeBytes(of: Int32(i), as: Int32.self)
  case UInt8(ascii: "I"):
    guard let i = signed(0, Int(UInt32.max), "unsigned int") else { return false }
    r.storeBytes(of: UInt32(i), as: UInt32.self)
  case UInt8(ascii: "l"), UInt8(ascii: "q"):
    guard let i = v.asInt else {
      t.raise(.OverflowError, code == UInt8(ascii: "l") ? "Python int too large to convert to C long" : "int too big to convert")
      return false
    }
    r.storeBytes(of: i, as: Int.self)
  default:
    if v.intSign < 0 { t.raise(.OverflowError, "can't convert negative value to unsigned int"); return false }
    if let i = v.asInt { r.storeBytes(of: UInt(i), as: UInt.self); return true }
    guard v.intObject.pointee.count == 1 else { t.raise(.OverflowError, "Python int too large to convert to C unsigned long"); return false }
    r.storeBytes(of: v.limbs[0], as: UInt.self)
  }
  return true
}

func installArray(_ t: ThreadRef) {
  let type = defineType(t, "array", module: "array", fields: ArrayField.fields, base: BuiltinType.object.object)
  type.typeObject.pointee.flags |= TypeFlag.weakrefs | TypeFlag.sequence
  weft_roots()[arrayTypeRoot] = type
  setString(t, appNamespace, intern(t, "app_array"), type)
  bufferProviders.append(BufferProvider(type: type, view: { v in
    guard var b = memory(v) else { return nil }
    b.itemSize = itemSize(code(v))
    b.format = code(v) == UInt8(ascii: "u") ? "w" : String(UnicodeScalar(code(v)))
    return b
  }, retain: { v, change in retainBuffer(v.field(ArrayField.bytes), change) }))

  let d = TypeDefinition(t, type)
  d.new("(type, *args, **kwargs)") { t, a, n in
    guard isType(a[0]), isSubtype(a[0], arrayType) else { return t.typeError("array.__new__(X): X is not a subtype of array") }
    let v = makeInstance(t, a[0])
    setField(v, ArrayField.bytes, makeBytearray(t, count: 0))
    v.fields[ArrayField.code] = .fixnum(Int(UInt8(ascii: "b")))
    return callApp(t, named: "array_new", v, a[1], a[2].isEmpty || a[0] != arrayType ? .none : a[2])
  }
  d.method("__len__", "($self, /)", effects: Effects.leaf) { t, a, n in
    .fixnum((memory(a[0])?.count ?? 0) / itemSize(code(a[0])))
  }
  d.method("__getitem__", "($self, key, /)") { t, a, n in
    guard let i = a[1].asInt else { return callApp(t, named: "array_getitem", a[0], a[1]) }
    guard let b = memory(a[0]) else { return .empty }
    let c = code(a[0]), size = itemSize(c), count = b.count / size, k = i < 0 ? i + count : i
    if k < 0 || k >= count { return t.raise(.IndexError, "array index out of range") }
    return load(t, c, b.base + k * size)
  }
  d.method("__setitem__", "($self, key, value, /)") { t, a, n in
    guard let i = a[1].asInt, a[2].isInt || a[2].isFloat || a[2].isObject && a[2].isStr else {
      return callApp(t, named: "array_setitem", a[0], a[1], a[2])
    }
    guard let b = memory(a[0]) else { return .empty }
    let c = code(a[0]), size = itemSize(c), count = b.count / size, k = i < 0 ? i + count : i
    if k < 0 || k >= count { return t.raise(.IndexError, "array assignment index out of range") }
    return store(t, c, a[2], b.base + k * size) ? .none : .empty
  }
  d.getset("typecode", get: { t, a, n in makeStr(t, codePoint: UInt32(code(a[0]))) })
  d.getset("itemsize", get: { t, a, n in .fixnum(itemSize(code(a[0]))) })

  defineAppNative(t, "arrayMemory", "(a, /)") { t, a, n in a[0].field(ArrayField.bytes) }
  defineAppNative(t, "arraySetCode", "(a, code, /)") { t, a, n in
    a[0].fields[ArrayField.code] = .fixnum(Int(a[1].codePoint(0)))
    return .none
  }
  defineAppNative(t, "arrayPack", "(a, value, /)") { t, a, n in
    let c = code(a[0])
    return withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { p in
      let q = p.baseAddress!.assumingMemoryBound(to: UInt8.self)
      return store(t, c, a[1], q) ? makeBytes(t, UnsafeRawBufferPointer(start: q, count: itemSize(c))) : .empty
    }
  }
  defineAppNative(t, "arrayUnpack", "(a, /)") { t, a, n in
    guard let b = memory(a[0]) else { return .empty }
    let c = code(a[0]), size = itemSize(c), l = makeList(t, capacity: b.count / size)
    for i in 0..<(b.count / size) {
      let v = load(t, c, b.base + i * size)
      if v.isEmpty { return .empty }
      listAppend(t, l, v)
    }
    return l
  }
}

func makeArrayModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "array", doc: "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point numbers.")
  m.set("array", arrayType)
  m.set("ArrayType", arrayType)
  m.set("typecodes", makeStr(t, "bBuhHiIlLqQfd"))
  return m.module
}
