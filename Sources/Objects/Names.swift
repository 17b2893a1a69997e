// Names that the run-time system itself looks up: interned once, found in the root table by number.

import Support
import Heap

public enum Name: Int, CaseIterable {
  case __abs__, __add__, __aenter__, __aexit__, __aiter__, __all__, __and__, __anext__, __annotations__, __args__
  case __await__, __bases__, __bool__, __build_class__, __builtins__, __bytes__, __call__, __cause__, __ceil__, __class__
  case __class_getitem__, __classcell__, __closure__, __code__, __complex__, __contains__, __context__, __copy__, __deepcopy__, __defaults__
  case __del__, __delattr__, __delete__, __delitem__, __dict__, __dir__, __divmod__, __doc__, __enter__, __eq__
  case __exit__, __file__, __float__, __floor__, __floordiv__, __format__, __func__, __ge__, __get__, __getattr__
  case __getattribute__, __getitem__, __getnewargs__, __getnewargs_ex__, __getstate__, __globals__, __gt__, __hash__, __iadd__, __iand__
  case __ifloordiv__, __ilshift__, __imatmul__, __imod__, __import__, __imul__, __index__, __init__, __init_subclass__, __instancecheck__
  case __int__, __invert__, __ior__, __ipow__, __irshift__, __isabstractmethod__, __isub__, __iter__, __itruediv__, __ixor__
  case __kwdefaults__, __le__, __len__, __length_hint__, __loader__, __lshift__, __lt__, __main__, __match_args__, __matmul__
  case __missing__, __mod__, __module__, __mro__, __mro_entries__, __mul__, __name__, __ne__, __neg__, __new__
  case __next__, __notes__, __objclass__, __or__, __orig_class__, __package__, __parameters__, __path__, __pos__, __pow__
  case __prepare__, __qualname__, __radd__, __rand__, __rdivmod__, __reduce__, __reduce_ex__, __repr__, __reversed__, __rfloordiv__
  case __rlshift__, __rmatmul__, __rmod__, __rmul__, __ror__, __round__, __rpow__, __rrshift__, __rshift__, __rsub__
  case __rtruediv__, __rxor__, __self__, __set__, __set_name__, __setattr__, __setitem__, __setstate__, __signature__, __sizeof__
  case __slots__, __spec__, __str__, __sub__, __subclasscheck__, __subclasshook__, __subclasses__, __suppress_context__, __text_signature__, __traceback__
  case __truediv__, __trunc__, __weakref__, __wrapped__, __xor__, __fspath__, __debug__, __typing_subst__, __typing_unpacked_tuple_args__, __typing_prepare_subst__
  case __origin__, __unpacked__, append, args, builtins, cause, clear, close, code, context
  case copy, `default`, desc, discard, dot_zero, encoding, end, errno, extend, filename
  case filename2, first, flags, float, flush, from_bytes, get, index, insert, int
  case items, iter, join, key, keys, last, level, lineno, message, metaclass
  case mro, msg, name, next, obj, offset, `open`, path, pop, print_file_and_line
  case prev, read, readline, real, remove, reason, result, reverse, send, sep
  case set, setdefault, size, sort, start, state, step, stop, str, strerror
  case self_, text, `throw`, type, update, utf_8, value, values, winerror, with_traceback
  case write, exceptions, object, end_lineno, end_offset, _lambda, _listcomp, _module, _fix_co_filename, sys
  case modules, stdin, stdout, stderr, excepthook, displayhook, characters_written, module, replace, strict
  case surrogateescape, ascii, locale, width, imag, numerator, denominator, fget, fset, fdel
  case doc, cell_contents, tb_next, tb_frame, tb_lasti, tb_lineno, isatty, fileno

  /// The interned str.
  @inlinable @inline(__always) public var value: Value { weft_roots()[RootRegion.names &+ rawValue] }

  /// Python spelling.
  var text: String {
    switch self {
    case .self_: return "self"
    case .dot_zero: return ".0"
    case .utf_8: return "utf-8"
    case ._lambda: return "<lambda>"
    case ._listcomp: return "<listcomp>"
    case ._module: return "<module>"
    default: return caseName(self)
    }
  }

  static func initialize(_ t: ThreadRef) {
    for n in allCases { weft_roots()[RootRegion.names + n.rawValue] = internForever(t, n.text) }
  }
}
