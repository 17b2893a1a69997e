// The table of native modules about text and numbers.

import Heap
import Objects

public func textModules() -> [String: (ThreadRef) -> Value] {
  [
    "_sre": makeSreModule, "math": makeMathModule, "_struct": makeStructModule, "unicodedata": makeUnicodedataModule,
    "binascii": makeBinasciiModule, "_codecs": makeCodecsModule, "_json": makeJsonModule,
    "cmath": makeCmathModule,
  ]
}

/// Defines the natives that app-level sources of this area call. Before those run.
public func installTextModules(_ t: ThreadRef) {
  installSre(t)
  installMath(t)
  installStruct(t)
  installUnicodedata(t)
  installJson(t)
}
