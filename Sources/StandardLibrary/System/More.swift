// Further system modules: collected here for the table in SystemModules.swift.

import Builtins
import Heap
import Objects

let moreSystemModules: [String: (ThreadRef) -> Value] = [
  "resource": makeResourceModule, "fcntl": makeFcntlModule, "select": makeSelectModule, "gc": makeGCModule, "_locale": makeLocaleModule,
  "_stat": makeStatModule, "_opcode": makeOpcodeModule,
]

func installMoreSystem(_ t: ThreadRef) {
  installTime(t)
  installSignals(t)
  installThreads(t)
  installIO(t)
  installFastStreams(t)
  installTree(t)
  installListings(t)
  installUsers(t)
  installFcntl(t)
  installSelect(t)
  installParking(t)
  installSmall(t)
  installSockets(t)
}

/// The classes that trees are made of.
func installTree(_ t: ThreadRef) {
  defineAppNative(t, "ast_set_classes", "(classes, /)") { t, a, n in
    SystemRoot.syntaxNodes.value = a[0]
    return .none
  }
}
