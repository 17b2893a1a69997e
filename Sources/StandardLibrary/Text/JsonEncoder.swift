// `_json`, writing: values of builtin types as JSON, with a stack of open containers.
//
// Where Python has to answer (`default`, items() of a subclass, keys to sort), the native puts its stack into a list and
// returns a request; app-level code answers by calling it again. So a suspended encoder is plain data.

import Builtins
import Glibc
import Heap
import Objects
import Support

/// What is asked of app-level code; the second item of the request is the object.
private enum Request { static let done = 0, convert = 1, pairs = 2 }
/// What an open container's entry in the stack is: container, kind, position.
private enum Open { static let list = 0, dict = 1, pairs = 2, converted = 3 }

/// config: (check for cycles, ASCII only, key separator, item separator, sort keys, skip keys, allow NaN).
private struct JsonWriter {
  let t: ThreadRef
  let cycles: Bool, asciiOnly: Bool, keySeparator: Value, itemSeparator: Value, sort: Bool, skip: Bool, nan: Bool
  var out = TextBuilder()
  /// Triples.
  var stack = RawList<Value>()
  var request = Request.done, asked = Value.empty

  init(_ t: ThreadRef, _ c: Value) {
    self.t = t
    cycles = c.items[0] == .true
    asciiOnly = c.items[1] == .true
    keySeparator = c.items[2]
    itemSeparator = c.items[3]
    sort = c.items[4] == .true
    skip = c.items[5] == .true
    nan = c.items[6] == .true
  }

  mutating func float(_ d: Double) -> Bool {
    if d.isFinite { out.append(ascii: reprDouble(d)); return true }
    if !nan { t.valueError("Out of range float values are not JSON compliant"); return false }
    if d.isNaN { out.append("NaN") } else if d > 0 { out.append("Infinity") } else { out.append("-Infinity") }
    return true
  }
  mutating func int(_ v: Value) -> Bool {
    if let i = v.asInt { out.append(int: i); return true }
    let s = intRepr(t, plainInt(t, v))
    if s.isEmpty { return false }
    out.append(text: s)
    return true
  }

  /// Opens a container; false with an exception set.
  mutating func open(_ c: Value, _ kind: Int) -> Bool {
    if cycles {
      var i = 0
      while i < stack.count {
        if stack[i] == c { t.valueError("Circular reference detected"); return false }
        i += 3
      }
    }
    if stack.count / 3 >= depthLeft(t) {
      t.raise(.RecursionError, "maximum recursion depth exceeded while encoding a JSON object")
      return false
    }
    stack.append(c)
    stack.append(.fixnum(kind))
    stack.append(.fixnum(0))
    return true
  }

  /// Writes a value, or opens it. False: an exception or a request.
  mutating func value(_ v: Value) -> Bool {
    if v.isFixnum { out.append(int: v.fixnum); return true }
    if v.isNone { out.append("null"); return true }
    if v == .true { out.append("true"); return true }
    if v == .false { out.append("false"); return true }
    if v.isFloat { return float(v.double) }
    if v.isStr {
      out.quoted(v, asciiOnly: asciiOnly)
      return true
    }
    switch v.kind {
    case .int: return int(v)
    case .list, .tuple:
      if (v.kind == .list ? v.listCount : v.count) == 0 { out.append("[]"); return true }
      if !open(v, Open.list) { return false }
      out.append(91)
      return true
    case .dict:
      if v.isExact(.dict) {
        if v.used == 0 { out.append("{}"); return true }
        if !sort {
          if !open(v, Open.dict) { return false }
          out.append(123)
          return true
        }
      }
      if cycles {
        var i = 0
        while i < stack.count { if stack[i] == v { t.valueError("Circular reference detected"); return false }; i += 3 }
      }
      request = Request.pairs
    default: request = Request.convert
    }
    asked = v
    return false
  }

  /// Writes a member's key with its separator; nil: an exception or a request; false: skipped.
  mutating func key(_ k: Value, first: Bool) -> Bool? {
    func lead(_ w: inout JsonWriter) { if !first { w.out.append(text: w.itemSeparator) } }
    if k.isStr {
      lead(&self)
      out.quoted(k, asciiOnly: asciiOnly)
    } else if k.isFloat || k.isInt || k.isNone || k.isBool {
      lead(&self)
      out.append(34)
      if k.isNone { out.append("null") } else if k == .true { out.append("true") } else if k == .false { out.append("false") }
      else if k.isFloat { if !float(k.double) { return nil } }
      else if !int(k) { return nil }
      out.append(34)
    } else if skip {
      return false
    } else {
      t.typeError("keys must be str, int, float, bool or None, not \(typeName(k))")
      return nil
    }
    out.append(text: keySeparator)
    return true
  }

  /// Goes on until all is written, or an exception or request stops it.
  mutating func run() -> Bool {
    while stack.count > 0 {
      let top = stack.count - 3
      let c = stack[top], kind = stack[top + 1].fixnum, position = stack[top + 2].fixnum
      // A position's lowest bit tells whether something was written already.
      var i = position >> 1, written = position & 1 == 1
      switch kind {
      case Open.list:
        guard let (items, count) = sequenceItems(c), i < count else {
          out.append(93)
          stack.truncate(top)
          continue
        }
        if written { out.append(text: itemSeparator) }
        stack[top + 2] = .fixnum((i + 1) << 1 | 1)
        if !value(items[i]) { return false }
      case Open.dict, Open.pairs:
        var k = Value.empty, v = Value.empty
        if kind == Open.dict {
          let table = c.table
          let fill = table.isEmpty ? 0 : Int(table.tableRef.pointee.fill)
          while i < fill && table.tableRef.key(i).isEmpty { i += 1 }
          if i < fill { k = table.tableRef.key(i); v = table.tableRef.value(i) }
        } else if i < c.listCount {
          k = c.listItems[i].items[0]
          v = c.listItems[i].items[1]
        }
        if k.isEmpty {
          out.append(125)
          stack.truncate(top)
          continue
        }
        guard let shown = key(k, first: !written) else { return false }
        if shown { written = true }
        stack[top + 2] = .fixnum((i + 1) << 1 | (written ? 1 : 0))
        if shown && !value(v) { return false }
      default:
        // A converted object stays open while what it was converted to is written.
        if i == 1 { stack.truncate(top); continue }
        return false
      }
    }
    return true
  }
}

func installJsonEncoder(_ t: ThreadRef) {
  // `what`: 0 writes the object; 1 the dict that object[1] is, as the list of pairs object[0]; 2 what `default` made of
  // object[1], object[0]. Returns (text, request, object); the stack is what is still open.
  defineAppNative(t, "json_encode", "(config, stack, what, object, /)") { t, a, n in
    var w = JsonWriter(t, a[0])
    let saved = a[1]
    for i in 0..<saved.listCount { w.stack.append(saved.listItems[i]) }
    defer { w.stack.base?.deallocate() }
    var going: Bool
    switch a[2].fixnum {
    case 1:
      let pairs = a[3].items[0]
      if pairs.listCount == 0 { w.out.append("{}"); going = true }
      else {
        // The original takes part in the search for cycles; it closes after the pairs.
        going = w.open(a[3].items[1], Open.converted)
        if going {
          w.stack[w.stack.count - 1] = .fixnum(2)
          w.out.append(123)
          w.stack.append(pairs)
          w.stack.append(.fixnum(Open.pairs))
          w.stack.append(.fixnum(0))
        }
      }
    case 2:
      going = w.open(a[3].items[1], Open.converted)
      if going {
        w.stack[w.stack.count - 1] = .fixnum(2)
        going = w.value(a[3].items[0])
      }
    default: going = w.value(a[3])
    }
    if going { going = w.run() }
    if !t.pointee.exception.isEmpty { w.out.free(); return .empty }
    truncateList(saved, 0)
    for i in 0..<w.stack.count { listAppend(t, saved, w.stack[i]) }
    let text = w.out.finish(t)
    return makeTuple(t, [text, .fixnum(going ? Request.done : w.request), going ? .none : w.asked])
  }
}
