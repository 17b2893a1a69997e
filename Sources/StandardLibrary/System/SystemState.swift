// What the command line and the environment decided, before `sys` exists; and process-wide switches of `sys`.

import Builtins
import Glibc
import Heap
import Objects

/// Filled by the main program before `startSystem`.
public enum SystemState {
  /// sys.argv, in bytes.
  nonisolated(unsafe) public static var arguments: [[UInt8]] = []
  /// The whole command line.
  nonisolated(unsafe) public static var originalArguments: [[UInt8]] = []
  nonisolated(unsafe) public static var executable = ""
  /// --check-hash-based-pycs.
  nonisolated(unsafe) public static var checkHashPycs = "default"
  /// -O, -OO.
  nonisolated(unsafe) public static var optimize = 0
  nonisolated(unsafe) public static var debug = 0, inspect = 0, interactive = 0, dontWriteBytecode = 0, noUserSite = 0, noSite = 0
  nonisolated(unsafe) public static var ignoreEnvironment = 0, verbose = 0, bytesWarning = 0, quiet = 0, isolated = 0, devMode = false
  nonisolated(unsafe) public static var utf8Mode = 0, warnDefaultEncoding = 0, safePath = false, unbuffered = 0, skipFirstLine = false
  public static var maxStrDigits: Int { get { intMaxStrDigits } set { intMaxStrDigits = newValue } }
  nonisolated(unsafe) public static var maxStrDigitsGiven = false
  nonisolated(unsafe) public static var hashRandomization = 1
  /// stdin and stdout pass bytes that are not UTF-8 as lone surrogates.
  nonisolated(unsafe) public static var passUndecodable = false
  /// -W and PYTHONWARNINGS; -X.
  nonisolated(unsafe) public static var warnOptions: [String] = []
  nonisolated(unsafe) public static var xOptions: [(String, String?)] = []
  nonisolated(unsafe) public static var pycachePrefix: String?
  /// First entry of sys.path (script directory, "" for -c and interactive), nil with -P or -I.
  nonisolated(unsafe) public static var firstPath: String?
  /// Directory of the installed pure-Python library; nil: none found.
  nonisolated(unsafe) public static var library: String?
  nonisolated(unsafe) public static var finalizing = false

  public static func environment(_ name: String) -> String? {
    guard let p = getenv(name) else { return nil }
    return String(cString: p)
  }

  /// WEFT_STDLIB, Debian's library, or what a python3.11 on the PATH stands next to.
  public static func findLibrary() {
    func good(_ d: String) -> Bool { access(d + "/importlib/_bootstrap.py", R_OK) == 0 }
    if let d = environment("WEFT_STDLIB") {
      library = good(d) ? d : nil
      return
    }
    var candidates = ["/usr/lib/python3.11", "/usr/local/lib/python3.11"]
    for dir in (environment("PATH") ?? "").split(separator: ":") {
      let p = dir + "/python3.11"
      if access(String(p), X_OK) == 0, let real = realpath(String(p), nil) {
        let s = String(cString: real)
        free(real)
        if let slash = s.lastIndex(of: "/") { candidates.append(s[..<slash] + "/../lib/python3.11") }
      }
    }
    library = candidates.first(where: good)
  }

  /// The prefix under which the library is installed.
  static var prefix: String {
    guard let l = library, l.hasSuffix("/lib/python3.11") else { return "/usr" }
    return String(l.dropLast("/lib/python3.11".count))
  }
}

public let weftVersion = (3, 11, 2)
