// The % operator of str and bytes: natively for plain values, the rest through app-level conversion.

import Glibc
import Objects
import Support

/// What formatting one text gave.
enum PercentResult {
  case done
  /// A value needs Python code: the app-level version takes over from the start.
  case python
  case error
}

/// The arguments of % and where it is in them.
struct PercentArguments {
  var values: UnsafeMutablePointer<Value>
  var count: Int
  var next = 0
  /// The dict for %(key)s; empty when there is none.
  var mapping: Value
  /// Some value was fetched by key, or the right operand is a mapping: leftovers are no error.
  var lenient: Bool
}

/// %d of an int.
func percentIntText(_ t: ThreadRef, _ v: Value, _ spec: PercentSpec) -> [UInt8]? {
  if spec.precision > Int(Int32.max) - 3 { t.valueError("precision too large"); return nil }
  if let i = v.asInt { return percentInteger(i, spec: spec) }
  let base = percentBase(spec.type) ?? 10
  if base == 10, intRepr(t, v).isEmpty { return nil }
  var digits = intDigits(v, base: base)
  let negative = digits.first == 45
  if negative { digits.removeFirst() }
  return percentInteger(digits: digits, negative: negative, spec: spec)
}

private func run<C: Units>(_ t: ThreadRef, _ text: UnsafeBufferPointer<C>, _ arguments: PercentArguments, _ out: inout [UInt32]) -> PercentResult {
  var parser = PercentParser(text)
  var args = arguments
  func emit(_ a: [UInt8]) { for b in a { out.append(UInt32(b)) } }
  func emit(text v: Value, _ spec: PercentSpec) {
    let (taken, before, after) = percentTextLayout(v.strCount, spec: spec)
    for _ in 0..<before { out.append(32) }
    for i in 0..<taken { out.append(v.codePoint(i)) }
    for _ in 0..<after { out.append(32) }
  }
  func nextArgument() -> Value? {
    guard args.next < args.count else {
      t.typeError("not enough arguments for format string")
      return nil
    }
    args.next += 1
    return args.values[args.next - 1]
  }
  while let item = parser.next() {
    switch item {
    case .literal(let r): for i in r { out.append(UInt32(truncatingIfNeeded: text[i])) }
    case .error(let m):
      // An unknown key comes first: let the Python version find out in order.
      t.valueError(String(m))
      return .error
    case .spec(var spec):
      var value = Value.empty
      if let key = spec.key {
        if args.mapping.isEmpty {
          t.typeError("format requires a mapping")
          return .error
        }
        guard args.mapping.isExact(.dict) else { return .python }
        let k = makeStr(t, scalars: key.map { UInt32(truncatingIfNeeded: text[$0]) })
        let i = find(args.mapping, k, strHash(k))
        if i == Probe.needsPython { return .python }
        if i < 0 { t.raise(.KeyError, value: k); return .error }
        value = args.mapping.table.tableRef.value(i)
        args.lenient = true
      }
      if spec.widthFromArgument {
        guard let w = nextArgument() else { return .error }
        guard w.isInt else { t.typeError("* wants int"); return .error }
        guard let i = w.asInt else { t.raise(.OverflowError, "Python int too large to convert to C ssize_t"); return .error }
        spec.setWidth(i)
      }
      if spec.precisionFromArgument {
        guard let w = nextArgument() else { return .error }
        guard w.isInt else { t.typeError("* wants int"); return .error }
        guard let i = w.asInt, i < 1 << 31, i >= -(1 << 31) else { t.raise(.OverflowError, "Python int too large to convert to C int"); return .error }
        spec.setPrecision(i)
      }
      if spec.isTooWide { t.raise(.MemoryError); return .error }
      if value.isEmpty {
        guard let v = nextArgument() else { return .error }
        value = v
      }
      switch spec.type {
      case 115, 114, 97: // s r a
        var s: Value?
        if spec.type == 115 { s = strNatively(t, value) }
        else if value.isExact(.str) { s = strRepr(t, value, asciiOnly: spec.type == 97) }
        else if !value.isObject || value.isExact(.int) || value.isExact(.float) || value.isBool || value.isNone { s = strNatively(t, value) }
        guard let r = s else { return .python }
        if r.isEmpty { return .error }
        emit(text: r, spec)
      case 99: // c
        if value.isStr {
          if value.strCount != 1 { t.typeError("%c requires int or char"); return .error }
          emit(text: value, spec)
        } else if value.isInt {
          guard let i = value.asInt, i >= 0, i < 0x110000 else { t.raise(.OverflowError, "%c arg not in range(0x110000)"); return .error }
          emit(text: makeStr(t, codePoint: UInt32(i)), spec)
        } else if lookup(value.type, Name.__index__.value).isEmpty {
          t.typeError("%c requires int or char")
          return .error
        } else { return .python }
      case 100, 105, 117, 111, 120, 88: // d i u o x X
        var v = value
        if !v.isInt {
          let decimal = percentBase(spec.type) == 10
          if v.isFloat && decimal && (!v.isObject || v.isExact(.float)) {
            v = intFromDouble(t, v.double)
            if v.isEmpty { return .error }
          } else if v.isFloat || v.isObject && v.isStr || !v.isObject || lookup(v.type, decimal ? Name.__int__.value : Name.__index__.value).isEmpty && lookup(v.type, Name.__index__.value).isEmpty {
            let c = String(Character(Unicode.Scalar(spec.type) ?? "d"))
            t.typeError(decimal ? "%\(c) format: a real number is required, not \(typeName(v))" : "%\(c) format: an integer is required, not \(typeName(v))")
            return .error
          } else { return .python }
        }
        guard let d = percentIntText(t, v, spec) else { return .error }
        emit(d)
      case 101, 69, 102, 70, 103, 71: // e E f F g G
        guard value.isFloat || value.isInt else {
          if lookup(value.type, Name.__float__.value).isEmpty && lookup(value.type, Name.__index__.value).isEmpty {
            t.typeError("must be real number, not \(typeName(value))")
            return .error
          }
          return .python
        }
        guard let d = toDouble(t, value) else { return .error }
        if spec.precision > Int(Int32.max) - 3 { t.valueError("precision too large"); return .error }
        emit(percentFloat(d, spec: spec))
      default:
        t.raise(.ValueError, value: makeStr(t, scalars: unsupportedFormatCharacter(spec)))
        return .error
      }
    }
  }
  if args.next < args.count && !args.lenient {
    t.typeError("not all arguments converted during string formatting")
    return .error
  }
  return .done
}

/// Whether the right operand of % counts as a mapping.
func isFormatMapping(_ v: Value, bytes: Bool = false) -> Bool {
  guard v.isObject, v.kind != .tuple, v.kind != .str else { return false }
  if bytes && (v.kind == .bytes || v.kind == .bytearray) { return false }
  if v.kind == .bool || v.kind == .int || v.kind == .float || v.isNone { return false }
  return !lookup(v.type, Name.__getitem__.value).isEmpty
}

/// format % value, of strs.
func percentFormat(_ t: ThreadRef, _ format: Value, _ value: Value) -> Value {
  var single = value
  return withUnsafeMutablePointer(to: &single) { p in
    let isTuple = value.isObject && value.kind == .tuple
    let mapping = isFormatMapping(value) ? value : .empty
    let args = PercentArguments(values: isTuple ? value.items : p, count: isTuple ? value.count : 1, mapping: mapping, lenient: !mapping.isEmpty)
    var out: [UInt32] = []
    out.reserveCapacity(format.strCount + 16)
    switch onText(format, { run(t, $0, args, &out) }, { run(t, $0, args, &out) }, { run(t, $0, args, &out) }) {
    case .done: return sameText(isTuple ? (value.count == 1 ? value.items[0] : format) : value, makeStr(t, scalars: out))
    case .python: return callApp(t, .percentFormat, format, value)
    case .error: return .empty
    }
  }
}

/// A format text taken apart for app-level code: a list of strs and of tuples
/// (type, key or None, width '*', precision '*').
private func takeApart<C: Units>(_ t: ThreadRef, _ text: UnsafeBufferPointer<C>, _ l: Value, bytes: Bool) {
  var parser = PercentParser(text, isBytes: bytes)
  while let item = parser.next() {
    switch item {
    case .literal: break
    case .error(let m):
      listAppend(t, l, makeTuple(t, [.fixnum(0), makeStr(t, String(m)), .false, .false]))
      return
    case .spec(let s):
      let key = s.key.map { makeStr(t, scalars: $0.map { UInt32(truncatingIfNeeded: text[$0]) }) } ?? .none
      listAppend(t, l, makeTuple(t, [.fixnum(Int(s.type)), key, .bool(s.widthFromArgument), .bool(s.precisionFromArgument)]))
    }
  }
}

/// Renders a format text whose values app-level code has converted, keys ignored: strs for s r a c, ints, floats.
private func render<C: Units>(_ t: ThreadRef, _ text: UnsafeBufferPointer<C>, _ values: Value, bytes: Bool, _ out: inout [UInt32]) -> Bool {
  var parser = PercentParser(text, isBytes: bytes)
  var next = 0
  func value() -> Value {
    if next >= values.listCount { return .fixnum(0) }
    next += 1
    return values.listItems[next - 1]
  }
  while let item = parser.next() {
    switch item {
    case .literal(let r): for i in r { out.append(UInt32(truncatingIfNeeded: text[i])) }
    case .error(let m): t.valueError(String(m)); return false
    case .spec(var spec):
      if spec.widthFromArgument { spec.setWidth(clampedInt(value()) ?? 0) }
      if spec.precisionFromArgument { spec.setPrecision(clampedInt(value()) ?? 0) }
      if spec.isTooWide { t.raise(.MemoryError); return false }
      let v = value()
      switch spec.type {
      case 115, 114, 97, 99, 98:
        if v.isObject && v.kind == .str {
          let (taken, before, after) = percentTextLayout(v.strCount, spec: spec)
          for _ in 0..<before { out.append(32) }
          for i in 0..<taken { out.append(v.codePoint(i)) }
          for _ in 0..<after { out.append(32) }
        } else {
          _ = withBuffer(v) { p in
            let (taken, before, after) = percentTextLayout(p.count, spec: spec)
            for _ in 0..<before { out.append(32) }
            for i in 0..<taken { out.append(UInt32(p[i])) }
            for _ in 0..<after { out.append(32) }
          }
        }
      case 100, 105, 117, 111, 120, 88:
        guard v.isInt else { t.typeError("an integer is required"); return false }
        guard let d = percentIntText(t, v, spec) else { return false }
        for b in d { out.append(UInt32(b)) }
      case 101, 69, 102, 70, 103, 71:
        guard let d = toDouble(t, v) else { return false }
        if spec.precision > Int(Int32.max) - 3 { t.valueError("precision too large"); return false }
        for b in percentFloat(d, spec: spec) { out.append(UInt32(b)) }
      default:
        t.raise(.ValueError, value: makeStr(t, scalars: unsupportedFormatCharacter(spec, isBytes: bytes)))
        return false
      }
    }
  }
  return true
}

private func unsupported<C: Units>(_ p: UnsafeBufferPointer<C>, _ k: Int, _ bytes: Bool) -> [UInt32] {
  var number = k
  var parser = PercentParser(p, isBytes: bytes)
  while let item = parser.next() {
    if case .spec(let s) = item {
      if number == 0 { return unsupportedFormatCharacter(s, isBytes: bytes) }
      number -= 1
    }
  }
  return []
}

func installPercent(_ t: ThreadRef) {
  defineAppNative(t, "textPercentItems", "(format, /)") { t, a, n in
    let l = makeList(t)
    if a[0].isStr { onText(a[0], { takeApart(t, $0, l, bytes: false) }, { takeApart(t, $0, l, bytes: false) }, { takeApart(t, $0, l, bytes: false) }) }
    else { _ = withBuffer(a[0]) { takeApart(t, $0, l, bytes: true) } }
    return l
  }
  defineAppNative(t, "textPercentRender", "(format, values, /)") { t, a, n in
    var out: [UInt32] = []
    if a[0].isStr {
      let ok = onText(a[0], { render(t, $0, a[1], bytes: false, &out) }, { render(t, $0, a[1], bytes: false, &out) }, { render(t, $0, a[1], bytes: false, &out) })
      return ok ? makeStr(t, scalars: out) : .empty
    }
    guard withBuffer(a[0], { render(t, $0, a[1], bytes: true, &out) }) ?? false else { return .empty }
    let bytes = out.map { UInt8(truncatingIfNeeded: $0) }
    return bytes.withUnsafeBufferPointer { makeLike(t, a[0], $0) }
  }
  defineAppNative(t, "textIsFormatMapping", "(value, bytes, /)") { t, a, n in .bool(isFormatMapping(a[0], bytes: a[1] == .true)) }
  // The message of an unsupported conversion: (format, number of the item).
  defineAppNative(t, "textUnsupportedFormat", "(format, number, /)") { t, a, n in
    let k = a[1].fixnum
    let message: [UInt32]
    if a[0].isStr { message = onText(a[0], { unsupported($0, k, false) }, { unsupported($0, k, false) }, { unsupported($0, k, false) }) }
    else { message = withBuffer(a[0]) { unsupported($0, k, true) } ?? [] }
    return makeStr(t, scalars: message)
  }
}
