// Rare operations of the instruction set, and the slow parts of calls, functions and formatting.

import Bytecode
import Heap
import Objects

func intrinsic(_ t: ThreadRef, _ f: FrameRef, _ which: Intrinsic, _ r: UnsafeMutablePointer<Value>) -> Value {
  switch which {
  case .loadBuildClass:
    let b = f.pointee.function.field(FunctionField.builtins)
    let v = b.isObject && b.kind == .dict ? getString(b, Name.__build_class__.value) : .empty
    return v.isEmpty ? t.raise(.NameError, "__build_class__ not found") : v
  case .importName: return callApp(t, .importName, f.pointee.function, namespace(f), r[0], r[1], r[2])
  case .importFrom:
    if r[0].isExact(.module) {
      let v = getString(r[0].field(0), r[1])
      if !v.isEmpty { return v }
    }
    return callApp(t, .importFrom, r[0], r[1])
  case .importStar: return callApp(t, .importStar, r[0], namespace(f))
  case .printExpr: return callApp(t, .printExpr, r[0])
  case .setupAnnotations:
    let ns = namespace(f)
    if ns.isExact(.dict) {
      if getString(ns, Name.__annotations__.value).isEmpty { setString(t, ns, Name.__annotations__.value, makeDict(t)) }
      return .none
    }
    return callApp(t, named: "setup_annotations", ns)
  case .getAwaitable, .getAwaitableEnter, .getAwaitableExit:
    if r[0].isExact(.coroutine) {
      let g = r[0].field(GeneratorField.frame)
      if g.isObject, !g.isNone, r[0].field(GeneratorField.state).fixnum & 0xff == GeneratorState.running || !generatorDelegate(r[0]).isNone {
        return t.raise(.RuntimeError, "coroutine is being awaited already")
      }
      return r[0]
    }
    return callApp(t, .getAwaitable, r[0], .fixnum(which == .getAwaitable ? 0 : which == .getAwaitableEnter ? 1 : 2))
  case .getAiter: return callApp(t, .getAiter, r[0])
  case .getAnext: return callApp(t, .getAnext, r[0])
  case .getYieldFromIter:
    if r[0].isExact(.generator) { return r[0] }
    if r[0].isExact(.coroutine) {
      let flags = f.pointee.code.code.pointee.flags
      if flags & (CodeFlags.coroutine.rawValue | CodeFlags.iterableCoroutine.rawValue) == 0 {
        return t.typeError("cannot 'yield from' a coroutine object in a non-coroutine generator")
      }
      return r[0]
    }
    return iterate(t, r[0])
  case .asyncGenWrap:
    let w = makeRecord(t, .asyncGenWrapped, 1)
    w.fields[0] = r[0]
    return w
  case .assertionError: return ExceptionType.AssertionError.object
  case .stopAsyncIteration: return ExceptionType.StopAsyncIteration.object
  case .listToTuple: return makeTuple(t, from: r[0].listCapacity == 0 ? r : r[0].listItems, count: r[0].listCount)
  case .matchSequence:
    let v = r[0]
    if v.isExact(.list) || v.isExact(.tuple) { return .true }
    return .bool(v.type.typeObject.pointee.flags & TypeFlag.sequence != 0)
  case .matchMapping:
    return .bool(r[0].isExact(.dict) || r[0].type.typeObject.pointee.flags & TypeFlag.mapping != 0)
  case .matchKeys: return callApp(t, .matchKeys, r[0], r[1])
  case .matchRest: return callApp(t, .matchRest, r[0], r[1])
  case .matchClass: return callApp(t, .matchClass, r[0], r[1], r[2], r[3])
  case .getLength: return callApp(t, .len, r[0])
  case .prepReraiseStar: return callApp(t, .prepReraiseStar, r[0], r[1])
  case .checkEgMatch: return callApp(t, .checkEgMatch, r[0], r[1])
  case .excType: return r[0].type
  case .excTraceback:
    let tb = r[0].field(ExceptionField.traceback)
    return tb.isEmpty ? .none : tb
  case .exceptionGroupWrap: return callApp(t, .exceptionGroupWrap, r[0])
  case .loadLocals: return namespace(f)
  }
}

/// The local namespace of a frame of namespace code, else None.
func namespace(_ f: FrameRef) -> Value {
  f.pointee.code.code.pointee.flags & CodeFlags.namespace.rawValue != 0 ? f.registers[0] : .none
}

func makeFunctionOperation(_ t: ThreadRef, _ f: FrameRef, _ code: Value, _ parts: UnsafeMutablePointer<Value>, _ flags: UInt32) -> Value {
  var code = code
  if flags & FunctionParts.code != 0 { code = parts[(flags & 15).nonzeroBitCount] }
  let fn = makeFunction(t, code: code, globals: f.pointee.function.field(FunctionField.globals))
  fn.fields[FunctionField.builtins] = f.pointee.function.field(FunctionField.builtins)
  var p = parts
  if flags & FunctionParts.defaults != 0 { fn.fields[FunctionField.defaults] = p.pointee; p += 1 }
  if flags & FunctionParts.kwDefaults != 0 { fn.fields[FunctionField.kwDefaults] = p.pointee; p += 1 }
  if flags & FunctionParts.annotations != 0 { fn.fields[FunctionField.annotations] = p.pointee; p += 1 }
  if flags & FunctionParts.closure != 0 { fn.fields[FunctionField.closure] = p.pointee }
  return fn
}

/// f(*args, **kwargs).
func callEx(_ t: ThreadRef, _ f: Value, _ args: Value, _ kwargs: Value) -> Value {
  guard args.isKind(.tuple) || args.isExact(.list), let (p, n) = sequenceItems(args), kwargs.isEmpty || kwargs.isObject && kwargs.kind == .dict, n < 1 << 19 else {
    return callApp(t, .callEx, f, args, kwargs.isEmpty ? .none : kwargs)
  }
  if kwargs.isEmpty || kwargs.used == 0 {
    let w = t.pointee.window!
    w.update(from: p, count: n)
    t.pointee.window = w + n
    let r = Objects.call(t, f, w, n)
    t.pointee.window = w
    return r
  }
  let k = kwargs.used
  let w = t.pointee.window!
  w.update(from: p, count: n)
  let names = makeTuple(t, count: k)
  var i = 0, bad = false
  forEachEntry(kwargs) { key, value in
    if !key.isStr { bad = true }
    names.items[i] = key
    w[n + i] = value
    i += 1
  }
  if bad { return t.typeError("keywords must be strings") }
  t.pointee.window = w + (n + k)
  let r = Objects.call(t, f, w, n + k, names)
  t.pointee.window = w
  return r
}

/// A `*iterable` in a display or a call.
@inline(never)
func starExtend(_ t: ThreadRef, _ list: Value, _ v: Value) -> Value {
  if !v.isExact(.list) && !v.isExact(.tuple) && lookup(v.type, Name.__iter__.value).isEmpty && lookup(v.type, Name.__getitem__.value).isEmpty {
    return t.typeError("Value after * must be an iterable, not \(typeName(v))")
  }
  return listExtend(t, list, v)
}

/// An f-string's field: conversion 0 none, 1 str, 2 repr, 3 ascii; `spec` empty when there is none.
func formatValue(_ t: ThreadRef, _ v: Value, _ conversion: Int, _ spec: Value) -> Value {
  if v.isExact(.str) && conversion <= 1 && (spec.isEmpty || spec.strCount == 0) { return v }
  if conversion == 0 && (!v.isObject || v.isExact(.str) || v.isExact(.float)) && (spec.isEmpty || spec.isExact(.str)) {
    let w = t.pointee.window!
    w[0] = v
    w[1] = spec.isEmpty ? weft_vm.emptyStr : spec
    let r = weft_roots()[RootRegion.formatNative].to(NativeObject.self).pointee.code(t, w, 2)
    if r != .notImplemented { return r }
  }
  return callApp(t, .formatValue, v, .fixnum(conversion), spec.isEmpty ? weft_vm.emptyStr : spec)
}

/// {**mapping} into `d`: dicts with plain keys at once.
func dictUpdate(_ t: ThreadRef, _ d: Value, _ mapping: Value) -> Value {
  if mapping.isExact(.dict), mapping.table.isEmpty || mapping.table.tableRef.pointee.stringKeys != 0 {
    forEachEntry(mapping) { k, v in setString(t, d, k, v) }
    return .none
  }
  return callApp(t, .dictUpdate, d, mapping)
}

/// **mapping of a call into `d`; `f` is for messages.
func dictMerge(_ t: ThreadRef, _ d: Value, _ mapping: Value, _ f: Value) -> Value {
  if mapping.isExact(.dict), mapping.table.isEmpty || mapping.table.tableRef.pointee.stringKeys != 0 {
    var clash = false
    if d.used > 0 { forEachEntry(mapping) { k, _ in if !getString(d, k).isEmpty { clash = true } } }
    if !clash {
      forEachEntry(mapping) { k, v in setString(t, d, k, v) }
      return .none
    }
  }
  return callApp(t, .dictMerge, d, mapping, f)
}
