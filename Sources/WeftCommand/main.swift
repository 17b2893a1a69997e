// The `weft` command.

import CWeft
import Glibc
import Heap
import Interpreter
import MetaTracing
import Objects
import StandardLibrary
import Tasklets
import Weft

/// Counts of traces go to standard error at the end.
var reportsTraces = false

func runProgram() -> Int32 {
  let options = parseCommandLine()
  _ = CrashReport.prepareThread()
  CrashReport.install()
  SystemState.findLibrary()
  VirtualMachine.stress = options.gcStress
  let vm: VirtualMachine
  do { vm = try VirtualMachine(nurseryBytes: options.nurseryBytes, seed: options.hashSeed, compileWide: options.wide) } catch {
    fputs("weft: cannot start: \(error)\n", stderr)
    return 1
  }
  let t = vm.thread
  if let n = options.codeLimit { CodeMemory.shared.limit = n }
  if options.perfMap && !PerfOutput.writeMap() { fputs("weft: cannot write the map for perf\n", stderr) }
  if let f = options.dumpFolder, !PerfOutput.writeDump(folder: f) { fputs("weft: cannot write \(f)/jit-PID.dump\n", stderr) }
  if options.view != nil { Tracing.countsBridges = true }
  Tracing.dumps = options.traceDump
  Tracing.only = options.traceOnly
  reportsTraces = options.traceReport
  Tracing.compiles = options.jit
  if options.traceThreshold > 0 || options.jit { Tracing.enable(threshold: options.traceThreshold > 0 ? options.traceThreshold : 500, failingGuards: options.failGuards) }
  if let limit = options.heapLimit { weft_vm.heapLimit = limit }
  for w in vm.bootWarnings { fputs("weft: \(w)\n", stderr) }
  if vm.callApp("system_start", [.bool(SystemState.noSite == 0)]).isEmpty {
    fputs("weft: cannot start: \(describeException(t))\n", stderr)
    return 1
  }
  let kind: String, value: [UInt8]
  switch options.program {
  case .command(let s): kind = "c"; value = s
  case .module(let s): kind = "m"; value = s
  case .file(let s): kind = "file"; value = s
  case .resume(let s): kind = "resume"; value = s
  case .standardInput: kind = "stdin"; value = []
  }
  if getenv("WEFT_EVERY_STATS") != nil { Exercise.reports = true }
  Exercise.inBursts = options.traceThreshold > 0
  Exercise.enable(t)
  let dump = makeTuple(t, options.dump.sorted().map { intern(t, $0) })
  if options.profiles && vm.callApp("profile_begin", [.fixnum(options.profileInterval)]).isEmpty { fputs("weft: \(describeException(t))\n", stderr) }
  let r = vm.callApp("command_run", [makeStr(t, kind), makeFileName(t, value), dump])
  if r.isEmpty { fputs("weft: \(describeException(t))\n", stderr) }
  if options.profiles && vm.callApp("profile_end", [makeFileName(t, options.profile)]).isEmpty { fputs("weft: \(describeException(t))\n", stderr) }
  if let v = options.view, vm.callApp("jit_view_write", [makeFileName(t, v)]).isEmpty { fputs("weft: \(describeException(t))\n", stderr) }
  return r.isEmpty ? 1 : Int32(truncatingIfNeeded: r.asInt ?? 1)
}

/// A command-line argument as Python sees it: bytes that are not UTF-8 become lone surrogates.
func makeFileName(_ t: ThreadRef, _ s: [UInt8]) -> Value { s.withUnsafeBufferPointer { fileSystemStr(t, $0) } }

/// Ends the process with the program's status.
func finish(_ status: Int32) -> Never {
  if Pauses.measured { fputs(Pauses.report + "\n", stderr) }
  if Exercise.reports { Exercise.writeReport() }
  if reportsTraces { fputs(Tracing.report + "\n" + (Tracing.threshold > 0 ? Tracing.costs : "  the compiler is off") + "\n", stderr) }
  if status == -2 {
    // An unhandled KeyboardInterrupt: a shell has to see that the signal ended the process.
    fflush(nil)
    signal(SIGINT, SIG_DFL)
    kill(getpid(), SIGINT)
    exit(128 + SIGINT)
  }
  exit(status)
}

weft_malloc_in_one_arena()

// Everything runs on a thread with room for deep syntax trees. It ends the process itself: after a fork there is no other.
// The first thread only waits, so it must take no signals: they would not interrupt the program's system calls.
var attributes = pthread_attr_t()
pthread_attr_init(&attributes)
pthread_attr_setstacksize(&attributes, 512 << 20)
var id = pthread_t()
var stackSize = 512 << 20
while pthread_create(&id, &attributes, { _ in finish(runProgram()) }, nil) != 0 {
  // A smaller stack where address space is scarce.
  stackSize /= 2
  if stackSize < 1 << 20 { fatal("no thread to run on") }
  pthread_attr_setstacksize(&attributes, stackSize)
}
var everySignal = sigset_t()
sigfillset(&everySignal)
pthread_sigmask(SIG_BLOCK, &everySignal, nil)
pthread_join(id, nil)
