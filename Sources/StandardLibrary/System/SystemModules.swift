// The table of the system modules, and what the main program calls to set them up.

import Builtins
import Heap
import Objects

public func systemModules() -> [String: (ThreadRef) -> Value] {
  var m: [String: (ThreadRef) -> Value] = [
    "_imp": makeImpModule, "marshal": makeMarshalModule, "posix": makePosixModule, "errno": makeErrnoModule, "time": makeTimeModule,
    "_signal": makeSignalModule, "_thread": makeThreadModule,
  ]
  for (k, v) in moreSystemModules { m[k] = v }
  return m
}

/// Defines the natives that app-level sources call. Before those run.
public func installSystem(_ t: ThreadRef) {
  func name(_ s: String, _ v: Value) { setString(t, appNamespace, intern(t, s), v) }
  name("app_globals", appNamespace)
  name("system_missing", makeInstance(t, BuiltinType.object.object))
  name("system_cell_type", BuiltinType.cell.object)
  name("import_module_type", BuiltinType.module.object)
  defineAppNative(t, "system_builtins", "()") { t, a, n in builtinsDict }
  // Known before `sys` is built, because app-level functions refer to it by name.
  let modules = modulesDict.isEmpty ? makeDict(t) : modulesDict
  modulesDict = modules
  installHelpers(t)
  installExecute(t)
  installCompile(t)
  installImport(t)
  installMarshal(t)
  installTraceback(t)
  installPosixHelpers(t)
  installMoreSystem(t)
  installFaultHandler(t)
  func builtin(_ n: String, _ v: Value) { setString(t, builtinsDict, intern(t, n), v) }
  defineNamespaceBuiltins(t, builtin)
  defineImportBuiltin(t, builtin)
}

/// Makes `sys` and puts it and `builtins` into sys.modules. Before app-level sources run; `finishSystem` completes it.
public func startSystem(_ t: ThreadRef, builtins: Value) {
  initializeSignals(t)
  let sys = makeSysModule(t)
  setString(t, modulesDict, intern(t, "sys"), sys)
  setString(t, modulesDict, intern(t, "builtins"), builtins)
  setString(t, appNamespace, intern(t, "sys_dict"), sys.field(0))
}

/// App-level parts of `sys`; after the app-level sources have run. Then call the app-level function `system_start`.
public func finishSystem(_ t: ThreadRef) {
  let sys = getString(modulesDict, intern(t, "sys"))
  if !sys.isEmpty {
    addAppParts(t, sys, intern(t, "sys"))
    setString(t, sys.field(0), intern(t, "builtin_module_names"), builtinModuleNames(t))
  }
}
