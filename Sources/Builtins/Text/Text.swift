// Natives of numbers, text and bytes.

import Objects

func installText(_ t: ThreadRef) {
  installInt(t)
  installFloat(t)
  installComplex(t)
  installStr(t)
  installBytes(t)
  installMemoryview(t)
  installPercent(t)
  installTextBuiltins(t)
  installTextCodecs(t)
}
