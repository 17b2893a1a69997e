// `_codecs`: natives, so that classes can hold them as attributes; the work is native where the error handler is, else app-level.

import Builtins
import Glibc
import Heap
import Objects
import Support

/// (bytes, length) of an encoder.
private func encode(_ t: ThreadRef, _ number: Int, _ name: String, _ a: Args, _ n: Int) -> Value {
  let errors = n > 1 ? a[1] : .none
  if a[0].isObject && a[0].isStr && (errors.isNone || errors.isObject && errors.isStr) && hasNativeErrorHandler(errors) {
    let r = encodeNatively(t, number, a[0], errors)
    return r.isEmpty ? .empty : pair(t, r, .fixnum(a[0].strCount))
  }
  return callApp(t, named: "codecs_encode_with", .fixnum(number), makeStr(t, name), a[0], errors)
}
/// (text, bytes consumed) of a decoder.
private func decode(_ t: ThreadRef, _ number: Int, _ a: Args, _ n: Int, final: Bool) -> Value {
  let errors = n > 1 ? a[1] : .none
  var end = final
  if n > 2 {
    let r = truthSlow(t, a[2])
    guard r.isBool else { return t.pointee.exception.isEmpty ? t.typeError("an integer is required") : .empty }
    end = r == .true
  }
  if bufferView(a[0]) != nil && (errors.isNone || errors.isObject && errors.isStr) && hasNativeErrorHandler(errors) {
    var consumed = 0
    let r = decodeNatively(t, number, a[0], errors, final: end, consumed: &consumed)
    return r.isEmpty ? .empty : pair(t, r, .fixnum(consumed))
  }
  return callApp(t, named: "codecs_decode_with", .fixnum(number), a[0], errors, .bool(end))
}

func makeCodecsModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_codecs")
  m.function("utf_8_encode", "(str, errors=None, /)") { t, a, n in encode(t, 0, "utf_8_encode", a, n) }
  m.function("utf_8_decode", "(data, errors=None, final=False, /)") { t, a, n in decode(t, 0, a, n, final: false) }
  m.function("utf_7_encode", "(str, errors=None, /)") { t, a, n in encode(t, 1, "utf_7_encode", a, n) }
  m.function("utf_7_decode", "(data, errors=None, final=False, /)") { t, a, n in decode(t, 1, a, n, final: false) }
  m.function("ascii_encode", "(str, errors=None, /)") { t, a, n in encode(t, 2, "ascii_encode", a, n) }
  m.function("ascii_decode", "(data, errors=None, /)") { t, a, n in decode(t, 2, a, n, final: true) }
  m.function("latin_1_encode", "(str, errors=None, /)") { t, a, n in encode(t, 3, "latin_1_encode", a, n) }
  m.function("latin_1_decode", "(data, errors=None, /)") { t, a, n in decode(t, 3, a, n, final: true) }
  m.function("utf_16_le_encode", "(str, errors=None, /)") { t, a, n in encode(t, 4, "utf_16_le_encode", a, n) }
  m.function("utf_16_le_decode", "(data, errors=None, final=False, /)") { t, a, n in decode(t, 4, a, n, final: false) }
  m.function("utf_16_be_encode", "(str, errors=None, /)") { t, a, n in encode(t, 5, "utf_16_be_encode", a, n) }
  m.function("utf_16_be_decode", "(data, errors=None, final=False, /)") { t, a, n in decode(t, 5, a, n, final: false) }
  m.function("utf_32_le_encode", "(str, errors=None, /)") { t, a, n in encode(t, 6, "utf_32_le_encode", a, n) }
  m.function("utf_32_le_decode", "(data, errors=None, final=False, /)") { t, a, n in decode(t, 6, a, n, final: false) }
  m.function("utf_32_be_encode", "(str, errors=None, /)") { t, a, n in encode(t, 7, "utf_32_be_encode", a, n) }
  m.function("utf_32_be_decode", "(data, errors=None, final=False, /)") { t, a, n in decode(t, 7, a, n, final: false) }
  m.function("unicode_escape_encode", "(str, errors=None, /)") { t, a, n in encode(t, 8, "unicode_escape_encode", a, n) }
  m.function("unicode_escape_decode", "(data, errors=None, final=True, /)") { t, a, n in
    callApp(t, named: "codecs_unicode_escape_decode", a[0], n > 1 ? a[1] : .none, n > 2 ? a[2] : .true)
  }
  m.function("raw_unicode_escape_encode", "(str, errors=None, /)") { t, a, n in encode(t, 9, "raw_unicode_escape_encode", a, n) }
  m.function("raw_unicode_escape_decode", "(data, errors=None, final=True, /)") { t, a, n in decode(t, 9, a, n, final: true) }
  m.function("register", "(search_function, /)") { t, a, n in callApp(t, named: "codecs_register", window: a, n) }
  m.function("unregister", "(search_function, /)") { t, a, n in callApp(t, named: "codecs_unregister", window: a, n) }
  m.function("lookup", "(encoding, /)") { t, a, n in callApp(t, named: "codecs_lookup", window: a, n) }
  m.function("_forget_codec", "(encoding, /)") { t, a, n in callApp(t, named: "codecs__forget_codec", window: a, n) }
  m.function("encode", "(obj, encoding='utf-8', errors='strict')") { t, a, n in callApp(t, named: "codecs_encode", a[0], a[1].isEmpty ? intern(t, "utf-8") : a[1], a[2].isEmpty ? intern(t, "strict") : a[2]) }
  m.function("decode", "(obj, encoding='utf-8', errors='strict')") { t, a, n in callApp(t, named: "codecs_decode", a[0], a[1].isEmpty ? intern(t, "utf-8") : a[1], a[2].isEmpty ? intern(t, "strict") : a[2]) }
  m.function("register_error", "(errors, handler, /)") { t, a, n in callApp(t, named: "codecs_register_error", window: a, n) }
  m.function("lookup_error", "(name, /)") { t, a, n in callApp(t, named: "codecs_lookup_error", window: a, n) }
  m.function("utf_16_encode", "(str, errors=None, byteorder=0, /)") { t, a, n in callApp(t, named: "codecs_utf_16_encode", window: a, n) }
  m.function("utf_32_encode", "(str, errors=None, byteorder=0, /)") { t, a, n in callApp(t, named: "codecs_utf_32_encode", window: a, n) }
  m.function("utf_16_decode", "(data, errors=None, final=False, /)") { t, a, n in callApp(t, named: "codecs_utf_16_decode", window: a, n) }
  m.function("utf_32_decode", "(data, errors=None, final=False, /)") { t, a, n in callApp(t, named: "codecs_utf_32_decode", window: a, n) }
  m.function("utf_16_ex_decode", "(data, errors=None, byteorder=0, final=False, /)") { t, a, n in callApp(t, named: "codecs_utf_16_ex_decode", window: a, n) }
  m.function("utf_32_ex_decode", "(data, errors=None, byteorder=0, final=False, /)") { t, a, n in callApp(t, named: "codecs_utf_32_ex_decode", window: a, n) }
  m.function("escape_decode", "(data, errors=None, /)") { t, a, n in callApp(t, named: "codecs_escape_decode", window: a, n) }
  m.function("escape_encode", "(data, errors=None, /)") { t, a, n in callApp(t, named: "codecs_escape_encode", window: a, n) }
  m.function("readbuffer_encode", "(data, errors=None, /)") { t, a, n in callApp(t, named: "codecs_readbuffer_encode", window: a, n) }
  m.function("charmap_build", "(map, /)") { t, a, n in callApp(t, named: "codecs_charmap_build", window: a, n) }
  m.function("charmap_decode", "(data, errors=None, mapping=None, /)") { t, a, n in callApp(t, named: "codecs_charmap_decode", window: a, n) }
  m.function("charmap_encode", "(str, errors=None, mapping=None, /)") { t, a, n in callApp(t, named: "codecs_charmap_encode", window: a, n) }
  return m.module
}
