// The `weft` command.

import Glibc
import Heap
import Interpreter
import Objects
import Weft

func body() -> Int32 {
  do {
    let vm = try VM()
    for w in vm.bootWarnings { fputs("weft: \(w)\n", stderr) }
    let args = CommandLine.arguments
    let t = vm.thread
    var source: [UInt8] = [], name = "<string>"
    if args.count > 2 && args[1] == "-c" { source = Array(args[2].utf8) }
    else if args.count > 1, let s = readFile(args[1]) { source = s; name = args[1] }
    let ns = makeDict(t)
    setString(t, ns, Name.__name__.value, intern(t, "__main__"))
    setString(t, ns, Name.__builtins__.value, builtinsDict)
    let code = try source.withUnsafeBufferPointer { try vm.compileSource($0, filename: name) }
    let r = vm.runModule(code: code, namespace: ns)
    if r.isEmpty { fputs(describeException(t) + "\n", stderr); return 1 }
    return 0
  } catch { fputs("weft: \(error)\n", stderr); return 1 }
}

// Everything runs on a thread with room for deep syntax trees.
var attributes = pthread_attr_t()
pthread_attr_init(&attributes)
pthread_attr_setstacksize(&attributes, 512 << 20)
var id = pthread_t()
nonisolated(unsafe) var status: Int32 = 0
pthread_create(&id, &attributes, { _ in status = body(); return nil }, nil)
pthread_join(id, nil)
exit(status)
