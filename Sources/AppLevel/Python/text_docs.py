# What the builtin classes say of themselves.

for text_type, text_doc in (
    (object, "object()\n\nThe base of all classes; its instances have no attributes of their own."),
    (type, "type(object) -> the object's class\ntype(name, bases, dict, **kwds) -> a new class"),
    (int, "int([x]) -> integer\nint(x, base=10) -> integer\n\nA number or text as an integer; 0 without arguments."),
    (bool, "bool(x) -> bool\n\nWhether x is true. True and False are the only instances."),
    (float, "Convert a string or number to a floating point number, if possible."),
    (complex, "Create a complex number from a real part and an optional imaginary part."),
    (str, "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nThe text of an object, or of encoded bytes."),
    (bytes, "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy\n"
            "bytes(int) -> that many zero bytes\nbytes() -> no bytes"),
    (bytearray, "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> "
                "mutable copy\nbytearray(int) -> that many zero bytes\nbytearray() -> no bytes"),
    (memoryview, "Create a new memoryview object which references the given object."),
    (list, "Built-in mutable sequence.\n\nIf no argument is given, the new list is empty; else it has the items of the iterable."),
    (tuple, "Built-in immutable sequence.\n\nIf no argument is given, the tuple is empty; else it has the items of the iterable."),
    (dict, "dict() -> new empty dictionary\ndict(mapping) -> new dictionary with the mapping's pairs\ndict(iterable) -> with the pairs of the "
           "iterable\ndict(**kwargs) -> with the names and values given"),
    (set, "set() -> new empty set object\nset(iterable) -> new set object with the iterable's items"),
    (frozenset, "frozenset() -> empty frozenset object\nfrozenset(iterable) -> frozenset object with the iterable's items"),
    (range, "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nThe integers from start up to stop, which is not "
            "among them, by step."),
    (slice, "slice(stop)\nslice(start, stop[, step])\n\nWhat stands between brackets in a[start:stop:step]."),
    (property, "Property attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting "
               "an attribute value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring"),
    (staticmethod, "staticmethod(function) -> method\n\nA function that does not get the instance it is called on."),
    (classmethod, "classmethod(function) -> method\n\nA function that gets the class as its first argument."),
    (super, "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object\n"
            "super(type, type2) -> bound super object"),
):
    if text_type.__doc__ is None:
        raw_set_type_attr(text_type, "__doc__", text_doc)

for text_type, text_name, text_doc in (
    (complex, "real", "the real part of a complex number"),
    (complex, "imag", "the imaginary part of a complex number"),
    (int, "real", "the real part of a complex number"),
    (int, "imag", "the imaginary part of a complex number"),
    (int, "numerator", "the numerator of a rational number in lowest terms"),
    (int, "denominator", "the denominator of a rational number in lowest terms"),
    (float, "real", "the real part of a complex number"),
    (float, "imag", "the imaginary part of a complex number"),
):
    descriptor_set_doc(type_lookup(text_type, text_name), text_doc)
