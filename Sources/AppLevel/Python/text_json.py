# _json: the scanner with hooks, the encoder's questions to Python.
# On demand: _json


def json_fail(message, s, position):
    import json.decoder
    raise json.decoder.JSONDecodeError(message, s, position)


@builtin_class("_json", "Scanner")
class json_Scanner:
    __slots__ = ("strict", "object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant", "_plain")

    def __new__(cls, context):
        self = _object.__new__(cls)
        self.strict = bool(context.strict)
        self.object_hook = context.object_hook
        self.object_pairs_hook = context.object_pairs_hook
        self.parse_float = context.parse_float
        self.parse_int = context.parse_int
        self.parse_constant = context.parse_constant
        self._plain = (self.object_hook is None and self.object_pairs_hook is None and self.parse_float is float and self.parse_int is int
                       and json_is_default(self.parse_constant))
        return self

    def __call__(self, string, idx):
        if self._plain:
            return json_document(string, idx, self.strict)
        if not isinstance(string, str):
            raise TypeError("first argument must be a string, not " + typeNameOf(string))
        idx = textIndex(idx)
        if idx < 0:
            raise ValueError("idx cannot be negative")
        return json_value(self, string, idx, {})


app_module_attr("_json", "make_scanner", json_Scanner)


def json_is_default(parse_constant):
    # Whether NaN and the infinities become the floats: what json.decoder asks for when the caller said nothing.
    import sys
    decoder = sys.modules.get("json.decoder")
    constants = getattr_default(decoder, "_CONSTANTS", None)
    return constants is not None and getattr_default(parse_constant, "__self__", None) is constants


def json_value(scanner, s, i, memo):
    if i >= len(s):
        raise StopIteration(i)
    c = s[i]
    if c == '"':
        return import_native_once("_json").scanstring(s, i + 1, scanner.strict)
    if c == "{":
        return json_object(scanner, s, i + 1, memo)
    if c == "[":
        return json_array(scanner, s, i + 1, memo)
    if c == "n" and s[i:i + 4] == "null":
        return None, i + 4
    if c == "t" and s[i:i + 4] == "true":
        return True, i + 4
    if c == "f" and s[i:i + 5] == "false":
        return False, i + 5
    if c == "N" and s[i:i + 3] == "NaN":
        return scanner.parse_constant("NaN"), i + 3
    if c == "I" and s[i:i + 8] == "Infinity":
        return scanner.parse_constant("Infinity"), i + 8
    if c == "-" and s[i:i + 9] == "-Infinity":
        return scanner.parse_constant("-Infinity"), i + 9
    if c != "-" and not "0" <= c <= "9":
        raise StopIteration(i)
    number = json_number_end(s, i)
    if number is None:
        raise StopIteration(i)
    end, is_float = number
    return (scanner.parse_float if is_float else scanner.parse_int)(s[i:end]), end


def json_object(scanner, s, i, memo):
    pairs = []
    string = import_native_once("_json").scanstring
    i = json_skip(s, i)
    if s[i:i + 1] != "}":
        while True:
            if s[i:i + 1] != '"':
                json_fail("Expecting property name enclosed in double quotes", s, i)
            key, i = string(s, i + 1, scanner.strict)
            key = memo.setdefault(key, key)
            i = json_skip(s, i)
            if s[i:i + 1] != ":":
                json_fail("Expecting ':' delimiter", s, i)
            value, i = json_value(scanner, s, json_skip(s, i + 1), memo)
            pairs.append((key, value))
            i = json_skip(s, i)
            c = s[i:i + 1]
            if c == "}":
                break
            if c != ",":
                json_fail("Expecting ',' delimiter", s, i)
            i = json_skip(s, i + 1)
    if scanner.object_pairs_hook is not None:
        return scanner.object_pairs_hook(pairs), i + 1
    d = dict(pairs)
    if scanner.object_hook is not None:
        d = scanner.object_hook(d)
    return d, i + 1


def json_array(scanner, s, i, memo):
    items = []
    i = json_skip(s, i)
    if s[i:i + 1] != "]":
        while True:
            value, i = json_value(scanner, s, i, memo)
            items.append(value)
            i = json_skip(s, i)
            c = s[i:i + 1]
            if c == "]":
                break
            if c != ",":
                json_fail("Expecting ',' delimiter", s, i)
            i = json_skip(s, i + 1)
    return items, i + 1


@builtin_class("_json", "Encoder")
class json_Encoder:
    __slots__ = ("markers", "default", "encoder", "indent", "key_separator", "item_separator", "sort_keys", "skipkeys", "_nan", "_config")

    def __new__(cls, markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan):
        if markers is not None and not isinstance(markers, dict):
            raise TypeError("make_encoder() argument 1 must be dict or None, not " + typeNameOf(markers))
        if not isinstance(key_separator, str):
            raise TypeError("make_encoder() argument 5 must be str, not " + typeNameOf(key_separator))
        if not isinstance(item_separator, str):
            raise TypeError("make_encoder() argument 6 must be str, not " + typeNameOf(item_separator))
        self = _object.__new__(cls)
        self.markers = markers
        self.default = default
        self.encoder = encoder
        self.indent = indent
        self.key_separator = key_separator
        self.item_separator = item_separator
        self.sort_keys = bool(sort_keys)
        self.skipkeys = bool(skipkeys)
        self._nan = bool(allow_nan)
        m = import_native_once("_json")
        if encoder is m.encode_basestring_ascii or encoder is m.encode_basestring:
            self._config = (markers is not None, encoder is m.encode_basestring_ascii, key_separator, item_separator, self.sort_keys,
                            self.skipkeys, self._nan)
        else:
            self._config = None
        return self

    def __call__(self, obj, _current_indent_level, /):
        config = self._config
        if config is None:
            out = []
            json_write(self, obj, out)
            return tuple(out)
        stack = []
        text, request, asked = json_encode(config, stack, 0, obj)
        if not request:
            return (text,)
        out = [text]
        while request:
            if request == 1:
                answer = (json_default(self, asked, stack), asked)
                text, request, asked = json_encode(config, stack, 2, answer)
            else:
                answer = (json_pairs(self, asked), asked)
                text, request, asked = json_encode(config, stack, 1, answer)
            out.append(text)
        return tuple(out)


app_module_attr("_json", "make_encoder", json_Encoder)


def json_default(encoder, obj, stack):
    if encoder.markers is not None:
        for o in stack[::3]:
            if o is obj:
                raise ValueError("Circular reference detected")
    return encoder.default(obj)


def json_pairs(encoder, obj):
    pairs = list(obj.items())
    for p in pairs:
        if class_of(p) is not tuple or len(p) != 2:
            raise ValueError("items must return 2-tuples")
    if encoder.sort_keys:
        pairs.sort()
    return pairs


def json_float(encoder, x):
    if x != x:
        text = "NaN"
    elif x == float("inf"):
        text = "Infinity"
    elif x == -float("inf"):
        text = "-Infinity"
    else:
        return float.__repr__(x)
    if not encoder._nan:
        raise ValueError("Out of range float values are not JSON compliant")
    return text


def json_scalar(encoder, obj):
    # The text of what is no container; None for a container, ... for what `default` has to convert.
    if obj is None:
        return "null"
    if obj is True:
        return "true"
    if obj is False:
        return "false"
    if isinstance(obj, str):
        text = encoder.encoder(obj)
        if not isinstance(text, str):
            raise TypeError("encoder() must return a string, not " + typeNameOf(text))
        return text
    if isinstance(obj, int):
        return int.__repr__(obj)
    if isinstance(obj, float):
        return json_float(encoder, obj)
    if isinstance(obj, (list, tuple, dict)):
        return None
    return ...


def json_enter(encoder, obj):
    markers = encoder.markers
    if markers is not None:
        if id(obj) in markers:
            raise ValueError("Circular reference detected")
        markers[id(obj)] = obj


def json_leave(encoder, obj):
    if encoder.markers is not None:
        del encoder.markers[id(obj)]


def json_write(encoder, obj, out):
    text = json_scalar(encoder, obj)
    if text is ...:
        json_enter(encoder, obj)
        json_write(encoder, encoder.default(obj), out)
        json_leave(encoder, obj)
        return
    if text is not None:
        out.append(text)
        return
    if isinstance(obj, dict):
        if not obj:
            out.append("{}")
            return
        json_enter(encoder, obj)
        first = True
        for k, v in json_pairs(encoder, obj):
            if isinstance(k, str):
                pass
            elif k is None or isinstance(k, (int, float)):
                k = json_scalar(encoder, k)
            elif encoder.skipkeys:
                continue
            else:
                raise TypeError("keys must be str, int, float, bool or None, not " + typeNameOf(k))
            out.append("{" if first else encoder.item_separator)
            first = False
            out.append(json_scalar(encoder, k))
            out.append(encoder.key_separator)
            json_write(encoder, v, out)
        out.append("{}" if first else "}")
        json_leave(encoder, obj)
        return
    if not obj:
        out.append("[]")
        return
    json_enter(encoder, obj)
    separator = "["
    for v in obj:
        out.append(separator)
        separator = encoder.item_separator
        json_write(encoder, v, out)
    out.append("]")
    json_leave(encoder, obj)
