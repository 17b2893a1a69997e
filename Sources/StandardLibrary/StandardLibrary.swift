// Native modules.
import Objects
/// Registers the native modules.
public func installStandardLibrary(_ t: ThreadRef) {}
