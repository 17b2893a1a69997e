# zlib, gzip, bz2 and their files: round trips, streams in pieces, errors.
import bz2, gzip, io, zipfile, tarfile, zlib

data = b"".join(b"line %d of some text\n" % (i % 97) for i in range(4000))
packed = zlib.compress(data, 9)
print(zlib.decompress(packed) == data, len(packed) < len(data) // 8, zlib.crc32(data), zlib.adler32(data))
c = zlib.compressobj(6, zlib.DEFLATED, -15)
pieces = [c.compress(data[i:i + 1000]) for i in range(0, len(data), 1000)] + [c.flush()]
print(zlib.decompress(b"".join(pieces), -15) == data)
d = zlib.decompressobj()
out, rest = [], packed + b"tail"
while not d.eof:
    out.append(d.decompress(rest, 777))
    rest = d.unconsumed_tail
print(b"".join(out) == data, d.unused_data, d.eof)
for bad in (b"", b"not zlib", packed[:-5]):
    try:
        zlib.decompress(bad)
    except zlib.error as e:
        print(type(e).__name__, e)
z = zlib.compressobj(zdict=b"line of some text")
small = z.compress(b"line of some text") + z.flush()
print(zlib.decompressobj(zdict=b"line of some text").decompress(small))
packed = bz2.compress(data)
print(bz2.decompress(packed + packed) == data + data)
d = bz2.BZ2Decompressor()
out = [d.decompress(packed[:100], 50)]
while not d.eof:
    out.append(d.decompress(packed[100:] if len(out) == 1 else b"", 5000))
print(b"".join(out) == data, d.needs_input, d.unused_data)
try:
    bz2.decompress(b"BZh9 nonsense, certainly")
except OSError as e:
    print(type(e).__name__, e)
f = io.BytesIO()
with gzip.GzipFile(fileobj=f, mode="wb", mtime=0) as g:
    g.write(data)
print(gzip.decompress(f.getvalue()) == data, gzip.GzipFile(fileobj=io.BytesIO(f.getvalue())).readline())
f = io.BytesIO()
with zipfile.ZipFile(f, "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("a.txt", data)
    z.writestr("b/c.txt", "text", compress_type=zipfile.ZIP_BZIP2)
with zipfile.ZipFile(f) as z:
    print(z.namelist(), z.read("a.txt") == data, z.read("b/c.txt"), z.testzip())
f = io.BytesIO()
with tarfile.open(fileobj=f, mode="w:gz") as t:
    info = tarfile.TarInfo("x")
    info.size = len(data)
    t.addfile(info, io.BytesIO(data))
f.seek(0)
with tarfile.open(fileobj=f) as t:
    print(t.getnames(), t.extractfile("x").read() == data)
