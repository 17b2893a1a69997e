// `time`: clocks natively; struct_time, strftime arguments and sleeping are finished in time app-level code.

import Builtins
import Glibc
import Heap
import Objects

private func clockNanoseconds(_ id: clockid_t) -> Int {
  var s = timespec()
  clock_gettime(id, &s)
  return s.tv_sec * 1_000_000_000 + s.tv_nsec
}
private func seconds(_ t: ThreadRef, _ ns: Int) -> Value { makeFloat(t, Double(ns / 1_000_000_000) + Double(ns % 1_000_000_000) * 1e-9) }

/// A struct tm as a tuple of Python's nine fields, zone name and offset.
private func tmTuple(_ t: ThreadRef, _ m: tm) -> Value {
  let zone = m.tm_zone.map { fileSystemStr(t, $0) } ?? weft_vm.emptyStr
  return makeTuple(t, [.fixnum(Int(m.tm_year) + 1900), .fixnum(Int(m.tm_mon) + 1), .fixnum(Int(m.tm_mday)), .fixnum(Int(m.tm_hour)), .fixnum(Int(m.tm_min)),
                       .fixnum(Int(m.tm_sec)), .fixnum(Int((m.tm_wday + 6) % 7)), .fixnum(Int(m.tm_yday) + 1), .fixnum(Int(m.tm_isdst)), zone, .fixnum(m.tm_gmtoff)])
}
/// Nine ints (already checked by app-level code) as a struct tm.
private func tmFrom(_ v: Value) -> tm? {
  guard v.isExact(.tuple), v.count >= 9 else { return nil }
  var k: [Int32] = []
  for i in 0..<9 {
    guard v.items[i].isFixnum, let n = Int32(exactly: v.items[i].fixnum) else { return nil }
    k.append(n)
  }
  var m = tm()
  m.tm_year = k[0] &- 1900; m.tm_mon = k[1] - 1; m.tm_mday = k[2]; m.tm_hour = k[3]; m.tm_min = k[4]; m.tm_sec = k[5]
  m.tm_wday = (k[6] + 1) % 7; m.tm_yday = k[7] - 1; m.tm_isdst = k[8]
  return m
}

func makeTimeModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "time", doc: "This module provides various functions to manipulate time values.")
  SystemRoot.timeDict.value = m.dict
  m.function("time", "()") { t, a, n in seconds(t, clockNanoseconds(CLOCK_REALTIME)) }
  m.function("time_ns", "()") { t, a, n in makeInt(t, clockNanoseconds(CLOCK_REALTIME)) }
  m.function("monotonic", "()") { t, a, n in seconds(t, clockNanoseconds(CLOCK_MONOTONIC)) }
  m.function("monotonic_ns", "()") { t, a, n in makeInt(t, clockNanoseconds(CLOCK_MONOTONIC)) }
  m.function("perf_counter", "()") { t, a, n in seconds(t, clockNanoseconds(CLOCK_MONOTONIC)) }
  m.function("perf_counter_ns", "()") { t, a, n in makeInt(t, clockNanoseconds(CLOCK_MONOTONIC)) }
  m.function("process_time", "()") { t, a, n in seconds(t, clockNanoseconds(CLOCK_PROCESS_CPUTIME_ID)) }
  m.function("process_time_ns", "()") { t, a, n in makeInt(t, clockNanoseconds(CLOCK_PROCESS_CPUTIME_ID)) }
  m.function("thread_time", "()") { t, a, n in seconds(t, clockNanoseconds(CLOCK_THREAD_CPUTIME_ID)) }
  m.function("thread_time_ns", "()") { t, a, n in makeInt(t, clockNanoseconds(CLOCK_THREAD_CPUTIME_ID)) }
  m.function("clock_gettime", "(clk_id, /)") { t, a, n in
    guard let id = int32Argument(t, a[0]) else { return .empty }
    var s = timespec()
    return clock_gettime(id, &s) == 0 ? makeFloat(t, Double(s.tv_sec) + Double(s.tv_nsec) * 1e-9) : raiseOSError(t, errno)
  }
  m.function("clock_gettime_ns", "(clk_id, /)") { t, a, n in
    guard let id = int32Argument(t, a[0]) else { return .empty }
    var s = timespec()
    return clock_gettime(id, &s) == 0 ? computeNanoseconds(t, s) : raiseOSError(t, errno)
  }
  m.function("clock_getres", "(clk_id, /)") { t, a, n in
    guard let id = int32Argument(t, a[0]) else { return .empty }
    var s = timespec()
    return clock_getres(id, &s) == 0 ? makeFloat(t, Double(s.tv_sec) + Double(s.tv_nsec) * 1e-9) : raiseOSError(t, errno)
  }
  m.function("clock_settime_ns", "(clk_id, time, /)") { t, a, n in
    guard let id = int32Argument(t, a[0]), let k = intArgument(t, a[1]) else { return .empty }
    var s = timespec(tv_sec: floorDivide(k, 1_000_000_000), tv_nsec: floorModulo(k, 1_000_000_000))
    return clock_settime(id, &s) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("pthread_getcpuclockid", "(thread_id, /)") { t, a, n in
    guard let id = intArgument(t, a[0]) else { return .empty }
    var c = clockid_t()
    guard let thread = pthreadOf(ident: Int(id)) else { return raiseOSError(t, ESRCH) }
    let e = pthread_getcpuclockid(thread, &c)
    return e == 0 ? .fixnum(Int(c)) : raiseOSError(t, e)
  }
  for (name, id) in [("CLOCK_REALTIME", 0), ("CLOCK_MONOTONIC", 1), ("CLOCK_PROCESS_CPUTIME_ID", 2), ("CLOCK_THREAD_CPUTIME_ID", 3),
                     ("CLOCK_MONOTONIC_RAW", 4), ("CLOCK_BOOTTIME", 7), ("CLOCK_TAI", 11)] { m.set(name, int: id) }
  m.function("tzset", "()") { t, a, n in
    setZone(t, SystemRoot.timeDict.value)
    return .none
  }
  setZone(t, m.dict)
  return m.module
}

/// timezone, altzone, daylight and tzname, as of now.
private func setZone(_ t: ThreadRef, _ d: Value) {
  tzset()
  let year = 365 * 24 * 3600 + 6 * 3600
  let now = time(nil) / year * year
  func zone(_ at: Int) -> (Int, Value) {
    var x = time_t(at), m = tm()
    localtime_r(&x, &m)
    return (-m.tm_gmtoff, m.tm_zone.map { fileSystemStr(t, $0) } ?? weft_vm.emptyStr)
  }
  let (jan, janName) = zone(now), (jul, julName) = zone(now + year / 2)
  func set(_ k: String, _ v: Value) { setString(t, d, intern(t, k), v) }
  set("timezone", .fixnum(max(jan, jul)))
  set("altzone", .fixnum(min(jan, jul)))
  set("daylight", .fixnum(jan != jul ? 1 : 0))
  set("tzname", jan < jul ? pair(t, julName, janName) : pair(t, janName, julName))
}

func installTime(_ t: ThreadRef) {
  // (seconds, local) -> tuple of eleven.
  defineAppNative(t, "time_convert", "(seconds, local, /)") { t, a, n in
    guard let k = intArgument(t, a[0]) else { return .empty }
    var x = time_t(k), m = tm()
    errno = 0
    let ok = a[1] == .true ? localtime_r(&x, &m) : gmtime_r(&x, &m)
    if ok == nil { return raiseOSError(t, errno == 0 ? EINVAL : errno) }
    return tmTuple(t, m)
  }
  defineAppNative(t, "time_mktime", "(fields, /)") { t, a, n in
    guard var m = tmFrom(a[0]) else { return t.raise(.OverflowError, "mktime argument out of range") }
    m.tm_wday = -1
    let r = mktime(&m)
    if r == -1 && m.tm_wday == -1 { return t.raise(.OverflowError, "mktime argument out of range") }
    return makeFloat(t, Double(r))
  }
  defineAppNative(t, "time_asctime", "(fields, /)") { t, a, n in
    guard let m = tmFrom(a[0]) else { return t.valueError("time tuple out of range") }
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ i: Int32) -> String { i < 10 ? "0\(i)" : "\(i)" }
    guard (0..<7).contains(m.tm_wday), (0..<12).contains(m.tm_mon) else { return t.valueError("time tuple out of range") }
    let day = m.tm_mday < 10 ? " \(m.tm_mday)" : "\(m.tm_mday)"
    return makeStr(t, "\(days[Int(m.tm_wday)]) \(months[Int(m.tm_mon)]) \(day) \(two(m.tm_hour)):\(two(m.tm_min)):\(two(m.tm_sec)) \(Int(m.tm_year) + 1900)")
  }
  // (format as bytes, fields, zone name or None, offset or None) -> bytes
  defineAppNative(t, "time_strftime", "(format, fields, zone, offset, /)") { t, a, n in
    guard var m = tmFrom(a[1]), let format = cStringOf(t, a[0]) else { return t.pointee.exception.isEmpty ? t.valueError("time tuple out of range") : .empty }
    var zone: [CChar]? = nil
    if a[2].isObject, a[2].kind == .bytes { zone = cStringOf(t, a[2]) }
    if a[3].isFixnum { m.tm_gmtoff = a[3].fixnum }
    if zone == nil {
      // The zone of the given time, as mktime finds it.
      var copy = m
      if mktime(&copy) != -1 || copy.tm_zone != nil { m.tm_zone = copy.tm_zone; if !a[3].isFixnum { m.tm_gmtoff = copy.tm_gmtoff } }
    }
    var size = max(1024, format.count * 4)
    while true {
      var out = [CChar](repeating: 0, count: size)
      let k: Int
      if let z = zone {
        k = z.withUnsafeBufferPointer { p in
          m.tm_zone = p.baseAddress
          return strftime(&out, size, format, &m)
        }
      } else {
        k = strftime(&out, size, format, &m)
      }
      if k > 0 || size >= 256 * format.count + 1024 { return out.withUnsafeBytes { makeBytes(t, UnsafeRawBufferPointer(rebasing: $0[..<k])) } }
      size *= 2
    }
  }
  // Sleeps until the monotonic time in ns; False when a signal came first.
  defineAppNative(t, "time_sleep_until", "(deadline, /)") { t, a, n in
    guard let k = intArgument(t, a[0]) else { return .empty }
    var s = timespec(tv_sec: k / 1_000_000_000, tv_nsec: k % 1_000_000_000)
    let e = GlobalLock.blocking(t, a, n) { clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &s, nil) }
    if e == EINTR { return .false }
    return e == 0 ? .true : raiseOSError(t, e)
  }
}
