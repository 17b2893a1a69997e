// The switch: one tasklet's frame chain is put aside, another's becomes the thread's.
//
// A parked computation is a record [top frame, pending state]. The pending state says where the switch's result goes when
// the computation runs again: it is what the call of the switching native would have done with it.

import Builtins
import Heap
import Objects

/// The class of places that computations are parked in, besides tasklets.
var parkedType: Value { weft_roots()[RootRegion.misc + 749] }

/// Defines the natives of the app-level scheduler (`tasklets_core.py`).
public func installTasklets(_ t: ThreadRef) {
  installScheduler(t)
  installWaiting(t)
  installWatchdogs(t)
  installExercise(t)
  installChannels(t)
  installPickling(t)
  installPickler(t)
  let type = defineType(t, "parked", module: "stackless", fields: 2, base: BuiltinType.object.object, subclassable: false)
  setString(t, appNamespace, intern(t, "parked_type"), type)
  weft_roots()[RootRegion.misc + 749] = type
  // An empty place for a computation to be parked in.
  defineAppNative(t, "parked_new", "(type, /)") { t, a, n in
    a[0] == parkedType ? makeInstance(t, a[0]) : t.typeError("parked_new() needs the class of places")
  }
  // A computation that has not started: `function(argument)` on a chain of its own. The function must not return.
  defineAppNative(t, "parked_start", "(place, function, argument, /)") { t, a, n in
    guard isPlace(a[0]), a[1].isExact(.function) else { return t.typeError("parked_start() needs a place and a function") }
    let running = t.pointee.frame
    let r = callFunction(t, a[1], a + 2, 1, .empty)
    guard r.isEmpty, t.pointee.exception.isEmpty, let f = t.pointee.frame, f != running else { return r }
    t.pointee.frame = running
    f.pointee.back = nil
    f.pointee.state = 0
    f.pointee.depth = 0
    suspendFrame(f)
    setField(a[0], 0, Value(f))
    setField(a[0], 1, .fixnum(-1))
    return .none
  }
  // Parks the running computation in `here` (None: it has ended and is dropped) and goes on with the one in `there`,
  // whose own switch returns `value`.
  defineAppNative(t, "switch_computation", "(here, there, value, /)") { t, a, n in
    guard isPlace(a[1]), a[0].isNone || isPlace(a[0]) else { return t.typeError("switch_computation() needs places") }
    let target = a[1].field(0)
    guard target.isExact(.frame) else { return t.raise(.RuntimeError, "nothing is parked there") }
    let pending = t.pointee.pending
    guard pending & 0xff == Deliver.store else { return t.raise(.RuntimeError, "cannot switch here") }
    // Below a call from C or Swift the chain cannot be put aside.
    if !a[0].isNone {
      let f = t.pointee.frame.unsafelyUnwrapped
      suspendFrame(f)
      setField(a[0], 0, Value(f))
      setField(a[0], 1, .fixnum(Int(pending)))
    }
    let f = target.to(Frame.self), how = a[1].field(1).fixnum
    setField(a[1], 0, .none)
    t.pointee.frame = f
    t.pointee.switches &+= 1
    f.pointee.header.flags &= ~FrameFlag.scanned
    if how >= 0 { f.registers[how >> 8] = a[2] }
    return .empty
  }
}
