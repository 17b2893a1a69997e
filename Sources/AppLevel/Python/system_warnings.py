# _warnings: filters, warn() and warn_explicit().

warnings_state = {"version": 0, "filters": None, "once": {}, "default": "default"}


def warnings_initial_filters():
    return [
        ("default", None, DeprecationWarning, "__main__", 0),
        ("ignore", None, DeprecationWarning, None, 0),
        ("ignore", None, PendingDeprecationWarning, None, 0),
        ("ignore", None, ImportWarning, None, 0),
        ("ignore", None, ResourceWarning, None, 0),
    ]


def _warnings_populate(d):
    warnings_state["filters"] = warnings_initial_filters()
    d["filters"] = warnings_state["filters"]
    d["_onceregistry"] = warnings_state["once"]
    d["_defaultaction"] = "default"


@system_function("_warnings", "_filters_mutated")
def warnings_filters_mutated():
    warnings_state["version"] += 1


def warnings_setting(name, fallback):
    """An attribute of the warnings module where it has been imported, else our own."""
    module = import_sys_modules().get("warnings")
    if module is not None:
        value = getattr(module, name, None)
        if value is not None:
            return value
    return fallback


def warnings_filters():
    f = warnings_state["filters"]
    if f is None:
        f = warnings_state["filters"] = warnings_initial_filters()
    # What the module had last counts on when it is deleted there.
    f = warnings_state["filters"] = warnings_setting("filters", f)
    return f


def warnings_matches(pattern, text):
    if pattern is None:
        return True
    if isinstance(pattern, str):
        return pattern == text
    return pattern.match(text) is not None


def warnings_action(category, text, module, lineno):
    for item in warnings_filters():
        if not isinstance(item, tuple) or len(item) != 5:
            raise ValueError("warnings.filters item isn't a 5-tuple")
        action, message, cls, name, line = item
        if not isinstance(action, str):
            raise TypeError("action must be a string, not '" + type(action).__name__ + "'")
        if (issubclass(category, cls) and (line == 0 or line == lineno) and warnings_matches(message, text) and
                warnings_matches(name, module)):
            return action, item
    action = warnings_setting("defaultaction", "default")
    if not isinstance(action, str):
        raise TypeError("_warnings.defaultaction must be a string, not '" + type(action).__name__ + "'")
    return action, None


def warnings_already(registry, key, mark):
    if registry is None:
        return False
    if registry.get("version", 0) != warnings_state["version"]:
        registry.clear()
        registry["version"] = warnings_state["version"]
    elif registry.get(key):
        return True
    if mark:
        registry[key] = True
    return False


def warnings_issue(message, category, filename, lineno, module, registry, source):
    if registry is not None and not isinstance(registry, dict):
        raise TypeError("'registry' must be a dict or None")
    if module is None:
        module = filename or "<unknown>"
        if module.endswith(".py"):
            module = module[:-3]
    if isinstance(message, Warning):
        text = str(message)
        category = type(message)
    else:
        text = message
        message = category(message)
    key = (text, category, lineno)
    if registry is not None and warnings_already(registry, key, False):
        return
    action, item = warnings_action(category, text, module, lineno)
    if action == "error":
        raise message
    if action == "ignore":
        return
    if action == "once":
        if registry is not None:
            registry[key] = True
        once = warnings_setting("onceregistry", warnings_state["once"])
        if warnings_already(once, (text, category), True):
            return
    elif action == "always":
        pass
    elif action == "module":
        if registry is not None:
            registry[key] = True
            if warnings_already(registry, (text, category, 0), True):
                return
    elif action == "default":
        if registry is not None:
            registry[key] = True
    else:
        raise RuntimeError("Unrecognized action (" + repr(action) + ") in warnings.filters:\n " + str(item))
    warnings_show(message, text, category, filename, lineno, source)


def warnings_show(message, text, category, filename, lineno, source):
    module = import_sys_modules().get("warnings")
    if module is None and source is not None and import_state["bootstrap"] is not None:
        try:
            module = builtins_import()("warnings")
        except ImportError:
            module = None
    if module is not None:
        show = getattr(module, "_showwarnmsg", None)
        if show is not None:
            if not callable(show):
                raise TypeError("warnings._showwarnmsg() must be set to a callable")
            show(module.WarningMessage(message, category, filename, lineno, None, None, source))
            return
    out = sys_dict.get("stderr")
    if out is None:
        return
    line = traceback_source_line(filename, lineno)
    report = filename + ":" + str(lineno) + ": " + category.__name__ + ": " + text + "\n"
    if line is not None and line.strip():
        report += "  " + line.strip() + "\n"
    try:
        out.write(report)
    except Exception:
        pass


def warnings_internal_frame(frame):
    name = frame.f_code.co_filename
    return "importlib" in name and "_bootstrap" in name


def warnings_warn(message, category=None, stacklevel=1, source=None):
    """warn() for code of the run-time system: stacklevel 1 is the innermost visible frame."""
    if isinstance(message, Warning):
        category = type(message)
    elif category is None:
        category = UserWarning
    if not isinstance(category, type) or not issubclass(category, Warning):
        raise TypeError("category must be a Warning subclass, not '" + type(category).__name__ + "'")
    frame = current_frame()
    if stacklevel <= 0 or frame is not None and warnings_internal_frame(frame):
        n = stacklevel
        while n > 1 and frame is not None:
            frame = frame.f_back
            n -= 1
    else:
        n = stacklevel
        while n > 1 and frame is not None:
            frame = frame.f_back
            while frame is not None and warnings_internal_frame(frame):
                frame = frame.f_back
            n -= 1
    if frame is None:
        globals = sys_dict
        filename = "sys"
        lineno = 1
    else:
        globals = frame.f_globals
        filename = frame.f_code.co_filename
        lineno = frame.f_lineno
        if lineno is None:
            lineno = 0
    registry = globals.get("__warningregistry__")
    if registry is None:
        registry = globals["__warningregistry__"] = {}
    module = globals.get("__name__")
    if not isinstance(module, str):
        module = "<string>"
    warnings_issue(message, category, filename, lineno, module, registry, source)


def warnings_warn_explicit(message, category, filename, lineno):
    warnings_issue(message, category, filename, lineno, None, None, None)


@system_function("_warnings", "warn")
def warnings_warn_function(message, category=None, stacklevel=1, source=None):
    warnings_warn(message, category, system_index(stacklevel), source)


@system_function("_warnings", "warn_explicit")
def warnings_warn_explicit_function(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None):
    if not isinstance(filename, str):
        raise TypeError("warn_explicit() argument 'filename' must be str, not " + type(filename).__name__)
    if module_globals is not None:
        if not isinstance(module_globals, dict):
            raise TypeError("module_globals must be a dict, not '" + type(module_globals).__name__ + "'")
        loader = module_globals.get("__loader__")
        name = module_globals.get("__name__")
        get_source = getattr(loader, "get_source", None)
        if get_source is not None and name is not None:
            try:
                get_source(name)
            except ImportError:
                pass
    warnings_issue(message, category, filename, system_index(lineno), module, registry, source)
