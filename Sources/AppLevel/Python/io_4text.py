# _io: text streams.

io_newline_values = (None, "\n", "\r", ("\r", "\n"), "\r\n", ("\n", "\r\n"), ("\r", "\r\n"), ("\r", "\n", "\r\n"))
# By the bits of io_newline_kinds: 1 "\r", 2 "\n", 4 "\r\n".
io_newline_seen = (None, "\r", "\n", ("\r", "\n"), "\r\n", ("\r", "\r\n"), ("\n", "\r\n"), ("\r", "\n", "\r\n"))


@system_class("_io", "IncrementalNewlineDecoder")
class io_IncrementalNewlineDecoder:
    __slots__ = ("_decoder", "_translate", "_pendingcr", "_seen", "_errors", "__dict__", "__weakref__")

    def __init__(self, decoder, translate, errors="strict"):
        self._decoder = decoder
        self._translate = bool(translate)
        self._pendingcr = False
        self._seen = 0
        self._errors = errors

    @property
    def errors(self):
        return self._errors

    def decode(self, input, final=False):
        decoder = self._decoder
        if decoder is None:
            output = input
        else:
            output = decoder.decode(input, final)
        if not isinstance(output, str):
            raise TypeError("decoder should return a string result, not '" + type(output).__name__ + "'")
        if self._pendingcr and (output or final):
            output = "\r" + output
            self._pendingcr = False
        if not final and output and output[-1] == "\r":
            output = output[:-1]
            self._pendingcr = True
        kinds = io_newline_kinds(output)
        if kinds:
            self._seen |= kinds
            if self._translate and kinds & 5:
                output = io_translate(output)
        return output

    def getstate(self, /):
        if self._decoder is None:
            buffer, flag = b"", 0
        else:
            state = self._decoder.getstate()
            if not isinstance(state, tuple) or len(state) != 2:
                raise TypeError("illegal decoder state")
            buffer, flag = state
        flag <<= 1
        if self._pendingcr:
            flag |= 1
        return buffer, flag

    def setstate(self, state, /):
        if not isinstance(state, tuple):
            raise TypeError("state argument must be a tuple")
        buffer, flag = state
        self._pendingcr = bool(flag & 1)
        if self._decoder is not None:
            self._decoder.setstate((buffer, flag >> 1))

    def reset(self, /):
        self._seen = 0
        self._pendingcr = False
        if self._decoder is not None:
            self._decoder.reset()

    @property
    def newlines(self):
        return io_newline_seen[self._seen]


class io_Utf8Decoder:
    """Incremental decoder for the native codecs UTF-8, ASCII and Latin-1, without the codecs module."""

    __slots__ = ("errors", "_number", "_buffer", "_foreign")

    def __init__(self, number, errors):
        self._number = number
        self.errors = errors
        self._buffer = b""
        self._foreign = None
        if not textHasNativeHandler(errors):
            codecs = import_native_once("_codecs")
            self._foreign = codecs.utf_8_decode if number == 0 else codecs.ascii_decode

    def decode(self, input, final=False):
        data = self._buffer + input if self._buffer else input
        if self._foreign is None:
            text, used = textDecodeNative(self._number, data, self.errors, final)
        elif self._number == 0:
            text, used = self._foreign(data, self.errors, final)
        else:
            text, used = self._foreign(data, self.errors)
        self._buffer = b"" if used == len(data) else bytes(data[used:])
        return text

    def getstate(self):
        return self._buffer, 0

    def setstate(self, state):
        self._buffer = state[0]

    def reset(self):
        self._buffer = b""


io_codec_kinds = {"utf-8": 1, "utf8": 1, "utf_8": 1, "ascii": 2, "us-ascii": 2, "latin-1": 3, "latin1": 3, "iso-8859-1": 3, "iso8859-1": 3,
                  "latin_1": 3}


def io_check_newline(newline):
    if newline is not None and not isinstance(newline, str):
        raise TypeError("newline must be str or None, not " + type(newline).__name__)
    if newline not in (None, "", "\n", "\r", "\r\n"):
        raise ValueError("illegal newline value: " + repr(newline))


@system_class("_io", "TextIOWrapper")
class io_TextIOWrapper(io_TextIOBase):
    # _chunk and _used: decoded text and how much of it has been given out. _pending: encoded text not yet written.
    # _snapshot: (decoder flags, bytes) from before the chunk, for tell().
    __slots__ = ("_buffer", "_encoding", "_errors", "_kind", "_encoder", "_decoder", "_line_buffering", "_write_through", "_readnl",
                 "_universal", "_translate", "_writetranslate", "_writenl", "_chunk", "_used", "_snapshot", "_pending", "_pending_count",
                 "_can_seek", "_telling", "_has_read1", "_ratio", "_ok", "_detached", "_finalizing", "_encoding_started", "_lock")
    _CHUNK_SIZE = 8192

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._base_closed = False
        self._buffer = None
        self._ok = False
        self._detached = False
        self._finalizing = False
        self._pending = []
        self._pending_count = 0
        self._chunk = ""
        self._used = 0
        self._snapshot = None
        self._decoder = self._encoder = None
        self._lock = thread_RLock()
        return self

    def __init__(self, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False):
        self._ok = False
        self._detached = False
        io_check_newline(newline)
        if encoding is None:
            if sys_dict["flags"].warn_default_encoding:
                warnings_warn("'encoding' argument not specified", EncodingWarning, 1)
            encoding = "locale"
        elif not isinstance(encoding, str):
            raise TypeError("TextIOWrapper() argument 'encoding' must be str or None, not " + type(encoding).__name__)
        if "\0" in encoding:
            raise ValueError("embedded null character")
        if encoding == "locale":
            encoding = "utf-8" if sys_dict["flags"].utf8_mode else "UTF-8"
        if errors is None:
            errors = "strict"
        elif not isinstance(errors, str):
            raise TypeError("TextIOWrapper() argument 'errors' must be str or None, not " + type(errors).__name__)
        if "\0" in errors:
            raise ValueError("embedded null character")
        kind = io_codec_kinds.get(encoding.lower(), 0)
        if kind == 0:
            info = io_codec_lookup(encoding)
        elif errors != "strict" and sys_dict["flags"].dev_mode:
            import_native_once("_codecs").lookup_error(errors)
        self._encoding = encoding
        self._errors = errors
        self._kind = kind
        self._set_newline(newline)
        self._line_buffering = bool(line_buffering)
        self._write_through = bool(write_through)
        self._chunk = ""
        self._used = 0
        self._snapshot = None
        self._pending = []
        self._pending_count = 0
        self._decoder = self._encoder = None
        self._buffer = buffer
        self._encoding_started = False
        self._make_codecs()
        self._can_seek = self._telling = bool(buffer.seekable())
        self._has_read1 = hasattr(buffer, "read1")
        self._ratio = 0.0
        cls = type(buffer)
        if cls is io_BufferedReader or cls is io_BufferedWriter or cls is io_BufferedRandom or cls is io_FileIO:
            buffer._wrapped = True
        if self._can_seek and buffer.writable() and buffer.tell() != 0 and self._encoder is not None:
            try:
                self._encoder.setstate(0)
            except LookupError:
                pass
        self._ok = True
        if cls is not io_BytesIO:
            io_register(self)

    def _set_newline(self, newline):
        self._readnl = newline
        self._universal = not newline
        self._translate = newline is None
        self._writetranslate = newline != ""
        self._writenl = None if newline in (None, "", "\n") else newline

    def _make_codecs(self):
        """Decoder and encoder for the buffer; native codecs need no encoder."""
        buffer = self._buffer
        kind = self._kind
        self._decoder = self._encoder = None
        if buffer.readable():
            if kind:
                decoder = io_Utf8Decoder(0 if kind == 1 else kind, self._errors)
            else:
                decoder = io_codec_lookup(self._encoding).incrementaldecoder(self._errors)
            if self._universal:
                decoder = io_IncrementalNewlineDecoder(decoder, self._translate)
            self._decoder = decoder
        if not kind and buffer.writable():
            self._encoder = io_codec_lookup(self._encoding).incrementalencoder(self._errors)

    def _live(self):
        if not self._ok:
            if self._detached:
                raise ValueError("underlying buffer has been detached")
            raise ValueError("I/O operation on uninitialized object")

    def _begun(self):
        if not self._ok and not self._detached:
            raise ValueError("I/O operation on uninitialized object")

    def _check(self):
        self._live()
        if self._buffer.closed:
            raise ValueError("I/O operation on closed file.")

    @property
    def encoding(self):
        self._begun()
        return self._encoding

    @property
    def errors(self):
        self._begun()
        return self._errors

    @property
    def line_buffering(self):
        self._begun()
        return self._line_buffering

    @property
    def write_through(self):
        self._begun()
        return self._write_through

    @property
    def buffer(self):
        self._live()
        return self._buffer

    @property
    def newlines(self):
        self._live()
        d = self._decoder
        if d is None:
            return None
        return getattr(d, "newlines", None)

    @property
    def name(self):
        self._live()
        return self._buffer.name

    @property
    def closed(self):
        self._live()
        return self._buffer.closed

    def seekable(self, /):
        self._live()
        return self._buffer.seekable()

    def readable(self, /):
        self._live()
        return self._buffer.readable()

    def writable(self, /):
        self._live()
        return self._buffer.writable()

    def fileno(self, /):
        self._live()
        return self._buffer.fileno()

    def isatty(self, /):
        self._live()
        return self._buffer.isatty()

    def __repr__(self):
        self._begun()
        text = "<_io.TextIOWrapper"
        try:
            text += " name=" + repr(self.name)
        except (AttributeError, ValueError):
            pass
        try:
            mode = self.mode
            text += " mode=" + repr(mode)
        except AttributeError:
            pass
        return text + " encoding=" + repr(self._encoding) + ">"

    def reconfigure(self, *, encoding=None, errors=None, newline=io_UnsupportedOperation, line_buffering=None, write_through=None):
        self._live()
        if encoding is not None and not isinstance(encoding, str):
            raise TypeError("reconfigure() argument 'encoding' must be str or None, not " + type(encoding).__name__)
        if errors is not None and not isinstance(errors, str):
            raise TypeError("reconfigure() argument 'errors' must be str or None, not " + type(errors).__name__)
        if self._decoder is not None and (encoding is not None or errors is not None or newline is not io_UnsupportedOperation):
            if self._snapshot is not None or self._chunk:
                raise io_UnsupportedOperation("It is not possible to set the encoding or newline of stream after the first read")
        change = newline is not io_UnsupportedOperation
        if change:
            io_check_newline(newline)
        if encoding is None:
            if errors is None:
                errors = self._errors
            encoding = self._encoding
        else:
            if errors is None:
                errors = "strict"
            if encoding == "locale":
                encoding = "UTF-8"
            kind = io_codec_kinds.get(encoding.lower(), 0)
            if kind == 0:
                io_codec_lookup(encoding)
            change = True
        if errors != self._errors:
            change = True
        if line_buffering is not None:
            line_buffering = io_flag(line_buffering)
        if write_through is not None:
            write_through = io_flag(write_through)
        self.flush()
        if change:
            self._encoding = encoding
            self._errors = errors
            self._kind = io_codec_kinds.get(encoding.lower(), 0)
            if newline is not io_UnsupportedOperation:
                self._set_newline(newline)
            started = self._encoding_started
            self._make_codecs()
            if self._encoder is not None and (started or self._can_seek and self._buffer.tell() != 0):
                self._encoder.setstate(0)
        if line_buffering is not None:
            self._line_buffering = line_buffering
        if write_through is not None:
            self._write_through = write_through

    def detach(self, /):
        self._live()
        self.flush()
        buffer = self._buffer
        self._buffer = None
        self._ok = False
        self._detached = True
        cls = type(buffer)
        if cls is io_BufferedReader or cls is io_BufferedWriter or cls is io_BufferedRandom or cls is io_FileIO:
            buffer._wrapped = False
        return buffer

    def close(self, /):
        self._live()
        buffer = self._buffer
        if buffer.closed:
            return
        if self._finalizing:
            try:
                buffer._dealloc_warn(self)
            except AttributeError:
                pass
        try:
            self.flush()
        finally:
            buffer.close()

    def __del__(self):
        if not self._ok:
            return
        try:
            if self._buffer.closed:
                return
            self._finalizing = True
            self.close()
        except Exception as e:
            if sys_dict["flags"].dev_mode:
                sys_report_unraisable(e, self)

    # Writing.

    def write(self, text, /):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        self._live()
        buffer = self._buffer
        if buffer.closed:
            raise ValueError("I/O operation on closed file.")
        count = len(text)
        newline = False
        if self._line_buffering or self._writenl is not None:
            newline = "\n" in text
            if newline and self._writetranslate and self._writenl is not None:
                text = text.replace("\n", self._writenl)
        flush = self._line_buffering and (newline or "\r" in text)
        if self._kind:
            data = str.encode(text, self._encoding, self._errors)
        else:
            if self._encoder is None:
                io_unsupported("not writable")
            data = self._encoder.encode(text)
            if type(data) is not bytes:
                raise TypeError("encoder should return a bytes object, not '" + type(data).__name__ + "'")
            self._encoding_started = True
        if self._kind and self._decoder is not None and not buffer.writable():
            io_unsupported("not writable")
        if self._pending_count and self._pending_count + len(data) > self._CHUNK_SIZE:
            self._write_pending()
        self._pending.append(data)
        self._pending_count += len(data)
        if self._pending_count >= self._CHUNK_SIZE or self._write_through or flush:
            self._write_pending()
        if flush:
            buffer.flush()
        if self._snapshot is not None or self._chunk:
            self._chunk = ""
            self._used = 0
            self._snapshot = None
            if self._decoder is not None:
                self._decoder.reset()
        return count

    def _write_pending(self):
        if not self._pending:
            return
        with self._lock:
            # One thread's writes stay in order: who takes the pieces also writes them before another may.
            pending = self._pending
            if not pending:
                return
            self._pending = []
            self._pending_count = 0
            self._buffer.write(pending[0] if len(pending) == 1 else b"".join(pending))

    def flush(self, /):
        self._check()
        self._telling = self._can_seek
        self._write_pending()
        return self._buffer.flush()

    # Reading.

    def _read_chunk(self, hint=0):
        """Decodes more; false at the end of the file."""
        decoder = self._decoder
        if decoder is None:
            io_unsupported("not readable")
        if self._telling:
            state = decoder.getstate()
            if not isinstance(state, tuple) or len(state) != 2:
                raise TypeError("illegal decoder state")
            buffered, flags = state
        size = self._CHUNK_SIZE
        if hint > 0 and self._ratio:
            size = max(size, int(self._ratio * hint))
        if self._has_read1:
            data = self._buffer.read1(size)
        else:
            data = self._buffer.read(size)
        if not isinstance(data, bytes):
            try:
                data = bytes(memoryview(data))
            except TypeError:
                raise TypeError("underlying " + ("read1" if self._has_read1 else "read") + "() should have returned a bytes-like object, not '" +
                                type(data).__name__ + "'") from None
        eof = not data
        text = decoder.decode(data, eof)
        if not isinstance(text, str):
            raise TypeError("decoder should return a string result, not '" + type(text).__name__ + "'")
        self._chunk = text
        self._used = 0
        if text:
            self._ratio = len(data) / len(text)
        else:
            self._ratio = 0.0
        if self._telling:
            if not isinstance(buffered, bytes):
                raise TypeError("illegal decoder state: the first item should be a bytes object, not '" + type(buffered).__name__ + "'")
            self._snapshot = (flags, buffered + data)
        return not eof

    def read(self, size=-1, /):
        n = io_size(size)
        self._check()
        if self._decoder is None:
            io_unsupported("not readable")
        self._write_pending()
        if n < 0:
            data = self._buffer.read()
            if data is None:
                raise BlockingIOError(11, "Resource temporarily unavailable")
            if not isinstance(data, bytes):
                raise TypeError("underlying read() should have returned a bytes-like object, not '" + type(data).__name__ + "'")
            text = self._decoder.decode(data, True)
            if not isinstance(text, str):
                raise TypeError("decoder should return a string result, not '" + type(text).__name__ + "'")
            if self._used < len(self._chunk):
                text = self._chunk[self._used:] + text
            if self._snapshot is not None or self._chunk:
                self._snapshot = None
                self._chunk = ""
                self._used = 0
            return text
        start = self._used
        text = self._chunk[start:start + n]
        self._used = start + len(text)
        if len(text) == n:
            return text
        parts = [text]
        left = n - len(text)
        while left > 0:
            if not self._read_chunk(left):
                text = self._chunk[:left]
                if text:
                    parts.append(text)
                    self._used = len(text)
                break
            text = self._chunk[:left]
            self._used = len(text)
            parts.append(text)
            left -= len(text)
        return "".join(parts)

    def _line_end(self, text, start):
        """End of the line that begins at `start`; 0 when it is not in the text."""
        if self._translate or self._readnl == "\n":
            return text.find("\n", start) + 1
        if self._universal:
            return io_find_line(text, start) + 0 if io_find_line(text, start) > 0 else 0
        n = text.find(self._readnl, start)
        return 0 if n < 0 else n + len(self._readnl)

    def _readline(self, limit):
        self._write_pending()
        text = self._chunk
        start = self._used
        while True:
            end = self._line_end(text, start)
            if end:
                if 0 <= limit < end - start:
                    end = start + limit
                break
            if 0 <= limit <= len(text) - start:
                end = start + limit
                break
            rest = text[start:]
            parts = [rest]
            have = len(rest)
            more = True
            # Chunks until one ends the line; a terminator of two characters may be split between two of them.
            while True:
                while True:
                    more = self._read_chunk()
                    if self._chunk or not more:
                        break
                piece = self._chunk
                if not piece:
                    line = "".join(parts)
                    self._chunk = ""
                    self._used = 0
                    self._snapshot = None if not more and not line else self._snapshot
                    return line
                if self._readnl == "\r\n" and parts[-1][-1:] == "\r" and piece[:1] == "\n":
                    parts.append("\n")
                    self._used = 1
                    return "".join(parts)
                end = self._line_end(piece, 0)
                if end and not 0 <= limit < have + end:
                    parts.append(piece[:end])
                    self._used = end
                    return "".join(parts)
                if 0 <= limit <= have + len(piece):
                    parts.append(piece[:limit - have])
                    self._used = limit - have
                    return "".join(parts)
                parts.append(piece)
                have += len(piece)
                self._used = len(piece)
                if not more:
                    return "".join(parts)
        self._used = end
        return text[start:end]

    def readline(self, size=-1, /):
        limit = io_size(size)
        self._check()
        if self._decoder is None:
            io_unsupported("not readable")
        return self._readline(limit)

    def __next__(self):
        if self._ok and self._translate and not self._pending:
            text = self._chunk
            start = self._used
            end = text.find("\n", start) + 1
            if end and not self._buffer.closed:
                self._telling = False
                self._used = end
                return text[start:end]
        self._check()
        if self._decoder is None:
            io_unsupported("not readable")
        self._telling = False
        if type(self).readline is io_TextIOWrapper.readline:
            line = self._readline(-1)
        else:
            line = self.readline()
            if not isinstance(line, str):
                raise OSError("readline() should have returned an str object, not '" + type(line).__name__ + "'")
        if not line:
            self._snapshot = None
            self._telling = self._can_seek
            raise StopIteration
        return line

    # Positions. A cookie packs: byte position 64 bits, decoder flags 64, bytes to feed 64, characters to skip 64, end flag.

    def tell(self, /):
        self._check()
        if not self._can_seek:
            raise io_UnsupportedOperation("underlying stream is not seekable")
        if not self._telling:
            raise OSError("telling position disabled by next() call")
        self._write_pending()
        self._buffer.flush()
        position = self._buffer.tell()
        decoder = self._decoder
        if decoder is None or self._snapshot is None:
            return position
        flags, data = self._snapshot
        position -= len(data)
        skip = self._used
        if skip == 0:
            return position | flags << 64
        saved = decoder.getstate()
        try:
            # As far as a whole number of characters can be decoded from a clean state; then byte by byte.
            safe_bytes = 0
            safe_flags = flags
            low = int(self._ratio * skip)
            back = 1
            while low > 0:
                decoder.setstate((b"", flags))
                n = len(decoder.decode(data[:low]))
                if n <= skip:
                    buffered, f = decoder.getstate()
                    if not buffered:
                        safe_flags = f
                        skip -= n
                        safe_bytes = low
                        break
                    low -= len(buffered)
                    back = 1
                else:
                    low -= back
                    back *= 2
            else:
                low = 0
                decoder.setstate((b"", flags))
            start = position + low
            start_flags = safe_flags
            if skip == 0:
                return start | start_flags << 64
            feed = 0
            done = 0
            need_eof = 0
            for i in range(low, len(data)):
                feed += 1
                done += len(decoder.decode(data[i:i + 1]))
                buffered, f = decoder.getstate()
                if not buffered and done <= skip:
                    start += feed
                    skip -= done
                    start_flags = f
                    feed = done = 0
                if done >= skip:
                    break
            else:
                done += len(decoder.decode(b"", True))
                need_eof = 1
                if done < skip:
                    raise OSError("can't reconstruct logical file position")
            return start | start_flags << 64 | feed << 128 | skip << 192 | need_eof << 256
        finally:
            decoder.setstate(saved)

    def _reset_encoder(self, position):
        encoder = self._encoder
        if encoder is None:
            return
        if position:
            encoder.setstate(0)
        else:
            encoder.reset()

    def seek(self, cookie, whence=0, /):
        self._check()
        if not self._can_seek:
            raise io_UnsupportedOperation("underlying stream is not seekable")
        whence = system_index(whence)
        if whence == 1:
            if cookie != 0:
                raise io_UnsupportedOperation("can't do nonzero cur-relative seeks")
            whence = 0
            cookie = self.tell()
        elif whence == 2:
            if cookie != 0:
                raise io_UnsupportedOperation("can't do nonzero end-relative seeks")
            self.flush()
            self._chunk = ""
            self._used = 0
            self._snapshot = None
            if self._decoder is not None:
                self._decoder.reset()
            position = self._buffer.seek(0, 2)
            self._reset_encoder(position)
            return position
        elif whence != 0:
            raise ValueError("invalid whence (" + str(whence) + ", should be 0, 1 or 2)")
        if cookie < 0:
            raise ValueError("negative seek position " + repr(cookie))
        self.flush()
        cookie = system_index(cookie)
        mask = (1 << 64) - 1
        start = cookie & mask
        flags = cookie >> 64 & mask
        feed = cookie >> 128 & mask
        skip = cookie >> 192 & mask
        need_eof = cookie >> 256
        self._buffer.seek(start)
        self._chunk = ""
        self._used = 0
        self._snapshot = None
        decoder = self._decoder
        if decoder is not None:
            if cookie == 0:
                decoder.reset()
            else:
                decoder.setstate((b"", flags))
                self._snapshot = (flags, b"")
        if skip:
            if decoder is None:
                raise OSError("can't restore logical file position")
            data = self._buffer.read(feed)
            if not isinstance(data, bytes):
                raise TypeError("underlying read() should have returned a bytes object, not '" + type(data).__name__ + "'")
            self._chunk = decoder.decode(data, bool(need_eof))
            self._snapshot = (flags, data)
            if len(self._chunk) < skip:
                raise OSError("can't restore logical file position")
            self._used = skip
        else:
            self._snapshot = (flags, b"") if decoder is not None else None
        self._reset_encoder(cookie)
        return cookie

    def truncate(self, pos=None, /):
        self._live()
        self.flush()
        if pos is None:
            pos = self.tell()
        return self._buffer.truncate(pos)

    def __getstate__(self, /):
        cls = type(self)
        raise TypeError("cannot pickle '" + cls.__module__ + "." + cls.__qualname__ + "' object")


def io_flag(value):
    if value.__class__ is bool:
        return value
    return system_index(value) != 0


def io_codec_lookup(encoding):
    info = import_native_once("_codecs").lookup(encoding)
    if not getattr(info, "_is_text_encoding", True):
        raise LookupError(repr(encoding) + " is not a text encoding; use codecs.open() to handle arbitrary codecs")
    return info


@system_class("_io", "StringIO")
class io_StringIO(io_TextIOBase):
    # Text written at the end collects in _parts; everything else works on _text, to which they are joined first.
    __slots__ = ("_text", "_parts", "_length", "_pos", "_readnl", "_universal", "_translate", "_writenl", "_seen", "_shut")

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._base_closed = False
        self._text = ""
        self._parts = []
        self._length = 0
        self._pos = 0
        self._seen = 0
        self._readnl = "\n"
        self._universal = self._translate = False
        self._writenl = None
        self._shut = False
        return self

    def __init__(self, initial_value="", newline="\n"):
        io_check_newline(newline)
        if initial_value is not None and not isinstance(initial_value, str):
            raise TypeError("initial_value must be str or None, not " + type(initial_value).__name__)
        self._readnl = newline
        self._universal = not newline
        self._translate = newline is None
        self._writenl = newline if newline == "\r" or newline == "\r\n" else None
        self._text = ""
        self._parts = []
        self._length = 0
        self._pos = 0
        self._seen = 0
        self._shut = False
        if initial_value:
            self.write(initial_value)
            self._pos = 0

    def _check(self):
        if self._shut:
            raise ValueError("I/O operation on closed file")

    def _join(self):
        if self._parts:
            self._parts.insert(0, self._text)
            self._text = "".join(self._parts)
            self._parts = []
        return self._text

    @property
    def closed(self):
        return self._shut

    @property
    def line_buffering(self):
        self._check()
        return False

    @property
    def newlines(self):
        self._check()
        return io_newline_seen[self._seen] if self._universal else None

    def close(self, /):
        self._shut = True
        self._text = ""
        self._parts = []

    def __del__(self):
        pass

    def readable(self, /):
        self._check()
        return True

    writable = readable
    seekable = readable

    def getvalue(self, /):
        self._check()
        return self._join()

    def write(self, s, /):
        if not isinstance(s, str):
            raise TypeError("string argument expected, got '" + type(s).__name__ + "'")
        if self._shut:
            self._check()
        count = len(s)
        if not count:
            return 0
        if self._universal:
            kinds = io_newline_kinds(s)
            self._seen |= kinds
            if self._translate and kinds & 5:
                s = io_translate(s)
        elif self._writenl is not None:
            s = s.replace("\n", self._writenl)
        if type(s) is not str:
            s = str.__str__(s)
        n = len(s)
        pos = self._pos
        if pos == self._length:
            self._parts.append(s)
            self._length = self._pos = pos + n
            return count
        text = self._join()
        if pos > self._length:
            text += "\0" * (pos - self._length)
        self._text = text[:pos] + s + text[pos + n:]
        self._length = len(self._text)
        self._pos = pos + n
        return count

    def read(self, size=-1, /):
        n = io_size(size)
        if self._shut:
            self._check()
        text = self._join()
        start = self._pos
        end = len(text)
        if 0 <= n < end - start:
            end = start + n
        if start >= end:
            return ""
        self._pos = end
        return text[start:end]

    def _next_line(self, limit):
        text = self._join()
        start = self._pos
        if start >= len(text):
            return ""
        if self._translate or self._readnl == "\n":
            end = text.find("\n", start) + 1
        elif self._universal:
            end = io_find_line(text, start)
        else:
            end = text.find(self._readnl, start)
            if end >= 0:
                end += len(self._readnl)
        if end <= 0:
            end = len(text)
        if 0 <= limit < end - start:
            end = start + limit
        self._pos = end
        return text[start:end]

    def readline(self, size=-1, /):
        limit = io_size(size)
        if self._shut:
            self._check()
        return self._next_line(limit)

    def __next__(self):
        if self._shut:
            self._check()
        if type(self).readline is io_StringIO.readline:
            line = self._next_line(-1)
        else:
            line = self.readline()
            if not isinstance(line, str):
                raise OSError("readline() should have returned an str object, not '" + type(line).__name__ + "'")
        if not line:
            raise StopIteration
        return line

    def tell(self, /):
        self._check()
        return self._pos

    def seek(self, pos, whence=0, /):
        self._check()
        pos = system_index(pos)
        whence = system_index(whence)
        if whence != 0 and whence != 1 and whence != 2:
            raise ValueError("Invalid whence (" + str(whence) + ", should be 0, 1 or 2)")
        if pos < 0 and whence == 0:
            raise ValueError("Negative seek position " + str(pos))
        if whence != 0 and pos != 0:
            raise OSError("Can't do nonzero cur-relative seeks")
        if whence == 1:
            pos = self._pos
        elif whence == 2:
            pos = self._length
        self._pos = pos
        return pos

    def truncate(self, pos=None, /):
        self._check()
        if pos is None:
            pos = self._pos
        else:
            try:
                pos = system_index(pos)
            except TypeError:
                raise TypeError("argument should be integer or None, not '" + type(pos).__name__ + "'") from None
            if pos < 0:
                raise ValueError("Negative size value " + str(pos))
        if pos < self._length:
            self._text = self._join()[:pos]
            self._length = pos
        return pos

    def __getstate__(self, /):
        self._check()
        d = self.__dict__
        return self._join(), "" if self._readnl == "" else self._readnl, self._pos, d.copy() if d else None

    def __setstate__(self, state, /):
        if not isinstance(state, tuple) or len(state) < 4:
            raise TypeError(type(self).__name__ + ".__setstate__ argument should be 4-tuple, got " + type(state).__name__)
        self._check()
        value, newline, pos, d = state
        if not isinstance(value, str):
            raise TypeError("initial_value must be str or None, not " + type(value).__name__)
        io_StringIO.__init__(self, "", newline)
        self._text = value
        self._length = len(value)
        if not isinstance(pos, int):
            raise TypeError("third item of state must be an integer, got " + type(pos).__name__)
        if pos < 0:
            raise ValueError("position value cannot be negative")
        self._pos = pos
        if d is not None:
            if not isinstance(d, dict):
                raise TypeError("fourth item of state should be a dict, got a " + type(d).__name__)
            self.__dict__.update(d)
