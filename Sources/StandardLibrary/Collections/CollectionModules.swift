// Native modules of containers and functional tools: the table of their builders.

import Heap
import Objects

func collectionModules() -> [(String, (ThreadRef) -> Value)] {
  [
    ("_collections", makeCollections),
    ("_functools", makeFunctools),
    ("_operator", makeOperator),
  ]
}

/// Classes and natives that app-level sources use. Before those run.
public func installCollections(_ t: ThreadRef) {
  installDeque(ModuleDefinition(t, "_collections"))
}
