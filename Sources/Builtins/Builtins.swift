// Entry point of the builtin types: installs every native method.

import Heap
import Objects
import Support

/// Installs the natives of all builtin types; app-level sources run afterwards.
public func installBuiltins(_ t: ThreadRef) {
  hasRoom = { mayAllocate(bytes: $0) }
  installObject(t)
  installContainers(t)
  installText(t)
}

/// Adds a native that only app-level code sees, under `name`.
public func defineAppNative(_ t: ThreadRef, _ name: String, _ signature: StaticString, _ code: @escaping NativeCode) {
  setString(t, appNamespace, intern(t, name), makeNative(t, .builtinFunction, name, signature, owner: .empty, code))
}
