// The recording engine: computes as the direct one does, and notes each primitive in the trace.

import MetaTracing

struct RecordedWord {
  let value: Value
  let ref: Ref
}

struct RecordingEngine: Engine {
  typealias Word = RecordedWord
  let recorder: StackRecorder
  let direct: DirectEngine
  unowned(unsafe) let vm: VM
  var fixed: UnsafePointer<Fixed> { direct.fixed }
  init(_ r: StackRecorder, _ v: VM) { recorder = r; vm = v; direct = DirectEngine(v) }
  private var b: TraceBuilder { recorder.builder }
  private func ref(_ v: Value) -> Ref { v.isObject ? b.object(v.bits, stays: true) : b.word(v.bits) }
  private func check(_ op: Operation, _ x: Ref, _ y: Ref = .none, immediate: Int64 = 0, _ truth: Bool) -> Bool {
    b.guarded(op, x, y, immediate: immediate, expect: truth) { recorder.snapshot() }
    return truth
  }
  private func made(_ v: Value, _ r: Ref) -> RecordedWord { RecordedWord(value: v, ref: r) }

  func reg(_ s: inout Cursor, _ i: Int) -> RecordedWord { made(s.base[i], recorder.register(i)) }
  func set(_ s: inout Cursor, _ i: Int, _ w: RecordedWord) {
    s.base[i] = w.value
    recorder.setRegister(i, w.ref)
  }
  func constant(_ v: Value) -> RecordedWord { made(v, ref(v)) }
  func promote(_ w: RecordedWord) -> Value {
    _ = check(.guardSame, w.ref, ref(w.value), true)
    return w.value
  }

  func isInteger(_ w: RecordedWord) -> Bool { check(.guardTagged, w.ref, .none, w.value.isInteger) }
  func isDouble(_ w: RecordedWord) -> Bool { check(.guardImmediate, w.ref, .none, w.value.isImmediateDouble) }
  func has(_ w: RecordedWord, _ s: Shape) -> Bool { check(.guardShape, w.ref, immediate: Int64(s.rawValue), w.value.has(s)) }
  func isValue(_ w: RecordedWord, _ v: Value) -> Bool { check(.guardSame, w.ref, ref(v), w.value == v) }
  func identical(_ x: RecordedWord, _ y: RecordedWord) -> Bool { check(.guardSame, x.ref, y.ref, x.value == y.value) }
  func integers(_ r: Relation, _ x: RecordedWord, _ y: RecordedWord) -> Bool {
    check(r == .less ? .guardLess : r == .lessEqual ? .guardLessEqual : .guardSame, x.ref, y.ref, direct.integers(r, x.value, y.value))
  }
  func doubles(_ r: Relation, _ x: RecordedWord, _ y: RecordedWord) -> Bool {
    check(r == .less ? .guardDoubleLess : r == .lessEqual ? .guardDoubleLessEqual : .guardDoubleEqual, b.pure(.decode, x.ref), b.pure(.decode, y.ref),
          direct.doubles(r, x.value, y.value))
  }
  func isIndex(_ x: RecordedWord, below y: RecordedWord) -> Bool { check(.guardBelow, x.ref, y.ref, direct.isIndex(x.value, below: y.value)) }

  private func integer(_ op: Operation, _ x: RecordedWord, _ y: RecordedWord, _ v: Value) -> RecordedWord { made(v, b.pure(op, x.ref, y.ref, snapshot: recorder.snapshot)) }
  func add(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord? { direct.add(x.value, y.value).map { integer(.addTagged, x, y, $0) } }
  func subtract(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord? { direct.subtract(x.value, y.value).map { integer(.subTagged, x, y, $0) } }
  func multiply(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord? { direct.multiply(x.value, y.value).map { integer(.mulTagged, x, y, $0) } }
  func floorDivide(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { integer(.floorDivTagged, x, y, direct.floorDivide(x.value, y.value)) }
  func floorModulo(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { integer(.modTagged, x, y, direct.floorModulo(x.value, y.value)) }
  func toDouble(_ x: RecordedWord) -> RecordedWord? {
    guard let v = direct.toDouble(x.value) else { return nil }
    let d = made(v, b.pure(.box, b.pure(.intToDouble, x.ref)))
    _ = isDouble(d)
    return d
  }
  func arithmetic(_ op: Operation, _ x: RecordedWord, _ y: RecordedWord) -> RecordedWord {
    made(direct.arithmetic(op, x.value, y.value), b.pure(.box, b.pure(op, b.pure(.decode, x.ref), b.pure(.decode, y.ref))))
  }

  func field(_ o: RecordedWord, _ i: Int) -> RecordedWord { made(o.value.words[i], b.load(o.ref, 8 * i)) }
  func setField(_ o: RecordedWord, _ i: Int, _ w: RecordedWord) {
    direct.setField(o.value, i, w.value)
    recorder.effect()
    b.store(o.ref, 8 * i, w.ref)
  }
  func item(_ o: RecordedWord, _ i: RecordedWord) -> RecordedWord { made(direct.item(o.value, i.value), b.loadItem(o.ref, i.ref, 8 * Field.items)) }
  func setItem(_ o: RecordedWord, _ i: RecordedWord, _ w: RecordedWord) {
    direct.setItem(o.value, i.value, w.value)
    recorder.effect()
    b.storeItem(o.ref, i.ref, 8 * Field.items, w.ref)
  }
  func count(_ o: RecordedWord) -> RecordedWord { made(direct.count(o.value), b.pure(.tag, b.load(o.ref, 8 * Field.count))) }
  func make(_ s: Shape, words: Int) -> RecordedWord {
    recorder.effect()
    let r = b.call(schemeMake, b.word(UInt64(s.rawValue)), b.word(UInt64(words)))
    b.assume(r, shape: s.rawValue)
    return made(direct.make(s, words: words), r)
  }
  /// Nobody else knows the object yet: nothing that is known of others is spoiled.
  func initialise(_ o: RecordedWord, _ i: Int, _ w: RecordedWord) {
    direct.initialise(o.value, i, w.value)
    b.storeRegister(o.ref, 8 * i, w.ref)
  }

  func opaque() -> Bool { recorder.isOpaque = true; return true }
  func value(_ w: RecordedWord) -> Value { w.value }
  func fromNative(_ v: Value) -> RecordedWord {
    recorder.abort("a value from nowhere")
    return made(v, ref(v))
  }
  func move(_ s: inout Cursor, by n: Int) {
    s.base += n
    recorder.move(by: n)
  }
  func head(_ s: inout Cursor) -> Bool { true }
}
