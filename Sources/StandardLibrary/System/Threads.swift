// `_thread`: identity natively. Locks are app-level objects for now: with one OS thread, a lock that is held can be
// released only by another tasklet or a signal handler.

import Builtins
import Glibc
import Heap
import Objects

func makeThreadModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_thread", doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.")
  m.set("TIMEOUT_MAX", makeFloat(t, 9223372036.0))
  m.set("error", ExceptionType.RuntimeError.object)
  m.function("get_ident", "()") { t, a, n in makeInt(t, currentThreadIdent()) }
  m.function("get_native_id", "()") { t, a, n in makeInt(t, Int(weft_gettid())) }
  return m.module
}

/// `_thread.lock`: fields 0 locked.
func installThreads(_ t: ThreadRef) {
  let d = defineType(t, "lock", module: "_thread", fields: 1, base: BuiltinType.object.object, subclassable: false)
  d.typeObject.pointee.flags |= TypeFlag.weakrefs
  setString(t, appNamespace, intern(t, "thread_lock"), d)
  let c = TypeDefinition(t, d)
  c.new("(cls, /)") { t, a, n in t.typeError("cannot create '_thread.lock' instances") }
  for name in ["acquire", "acquire_lock"] {
    c.method(name, "(self, /, blocking=True, timeout=-1)") { t, a, n in
      let plain = a[1].isEmpty && a[2].isEmpty
      if a[0].field(0) != .true && (plain || a[2].isEmpty) {
        a[0].fields[0] = .true
        return .true
      }
      return callApp(t, named: "thread_acquire", a[0], a[1].isEmpty ? .true : a[1], a[2].isEmpty ? .fixnum(-1) : a[2])
    }
  }
  for name in ["release", "release_lock"] {
    c.method(name, "(self, /)", effects: Effects.leaf) { t, a, n in
      if a[0].field(0) != .true { return t.raise(.RuntimeError, "release unlocked lock") }
      a[0].fields[0] = .false
      return .none
    }
  }
  for name in ["locked", "locked_lock"] {
    c.method(name, "(self, /)", effects: Effects.leaf) { t, a, n in .bool(a[0].field(0) == .true) }
  }
  c.method("__enter__", "(self, /)") { t, a, n in
    if a[0].field(0) != .true { a[0].fields[0] = .true; return .true }
    return callApp(t, named: "thread_acquire", a[0], .true, .fixnum(-1))
  }
  c.method("__exit__", "(self, /, *args)", effects: Effects.leaf) { t, a, n in
    if a[0].field(0) != .true { return t.raise(.RuntimeError, "release unlocked lock") }
    a[0].fields[0] = .false
    return .none
  }
  c.method("_at_fork_reinit", "(self, /)", effects: Effects.leaf) { t, a, n in
    a[0].fields[0] = .false
    return .none
  }
  c.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    makeStr(t, "<\(a[0].field(0) == .true ? "locked" : "unlocked") _thread.lock object at 0x\(String(identity(a[0]), radix: 16))>")
  }
  defineAppNative(t, "thread_new_lock", "()") { t, a, n in
    let v = makeInstance(t, getString(appNamespace, intern(t, "thread_lock")))
    v.fields[0] = .false
    return v
  }
  defineAppNative(t, "thread_take", "(lock, /)") { t, a, n in
    if a[0].field(0) == .true { return .false }
    a[0].fields[0] = .true
    return .true
  }
  defineAppNative(t, "thread_ident", "()") { t, a, n in makeInt(t, currentThreadIdent()) }
}
