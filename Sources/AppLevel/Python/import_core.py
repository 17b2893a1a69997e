# The import system: what the import statement and __import__ do beyond loaded modules, and the start of importlib.

import_state = {"bootstrap": None, "external": None}


def import_sys_modules():
    return sys_dict["modules"]


def import_create_builtin(spec):
    name = spec.name
    if name == "sys" or name == "builtins":
        return import_sys_modules()[name]
    return import_make_native(name)


def import_make_native(name):
    app_run_module_sources(name)
    module = import_native_module(name)
    if module is None:
        return None
    populate = app_globals.get(name + "_populate")
    if populate is not None:
        populate(module.__dict__)
    return module


def system_index(x):
    if isinstance(x, int):
        return x
    try:
        method = type(x).__index__
    except AttributeError:
        raise TypeError("'" + type(x).__name__ + "' object cannot be interpreted as an integer") from None
    value = method(x)
    if not isinstance(value, int):
        raise TypeError("__index__ returned non-int (type " + type(value).__name__ + ")")
    return value


def import_resolve_name(name, globals, level):
    if globals is None:
        raise KeyError("'__name__' not in globals")
    if not isinstance(globals, dict):
        raise TypeError("globals must be a dict")
    package = globals.get("__package__")
    spec = globals.get("__spec__")
    if package is not None:
        if not isinstance(package, str):
            raise TypeError("package must be a string")
        if spec is not None:
            parent = spec.parent
            if package != parent:
                import_warn("__package__ != __spec__.parent")
    elif spec is not None:
        package = spec.parent
        if not isinstance(package, str):
            raise TypeError("__spec__.parent must be a string")
    else:
        import_warn("can't resolve package from __spec__ or __package__, falling back on __name__ and __path__")
        try:
            package = globals["__name__"]
        except KeyError:
            raise KeyError("'__name__' not in globals") from None
        if not isinstance(package, str):
            raise TypeError("__name__ must be a string")
        if "__path__" not in globals:
            dot = package.rfind(".")
            if dot < 0:
                raise ImportError("attempted relative import with no known parent package")
            package = package[:dot]
    if not package:
        raise ImportError("attempted relative import with no known parent package")
    base = package
    for i in range(1, level):
        dot = base.rfind(".")
        if dot < 0:
            raise ImportError("attempted relative import beyond top-level package")
        base = base[:dot]
    return base + "." + name if name else base


def import_warn(message):
    warnings_warn(message, ImportWarning, 1)


def import_ensure_initialized(module, name):
    spec = getattr(module, "__spec__", None)
    if spec is None:
        return
    if getattr(spec, "_initializing", False):
        bootstrap = import_state["bootstrap"]
        if bootstrap is not None:
            bootstrap._lock_unlock_module(name)


def import_find_and_load(name):
    bootstrap = import_state["bootstrap"]
    if bootstrap is not None:
        if sys_audit_hooks:
            sys_audit("import", name, None, sys_dict.get("path"), sys_dict.get("meta_path"), sys_dict.get("path_hooks"))
        return bootstrap._find_and_load(name, builtins_import())
    # No library: only what the run-time system itself has.
    module = import_make_native(name)
    if module is None:
        raise ModuleNotFoundError("No module named " + repr(name), name=name)
    import_sys_modules()[name] = module
    return module


def builtins_import():
    return system_builtins()["__import__"]


def import_module_level(name, globals, locals, fromlist, level):
    if not isinstance(name, str):
        raise TypeError("module name must be a string")
    if level.__class__ is not int:
        level = system_index(level)
    if level < 0:
        raise ValueError("level must be >= 0")
    if level > 0:
        full = import_resolve_name(name, globals, level)
    else:
        if not name:
            raise ValueError("Empty module name")
        full = name
    modules = import_sys_modules()
    module = modules.get(full)
    if module is not None:
        import_ensure_initialized(module, full)
    else:
        module = import_find_and_load(full)
    if not fromlist:
        if level == 0 or name:
            dot = name.find(".")
            if dot < 0:
                return module
            if level == 0:
                return import_module_level(name[:dot], None, None, None, 0)
            front = full[:len(full) - (len(name) - dot)]
            module = modules.get(front)
            if module is None:
                raise KeyError(repr(front) + " not in sys.modules as expected")
            return module
        return module
    try:
        module.__path__
    except AttributeError:
        return module
    bootstrap = import_state["bootstrap"]
    if bootstrap is not None:
        return bootstrap._handle_fromlist(module, fromlist, builtins_import())
    return module


def importFrom(module, name):
    try:
        return getattr(module, name)
    except AttributeError:
        pass
    try:
        package = module.__name__
    except AttributeError:
        package = None
    if not isinstance(package, str):
        package = None
    else:
        found = import_sys_modules().get(package + "." + name)
        if found is not None:
            return found
    path = None
    if isinstance(module, import_module_type):
        path = module.__dict__.get("__file__")
    shown = "<unknown module name>" if package is None else package
    if not isinstance(path, str):
        raise ImportError("cannot import name " + repr(name) + " from " + repr(shown) + " (unknown location)", name=package)
    spec = getattr(module, "__spec__", None)
    if spec is not None and getattr(spec, "_initializing", False):
        message = ("cannot import name " + repr(name) + " from partially initialized module " + repr(shown) +
                   " (most likely due to a circular import) (" + path + ")")
    else:
        message = "cannot import name " + repr(name) + " from " + repr(shown) + " (" + path + ")"
    raise ImportError(message, name=package, path=path)


def importStar(module, namespace):
    skip = False
    try:
        names = module.__all__
    except AttributeError:
        try:
            names = module.__dict__
        except AttributeError:
            raise ImportError("from-import-* object has no __dict__ and no __all__") from None
        names = list(names.keys())
        skip = True
    i = 0
    while True:
        try:
            name = names[i]
        except IndexError:
            return None
        i += 1
        if not isinstance(name, str):
            owner = module.__name__
            if not isinstance(owner, str):
                raise TypeError("module __name__ must be a string, not " + type(owner).__name__)
            if skip:
                raise TypeError("Key in " + owner + ".__dict__ must be str, not " + type(name).__name__)
            raise TypeError("Item in " + owner + ".__all__ must be str, not " + type(name).__name__)
        if skip and name.startswith("_"):
            continue
        namespace[name] = getattr(module, name)


def import_start_module(file, name):
    code = import_bootstrap_code(file, name)
    if code is None:
        return None
    module = import_new_module("_frozen_importlib" if name == "_bootstrap" else "_frozen_importlib_external")
    d = module.__dict__
    d["__builtins__"] = system_builtins()
    d["__package__"] = ""
    d["__file__"] = "<frozen importlib." + name + ">"
    system_run_code(code, d, d, None)
    return module


def import_zip_hook(path):
    """Stands for zipimport.zipimporter, which is not imported before a path names a file."""
    if isinstance(path, str) and not import_state.get("zip"):
        posix = import_native_once("posix")
        at = path
        while at:
            try:
                mode = posix.stat(at).st_mode
            except (OSError, ValueError):
                at = at.rpartition("/")[0]
                continue
            if mode & 0o170000 != 0o100000:
                break
            # While zipimport itself is looked for, there are no zip files.
            import_state["zip"] = True
            try:
                zipimport = import_module_level("zipimport", None, None, ("*",), 0)
            finally:
                import_state["zip"] = False
            hooks = sys_dict["path_hooks"]
            for i in range(len(hooks)):
                if hooks[i] is import_zip_hook:
                    hooks[i] = zipimport.zipimporter
            return zipimport.zipimporter(path)
    raise ImportError("not a Zip file: " + repr(path), path=path if isinstance(path, str) else None)


import_zip_hook.__name__ = import_zip_hook.__qualname__ = "zipimporter"
import_zip_hook.__module__ = "zipimport"


def import_start():
    """Sets up importlib; called once, when sys and builtins exist."""
    modules = import_sys_modules()
    bootstrap = import_start_module("_bootstrap.py", "_bootstrap")
    if bootstrap is None:
        return None
    sys = modules["sys"]
    imp = import_make_native("_imp")
    modules["_imp"] = imp
    modules["_frozen_importlib"] = bootstrap
    bootstrap._install(sys, imp)
    import_state["bootstrap"] = bootstrap
    external = import_start_module("_bootstrap_external.py", "_bootstrap_external")
    if external is not None:
        modules["_frozen_importlib_external"] = external
        magic = import_magic()
        external._RAW_MAGIC_NUMBER = magic | (13 << 16) | (10 << 24)
        external.MAGIC_NUMBER = external._RAW_MAGIC_NUMBER.to_bytes(4, "little")
        bootstrap._install_external_importers()
        import_state["external"] = external
        sys_dict["path_hooks"].insert(0, import_zip_hook)
        for module, name in ((bootstrap, "_frozen_importlib"), (external, "_frozen_importlib_external")):
            module.__spec__ = bootstrap.ModuleSpec(name, bootstrap.FrozenImporter, origin="frozen")
            module.__loader__ = bootstrap.FrozenImporter
    return bootstrap


@system_function("marshal", "dump")
def marshal_dump(value, file, version=4, /):
    return file.write(import_native_once("marshal").dumps(value, version))


@system_function("marshal", "load")
def marshal_load(file, /):
    data = file.read()
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError("file.read() returned not bytes but " + type(data).__name__)
    value, used = marshal_load_prefix(data)
    if used != len(data):
        seek = getattr(file, "seek", None)
        if seek is not None:
            seek(used - len(data), 1)
    return value


def import_lock_wait():
    """Takes the import lock when another thread lets go of it."""
    sleep = import_native_once("time").sleep
    while not import_lock_try():
        sleep(0.001)


def import_native_once(name):
    module = import_sys_modules().get(name)
    if module is None:
        module = import_make_native(name)
        import_sys_modules()[name] = module
    return module
