// Native modules of containers and functional tools: the table of their builders.

import Heap
import Objects

func collectionModules() -> [(String, (ThreadRef) -> Value)] {
  [
    ("_collections", makeCollections),
    ("_functools", makeFunctools),
    ("_operator", makeOperator),
    ("_random", makeRandom),
    ("_csv", { t in ModuleDefinition(t, "_csv", doc: "CSV parsing and writing.").module }),
    ("_md5", { t in ModuleDefinition(t, "_md5").module }),
    ("_sha1", { t in ModuleDefinition(t, "_sha1").module }),
    ("_sha256", { t in ModuleDefinition(t, "_sha256").module }),
    ("_sha512", { t in ModuleDefinition(t, "_sha512").module }),
    ("_sha3", { t in ModuleDefinition(t, "_sha3").module }),
    ("_blake2", { t in ModuleDefinition(t, "_blake2").module }),
    ("array", makeArrayModule),
    ("_heapq", makeHeapq),
    ("_bisect", makeBisect),
  ]
}

/// Classes and natives that app-level sources use. Before those run.
public func installCollections(_ t: ThreadRef) {
  installDeque(ModuleDefinition(t, "_collections"))
  installHashes(t)
  installArray(t)
}
