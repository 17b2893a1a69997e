// Building the object world: builtin classes from their tables, singletons, exception classes.

import Glibc
import Heap
import Support

/// Creates everything that exists before the first native method is defined.
public func bootstrapObjects(_ t: ThreadRef) {
  // Shapes first: shape index = row + 1.
  for b in BuiltinType.allCases {
    let info = b.info
    let s = makeShape(layout: info.layout, type: .empty, flags: ShapeFlag.noAttributes, inlineSlots: info.fields, fixedSlots: info.fields)
    precondition(s.pointee.index == b.shape)
  }
  // Class objects, bare.
  for b in BuiltinType.allCases where b.classRow == b {
    let type = allocateType(BuiltinType.type.shape)
    type.object.pointee.gc |= GCBit.immortal
    weft_roots()[b.rawValue] = type
    let s = weft_vm.shapes[Int(b.shape)]!
    s.pointee.type = type
    let p = type.typeObject, info = b.info
    p.pointee.shape = s
    p.pointee.layout = info.layout.rawValue
    p.pointee.kind = UInt8(b.rawValue)
    p.pointee.fixedSlots = UInt32(info.fields)
    p.pointee.nativeFields = UInt32(info.fields)
    p.pointee.flags = info.subclassable ? TypeFlag.subclassable : 0
    switch b {
    case .list, .tuple, .range, .memoryview: p.pointee.flags |= TypeFlag.sequence
    case .dict, .mappingproxy: p.pointee.flags |= TypeFlag.mapping
    default: break
    }
  }
  for b in BuiltinType.allCases where b.classRow != b {
    weft_roots()[b.rawValue] = b.classRow.object
    weft_vm.shapes[Int(b.shape)]!.pointee.type = b.classRow.object
  }
  weft_roots()[BuiltinType.longRange.rawValue].typeObject.pointee.kind = UInt8(BuiltinType.longRange.rawValue)
  initializeMethodCache()
  initializeInterning()
  // Empty constants.
  let es = allocateOld(shape: BuiltinType.str.shape, bytes: 24)
  es.assumingMemoryBound(to: StrObject.self).pointee.header.flags = 1 | StrFlag.ascii
  es.assumingMemoryBound(to: StrObject.self).pointee.hash = 0
  es.assumingMemoryBound(to: StrObject.self).pointee.count = 0
  weft_vm.emptyStr = Value(es)
  for c in 0..<256 {
    let p = allocateOld(shape: BuiltinType.str.shape, bytes: 25)
    let s = p.assumingMemoryBound(to: StrObject.self)
    s.pointee.header.flags = 1 | (c < 128 ? StrFlag.ascii : 0)
    s.pointee.hash = 0
    s.pointee.count = 1
    (p + 24).storeBytes(of: UInt8(c), as: UInt8.self)
    weft_latin1()[c] = Value(p)
  }
  weft_vm.emptyStr = intern(weft_vm.emptyStr)
  for c in 0..<128 { weft_latin1()[c] = intern(weft_latin1()[c]) }
  func old(_ b: BuiltinType, _ bytes: Int) -> Value {
    let v = Value(allocateOld(shape: b.shape, bytes: bytes))
    memset(v.raw + 8, 0, bytes - 8)
    v.object.pointee.gc |= GCBit.immortal
    return v
  }
  weft_vm.emptyTuple = old(.tuple, 16)
  weft_vm.emptyBytes = old(.bytes, 24)
  weft_vm.none = old(.noneType, 16)
  weft_vm.notImplemented = old(.notImplementedType, 16)
  weft_vm.ellipsis = old(.ellipsisType, 16)
  weft_vm.true_ = old(.bool, 24)
  weft_vm.true_.intObject.pointee.count = 1
  weft_vm.true_.limbs[0] = 1
  weft_vm.false_ = old(.bool, 24)
  Name.initialize(t)
  // Class objects, dressed.
  let object = BuiltinType.object.object
  for b in BuiltinType.allCases where b.classRow == b {
    let type = b.object, p = type.typeObject, info = b.info
    let name = intern(t, String(info.name).split(separator: ".").last.map(String.init)!)
    p.pointee.name = name
    p.pointee.qualifiedName = name
    let d = makeDict(t)
    p.pointee.dict = d
    let base = info.base.object
    if b == .object {
      p.pointee.bases = weft_vm.emptyTuple
      p.pointee.mro = makeTuple(t, [object])
    } else {
      p.pointee.bases = makeTuple(t, [base])
      p.pointee.base = base
      p.pointee.mro = makeTuple(t, base == object ? [type, object] : [type, base, object])
    }
    // No `__module__`: it would be an attribute of instances. See `moduleOf`.
    setString(t, d, Name.__doc__.value, .none)
    writeBarrier(type.object)
  }
  // int, str and friends never change shape; object's own instances have no attributes.
  for b in BuiltinType.allCases where b.classRow == b && b != .object && b.rawValue > BuiltinType.type.rawValue { addSubclass(t, b.info.base.object, b.object) }
  // Exceptions.
  for e in ExceptionType.allCases {
    if e == .BaseException {
      weft_roots()[RootRegion.exceptions] = BuiltinType.baseException.object
      let p = BuiltinType.baseException.object.typeObject
      p.pointee.flags |= TypeFlag.exception | TypeFlag.attributes | TypeFlag.subclassable
      p.pointee.shape = nil
      finishLayout(BuiltinType.baseException.object)
      continue
    }
    let type = defineType(t, caseName(e), module: "builtins", fields: 0, base: e.base!.object)
    type.object.pointee.gc |= GCBit.immortal
    type.typeObject.pointee.flags |= TypeFlag.exception | TypeFlag.attributes | TypeFlag.subclassable
    finishLayout(type)
    weft_roots()[RootRegion.exceptions + e.rawValue] = type
  }
  BuiltinType.function.object.typeObject.pointee.flags |= TypeFlag.attributes
  BuiltinType.module.object.typeObject.pointee.flags |= TypeFlag.attributes
}
