# What the builtin classes say of themselves.

for text_type, text_doc in (
    (object, "object()\n\nThe base of all classes; its instances have no attributes of their own."),
    (type, "type(object) -> the object's class\ntype(name, bases, dict, **kwds) -> a new class"),
    (int, "int([x]) -> integer\nint(x, base=10) -> integer\n\nA number or text as an integer; 0 without arguments. Base 0 goes by the prefix:\n\n"
          ">>> int('0x2a', base=0)\n42"),
    (zip, "zip(*iterables, strict=False) --> tuples of an item of each\n\nIt ends with the shortest; strict makes other lengths an error.\n\n"
          ">>> list(zip('abc', range(9)))\n[('a', 0), ('b', 1), ('c', 2)]"),
    (map, "map(func, *iterables) --> what the function gives for items of each iterable"),
    (filter, "filter(function or None, iterable) --> the items for which the function is true, or that are"),
    (enumerate, "Pairs of a count, from start on, and an item of the iterable."),
    (reversed, "Return a reverse iterator over the values of the given sequence."),
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

for text_type, text_name, text_doc in (
    (int, "bit_length", "Number of bits necessary to represent self in binary.\n\n>>> bin(42)\n'0b101010'\n>>> (42).bit_length()\n6"),
    (int, "bit_count", "Number of ones in the binary representation of the absolute value of self.\n\n>>> bin(42)\n'0b101010'\n>>> (42).bit_count()\n3"),
    (int, "as_integer_ratio", "Return a pair of integers whose ratio is equal to the original int.\n\n>>> (-7).as_integer_ratio()\n(-7, 1)"),
    (float, "as_integer_ratio", "Return a pair of integers whose ratio is exactly equal to the original float.\n\n>>> (2.5).as_integer_ratio()\n(5, 2)"),
    (float, "hex", "Return a hexadecimal representation of a floating-point number.\n\n>>> (0.5).hex()\n'0x1.0000000000000p-1'"),
    (float, "fromhex", "Create a floating-point number from a hexadecimal string.\n\n>>> float.fromhex('0x1.8p1')\n3.0"),
    (bytes, "hex", "Two hexadecimal digits a byte; sep stands after each bytes_per_sep bytes, counted from the right.\n\n"
                   ">>> b'\\xb9\\x01\\xef'.hex(':')\n'b9:01:ef'"),
    (bytearray, "hex", "Two hexadecimal digits a byte; sep stands after each bytes_per_sep bytes, counted from the right.\n\n"
                       ">>> bytearray(b'\\xb9\\x01\\xef').hex(':', 2)\n'b9:01ef'"),
    (memoryview, "hex", "Two hexadecimal digits a byte; sep stands after each bytes_per_sep bytes, counted from the right.\n\n"
                        ">>> memoryview(b'\\xb9\\x01\\xef').hex()\n'b901ef'"),
):
    descriptor_set_doc(type_lookup(text_type, text_name), text_doc)

for text_type, text_doc in (
    (bin, "Return the binary representation of an integer.\n\n>>> bin(42)\n'0b101010'"),
    (oct, "Return the octal representation of an integer.\n\n>>> oct(42)\n'0o52'"),
    (hex, "Return the hexadecimal representation of an integer.\n\n>>> hex(42)\n'0x2a'"),
    (abs, "Return the absolute value of the argument."),
    (all, "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True."),
    (any, "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False."),
    (callable, "Return whether the object is callable (i.e., some kind of function)."),
    (chr, "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff."),
    (divmod, "Return the tuple (x//y, x%y)."),
    (hash, "Return the hash value for the given object."),
    (id, "Return the identity of an object, unlike that of all others that exist at the same time."),
    (isinstance, "Return whether an object is an instance of a class or of a subclass thereof."),
    (issubclass, "Return whether a class is a subclass of another one."),
    (len, "Return the number of items in a container."),
    (ord, "Return the Unicode code point for a one-character string."),
    (repr, "Return the canonical string representation of the object."),
    (sum, "Return the sum of a 'start' value (default: 0) plus an iterable of numbers"),
):
    descriptor_set_doc(text_type, text_doc)
