// Natives of containers and iterators: the entry point.

import Objects

func installContainers(_ t: ThreadRef) {
  installHelpers(t)
  installList(t)
  installTuple(t)
  installSlice(t)
  installRange(t)
  installDict(t)
  installDictViews(t)
  installSet(t)
  installIterators(t)
  installAdapters(t)
  installGenericAlias(t)
  installIterableFunctions(t)
  installCombinatorics(t)
}
