// The Scheme command.
//
//     scheme [--jit on|off] [--jit-threshold=N] [--jit-fail-guards=N] [--jit-dump] [--jit-stats] [--collect-every=BYTES] [FILE]
//
// Without a file it reads from standard input.

import Glibc
import MetaTracing

func contents(_ f: UnsafeMutablePointer<FILE>) -> String {
  var bytes: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16)
  while case let n = fread(&buffer, 1, buffer.count, f), n > 0 { bytes += buffer[0..<n] }
  return String(decoding: bytes, as: UTF8.self)
}

var threshold = 60, path: String?, dumps = false, stats = false, failing = 0, interval = 0
var arguments = CommandLine.arguments.dropFirst()
while let a = arguments.popFirst() {
  if a == "--jit" { threshold = arguments.popFirst() == "off" ? 0 : threshold } else if a.hasPrefix("--jit-threshold=") { threshold = Int(a.dropFirst(16)) ?? threshold }
  else if a == "--jit-dump" { dumps = true } else if a == "--jit-stats" { stats = true } else if a.hasPrefix("--jit-fail-guards=") { failing = Int(a.dropFirst(18)) ?? 0 }
  else if a.hasPrefix("--collect-every=") { interval = Int(a.dropFirst(16)) ?? 0 } else { path = a }
}
var text: String
if let p = path {
  guard let f = fopen(p, "rb") else {
    fputs("scheme: cannot open \(p)\n", stderr)
    exit(2)
  }
  text = contents(f)
} else { text = contents(stdin) }

let vm = VM(failingGuards: failing)
if interval > 0 { vm.heap.interval = interval }
if threshold > 0 { vm.enableTracing(min(threshold, 60000)) }
if dumps { vm.tracer.dump = { fputs($0 + "\n", stderr) } }
var status: Int32 = 0
do { _ = try vm.evaluate(text) } catch let e as SyntaxError {
  vm.flush()
  fputs("error: \(e.message)\n", stderr)
  status = 1
} catch let e as VM.SchemeError {
  vm.flush()
  fputs("error: \(vm.describe(e.condition))\n", stderr)
  status = 1
}
vm.flush()
if stats { fputs("traces \(vm.tracer.compiled), entered \(vm.tracer.entered), not recorded: \(vm.tracer.aborted.sorted { $0.key < $1.key }), collections \(vm.heap.collections)\n", stderr) }
exit(status)
