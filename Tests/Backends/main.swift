// Generated traces, compiled for every machine and interpreted: all must do the same.
//
//     backend-check write SEED COUNT FOLDER     x86_64.blob and arm64.blob for runner.c
//     backend-check compare SEED COUNT FOLDER   x86_64.results and arm64.results with what the interpreter of traces does
//     backend-check encodings FOLDER            arm64 instructions: encodings.bin, and what they are in encodings.txt
//     backend-check time SEED COUNT             nanoseconds of compile time for each instruction of a trace

import Glibc
import MetaTracing

func file(_ path: String) -> [UInt8] {
  guard let f = fopen(path, "rb") else { return [] }
  defer { fclose(f) }
  var out: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 20)
  while case let n = fread(&buffer, 1, buffer.count, f), n > 0 { out += buffer[0..<n] }
  return out
}
func write(_ path: String, _ bytes: [UInt8]) {
  let f = fopen(path, "wb")!
  fwrite(bytes, 1, bytes.count, f)
  fclose(f)
}
func bytes(_ words: [UInt64]) -> [UInt8] { words.withUnsafeBytes { Array($0) } }

func compile(_ c: Case, _ memory: CodeMemory) -> Bool {
  var host = CompilerHost(writeBarrier: function(at: HostCall.barrier.address), boxDouble: function(at: HostCall.box.address))
  host.barrierByte = Layout.barrierByte
  host.barrierMask = 3
  host.newRecord = function(at: HostCall.record.address)
  host.bumpOffset = 8 * Layout.bump
  host.limitOffset = 8 * Layout.limit
  host.barrierValue = 1
  host.iterations = UnsafeMutablePointer(bitPattern: UInt(Layout.memory) + 8 * UInt(Layout.iterations))
  if c.failsGuards { host.guardCounter = UnsafeMutablePointer(bitPattern: UInt(Layout.memory) + 8 * UInt(Layout.guardCounter)) }
  for (n, t) in c.traces.enumerated() {
    guard TraceCompiler.compile(t, host: host, from: n > 0 ? (c.traces[c.bridges[n - 1].parent], c.bridges[n - 1].exit) : nil, memory: memory, traceOf: { c.traces[$0] }) else { return false }
    if n > 0 { c.traces[c.bridges[n - 1].parent].attach(t, at: c.bridges[n - 1].exit) }
  }
  return true
}

/// What an exit leaves: where, the snapshot's values, memory.
struct Outcome: Equatable {
  var left: UInt64
  var values: [UInt64] = []
  var memory: [UInt64]
  init(_ left: UInt64, _ image: ArraySlice<UInt64>) {
    self.left = left
    memory = image.map { canonical($0) }
    memory[Layout.iterations] = 0
    memory[Layout.guardCounter] = 0
  }
}
func boxed(_ bits: UInt64) -> UInt64 {
  let w = encodeImmediate(Double(bitPattern: bits))
  return w != 0 ? w : HostCall.box.function(Layout.memory, bits, 0, 0)
}
/// By the interpreter.
func expected(_ c: Case) -> Outcome {
  let (t, k, slots) = c.reference()
  var o = Outcome(UInt64(t.number) << 32 | UInt64(k), memory.image[...])
  func value(_ r: Ref) -> UInt64 { r < 0 ? t.constants[Int(-1 - r)] : slots[t.firstSlot + Int(r)] }
  if case let s = t.snapshots[Int(t.instructions[k].snapshot)], !s.asIs { for f in s.frames { o.values += [value(f.pointer)] + f.registers.map { value($0.value) } } }
  return o
}
/// By compiled code: from the restore program, as a host does it.
func outcome(_ c: Case, _ words: ArraySlice<UInt64>) -> Outcome {
  let at = words.startIndex
  var o = Outcome(words[at], words[(at + 1)..<(at + 1 + Layout.memorySize / 8)])
  let slots = words[(at + 1 + Layout.memorySize / 8)...], t = c.traces[Int(o.left >> 32)], s = Int(t.instructions[Int(o.left & 0xffff_ffff)].snapshot)
  if t.snapshots[s].asIs { return o }
  var p = t.restoreProgram(s, at: Int(o.left & 0xffff_ffff))
  func value(_ r: Int32) -> UInt64 {
    if r < 0 { return t.constants[Int(-1 - r)] }
    if r & 1 << 30 == 0 { return slots[slots.startIndex + Int(r)] }
    return boxed(r & 1 << 29 != 0 ? t.constants[Int(r & 0x1fff_ffff)] : slots[slots.startIndex + Int(r & 0x1fff_ffff)])
  }
  // No objects are made at exits, and nothing is stored to them.
  precondition(p[0] == 0 && p[1] == 0)
  let frames = p[2]
  p += 3
  for _ in 0..<frames {
    o.values.append(value(p[0]))
    let n = Int(p[6])
    p += 7
    for _ in 0..<n {
      o.values.append(value(p[1]))
      p += 2
    }
  }
  return o
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else { fputs("see the first lines of main.swift\n", stderr); exit(2) }
var operations: [Operation: Int] = [:]
func makeCases() -> [Case] { (0..<Int(arguments[3])!).map { Generator.makeCase(UInt64(arguments[2])! &+ UInt64($0), counts: &operations) } }
let names: [(Architecture, String)] = [(.x86_64, "x86_64"), (.arm64, "arm64")]
let caseWords = 1 + Layout.memorySize / 8 + Layout.slots

switch arguments[1] {
case "write":
  let cases = makeCases(), folder = arguments[4]
  for (architecture, name) in names {
    let code = CodeMemory(for: architecture, capacity: 64 << 20)
    var body: [UInt8] = []
    for c in cases {
      guard compile(c, code) else { fatalError("no room") }
      body += bytes([UInt64(code.offset(of: c.traces[0].code!)), Layout.frames[0]] + c.image)
    }
    write("\(folder)/\(name).blob", bytes([UInt64(code.used), UInt64(Layout.memorySize), UInt64(Layout.slots), UInt64(cases.count)]) + Array(code.bytes) + body)
    write("\(folder)/\(name).code", Array(code.bytes))
  }
  let missing = Operation.allCases.filter { operations[$0] == nil && $0 != .inherited }
  print("\(cases.count) cases, \(cases.reduce(0) { $0 + $1.traces.count }) traces, \(operations.values.reduce(0, +)) instructions; operations not among them: \(missing)")
case "compare":
  let cases = makeCases(), folder = arguments[4]
  var wrong = 0, first: [Outcome] = []
  for (architecture, name) in names {
    let all = file("\(folder)/\(name).results")
    if all.isEmpty { continue }
    let words = all.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
    guard words.count == cases.count * caseWords else { print("\(name): the results are not whole: \(words.count / caseWords) of \(cases.count)"); exit(1) }
    var exits: Set<UInt64> = [], inBridges = 0
    for (n, c) in cases.enumerated() {
      // The numbers of sunk boxes are those of this compilation.
      let got = outcome(c, words[(n * caseWords)..<((n + 1) * caseWords)])
      let want = c.failsGuards ? (architecture == .x86_64 ? got : first[n]) : expected(c)
      if architecture == .x86_64 { first.append(got) }
      exits.insert(UInt64(n) << 40 | got.left)
      if got.left >> 32 > 0 { inBridges += 1 }
      if got != want {
        wrong += 1
        if wrong > 5 { continue }
        print("\(name), case \(n) (seed \(UInt64(arguments[2])! &+ UInt64(n))): left at \(got.left >> 32):\(got.left & 0xffff_ffff), not \(want.left >> 32):\(want.left & 0xffff_ffff)")
        for k in 0..<min(got.values.count, want.values.count) where got.values[k] != want.values[k] { print("  value \(k): \(String(got.values[k], radix: 16)), not \(String(want.values[k], radix: 16))") }
        for k in got.memory.indices where got.memory[k] != want.memory[k] { print("  memory \(k): \(String(got.memory[k], radix: 16)), not \(String(want.memory[k], radix: 16))") }
        if wrong <= 1 { for t in c.traces { print("trace \(t.number)\n" + t.dump()) } }
      }
    }
    print("\(name): \(cases.count) cases, \(inBridges) left in bridges, \(wrong) differ")
  }
  exit(wrong == 0 ? 0 : 1)
case "time":
  let cases = makeCases()
  for (architecture, name) in names {
    let code = CodeMemory(for: architecture, capacity: 256 << 20)
    var a = timespec(), b = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a)
    for c in cases { _ = compile(c, code) }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b)
    let ns = (b.tv_sec - a.tv_sec) * 1_000_000_000 + b.tv_nsec - a.tv_nsec, n = operations.values.reduce(0, +)
    print("\(name): \(ns / n) ns and \(code.used * 10 / n) tenths of a byte for each of \(n) instructions")
  }
case "encodings": writeEncodings(arguments[2])
default: exit(2)
}
