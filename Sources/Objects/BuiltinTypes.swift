// The table of builtin types: name, layout, base, fields. The row number is the type's root and (plus one) the index of
// the root shape of its exact instances, so that a type test is one 32-bit compare.

@_exported import Heap

public enum BuiltinType: Int, CaseIterable {
  // Not visible to Python.
  case values, table, rawMemory
  case object, type, noneType, notImplementedType, ellipsisType
  case int, bool, float, complex, str, bytes, bytearray, memoryview
  case tuple, list, dict, set, frozenset, range, longRange, slice
  case function, builtinFunction, method, methodDescriptor, wrapperDescriptor, classmethodDescriptor, builtinMethod, appFunction
  case getset, member, property, classmethod, staticmethod, superType
  case code, frame, generator, coroutine, asyncGenerator, cell, traceback, module, mappingproxy, weakref
  case listIterator, tupleIterator, strIterator, bytesIterator, rangeIterator, longRangeIterator, dictKeyIterator, dictValueIterator
  case dictItemIterator, setIterator, sequenceIterator, callableIterator, listReverseIterator, dictReverseIterator
  case dictKeys, dictValues, dictItems
  case enumerate, zip, map, filter, reversed
  case baseException
  case asyncGenWrapped, coroutineWrapper
  case genericAlias, unionType
  case lookupKey

  /// Row of the table.
  struct Info {
    var name: StaticString
    var layout: Layout
    var base: BuiltinType
    /// Values in a record.
    var fields: Int
    /// Whether Python may subclass it.
    var subclassable: Bool
    init(_ name: StaticString, _ layout: Layout = .record, fields: Int = 0, base: BuiltinType = .object, subclassable: Bool = false) {
      self.name = name; self.layout = layout; self.base = base; self.fields = fields; self.subclassable = subclassable
    }
  }
  var info: Info {
    switch self {
    case .values: return Info("<values>", .values)
    case .table: return Info("<table>", .table)
    case .rawMemory: return Info("<raw>", .raw)
    case .object: return Info("object", subclassable: true)
    case .type: return Info("type", .type, subclassable: true)
    case .noneType: return Info("NoneType")
    case .notImplementedType: return Info("NotImplementedType")
    case .ellipsisType: return Info("ellipsis")
    case .int: return Info("int", .int, subclassable: true)
    case .bool: return Info("bool", .int, base: .int)
    case .float: return Info("float", .float, subclassable: true)
    case .complex: return Info("complex", .record, fields: 2, subclassable: true) // real and imaginary floats
    case .str: return Info("str", .str, subclassable: true)
    case .bytes: return Info("bytes", .bytes, subclassable: true)
    case .bytearray: return Info("bytearray", .record, fields: 3, subclassable: true) // storage, count, exports
    case .memoryview: return Info("memoryview", .record, fields: 10)
    case .tuple: return Info("tuple", .values, subclassable: true)
    case .list: return Info("list", .record, fields: 2, subclassable: true) // storage, count
    case .dict: return Info("dict", .record, fields: 2, subclassable: true) // table, used
    case .set: return Info("set", .record, fields: 3, subclassable: true) // table, used, hash
    case .frozenset: return Info("frozenset", .record, fields: 3, subclassable: true)
    case .range: return Info("range", .record, fields: 4) // start, stop, step, length
    case .longRange: return Info("range", .record, fields: 4)
    case .slice: return Info("slice", .record, fields: 3)
    case .function: return Info("function", .record, fields: FunctionField.count)
    case .builtinFunction: return Info("builtin_function_or_method", .native)
    case .method: return Info("method", .record, fields: 2) // function, self
    case .methodDescriptor: return Info("method_descriptor", .native)
    case .wrapperDescriptor: return Info("wrapper_descriptor", .native)
    case .classmethodDescriptor: return Info("classmethod_descriptor", .native)
    case .builtinMethod: return Info("builtin_function_or_method", .record, fields: 2) // native, self
    case .appFunction: return Info("builtin_function_or_method", .record, fields: FunctionField.count)
    case .getset: return Info("getset_descriptor", .record, fields: 6) // getter, setter, name, owner, doc, deleter
    case .member: return Info("member_descriptor", .record, fields: 5) // index, name, owner, flags, doc
    case .property: return Info("property", .record, fields: 6, subclassable: true) // get, set, del, doc, name, doc from getter
    case .classmethod: return Info("classmethod", .record, fields: 2, subclassable: true) // function, dict
    case .staticmethod: return Info("staticmethod", .record, fields: 2, subclassable: true)
    case .superType: return Info("super", .record, fields: 3, subclassable: true) // type, object, object's type
    case .code: return Info("code", .code)
    case .frame: return Info("frame", .frame)
    case .generator: return Info("generator", .record, fields: GeneratorField.count)
    case .coroutine: return Info("coroutine", .record, fields: GeneratorField.count)
    case .asyncGenerator: return Info("async_generator", .record, fields: GeneratorField.count)
    case .cell: return Info("cell", .record, fields: 1)
    case .traceback: return Info("traceback", .record, fields: 4) // next, frame, instruction offset, line
    case .module: return Info("module", .record, fields: 1, subclassable: true) // dict
    case .mappingproxy: return Info("mappingproxy", .record, fields: 1)
    case .weakref: return Info("weakref", .weakref, subclassable: true)
    case .listIterator: return Info("list_iterator", .record, fields: 2) // list or empty, index
    case .tupleIterator: return Info("tuple_iterator", .record, fields: 2)
    case .strIterator: return Info("str_ascii_iterator", .record, fields: 2)
    case .bytesIterator: return Info("bytes_iterator", .record, fields: 2)
    case .rangeIterator: return Info("range_iterator", .record, fields: 4) // next, step, left, start index
    case .longRangeIterator: return Info("longrange_iterator", .record, fields: 4)
    case .dictKeyIterator: return Info("dict_keyiterator", .record, fields: 4) // dict or empty, position, expected used, left
    case .dictValueIterator: return Info("dict_valueiterator", .record, fields: 4)
    case .dictItemIterator: return Info("dict_itemiterator", .record, fields: 4)
    case .setIterator: return Info("set_iterator", .record, fields: 4)
    case .sequenceIterator: return Info("iterator", .record, fields: 2)
    case .callableIterator: return Info("callable_iterator", .record, fields: 2)
    case .listReverseIterator: return Info("list_reverseiterator", .record, fields: 2)
    case .dictReverseIterator: return Info("dict_reversekeyiterator", .record, fields: 5)
    case .dictKeys: return Info("dict_keys", .record, fields: 1)
    case .dictValues: return Info("dict_values", .record, fields: 1)
    case .dictItems: return Info("dict_items", .record, fields: 1)
    case .enumerate: return Info("enumerate", .record, fields: 2, subclassable: true)
    case .zip: return Info("zip", .record, fields: 2, subclassable: true)
    case .map: return Info("map", .record, fields: 2, subclassable: true)
    case .filter: return Info("filter", .record, fields: 2, subclassable: true)
    case .reversed: return Info("reversed", .record, fields: 2, subclassable: true)
    case .baseException: return Info("BaseException", .record, fields: ExceptionField.count, subclassable: true)
    case .asyncGenWrapped: return Info("async_generator_wrapped_value", .record, fields: 1)
    case .coroutineWrapper: return Info("coroutine_wrapper", .record, fields: 1)
    case .genericAlias: return Info("types.GenericAlias", .record, fields: 4, subclassable: true)
    case .unionType: return Info("types.UnionType", .record, fields: 2)
    case .lookupKey: return Info("<lookup>", .record, fields: 4)
    }
  }

  /// The row whose class instances of this row belong to: one class may have several layouts.
  var classRow: BuiltinType { self == .builtinMethod || self == .appFunction ? .builtinFunction : self }

  /// Index of the shape of exact instances.
  @inlinable @inline(__always) public var shape: UInt32 { UInt32(truncatingIfNeeded: rawValue &+ 1) }
  /// The type object.
  @inlinable @inline(__always) public var object: Value { weft_roots()[rawValue] }
}

public enum FunctionField {
  public static let code = 0, globals = 1, builtins = 2, defaults = 3, kwDefaults = 4, closure = 5, name = 6, qualifiedName = 7
  public static let annotations = 8, dict = 9, module = 10, doc = 11, count = 12
}
public enum ExceptionField {
  public static let args = 0, traceback = 1, context = 2, cause = 3, suppress = 4
  /// Fields that the subclasses name (errno, value, name, ...).
  public static let first = 5, count = 10
}
public enum GeneratorField {
  public static let frame = 0, name = 1, qualifiedName = 2, state = 3, code = 4, origin = 5, hooks = 6, count = 7
}

/// Regions of the root table.
public enum RootRegion {
  public static let types = 0, names = 256, exceptions = 1024, app = 1280, misc = 2048
  /// By row of the type table: a native that makes an exact instance from positional arguments, in one step.
  public static let constructors = 3072
  /// Natives of the layer above for the plain cases of format() and of str % value; NotImplemented means: the general way.
  public static let formatNative = misc + 620, percentNative = misc + 621
}

extension Value {
  @inlinable @inline(__always) public func isExact(_ b: BuiltinType) -> Bool { isObject && object.pointee.shape == b.shape }
  /// The type object of any value.
  @inlinable @inline(__always) public var type: Value {
    if isObject { return shape.pointee.type }
    return isFixnum ? BuiltinType.int.object : BuiltinType.float.object
  }
  @inlinable @inline(__always) public var typeObject: UnsafeMutablePointer<TypeObject> { to(TypeObject.self) }
  /// Builtin kind of the value's class: the builtin type whose layout its instances have.
  @inlinable public var kind: BuiltinType {
    if isObject {
      let i = Int(object.pointee.shape) - 1
      if i < BuiltinType.lookupKey.rawValue { return unsafeBitCast(UInt8(truncatingIfNeeded: i), to: BuiltinType.self) }
      return unsafeBitCast(shape.pointee.type.typeObject.pointee.kind, to: BuiltinType.self)
    }
    return isFixnum ? .int : .float
  }
  @inlinable public func isKind(_ k: BuiltinType) -> Bool { isExact(k) || (isObject && kind == k) }
}

/// A record of `type` with `n` empty fields.
@inlinable @inline(__always)
public func makeRecord(_ t: ThreadRef, _ type: BuiltinType, _ n: Int) -> Value { makeRecord(t, shape: type.shape, n) }

@inlinable @inline(__always)
public func makeRecord(_ t: ThreadRef, shape: UInt32, _ n: Int) -> Value {
  let p = allocate(t, shape: shape, bytes: 8 + n * 8)
  p.assumingMemoryBound(to: ObjectHeader.self).pointee.reserve = UInt16(truncatingIfNeeded: n)
  let f = (p + 8).assumingMemoryBound(to: Value.self)
  var i = 0
  while i < n { f[i] = .empty; i &+= 1 }
  return Value(p)
}

@inlinable public func makeRecord(_ t: ThreadRef, _ type: BuiltinType, _ a: Value, _ b: Value) -> Value {
  let v = makeRecord(t, type, 2)
  v.fields[0] = a; v.fields[1] = b
  return v
}
