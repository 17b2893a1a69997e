# _imp: the frozen modules. As in CPython there are some to try the machinery with; their sources come from the library.

# Name: (name of the original or None, file below the library or None for an empty module, whether it is a package).
frozen_table = {
    "__hello__": ("__hello__", "__hello__.py", False),
    "__hello_alias__": ("__hello__", "__hello__.py", False),
    "__phello_alias__": ("__hello__", "__hello__.py", True),
    "__phello_alias__.spam": ("__hello__", "__hello__.py", False),
    "__phello__": ("__phello__", "__phello__/__init__.py", True),
    "__phello__.__init__": ("<__phello__", "__phello__/__init__.py", False),
    "__phello__.ham": ("__phello__.ham", None, True),
    "__phello__.ham.__init__": ("<__phello__.ham", None, False),
    "__phello__.ham.eggs": ("__phello__.ham.eggs", None, False),
    "__phello__.spam": ("__phello__.spam", "__phello__/spam.py", False),
    "__hello_only__": (None, "__hello__.py", False),
}
# What a test asks for: the frozen modules are used unless it is negative.
frozen_override = [0]


def frozen_entry(name):
    if not isinstance(name, str):
        raise TypeError("argument must be str, not " + type(name).__name__)
    if frozen_override[0] >= 0 and name in frozen_table and sys_state("library") is not None:
        return frozen_table[name]
    return None


def frozen_missing(name):
    raise ImportError("No such frozen object named " + name, name=name)


def frozen_code(name, entry):
    file = entry[1]
    source = b""
    if file is not None:
        try:
            with open(sys_state("library") + "/" + file, "rb") as f:
                source = f.read()
        except OSError:
            frozen_missing(name)
    return compile(source, "<frozen " + (entry[0] or name).lstrip("<") + ">", "exec", 0, True)


@system_function("_imp", "is_frozen")
def frozen_is_frozen(name, /):
    return frozen_entry(name) is not None


@system_function("_imp", "is_frozen_package")
def frozen_is_package(name, /):
    entry = frozen_entry(name)
    if entry is None:
        frozen_missing(name)
    return entry[2]


@system_function("_imp", "get_frozen_object")
def frozen_get_object(name, data=None, /):
    if data is not None:
        import marshal
        try:
            code = marshal.loads(data)
        except (ValueError, EOFError, TypeError):
            raise ImportError("Frozen object named " + repr(name) + " is invalid", name=name) from None
        if class_of(code).__name__ != "code":
            raise TypeError("frozen object " + repr(name) + " is not a code object")
        return code
    entry = frozen_entry(name)
    if entry is None:
        frozen_missing(name)
    return frozen_code(name, entry)


@system_function("_imp", "find_frozen")
def frozen_find(name, /, *, withdata=False):
    entry = frozen_entry(name)
    if entry is None:
        return None
    data = None
    if withdata:
        import marshal
        data = memoryview(marshal.dumps(frozen_code(name, entry)))
    return data, entry[2], entry[0]


@system_function("_imp", "_frozen_module_names")
def frozen_names():
    return list(frozen_table)


@system_function("_imp", "_override_frozen_modules_for_tests")
def frozen_override_set(override, /):
    frozen_override[0] = system_index(override)
