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
  installTree(t)
}

/// The classes that trees are made of.
func installTree(_ t: ThreadRef) {
  defineAppNative(t, "ast_set_classes", "(classes, /)") { t, a, n in
    SystemRoot.syntaxNodes.value = a[0]
    return .none
  }
}
