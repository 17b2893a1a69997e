# _pickle: the names of the native pickler, which are those of the library's own one.

_pickle_names = {"Pickler": "_Pickler", "Unpickler": "_Unpickler", "dump": "_dump", "dumps": "_dumps", "load": "_load", "loads": "_loads",
                 "PickleError": "PickleError", "PicklingError": "PicklingError", "UnpicklingError": "UnpicklingError"}


def pickle_attribute(name):
    # While `pickle` itself is being loaded there is nothing yet: it falls back to its own.
    own = _pickle_names.get(name)
    if own is not None:
        import pickle
        found = pickle.__dict__.get(own)
        if found is not None:
            return found
    raise AttributeError("module '_pickle' has no attribute " + repr(name))


app_module_attr("_pickle", "__getattr__", pickle_attribute)
