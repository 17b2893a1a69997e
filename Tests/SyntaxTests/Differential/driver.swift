// Command line of the differential tests: parses files or snippets and prints trees or errors.
import Glibc
func readAll(_ path: String) -> [UInt8]? {
  guard let f = fopen(path, "rb") else { return nil }
  defer { fclose(f) }
  fseek(f, 0, SEEK_END); let n = ftell(f); fseek(f, 0, SEEK_SET)
  var b = [UInt8](repeating: 0, count: n)
  _ = fread(&b, 1, n, f)
  return b
}
func esc(_ s: String?) -> String {
  guard let s = s else { return "null" }
  var o = "\""
  for u in s.unicodeScalars {
    if u.value < 32 || u == "\"" || u == "\\" || u.value > 126 {
      if u.value > 0xFFFF { let v = u.value - 0x10000; o += "\\u" + hexs(0xD800 + (v >> 10)) + "\\u" + hexs(0xDC00 + (v & 0x3FF)) }
      else { o += "\\u" + hexs(u.value) }
    } else { o.unicodeScalars.append(u) }
  }
  return o + "\""
}
func hexs(_ v: UInt32) -> String { let s = String(v, radix: 16); return String(repeating: "0", count: 4 - s.count) + s }
func one(_ b: [UInt8], _ opts: ParseOptions, _ doDump: Bool) {
  b.withUnsafeBufferPointer { p in
    do {
      let m = try parse(source: p, options: opts)
      if doDump { print("OK\t" + dump(m, includePositions: true)) } else { print("OK") }
    } catch let e as SyntaxFailure {
      print("ERR\t[" + [esc(e.type), esc(e.message), "\(e.line)", "\(e.offset)", "\(e.endLine)", "\(e.endOffset)", esc(e.text)].joined(separator: ",") + "]")
    } catch { print("??") }
  }
}
func body() {
  let a = CommandLine.arguments
  var opts = ParseOptions()
  if a[1] == "dump" {   // file names on stdin
    while let l = readLine() { one(readAll(l)!, opts, true); fflush(stdout) }
  } else if a[1] == "snips" {  // file of snippets separated by byte 1,newline ; a[2] path a[3] mode
    opts.ignoreCookie = true
    if a.count > 3 { if a[3] == "eval" { opts.mode = .eval }; if a[3] == "single" { opts.mode = .single } ; if a[3] == "inter" { opts.mode = .single; opts.isInteractive = true; opts.dontImplyDedent = true } ; if a[3] == "tc" {opts.typeComments = true}; if a[3] == "func" {opts.mode = .funcType} }
    let b = readAll(a[2])!
    var cur: [UInt8] = []
    for c in b { if c == 1 { one(cur, opts, a.count > 4); cur = [] } else { cur.append(c) } }
  } else if a[1] == "time" {
    var files: [[UInt8]] = []
    while let l = readLine() { files.append(readAll(l)!) }
    var n = 0
    var t0 = timespec(); clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t0)
    var keep: [Module] = []
    for f in files { n += f.count; if let m = f.withUnsafeBufferPointer({ try? parse(source: $0, options: opts) }) { keep.append(m) } }
    var t1 = timespec(); clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t1)
    let dt = Double(t1.tv_sec - t0.tv_sec) + Double(t1.tv_nsec - t0.tv_nsec) / 1e9
    print(n, dt, Double(n) / dt / 1e6, "MB/s", keep.count)
  }
}
var attr = pthread_attr_t()
pthread_attr_init(&attr)
pthread_attr_setstacksize(&attr, 512 << 20)
var th = pthread_t()
pthread_create(&th, &attr, { _ in body(); exit(0) }, nil)
pthread_join(th, nil)
