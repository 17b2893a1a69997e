// Further system modules: collected here for the table in SystemModules.swift.

import Builtins
import Heap
import Objects

let moreSystemModules: [String: (ThreadRef) -> Value] = [:]

func installMoreSystem(_ t: ThreadRef) {
  installTime(t)
  installSignals(t)
  installThreads(t)
  installIO(t)
}
