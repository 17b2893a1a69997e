# time: struct_time, conversions and sleeping.
# On demand: time _datetime

time_struct_time = structseq_type("time", "struct_time", [
    "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst", "tm_zone", "tm_gmtoff"], 9)


def time_populate(d):
    d["struct_time"] = time_struct_time
    d["_STRUCT_TM_ITEMS"] = 11


def time_make(items):
    return system_make_structseq(time_struct_time, items[:9], {"tm_zone": items[9], "tm_gmtoff": items[10]})


def time_seconds(seconds):
    if seconds is None:
        return int(import_native_once("time").time() // 1.0)
    if isinstance(seconds, float):
        if seconds != seconds:
            raise ValueError("Invalid value NaN (not a number)")
        if seconds >= 9.3e18 or seconds <= -9.3e18:
            raise OverflowError("timestamp out of range for platform time_t")
        return int(seconds // 1.0)
    value = system_index(seconds)
    if not -(1 << 63) <= value < 1 << 63:
        raise OverflowError("timestamp out of range for platform time_t")
    return value


@system_function("time", "localtime")
def time_localtime(seconds=None, /):
    return time_make(time_convert(time_seconds(seconds), True))


@system_function("time", "gmtime")
def time_gmtime(seconds=None, /):
    items = time_convert(time_seconds(seconds), False)
    return system_make_structseq(time_struct_time, items[:9], {"tm_zone": "UTC", "tm_gmtoff": 0})


def time_fields(t, what):
    """Nine checked ints."""
    if isinstance(t, time_struct_time):
        items = tuple(t)
    elif isinstance(t, tuple):
        items = t
    else:
        raise TypeError("Tuple or struct_time argument required")
    if len(items) != 9:
        raise TypeError(what + "(): illegal time tuple argument")
    out = []
    for x in items:
        x = system_index(x)
        if not -(1 << 31) <= x < 1 << 31:
            raise OverflowError("signed integer is greater than maximum" if x > 0 else "signed integer is less than minimum")
        out.append(x)
    return out


def time_checked(t, what):
    f = time_fields(t, what)
    if f[0] < -2147481748:
        raise OverflowError("year out of range")
    if f[1] == 0:
        f[1] = 1
    elif f[1] < 0 or f[1] > 12:
        raise ValueError("month out of range")
    if f[2] == 0:
        f[2] = 1
    elif f[2] < 0 or f[2] > 31:
        raise ValueError("day of month out of range")
    if f[3] < 0 or f[3] > 23:
        raise ValueError("hour out of range")
    if f[4] < 0 or f[4] > 59:
        raise ValueError("minute out of range")
    if f[5] < 0 or f[5] > 61:
        raise ValueError("seconds out of range")
    if f[6] < -1:
        raise ValueError("day of week out of range")
    f[6] = f[6] % 7
    if f[7] == 0:
        f[7] = 1
    elif f[7] < 0 or f[7] > 366:
        raise ValueError("day of year out of range")
    return f


@system_function("time", "mktime")
def time_mktime_function(seconds, /):
    f = time_fields(seconds, "mktime")
    f[6] = f[6] % 7
    return time_mktime(tuple(f))


@system_function("time", "asctime")
def time_asctime_function(seconds=None, /):
    if seconds is None:
        seconds = time_localtime()
    return time_asctime(tuple(time_checked(seconds, "asctime")))


@system_function("time", "ctime")
def time_ctime(seconds=None, /):
    return time_asctime(time_convert(time_seconds(seconds), True)[:9])


@system_function("time", "strftime")
def time_strftime_function(format, time_tuple=None, /):
    if not isinstance(format, str):
        raise TypeError("strftime() argument 1 must be str, not " + type(format).__name__)
    if time_tuple is None:
        time_tuple = time_localtime()
    f = time_checked(time_tuple, "strftime")
    if f[8] < -1:
        f[8] = -1
    elif f[8] > 1:
        f[8] = 1
    zone = offset = None
    if isinstance(time_tuple, time_struct_time):
        zone = time_tuple.tm_zone
        offset = time_tuple.tm_gmtoff
        if zone is not None:
            zone = zone.encode("utf-8", "surrogateescape")
    if "\0" in format:
        raise ValueError("embedded null character")
    return time_strftime(format.encode("utf-8", "surrogateescape"), tuple(f), zone, offset).decode("utf-8", "surrogateescape")


@system_function("time", "strptime")
def time_strptime(data_string, format="%a %b %d %H:%M:%S %Y", /):
    return builtins_import()("_strptime", None, None, ("_strptime_time",), 0)._strptime_time(data_string, format)


def time_nanoseconds(seconds):
    """A duration as nanoseconds, rounded up."""
    if isinstance(seconds, float):
        if seconds != seconds:
            raise ValueError("Invalid value NaN (not a number)")
        if seconds >= 9.3e9 or seconds <= -9.3e9:
            raise OverflowError("timestamp too large to convert to C _PyTime_t")
        whole = seconds // 1.0
        ns = (seconds - whole) * 1e9
        n = int(ns)
        if n < ns:
            n += 1
        return int(whole) * 1000000000 + n
    value = system_index(seconds)
    if not -9223372036 <= value <= 9223372036:
        raise OverflowError("timestamp too large to convert to C _PyTime_t")
    return value * 1000000000


@system_function("time", "sleep")
def time_sleep(seconds, /):
    try:
        ns = time_nanoseconds(seconds)
    except TypeError:
        raise TypeError("'" + type(seconds).__name__ + "' object cannot be interpreted as an integer") from None
    if ns < 0:
        raise ValueError("sleep length must be non-negative")
    deadline = import_native_once("time").monotonic_ns() + ns
    if scheduler_active() and scheduler_may_park():
        stackless_sleep(deadline)
        return None
    while not time_sleep_until(deadline):
        pass


@system_function("time", "clock_settime")
def time_clock_settime(clk_id, time, /):
    import_native_once("time").clock_settime_ns(clk_id, time_nanoseconds(time))


@system_function("time", "get_clock_info")
def time_get_clock_info(name, /):
    if not isinstance(name, str):
        raise TypeError("get_clock_info() argument 1 must be str, not " + type(name).__name__)
    if name == "time":
        return sys_SimpleNamespace(implementation="clock_gettime(CLOCK_REALTIME)", monotonic=False, adjustable=True, resolution=1e-09)
    if name in ("monotonic", "perf_counter"):
        return sys_SimpleNamespace(implementation="clock_gettime(CLOCK_MONOTONIC)", monotonic=True, adjustable=False, resolution=1e-09)
    if name == "process_time":
        return sys_SimpleNamespace(implementation="clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", monotonic=True, adjustable=False, resolution=1e-09)
    if name == "thread_time":
        return sys_SimpleNamespace(implementation="clock_gettime(CLOCK_THREAD_CPUTIME_ID)", monotonic=True, adjustable=False, resolution=1e-09)
    raise ValueError("unknown clock")


# _datetime: the library's own Python classes, run once more in a namespace that `datetime` does not clean up.

app_module_attr("_datetime", "MINYEAR", 1)


def _datetime_populate(namespace):
    modules = import_sys_modules()
    module = modules.get("datetime")
    if module is None or getattr_default(module, "__spec__", None) is None:
        import importlib.util
        spec = importlib.util.find_spec("datetime")
    else:
        spec = module.__spec__
    own = {"__name__": "datetime", "__builtins__": namespace.get("__builtins__", app_globals["__builtins__"]), "__spec__": spec, "__file__": spec.origin}
    code = spec.loader.get_code("datetime")
    before = modules.get("_datetime", ...)
    modules["_datetime"] = None
    try:
        exec(code, own)
    finally:
        if before is ...:
            del modules["_datetime"]
        else:
            modules["_datetime"] = before
    iso = own.get("_IsoCalendarDate")
    if iso is not None:
        plain = iso.__repr__
        iso.__repr__ = lambda self: "datetime." + plain(self)
    for name in ("date", "datetime", "time", "timedelta", "timezone", "tzinfo", "MINYEAR", "MAXYEAR", "UTC"):
        namespace[name] = own[name]
    namespace["__doc__"] = own["__doc__"]
    namespace["datetime_CAPI"] = None
