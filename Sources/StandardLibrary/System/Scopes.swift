// `_symtable`: the compiler's scopes as nested tuples.

import Builtins
import Compiler
import Heap
import Objects
import Syntax

private func scopeTuple(_ t: ThreadRef, _ s: ScopeDescription) -> Value {
  let symbols = makeDict(t)
  for (name, flags) in s.symbols { setString(t, symbols, intern(t, name), .fixnum(flags)) }
  return makeTuple(t, [intern(t, s.name), .fixnum(s.kind), .fixnum(s.line), .fixnum(s.isNested ? 1 : 0), symbols,
                       makeList(t, s.parameters.map { intern(t, $0) }), makeList(t, s.children.map { scopeTuple(t, $0) })])
}

func installScopes(_ t: ThreadRef) {
  // The tuple, or ("error", ...) as system_compile gives it.
  defineAppNative(t, "symtable_scopes", "(source, filename, mode, is_utf8, /)") { t, a, n in
    guard a[0].isObject, a[0].kind == .bytes, a[1].isStr, a[2].isStr, let mode = parseMode(swiftString(a[2])) else { return t.typeError("bad argument") }
    var options = ParseOptions(mode: mode, filename: swiftString(a[1]))
    options.nfkc = nfkc
    options.ignoreCookie = a[3] == .true
    var unknown: String?
    options.decodeSource = { codec, bytes in
      let d = decodeSource(codec, bytes)
      if d == nil { unknown = codec }
      return d
    }
    do {
      let tree = try parse(source: UnsafeBufferPointer(start: UnsafePointer(a[0].bytesData), count: a[0].bytesCount), options: options)
      return scopeTuple(t, try describeScopes(tree, options: CompileOptions(filename: swiftString(a[1]))))
    } catch let f as SyntaxFailure {
      if let codec = unknown { return pair(t, intern(t, "decode"), makeStr(t, codec)) }
      return failureTuple(t, f, filename: a[1])
    } catch { return t.raise(.SystemError, "symtable failed") }
  }
}
