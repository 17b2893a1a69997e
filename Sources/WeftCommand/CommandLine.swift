// The command line: CPython's flags, Weft's own options, environment variables.

import Glibc
import Heap
import StandardLibrary
import Tasklets
import Weft

/// What the command line asks to run. Texts are the bytes that were given: they need not be UTF-8.
enum Program {
  case command([UInt8]), module([UInt8]), file([UInt8]), resume([UInt8]), standardInput
}

struct Options {
  var program = Program.standardInput
  var nurseryBytes: Int?
  var wide = false
  var dump: Set<String> = []
  var heapLimit: UInt64?
  var gcStress: UInt8 = 0
  /// Iterations after which a loop is recorded, 0: never; one guard in so many fails; whether traces are printed.
  var traceThreshold = 0, failGuards = 0, jit = true, traceDump = false, traceOnly = 0...Int.max, traceReport = false
  var hashSeed: UInt32?
  var codeLimit: Int?, perfMap = false, dumpFolder: String?, view: [UInt8]?
  var profiles = false, profile: [UInt8] = [], profileInterval = 1000
}

let synopsis = "usage: weft [option] ... [-c cmd | -m mod | file | -] [arg] ...\n"
let usage = """
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
-X opt : set implementation-specific option (see --help-xoptions)
--help-env, --help-xoptions, --help-all: print help about environment variables, -X options, all
Options of weft:
--jit off|on         : compile hot loops (on)
--jit-threshold=N    : after N iterations (500)
--heap-limit=BYTES   : MemoryError above this size of the heap (suffixes k, m, g)
--nursery=BYTES      : size of the young generation
--gc-pauses          : print how long the collector stopped the program at the end
--verify-heap        : look at the whole heap at every collection
--gc-stress          : collect at every safepoint and poison what was freed
--replay-traces[=N]  : record loops after N iterations (2) and interpret the recorded traces
--jit-fail-guards=N  : one guard in N fails though its condition holds
--jit-only=N..M      : run only these of the recorded traces
--jit-dump           : print traces as they are recorded
--jit-stats          : print counts and costs of traces at the end
--jit-code-limit=SIZE: bytes of machine code at once (64m; suffixes k, m)
--jit-perf-map       : write /tmp/perf-PID.map, so that `perf report` names traces
--jit-dump-file[=DIR]: write DIR/jit-PID.dump (.) for `perf inject --jit`
--jit-view=OUT       : write traces beside source lines to OUT at the end: HTML, or text where its name ends in .txt or is -
--profile[=OUT]      : sample the program, print a table at the end, write collapsed stacks to OUT
--profile-interval=N : microseconds between samples (1000)
--switch-every=N     : at every N-th safepoint switch to another tasklet and back
--pickle-every=N     : at every N-th safepoint pickle what runs, and go on with the copy
--every-stats        : print counts of both at the end (also WEFT_EVERY_STATS=x)
--compile-wide       : compile everything with WIDE instructions
--parking on|off     : whether blocking calls park only the calling tasklet (on), see stackless.parking()
--resume FILE        : go on with a snapshot of tasklets (stackless.snapshot)
--dump=WHAT          : print ast or bytecode of the program and stop

"""
let environmentHelp = """
Environment variables:
PYTHONSTARTUP        : file run on interactive startup
PYTHONPATH           : directories, separated by ':', put before the default module search path
PYTHONHOME           : ignored: the library is found by WEFT_STDLIB or on the PATH
PYTHONSAFEPATH, PYTHONDEBUG, PYTHONDONTWRITEBYTECODE, PYTHONINSPECT, PYTHONNOUSERSITE, PYTHONOPTIMIZE, PYTHONUNBUFFERED,
PYTHONVERBOSE, PYTHONWARNINGS : as the options
PYTHONIOENCODING     : encoding[:errors] of stdin, stdout and stderr
PYTHONHASHSEED       : seed of str hashes: an integer, or "random"
PYTHONINTMAXSTRDIGITS: limit of digits in conversions between int and str; 0 is none
PYTHONBREAKPOINT     : what breakpoint() calls
PYTHONDEVMODE, PYTHONUTF8, PYTHONWARNDEFAULTENCODING, PYTHONPYCACHEPREFIX : as the -X options
WEFT_STDLIB          : directory of the Python library

"""
let xOptionsHelp = """
-X options:
-X dev               : more checks at run time, warnings shown
-X faulthandler      : enable faulthandler
-X importtime        : show how long each import takes
-X int_max_str_digits=number : limit of digits in conversions between int and str; 0 is none
-X pycache_prefix=PATH : write .pyc files to a tree below PATH
-X utf8[=0|1]        : UTF-8 mode
-X warn_default_encoding : warn where the locale's encoding is used by default

"""

func fail(_ message: String) -> Never {
  fputs("\(message)\n\(synopsis)Try `weft -h' for more information.\n", stderr)
  exit(2)
}
func fatal(_ message: String) -> Never {
  fputs("Fatal Python error: \(message)\n", stderr)
  exit(1)
}
func show(_ text: String...) -> Never {
  for t in text { fputs(t, stdout) }
  exit(fflush(stdout) == 0 ? 0 : 1)
}

func byteCount(_ text: String) -> UInt64? {
  guard let last = text.last else { return nil }
  let scale: UInt64 = last == "k" ? 1 << 10 : last == "m" ? 1 << 20 : last == "g" ? 1 << 30 : 1
  return UInt64(scale == 1 ? text : String(text.dropLast())).map { $0 &* scale }
}

/// The command line as bytes.
func rawArguments() -> [[UInt8]] {
  (0..<Int(CommandLine.argc)).map { i in
    guard let p = CommandLine.unsafeArgv[i] else { return [] }
    return Array(UnsafeBufferPointer(start: UnsafeRawPointer(p).assumingMemoryBound(to: UInt8.self), count: strlen(p)))
  }
}

/// What stands behind the equals sign.
private func afterEquals(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.drop { $0 != UInt8(ascii: "=") }.dropFirst()) }

/// Parses the command line into `Options` and `SystemState`.
func parseCommandLine() -> Options {
  let raw = rawArguments()
  let argv = raw.map { String(decoding: $0, as: UTF8.self) }
  var o = Options()
  var i = 1
  var rest: [[UInt8]]?
  SystemState.originalArguments = raw
  SystemState.executable = executablePath(argv.first ?? "weft")
  var warnings: [String] = [], digits: String??, sawPrefix = false, randomHashes = false, utf8: Int?
  scan: while i < argv.count {
    let a = argv[i], bytes = raw[i]
    i += 1
    if a == "-" { o.program = .standardInput; rest = [Array("-".utf8)] + raw[i...]; break }
    if a == "--" {
      if i < argv.count { o.program = .file(raw[i]); rest = Array(raw[i...]) }
      break
    }
    if a.hasPrefix("--") {
      let parts = a.split(separator: "=", maxSplits: 1).map(String.init)
      func value() -> String {
        if parts.count > 1 { return parts[1] }
        if i < argv.count { i += 1; return argv[i - 1] }
        fail("option \(a) needs a value")
      }
      switch parts[0] {
      case "--help": show(synopsis, usage)
      case "--help-env": show(environmentHelp)
      case "--help-xoptions": show(xOptionsHelp)
      case "--help-all": show(synopsis, usage, environmentHelp, xOptionsHelp)
      case "--version": show("Python 3.11.2\n")
      case "--check-hash-based-pycs":
        let v = value()
        if !["always", "default", "never"].contains(v) { fail("--check-hash-based-pycs must be one of 'default', 'always', or 'never'") }
        SystemState.checkHashPycs = v
      case "--jit":
        let v = value()
        if v != "off" && v != "on" { fail("--jit takes on or off") }
        o.jit = v == "on"
      case "--jit-threshold":
        o.jit = true
        o.traceThreshold = Int(value()) ?? { fail("--jit-threshold takes a number of iterations") }()
      case "--heap-limit": o.heapLimit = byteCount(value()) ?? { fail("--heap-limit takes a number of bytes") }()
      case "--nursery": o.nurseryBytes = byteCount(value()).map(Int.init) ?? { fail("--nursery takes a number of bytes") }()
      case "--gc-pauses": Pauses.measured = true
      case "--verify-heap": verifyHeap()
      case "--gc-stress": o.gcStress = 1
      case "--replay-traces":
        o.jit = false
        o.traceThreshold = parts.count > 1 ? Int(parts[1]) ?? { fail("--replay-traces takes a number of iterations") }() : 2
      case "--jit-fail-guards": o.failGuards = Int(value()) ?? { fail("--jit-fail-guards takes a number") }()
      case "--jit-only":
        let ends = value().split(separator: ".").compactMap { Int($0) }
        guard let from = ends.first, let to = ends.last, from <= to else { fail("--jit-only takes two numbers, N..M") }
        o.traceOnly = from...to
      case "--jit-dump": o.traceDump = true
      case "--jit-stats": o.traceReport = true
      case "--jit-code-limit":
        guard let n = byteCount(value()), n > 0, n <= 64 << 20 else { fail("--jit-code-limit takes a number of bytes, at most 64m") }
        o.codeLimit = Int(n)
      case "--jit-perf-map": o.perfMap = true
      case "--jit-dump-file": o.dumpFolder = parts.count > 1 ? parts[1] : "."
      case "--jit-view": o.view = parts.count > 1 ? afterEquals(bytes) : Array(value().utf8)
      case "--profile":
        o.profiles = true
        if parts.count > 1 { o.profile = afterEquals(bytes) }
      case "--profile-interval":
        guard let n = Int(value()), n >= 50, n <= 10_000_000 else { fail("--profile-interval takes microseconds, at least 50") }
        o.profileInterval = n
      case "--switch-every": Exercise.switchEvery = max(1, Int(value()) ?? { fail("--switch-every takes a number of safepoints") }())
      case "--pickle-every": Exercise.pickleEvery = max(1, Int(value()) ?? { fail("--pickle-every takes a number of safepoints") }())
      case "--every-stats": Exercise.reports = true
      case "--compile-wide": o.wide = true
      case "--app-bytecode-fresh": exit(VirtualMachine.appBytecodeIsFresh ? 0 : 1)
      case "--write-app-bytecode":
        // For the build: the compiled app-level sources as a Swift file on standard output.
        do { print(try VirtualMachine.appBytecodeText(), terminator: "") } catch { fail("\(error)") }
        exit(0)
      case "--parking":
        let v = value()
        if v != "off" && v != "on" { fail("--parking takes on or off") }
        ParkingHooks.enabled = v == "on"
      case "--resume":
        let file: [UInt8]
        if parts.count > 1 { file = Array(bytes.drop { $0 != UInt8(ascii: "=") }.dropFirst()) }
        else if i < argv.count { file = raw[i]; i += 1 }
        else { fail("option \(a) needs a value") }
        o.program = .resume(file)
        rest = [file] + raw[i...]
        break scan
      case "--dump": o.dump = Set(value().split(separator: ",").map(String.init))
      default: fail("unknown option \(parts[0])")
      }
      continue
    }
    if bytes.first != 45 { o.program = .file(bytes); rest = Array(raw[(i - 1)...]); break }
    var at = 1
    while at < bytes.count {
      let c = bytes[at]
      at += 1
      func argument() -> [UInt8] {
        if at < bytes.count { defer { at = bytes.count }; return Array(bytes[at...]) }
        if i < raw.count { i += 1; return raw[i - 1] }
        fail("Argument expected for the -\(Character(UnicodeScalar(c))) option")
      }
      switch UnicodeScalar(c) {
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
      case "R": randomHashes = true
      case "J": fail("-J is reserved for Jython")
      case "x": SystemState.skipFirstLine = true
      case "h", "?": show(synopsis, usage)
      case "V": show("Python 3.11.2\n")
      case "W": warnings.append(String(decoding: argument(), as: UTF8.self))
      case "X":
        let x = String(decoding: argument(), as: UTF8.self).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = x.count > 1 ? x[1] : nil
        SystemState.xOptions.append((x[0], value))
        switch x[0] {
        case "dev": SystemState.devMode = true
        case "utf8":
          guard value == nil || value == "0" || value == "1" else { fatal("preconfig_init_utf8_mode: invalid -X utf8 option value") }
          utf8 = value == "0" ? 0 : 1
        case "int_max_str_digits": digits = .some(value)
        case "pycache_prefix": sawPrefix = true; SystemState.pycachePrefix = value == "" ? nil : value
        case "warn_default_encoding": SystemState.warnDefaultEncoding = 1
        default: break
        }
      case "c":
        o.program = .command(argument())
        rest = [Array("-c".utf8)] + raw[i...]
        break scan
      case "m":
        o.program = .module(argument())
        rest = [Array("-m".utf8)] + raw[i...]
        break scan
      default: fail("Unknown option: -\(Character(UnicodeScalar(c)))")
      }
    }
  }
  var fromEnvironment: [String] = []
  if SystemState.ignoreEnvironment == 0 {
    func text(_ name: String) -> String? { SystemState.environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    /// A number, or 1 for any other text; never below what an option said.
    func flag(_ name: String, _ old: Int) -> Int {
      guard let v = text(name) else { return old }
      guard let n = Int(v), n >= 0 else { return max(old, 1) }
      return max(old, n)
    }
    SystemState.debug = flag("PYTHONDEBUG", SystemState.debug)
    SystemState.verbose = flag("PYTHONVERBOSE", SystemState.verbose)
    SystemState.optimize = flag("PYTHONOPTIMIZE", SystemState.optimize)
    SystemState.unbuffered = flag("PYTHONUNBUFFERED", SystemState.unbuffered)
    SystemState.noUserSite = flag("PYTHONNOUSERSITE", SystemState.noUserSite)
    if flag("PYTHONDONTWRITEBYTECODE", 0) != 0 { SystemState.dontWriteBytecode = 1 }
    if text("PYTHONINSPECT") != nil { SystemState.inspect = 1 }
    if text("PYTHONSAFEPATH") != nil { SystemState.safePath = true }
    if text("PYTHONDEVMODE") != nil { SystemState.devMode = true }
    if text("PYTHONWARNDEFAULTENCODING") != nil { SystemState.warnDefaultEncoding = 1 }
    if let v = text("PYTHONWARNINGS") { fromEnvironment = v.split(separator: ",").map(String.init) }
    if digits == nil, let v = text("PYTHONINTMAXSTRDIGITS") {
      guard let n = Int(v), n == 0 || n >= 640 else {
        fatal("config_init_int_max_str_digits: PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.")
      }
      SystemState.maxStrDigits = n
      SystemState.maxStrDigitsGiven = true
    }
    if !sawPrefix { SystemState.pycachePrefix = text("PYTHONPYCACHEPREFIX") }
    if utf8 == nil, let v = text("PYTHONUTF8") {
      guard v == "0" || v == "1" else { fatal("preconfig_init_utf8_mode: invalid PYTHONUTF8 environment variable value") }
      utf8 = v == "1" ? 1 : 0
    }
    if !randomHashes, let v = text("PYTHONHASHSEED"), v != "random" {
      guard let n = UInt32(v) else { fatal("config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]") }
      o.hashSeed = n
      SystemState.hashRandomization = n == 0 ? 0 : 1
    }
  }
  if let given = digits {
    guard let v = given, let n = Int(v), n == 0 || n >= 640 else {
      fatal("config_init_int_max_str_digits: -X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.")
    }
    SystemState.maxStrDigits = n
    SystemState.maxStrDigitsGiven = true
  }
  SystemState.warnOptions = (SystemState.devMode ? ["default"] : []) + fromEnvironment + warnings
  if SystemState.bytesWarning > 0 { SystemState.warnOptions.append(SystemState.bytesWarning > 1 ? "error::BytesWarning" : "default::BytesWarning") }
  setUpLocale(utf8)
  SystemState.arguments = rest ?? [[]]
  if !SystemState.safePath {
    switch o.program {
    case .file(let f): SystemState.firstPath = scriptDirectory(String(decoding: f, as: UTF8.self))
    case .module: SystemState.firstPath = currentDirectory()
    default: SystemState.firstPath = ""
    }
  }
  return o
}

/// The C locale stands for UTF-8, as PEP 538 and 540 say; bytes that are not UTF-8 pass through the standard streams there.
func setUpLocale(_ utf8: Int?) {
  let name = setlocale(LC_CTYPE, "").map { String(cString: $0) } ?? "C"
  let plain = name == "C" || name == "POSIX"
  SystemState.utf8Mode = utf8 ?? (plain ? 1 : 0)
  SystemState.passUndecodable = plain || name == "C.UTF-8" || name == "C.utf8" || SystemState.utf8Mode == 1
  let override = SystemState.environment("LC_ALL") ?? ""
  let wanted = SystemState.ignoreEnvironment == 0 ? SystemState.environment("PYTHONCOERCECLOCALE") ?? "" : ""
  if plain && override.isEmpty && wanted != "0" {
    setenv("LC_CTYPE", "C.UTF-8", 1)
    if wanted == "warn" {
      fputs("Python detected LC_CTYPE=C: LC_CTYPE coerced to C.UTF-8 (set another locale or PYTHONCOERCECLOCALE=0 to disable this locale coercion behavior).\n", stderr)
    }
    setlocale(LC_CTYPE, "")
  }
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
