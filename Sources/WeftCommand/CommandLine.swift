// The command line: CPython's flags, Weft's own options, environment variables.

import Glibc
import StandardLibrary
import Weft

/// What the command line asks to run.
enum Program {
  case command(String), module(String), file(String), standardInput
}

struct Options {
  var program = Program.standardInput
  var nurseryBytes: Int?
  var wide = false
  var dump: Set<String> = []
  var heapLimit: UInt64?
  var gcStress: UInt8 = 0
  var hashSeed: UInt32?
}

let usage = """
usage: weft [option] ... [-c cmd | -m mod | file | -] [arg] ...
Options (as CPython's):
-B     : don't write .pyc files (also PYTHONDONTWRITEBYTECODE=x)
-c cmd : program passed in as string (terminates option list)
-E     : ignore PYTHON* environment variables
-h     : print this help message and exit (also -? or --help)
-i     : inspect interactively after running script (also PYTHONINSPECT=x)
-I     : isolate from the user's environment (implies -E, -P and -s)
-m mod : run library module as a script (terminates option list)
-O     : remove assert and __debug__-dependent statements; -OO: also docstrings
-P     : don't prepend a potentially unsafe path to sys.path
-q     : don't print version and copyright messages on interactive startup
-s     : don't add user site directory to sys.path
-S     : don't imply 'import site' on initialization
-u     : force the stdout and stderr streams to be unbuffered
-v     : verbose (trace import statements)
-V     : print the version number and exit (also --version)
-W arg : warning control
-x     : skip first line of source
-X opt : set implementation-specific option
Options of weft:
--jit off|on         : compiled traces (this version has none: only "off" changes nothing)
--heap-limit=BYTES   : MemoryError above this size of the heap (suffixes k, m, g)
--nursery=BYTES      : size of the young generation
--gc-stress          : collect at every safepoint and poison what was freed
--compile-wide       : compile everything with WIDE instructions
--dump=WHAT          : print ast or bytecode of the program and stop

"""

func fail(_ message: String) -> Never {
  fputs("weft: \(message)\nTry `weft -h' for more information.\n", stderr)
  exit(2)
}

func byteCount(_ text: String) -> UInt64? {
  guard let last = text.last else { return nil }
  let scale: UInt64 = last == "k" ? 1 << 10 : last == "m" ? 1 << 20 : last == "g" ? 1 << 30 : 1
  return UInt64(scale == 1 ? text : String(text.dropLast())).map { $0 &* scale }
}

/// Parses the command line into `Options` and `SystemState`.
func parseCommandLine(_ argv: [String]) -> Options {
  var o = Options()
  var i = 1
  var rest: [String]?
  SystemState.originalArguments = argv
  SystemState.executable = executablePath(argv[0])
  var environment = true
  for a in argv.dropFirst() {
    if !a.hasPrefix("-") || a == "-" || a.hasPrefix("-c") || a.hasPrefix("-m") { break }
    if !a.hasPrefix("--") && (a.contains("E") || a.contains("I")) && !a.hasPrefix("-W") && !a.hasPrefix("-X") { environment = false }
  }
  scan: while i < argv.count {
    let a = argv[i]
    i += 1
    if a == "-" { o.program = .standardInput; rest = ["-"] + argv[i...]; break }
    if a.hasPrefix("--") {
      let parts = a.split(separator: "=", maxSplits: 1).map(String.init)
      func value() -> String {
        if parts.count > 1 { return parts[1] }
        if i < argv.count { i += 1; return argv[i - 1] }
        fail("option \(a) needs a value")
      }
      switch parts[0] {
      case "--help": print(usage, terminator: ""); exit(0)
      case "--version": print("Python 3.11.2 (Weft)"); exit(0)
      case "--jit": let v = value(); if v != "off" && v != "on" { fail("--jit takes on or off") }
      case "--heap-limit": o.heapLimit = byteCount(value()) ?? { fail("--heap-limit takes a number of bytes") }()
      case "--nursery": o.nurseryBytes = byteCount(value()).map(Int.init) ?? { fail("--nursery takes a number of bytes") }()
      case "--gc-stress": o.gcStress = 1
      case "--compile-wide": o.wide = true
      case "--app-bytecode-fresh": exit(VirtualMachine.appBytecodeIsFresh ? 0 : 1)
      case "--write-app-bytecode":
        // For the build: the compiled app-level sources as a Swift file on standard output.
        do { print(try VirtualMachine.appBytecodeText(), terminator: "") } catch { fail("\(error)") }
        exit(0)
      case "--dump": o.dump = Set(value().split(separator: ",").map(String.init))
      default: fail("unknown option \(parts[0])")
      }
      continue
    }
    if !a.hasPrefix("-") { o.program = .file(a); rest = Array(argv[(i - 1)...]); break }
    var letters = Substring(a.dropFirst())
    while let c = letters.popFirst() {
      func argument() -> String {
        if !letters.isEmpty { defer { letters = "" }; return String(letters) }
        if i < argv.count { i += 1; return argv[i - 1] }
        fail("Argument expected for the -\(c) option")
      }
      switch c {
      case "B": SystemState.dontWriteBytecode = 1
      case "E": SystemState.ignoreEnvironment = 1
      case "I": SystemState.isolated = 1; SystemState.ignoreEnvironment = 1; SystemState.noUserSite = 1; SystemState.safePath = true
      case "O": SystemState.optimize += 1
      case "P": SystemState.safePath = true
      case "S": SystemState.noSite = 1
      case "s": SystemState.noUserSite = 1
      case "b": SystemState.bytesWarning += 1
      case "d": SystemState.debug += 1
      case "i": SystemState.inspect = 1; SystemState.interactive = 1
      case "q": SystemState.quiet = 1
      case "u": SystemState.unbuffered = 1
      case "v": SystemState.verbose += 1
      case "R", "x": break
      case "h", "?": print(usage, terminator: ""); exit(0)
      case "V": print("Python 3.11.2 (Weft)"); exit(0)
      case "W": SystemState.warnOptions.append(argument())
      case "X":
        let x = argument().split(separator: "=", maxSplits: 1).map(String.init)
        SystemState.xOptions.append((x[0], x.count > 1 ? x[1] : nil))
        if x[0] == "dev" { SystemState.devMode = true }
        if x[0] == "utf8" { SystemState.utf8Mode = x.count > 1 && x[1] == "0" ? 0 : 1 }
        if x[0] == "int_max_str_digits", x.count > 1, let n = Int(x[1]) { SystemState.maxStrDigits = n }
        if x[0] == "pycache_prefix", x.count > 1 { SystemState.pycachePrefix = x[1] }
      case "c": o.program = .command(argument()); rest = ["-c"] + argv[i...]; break scan
      case "m": o.program = .module(argument()); rest = ["-m"] + argv[i...]; break scan
      default:
        fputs("Unknown option: -\(c)\nusage: weft [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `weft -h' for more information.\n", stderr)
        exit(2)
      }
    }
  }
  if environment {
    func set(_ name: String) -> Bool { SystemState.environment(name).map { !$0.isEmpty } ?? false }
    if set("PYTHONDONTWRITEBYTECODE") { SystemState.dontWriteBytecode = 1 }
    if set("PYTHONUNBUFFERED") { SystemState.unbuffered = 1 }
    if set("PYTHONNOUSERSITE") { SystemState.noUserSite = 1 }
    if set("PYTHONSAFEPATH") { SystemState.safePath = true }
    if set("PYTHONINSPECT") { SystemState.inspect = 1 }
    if let v = SystemState.environment("PYTHONOPTIMIZE"), !v.isEmpty { SystemState.optimize = max(SystemState.optimize, Int(v) ?? 1) }
    if let v = SystemState.environment("PYTHONVERBOSE"), !v.isEmpty { SystemState.verbose = max(SystemState.verbose, Int(v) ?? 1) }
    if let v = SystemState.environment("PYTHONWARNINGS"), !v.isEmpty { SystemState.warnOptions = v.split(separator: ",").map(String.init) + SystemState.warnOptions }
    if let v = SystemState.environment("PYTHONINTMAXSTRDIGITS"), let n = Int(v) { SystemState.maxStrDigits = n }
    if let v = SystemState.environment("PYTHONPYCACHEPREFIX"), !v.isEmpty { SystemState.pycachePrefix = v }
    if let v = SystemState.environment("PYTHONHASHSEED"), v != "random" {
      guard let n = UInt32(v) else { fputs("Fatal Python error: config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]\n", stderr); exit(1) }
      o.hashSeed = n
      SystemState.hashRandomization = n == 0 ? 0 : 1
    }
  }
  SystemState.arguments = rest ?? [""]
  if !SystemState.safePath {
    switch o.program {
    case .file(let f): SystemState.firstPath = scriptDirectory(f)
    case .module: SystemState.firstPath = currentDirectory()
    default: SystemState.firstPath = ""
    }
  }
  return o
}

func executablePath(_ argv0: String) -> String {
  if let p = realpath("/proc/self/exe", nil) { defer { free(p) }; return String(cString: p) }
  return argv0
}
func currentDirectory() -> String {
  guard let p = getcwd(nil, 0) else { return "" }
  defer { free(p) }
  return String(cString: p)
}
/// The folder of a script, with links resolved.
func scriptDirectory(_ path: String) -> String {
  guard let p = realpath(path, nil) else { return "" }
  defer { free(p) }
  let s = String(cString: p)
  guard let slash = s.lastIndex(of: "/") else { return "" }
  return slash == s.startIndex ? "/" : String(s[..<slash])
}
