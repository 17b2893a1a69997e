# What the embedding library (Sources/Weft) asks of Python on behalf of a Swift program.
# On demand:


def embed_start(use_site, use_signals):
    """After the boot: streams, the import system, and the module that the host's source runs in."""
    system_start(use_site, use_signals)
    modules = import_sys_modules()
    main = class_of(modules["sys"])("__main__")
    main.__dict__["__builtins__"] = modules["builtins"]
    modules["__main__"] = main
    return main


def embed_run(source, filename, namespace):
    exec(compile(source, filename, "exec", 0, True), namespace)


def embed_evaluate(source, filename, namespace):
    return eval(compile(source.lstrip(" \t"), filename, "eval", 0, True), namespace)


def embed_namespace(module):
    return module.__dict__


def embed_module(name):
    """The module of that name, made when there is none."""
    modules = import_sys_modules()
    if name not in modules:
        modules[name] = class_of(modules["sys"])(name)
    return modules[name]


def embed_import(name):
    __import__(name)
    return import_sys_modules()[name]


def embed_describe(error):
    """Class name, message, traceback text, and the names of all classes that an except clause may name."""
    cls = class_of(error)
    try:
        text = str(error)
    except BaseException:
        text = "<exception str() failed>"
    try:
        trace = traceback_text(error)
    except BaseException:
        trace = ""
    names = []
    for c in cls.__mro__:
        names.append(traceback_type_name(c))
    return names, text, trace


def embed_error(name, message):
    """The exception that a Swift function asks for by name: a builtin one, or module.Class of a module that is there."""
    module, dot, last = name.rpartition(".")
    found = getattr(import_sys_modules().get(module or "builtins"), last, None)
    if isinstance(found, type) and issubclass(found, BaseException):
        raise found(message)
    raise RuntimeError(name + ": " + message)


def embed_function(name, number):
    """A Python function that calls the Swift function of that number."""
    def host_function(*args, **kwargs):
        return embed_invoke(number, args, kwargs)
    host_function.__name__ = host_function.__qualname__ = name
    host_function.__module__ = None
    return as_builtin_function(host_function)
