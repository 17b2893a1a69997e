// Native modules: the table, and the two steps in which the virtual machine sets them up.

import Objects

/// Defines what app-level sources refer to. Before those run.
public func prepareStandardLibrary(_ t: ThreadRef) {
  nativeModules = systemModules()
  installSystem(t)
  let builtins = makeModule(t, Name.builtins.value)
  builtins.fields[0] = builtinsDict
  setString(t, builtinsDict, Name.__name__.value, Name.builtins.value)
  for n in [Name.__package__, .__doc__, .__loader__, .__spec__] where getString(builtinsDict, n.value).isEmpty {
    setString(t, builtinsDict, n.value, n == .__package__ ? weft_vm.emptyStr : .none)
  }
  startSystem(t, builtins: builtins)
}

/// After the app-level sources have run; then the app-level function `system_start` completes the start.
public func installStandardLibrary(_ t: ThreadRef) { finishSystem(t) }
