# pyexpat: parser objects. Expat stops at every event; handlers are called here, then it goes on.
# On demand: pyexpat

expat_names = ("StartElementHandler", "EndElementHandler", "ProcessingInstructionHandler", "CharacterDataHandler", "UnparsedEntityDeclHandler",
               "NotationDeclHandler", "StartNamespaceDeclHandler", "EndNamespaceDeclHandler", "CommentHandler", "StartCdataSectionHandler",
               "EndCdataSectionHandler", "DefaultHandler", "DefaultHandlerExpand", "NotStandaloneHandler", "ExternalEntityRefHandler",
               "StartDoctypeDeclHandler", "EndDoctypeDeclHandler", "EntityDeclHandler", "XmlDeclHandler", "ElementDeclHandler",
               "AttlistDeclHandler", "SkippedEntityHandler")
expat_known_encodings = ("utf-8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "iso-8859-1")


class expat_ExpatError(Exception):
    pass


expat_ExpatError.__name__ = expat_ExpatError.__qualname__ = "ExpatError"
expat_ExpatError.__module__ = "xml.parsers.expat"
app_module_attr("pyexpat", "ExpatError", expat_ExpatError)
app_module_attr("pyexpat", "error", expat_ExpatError)


def expat_raise(parser, code):
    line = expat_number(parser._handle, 1)
    column = expat_number(parser._handle, 2)
    error = expat_ExpatError(str(expat_error(code)) + ": line " + str(line) + ", column " + str(column))
    error.code = code
    error.offset = column
    error.lineno = line
    raise error


class expat_handler:
    """A handler attribute."""

    def __init__(self, kind):
        self.kind = kind

    def __get__(self, parser, cls=None):
        if parser is None:
            return self
        return parser._handlers[self.kind]

    def __set__(self, parser, value):
        kind = self.kind
        if kind == 3:
            # Text that waits belongs to the old handler.
            parser._flush()
        if value is None and kind == 3 and parser._running:
            # Expat may be in the middle of it.
            pass
        parser._handlers[kind] = value
        parser._update()

    def __delete__(self, parser):
        raise TypeError("Cannot delete attribute")


class expat_number_attribute:
    def __init__(self, which):
        self.which = which

    def __get__(self, parser, cls=None):
        if parser is None:
            return self
        place = parser._place
        return expat_number(parser._handle, self.which) if place is None or self.which == 0 else place[self.which]


@bound_to_process
class expat_xmlparser:
    __slots__ = ("_handle", "_parent", "_handlers", "_mask", "_running", "_ordered", "_specified", "_prefixes", "_buffering", "_size", "_text",
                 "_text_size", "_intern", "_started", "_place", "__weakref__")

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'pyexpat.xmlparser' instances")

    def _flush(self):
        text = self._text
        if text:
            self._text = []
            self._text_size = 0
            handler = self._handlers[3]
            if handler is not None:
                handler("".join(text))

    def _update(self):
        mask = 0
        bit = 1
        for handler in self._handlers:
            if handler is not None:
                mask |= bit
            bit <<= 1
        if mask != self._mask:
            self._mask = mask
            expat_handlers(self._handle, mask)

    def _set_encoding(self, data):
        """Prepares for a document in a one-byte encoding that Expat does not know."""
        if data[:5] != b"<?xml":
            return
        head = bytes(data[:data.find(b"?>")])
        at = head.find(b"encoding")
        if at < 0:
            return
        rest = head[at + 8:].lstrip(b" \t\r\n=")
        quote = rest[:1]
        if quote not in (b"'", b'"'):
            return
        name = rest[1:rest.find(quote, 1)].decode("latin-1")
        if name.lower() in expat_known_encodings:
            return
        try:
            text = bytes(range(256)).decode(name, "replace")
        except LookupError:
            raise LookupError("unknown encoding: " + name) from None
        if len(text) != 256:
            raise ValueError("multi-byte encodings are not supported")
        expat_set_map(self._handle, [-1 if c == "\ufffd" else ord(c) for c in text])

    def Parse(self, data, isfinal=False, /):
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogatepass")
            if not self._started and self._parent is None:
                self._started = True
                expat_text_encoding(self)
        elif type(data) is not bytes:
            with memoryview(data) as view:
                data = bytes(view)
        if not self._started:
            self._started = True
            self._set_encoding(data)
        if self._running:
            raise expat_reentered()
        # One call of the library takes at most 2 GiB.
        while len(data) > 1 << 20:
            self._feed(data[:1 << 20], False)
            data = data[1 << 20:]
        return self._feed(data, bool(isfinal))

    def _feed(self, data, final):
        handle = self._handle
        self._running = True
        try:
            status, events = expat_parse(handle, data, final)
            while True:
                for event in events:
                    self._place = event[-1]
                    self._dispatch(event)
                if status != 2:
                    break
                status, events = expat_resume(handle)
        finally:
            self._running = False
            self._place = None
        if status == 0:
            self._flush()
            expat_raise(self, expat_number(handle, 0))
        self._flush()
        return 1

    def _dispatch(self, event):
        kind = event[0]
        handler = self._handlers[kind]
        if kind == 3:
            if handler is None:
                return
            if self._buffering:
                text = event[1]
                if self._text_size + len(text) > self._size:
                    self._flush()
                    if len(text) > self._size:
                        handler(text)
                        return
                self._text.append(text)
                self._text_size += len(text)
                return
            handler(event[1])
            return
        if self._text:
            self._flush()
            handler = self._handlers[kind]
        if handler is None:
            return
        if kind == 0:
            items = event[2]
            if self._specified:
                items = items[:event[3]]
            if self._ordered:
                handler(event[1], items)
            else:
                attributes = {}
                for i in range(0, len(items), 2):
                    attributes[items[i]] = items[i + 1]
                handler(event[1], attributes)
        elif kind == 1:
            handler(event[1])
        elif kind == 14:
            if not handler(*event[1:-1]):
                expat_raise(self, 21)
        elif kind == 13:
            if not handler():
                expat_raise(self, 22)
        elif kind == 20:
            handler(event[1], event[2], event[3], event[4], event[5])
        else:
            handler(*event[1:-1])

    def ParseFile(self, file, /):
        read = getattr(file, "read", None)
        if read is None:
            raise TypeError("argument must have 'read' attribute")
        while True:
            data = read(2048)
            if not isinstance(data, (bytes, bytearray)):
                raise TypeError("read() did not return a bytes object (type=" + type(data).__name__ + ")")
            if len(data) > 2048:
                raise ValueError("read() returned too much data: 2048 bytes requested, " + str(len(data)) + " returned")
            result = self.Parse(data, not data)
            if not data:
                return result

    def SetBase(self, base, /):
        expat_set(self._handle, 0, base)

    def GetBase(self, /):
        return expat_base(self._handle)

    def GetInputContext(self, /):
        return expat_input(self._handle) if self._running else None

    def ExternalEntityParserCreate(self, context, encoding=None, /):
        if context is not None and not isinstance(context, str):
            raise TypeError("ExternalEntityParserCreate() argument 1 must be str or None, not " + type(context).__name__)
        parser = expat_new(expat_create_external(self._handle, context, encoding), self._intern)
        parser._parent = self
        parser._buffering = self._buffering
        parser._size = self._size
        parser._ordered = self._ordered
        parser._specified = self._specified
        parser._prefixes = self._prefixes
        parser._handlers = list(self._handlers)
        parser._mask = -1
        parser._update()
        return parser

    def SetParamEntityParsing(self, flag, /):
        return expat_set(self._handle, 3, system_index(flag))

    def UseForeignDTD(self, flag=True, /):
        code = expat_set(self._handle, 2, bool(flag))
        if code:
            expat_raise(self, code)

    @property
    def intern(self):
        return self._intern

    @property
    def buffer_size(self):
        return self._size

    @buffer_size.setter
    def buffer_size(self, value):
        if not isinstance(value, int):
            raise TypeError("buffer_size must be an integer")
        if value <= 0:
            raise ValueError("buffer_size must be greater than zero")
        if value > 0x7fffffff:
            raise ValueError("buffer_size must not be greater than 2147483647")
        self._flush()
        self._size = value

    @property
    def buffer_text(self):
        return self._buffering

    @buffer_text.setter
    def buffer_text(self, value):
        value = bool(value)
        if not value:
            self._flush()
        self._buffering = value

    @property
    def buffer_used(self):
        return self._text_size

    @property
    def namespace_prefixes(self):
        return self._prefixes

    @namespace_prefixes.setter
    def namespace_prefixes(self, value):
        self._prefixes = bool(value)
        expat_set(self._handle, 1, self._prefixes)

    @property
    def ordered_attributes(self):
        return self._ordered

    @ordered_attributes.setter
    def ordered_attributes(self, value):
        self._ordered = bool(value)

    @property
    def specified_attributes(self):
        return self._specified

    @specified_attributes.setter
    def specified_attributes(self, value):
        self._specified = bool(value)

    def __del__(self):
        expat_free(self._handle)


for expat_kind in range(22):
    setattr(expat_xmlparser, expat_names[expat_kind], expat_handler(expat_kind))
for expat_kind, expat_name in ((0, "ErrorCode"), (1, "ErrorLineNumber"), (2, "ErrorColumnNumber"), (3, "ErrorByteIndex"), (1, "CurrentLineNumber"),
                               (2, "CurrentColumnNumber"), (3, "CurrentByteIndex")):
    setattr(expat_xmlparser, expat_name, expat_number_attribute(expat_kind))
builtin_class("pyexpat", "xmlparser")(expat_xmlparser)
app_module_attr("pyexpat", "XMLParserType", expat_xmlparser)
expat_object_new = object.__new__


def expat_reentered():
    error = expat_ExpatError("parser is not re-entrant")
    error.code = 1
    error.offset = error.lineno = 0
    return error


def expat_text_encoding(parser):
    """Text was encoded here, whatever its declaration says."""
    expat_set(parser._handle, 4, "utf-8")


def expat_new(handle, intern):
    self = expat_object_new(expat_xmlparser)
    self._handle = handle
    self._parent = None
    self._handlers = [None] * 22
    self._mask = 0
    self._running = False
    self._ordered = self._specified = self._prefixes = self._buffering = False
    self._size = 8192
    self._text = []
    self._text_size = 0
    self._intern = intern
    self._started = False
    self._place = None
    return self


@system_function("pyexpat", "ParserCreate")
def expat_parser_create(encoding=None, namespace_separator=None, intern=structseq_member):
    if encoding is not None and not isinstance(encoding, str):
        raise TypeError("ParserCreate() argument 'encoding' must be str or None, not " + type(encoding).__name__)
    if namespace_separator is not None:
        if not isinstance(namespace_separator, str):
            raise TypeError("ParserCreate() argument 'namespace_separator' must be str or None, not " + type(namespace_separator).__name__)
        if len(namespace_separator) > 1:
            raise ValueError("namespace_separator must be at most one character, omitted, or None")
    if intern is structseq_member:
        intern = {}
    elif intern is not None and not isinstance(intern, dict):
        raise TypeError("intern must be a dictionary")
    parser = expat_new(expat_create(encoding, namespace_separator), intern)
    if encoding is not None and encoding.lower() not in expat_known_encodings:
        text = bytes(range(256)).decode(encoding, "replace")
        if len(text) == 256:
            expat_set_map(parser._handle, [-1 if c == "\ufffd" else ord(c) for c in text])
    expat_handlers(parser._handle, 0)
    return parser


@system_function("pyexpat", "ErrorString")
def expat_error_string(code, /):
    return expat_error(system_index(code))


expat_error_names = (
    "XML_ERROR_NO_MEMORY", "XML_ERROR_SYNTAX", "XML_ERROR_NO_ELEMENTS", "XML_ERROR_INVALID_TOKEN", "XML_ERROR_UNCLOSED_TOKEN",
    "XML_ERROR_PARTIAL_CHAR", "XML_ERROR_TAG_MISMATCH", "XML_ERROR_DUPLICATE_ATTRIBUTE", "XML_ERROR_JUNK_AFTER_DOC_ELEMENT",
    "XML_ERROR_PARAM_ENTITY_REF", "XML_ERROR_UNDEFINED_ENTITY", "XML_ERROR_RECURSIVE_ENTITY_REF", "XML_ERROR_ASYNC_ENTITY",
    "XML_ERROR_BAD_CHAR_REF", "XML_ERROR_BINARY_ENTITY_REF", "XML_ERROR_ATTRIBUTE_EXTERNAL_ENTITY_REF", "XML_ERROR_MISPLACED_XML_PI",
    "XML_ERROR_UNKNOWN_ENCODING", "XML_ERROR_INCORRECT_ENCODING", "XML_ERROR_UNCLOSED_CDATA_SECTION", "XML_ERROR_EXTERNAL_ENTITY_HANDLING",
    "XML_ERROR_NOT_STANDALONE", "XML_ERROR_UNEXPECTED_STATE", "XML_ERROR_ENTITY_DECLARED_IN_PE", "XML_ERROR_FEATURE_REQUIRES_XML_DTD",
    "XML_ERROR_CANT_CHANGE_FEATURE_ONCE_PARSING", "XML_ERROR_UNBOUND_PREFIX", "XML_ERROR_UNDECLARING_PREFIX", "XML_ERROR_INCOMPLETE_PE",
    "XML_ERROR_XML_DECL", "XML_ERROR_TEXT_DECL", "XML_ERROR_PUBLICID", "XML_ERROR_SUSPENDED", "XML_ERROR_NOT_SUSPENDED", "XML_ERROR_ABORTED",
    "XML_ERROR_FINISHED", "XML_ERROR_SUSPEND_PE", "XML_ERROR_RESERVED_PREFIX_XML", "XML_ERROR_RESERVED_PREFIX_XMLNS",
    "XML_ERROR_RESERVED_NAMESPACE_URI", "XML_ERROR_INVALID_ARGUMENT", "XML_ERROR_NO_BUFFER", "XML_ERROR_AMPLIFICATION_LIMIT_BREACH")


def pyexpat_populate(d):
    version, major, minor, micro = expat_version()
    d["EXPAT_VERSION"] = version
    d["version_info"] = (major, minor, micro)
    d["native_encoding"] = "UTF-8"
    d["features"] = [("sizeof(XML_Char)", 1), ("sizeof(XML_LChar)", 1), ("XML_DTD", 0), ("XML_CONTEXT_BYTES", 1024), ("XML_NS", 0)]
    d["XML_PARAM_ENTITY_PARSING_NEVER"] = 0
    d["XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE"] = 1
    d["XML_PARAM_ENTITY_PARSING_ALWAYS"] = 2
    modules = import_sys_modules()
    errors = class_of(modules["sys"])("pyexpat.errors", "Constants used to describe error conditions.")
    codes = {}
    messages = {}
    i = 0
    for name in expat_error_names:
        i += 1
        text = expat_error(i)
        if text is None:
            continue
        errors.__dict__[name] = text
        codes[text] = i
        messages[i] = text
    errors.codes = codes
    errors.messages = messages
    model = class_of(modules["sys"])("pyexpat.model", "Constants used to interpret content model information.")
    for i, name in enumerate(("EMPTY", "ANY", "MIXED", "NAME", "CHOICE", "SEQ")):
        model.__dict__["XML_CTYPE_" + name] = i + 1
    for i, name in enumerate(("NONE", "OPT", "REP", "PLUS")):
        model.__dict__["XML_CQUANT_" + name] = i
    d["errors"] = modules["pyexpat.errors"] = errors
    d["model"] = modules["pyexpat.model"] = model
