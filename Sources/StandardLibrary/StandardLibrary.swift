// All native modules.

import Objects

/// Fills the table that the import system asks; before the virtual machine runs anything.
public func registerNativeModules() {
  for (name, make) in systemModules() { nativeModules[name] = make }
  for (name, make) in collectionModules() { nativeModules[name] = make }
  for (name, make) in textModules() { nativeModules[name] = make }
  nativeModules["_weakref"] = makeWeakrefModule
}
