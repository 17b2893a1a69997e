# _io: the methods that natives stand before, kept under other names, and what those natives call.


def io_text_flush_line(stream, result):
    stream._write_pending()
    stream._buffer.flush()
    return result


def io_text_drain(stream, result):
    stream._write_pending()
    return result


io_slow_text_write = io_TextIOWrapper.write
io_slow_text_next = io_TextIOWrapper.__next__
io_slow_text_readline = io_TextIOWrapper.readline
io_slow_text_read = io_TextIOWrapper.read
io_slow_reader_next = io_BufferedReader.__next__
io_slow_reader_readline = io_BufferedReader.readline
io_slow_reader_read = io_BufferedReader.read
io_slow_writer_write = io_BufferedWriter.write
io_slow_bytes_read = io_BytesIO.read
io_slow_bytes_readline = io_BytesIO.readline
io_slow_bytes_next = io_BytesIO.__next__
io_slow_bytes_write = io_BytesIO.write
io_slow_string_write = io_StringIO.write
io_slow_string_readline = io_StringIO.readline
io_slow_string_next = io_StringIO.__next__
io_install_fast(io_TextIOWrapper, io_BufferedReader, io_BufferedWriter, io_FileIO, io_BytesIO, io_StringIO)
