// Whether records from outside are what natives take for granted: empty ones that may be met before they are filled, and their fields.

import Builtins
import Bytecode
import Heap
import Objects

/// A record that natives may meet before it is filled.
func blankRecord(_ t: ThreadRef, _ row: BuiltinType) -> Value {
  let v = makeRecord(t, row, recordFields(row))
  for i in 0..<recordFields(row) { v.fields[i] = .empty }
  switch row {
  case .generator, .coroutine, .asyncGenerator:
    v.fields[GeneratorField.frame] = .none
    v.fields[GeneratorField.name] = weft_vm.emptyStr
    v.fields[GeneratorField.qualifiedName] = weft_vm.emptyStr
    v.fields[GeneratorField.state] = .fixnum(GeneratorState.closed)
    v.fields[GeneratorField.code] = taskletBody(t).field(FunctionField.code)
  case .function, .appFunction:
    for i in 0..<FunctionField.count { v.fields[i] = taskletBody(t).fields[i] }
    v.fields[FunctionField.dict] = .empty
    // Where the code was not read yet it is read for its text.
    v.fields[FunctionField.doc] = .empty
  case .rangeIterator: for i in 0..<3 { v.fields[i] = .fixnum(0) }
  case .longRangeIterator: for i in 0..<4 { v.fields[i] = .fixnum(0) }
  case .method: for i in 0..<2 { v.fields[i] = .none }
  case .builtinMethod:
    v.fields[0] = objectInit
    v.fields[1] = .none
  case .traceback:
    v.fields[0] = .none
    v.fields[2] = .fixnum(0)
    v.fields[3] = .fixnum(0)
  case .dictKeys, .dictValues, .dictItems, .mappingproxy: v.fields[0] = makeDict(t)
  case .listIterator, .tupleIterator, .strIterator, .bytesIterator, .listReverseIterator, .sequenceIterator, .reversed: v.fields[1] = .fixnum(0)
  case .dictKeyIterator, .dictValueIterator, .dictItemIterator: for i in 1..<4 { v.fields[i] = .fixnum(0) }
  case .enumerate:
    v.fields[0] = blankRecord(t, .listIterator)
    v.fields[1] = .fixnum(0)
  case .zip:
    v.fields[0] = weft_vm.emptyTuple
    v.fields[1] = .false
  case .map:
    v.fields[0] = .none
    v.fields[1] = weft_vm.emptyTuple
  case .filter:
    v.fields[0] = .none
    v.fields[1] = blankRecord(t, .listIterator)
  case .classmethod, .staticmethod, .asyncGenWrapped: v.fields[0] = .none
  case .coroutineWrapper: v.fields[0] = blankRecord(t, .coroutine)
  case .genericAlias:
    v.fields[0] = BuiltinType.list.object
    v.fields[1] = weft_vm.emptyTuple
    v.fields[2] = .none
    v.fields[3] = .false
  case .unionType: for i in 0..<2 { v.fields[i] = weft_vm.emptyTuple }
  case .lookupKey: for i in 0..<4 { v.fields[i] = .none }
  default: break
  }
  return v
}

/// Fields that natives take for granted; nil, or what is missing.
func incomplete(_ t: ThreadRef, _ o: Value) -> String? {
  guard let row = BuiltinType(rawValue: Int(o.object.pointee.shape) - 1) else { return nil }
  func need(_ fields: Int...) -> String? { fields.first { o.field($0).isEmpty }.map { "field \($0) is missing" } }
  switch row {
  case .generator, .coroutine, .asyncGenerator:
    return need(GeneratorField.name, GeneratorField.qualifiedName, GeneratorField.state, GeneratorField.code)
  case .function, .appFunction:
    if let why = need(FunctionField.code, FunctionField.globals, FunctionField.name, FunctionField.qualifiedName) { return why }
    let closure = o.field(FunctionField.closure)
    guard let c = filled(t, o.field(FunctionField.code)) else { t.pointee.exception = .empty; return "its code" }
    let free = freeVariableCount(c)
    let given = closure.isObject && !closure.isNone ? closure.count : 0
    if given < free { return "its closure" }
    let defaults = o.field(FunctionField.defaults)
    return defaults.isObject && !defaults.isNone && defaults.count > Int(c.pointee.argCount) ? "its defaults" : nil
  case .dictKeyIterator, .dictValueIterator, .dictItemIterator: return o.field(0).isEmpty ? nil : need(1, 2, 3)
  case .listIterator, .tupleIterator, .strIterator, .bytesIterator, .listReverseIterator: return o.field(0).isEmpty ? nil : need(1)
  case .rangeIterator: return need(0, 1, 2)
  case .longRangeIterator: return need(0, 1, 2, 3)
  case .method, .builtinMethod, .enumerate, .zip, .map, .filter, .reversed, .sequenceIterator, .callableIterator:
    return nil
  case .dictKeys, .dictValues, .dictItems, .coroutineWrapper, .asyncGenWrapped, .mappingproxy: return need(0)
  case .traceback: return need(1, 2, 3)
  default: return nil
  }
}

/// Whether natives that trust field `i` of a record of this kind may find `v` there.
func validField(_ o: Value, _ i: Int, _ v: Value) -> Bool {
  func small(_ v: Value) -> Bool { v.isFixnum && v.fixnum >= 0 }
  if o.kind == .baseException { return validExceptionField(o, i, v) }
  guard let row = BuiltinType(rawValue: Int(o.object.pointee.shape) - 1) else { return validNativeField(o, i, v) }
  switch row {
  case .enumerate: return i == 0 ? v.isObject : v.isInt
  case .zip: return i == 0 ? v.isExact(.tuple) : v.isBool
  case .map: return i == 0 || v.isExact(.tuple)
  case .filter: return i == 0 || v.isObject
  case .reversed, .sequenceIterator: return i == 0 ? v.isObject : v.isFixnum
  case .superType: return i == 1 || isType(v)
  case .mappingproxy: return v.isObject
  case .genericAlias: return i == 1 ? v.isExact(.tuple) : i != 2 || v.isNone || v.isExact(.tuple)
  case .unionType: return i == 1 && v.isNone || v.isExact(.tuple)
  case .classmethod, .staticmethod: return i == 0 || v.isExact(.dict)
  case .listIterator, .listReverseIterator: return i == 0 ? v.isKind(.list) : v.isFixnum
  case .tupleIterator: return i == 0 ? v.isKind(.tuple) : small(v)
  case .strIterator: return i == 0 ? v.isStr : small(v)
  case .bytesIterator: return i == 0 ? v.isKind(.bytes) || v.isKind(.bytearray) : small(v)
  case .rangeIterator: return i == 3 || v.isFixnum
  case .dictKeyIterator, .dictValueIterator, .dictItemIterator: return i == 0 ? v.isKind(.dict) : v.isFixnum
  case .dictKeys, .dictValues, .dictItems: return v.isKind(.dict)
  case .coroutineWrapper: return v.isExact(.coroutine)
  case .traceback: return i == 0 ? v.isExact(.traceback) || v.isNone : i == 1 ? v.isExact(.frame) : v.isFixnum
  case .generator, .coroutine, .asyncGenerator:
    switch i {
    case GeneratorField.frame: return v.isNone
    case GeneratorField.name, GeneratorField.qualifiedName: return v.isStr
    case GeneratorField.state: return v == .fixnum(GeneratorState.closed) && o.field(GeneratorField.frame).isNone
    case GeneratorField.hooks: return v.isNone || v.isExact(.list) && v.listCount >= 3
    case GeneratorField.code: return v.isExact(.code)
    default: return true
    }
  case .function, .appFunction:
    switch i {
    case FunctionField.code: return v.isExact(.code)
    case FunctionField.globals: return v.isObject && v.isKind(.dict)
    case FunctionField.builtins: return v.isNone || v.isObject && (v.isKind(.dict) || v.isExact(.module))
    case FunctionField.defaults: return v.isNone || v.isKind(.tuple)
    case FunctionField.kwDefaults: return v.isNone || v.isKind(.dict)
    case FunctionField.name, FunctionField.qualifiedName: return v.isStr
    case FunctionField.closure:
      guard v.isKind(.tuple) else { return v.isNone }
      for k in 0..<v.count where !v.items[k].isExact(.cell) { return false }
      return true
    case FunctionField.dict: return v.isKind(.dict)
    default: return true
    }
  case .builtinMethod: return i == 0 ? v.isExact(.methodDescriptor) || v.isExact(.wrapperDescriptor) || v.isExact(.classmethodDescriptor) || v.isExact(.builtinFunction) : true
  default: return true
  }
}

/// What natives take for granted of exceptions, whatever their class.
private func validExceptionField(_ e: Value, _ i: Int, _ v: Value) -> Bool {
  switch i {
  case ExceptionField.args: return v.isObject && v.isKind(.tuple)
  case ExceptionField.traceback: return v.isNone || v.isExact(.traceback)
  case ExceptionField.context, ExceptionField.cause: return v.isNone || isExceptionInstance(v)
  case ExceptionField.suppress: return v.isBool
  default: break
  }
  let type = e.type, k = i - ExceptionField.first
  if isSubtype(type, ExceptionType.UnicodeDecodeError.object) || isSubtype(type, ExceptionType.UnicodeEncodeError.object) || isSubtype(type, ExceptionType.UnicodeTranslateError.object) {
    switch k {
    case 0, 4: return v.isNone || v.isObject && v.isStr
    case 1: return v.isObject && (v.isStr || v.isKind(.bytes) || v.isNone)
    case 2, 3: return v.isFixnum || v.isNone
    default: return true
    }
  }
  if isSubtype(type, ExceptionType.BaseExceptionGroup.object), k == 1 { return v.isExact(.tuple) }
  return true
}

/// The same for instances of the few native classes whose fields travel: locks, matches and scanners of `re`.
private func validNativeField(_ o: Value, _ i: Int, _ v: Value) -> Bool {
  let type = o.type
  func named(_ s: String) -> Bool { type == getString(appNamespace, internedName(s)) }
  if named("thread_lock") { return i == 0 && v.isBool }
  func length(_ s: Value) -> Int { s.isObject && s.isStr ? s.strCount : bufferView(s)?.count ?? -1 }
  let isPattern = v.isObject && v.type == getString(appNamespace, internedName("sre_Pattern"))
  if named("sre_Match") {
    // string, pattern, bounds, pos, endpos, last group; they come in this order.
    switch i {
    case 0: return length(v) >= 0
    case 1: return isPattern
    case 2:
      guard v.isExact(.tuple), !o.field(0).isEmpty, !o.field(1).isEmpty, o.field(1).field(2).isFixnum, v.count == 2 * (o.field(1).field(2).fixnum + 1) else { return false }
      let n = length(o.field(0))
      for k in 0..<v.count where !v.items[k].isFixnum || v.items[k].fixnum < -1 || v.items[k].fixnum > n { return false }
      for k in stride(from: 0, to: v.count, by: 2) where v.items[k].fixnum > v.items[k + 1].fixnum || v.items[k].fixnum < 0 && v.items[k + 1].fixnum >= 0 { return false }
      return true
    case 5: return v.isNone || v.isFixnum && v.fixnum >= -1 && !o.field(1).isEmpty && v.fixnum <= o.field(1).field(2).fixnum
    default: return v.isFixnum && v.fixnum >= 0
    }
  }
  if named("sre_SRE_Scanner") || named("sre_callable_iterator") {
    switch i {
    case 0: return isPattern
    case 1: return length(v) >= 0
    case 2, 3, 4: return v.isFixnum && v.fixnum >= 0 && !o.field(1).isEmpty && v.fixnum <= length(o.field(1))
    case 5: return v.isBool || v.isFixnum
    default: return v.isNone || bufferView(v) != nil
    }
  }
  return true
}
private func internedName(_ s: String) -> Value { intern(allThreads[0], s) }
