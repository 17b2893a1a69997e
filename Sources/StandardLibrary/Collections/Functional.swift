// `_functools` and `_operator`: what is native of them; the rest is app-level.

import Builtins
import Heap
import Objects

func makeFunctools(_ t: ThreadRef) -> Value { ModuleDefinition(t, "_functools", doc: "Tools that operate on functions.").module }

func makeOperator(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_operator", doc: "Operator interface.")
  m.function("add", "(a, b, /)") { t, a, n in binaryOperation(t, .add, a[0], a[1]) }
  m.function("sub", "(a, b, /)") { t, a, n in binaryOperation(t, .sub, a[0], a[1]) }
  m.function("mul", "(a, b, /)") { t, a, n in binaryOperation(t, .mul, a[0], a[1]) }
  m.function("matmul", "(a, b, /)") { t, a, n in binaryOperation(t, .matMul, a[0], a[1]) }
  m.function("truediv", "(a, b, /)") { t, a, n in binaryOperation(t, .trueDiv, a[0], a[1]) }
  m.function("floordiv", "(a, b, /)") { t, a, n in binaryOperation(t, .floorDiv, a[0], a[1]) }
  m.function("mod", "(a, b, /)") { t, a, n in binaryOperation(t, .mod, a[0], a[1]) }
  m.function("pow", "(a, b, /)") { t, a, n in binaryOperation(t, .pow, a[0], a[1]) }
  m.function("lshift", "(a, b, /)") { t, a, n in binaryOperation(t, .lshift, a[0], a[1]) }
  m.function("rshift", "(a, b, /)") { t, a, n in binaryOperation(t, .rshift, a[0], a[1]) }
  m.function("and_", "(a, b, /)") { t, a, n in binaryOperation(t, .and, a[0], a[1]) }
  m.function("or_", "(a, b, /)") { t, a, n in binaryOperation(t, .or, a[0], a[1]) }
  m.function("xor", "(a, b, /)") { t, a, n in binaryOperation(t, .xor, a[0], a[1]) }
  m.function("iadd", "(a, b, /)") { t, a, n in binaryOperation(t, .iadd, a[0], a[1]) }
  m.function("isub", "(a, b, /)") { t, a, n in binaryOperation(t, .isub, a[0], a[1]) }
  m.function("imul", "(a, b, /)") { t, a, n in binaryOperation(t, .imul, a[0], a[1]) }
  m.function("imatmul", "(a, b, /)") { t, a, n in binaryOperation(t, .imatMul, a[0], a[1]) }
  m.function("itruediv", "(a, b, /)") { t, a, n in binaryOperation(t, .itrueDiv, a[0], a[1]) }
  m.function("ifloordiv", "(a, b, /)") { t, a, n in binaryOperation(t, .ifloorDiv, a[0], a[1]) }
  m.function("imod", "(a, b, /)") { t, a, n in binaryOperation(t, .imod, a[0], a[1]) }
  m.function("ipow", "(a, b, /)") { t, a, n in binaryOperation(t, .ipow, a[0], a[1]) }
  m.function("ilshift", "(a, b, /)") { t, a, n in binaryOperation(t, .ilshift, a[0], a[1]) }
  m.function("irshift", "(a, b, /)") { t, a, n in binaryOperation(t, .irshift, a[0], a[1]) }
  m.function("iand", "(a, b, /)") { t, a, n in binaryOperation(t, .iand, a[0], a[1]) }
  m.function("ior", "(a, b, /)") { t, a, n in binaryOperation(t, .ior, a[0], a[1]) }
  m.function("ixor", "(a, b, /)") { t, a, n in binaryOperation(t, .ixor, a[0], a[1]) }
  m.function("lt", "(a, b, /)") { t, a, n in compareOperation(t, .lt, a[0], a[1]) }
  m.function("le", "(a, b, /)") { t, a, n in compareOperation(t, .le, a[0], a[1]) }
  m.function("eq", "(a, b, /)") { t, a, n in compareOperation(t, .eq, a[0], a[1]) }
  m.function("ne", "(a, b, /)") { t, a, n in compareOperation(t, .ne, a[0], a[1]) }
  m.function("gt", "(a, b, /)") { t, a, n in compareOperation(t, .gt, a[0], a[1]) }
  m.function("ge", "(a, b, /)") { t, a, n in compareOperation(t, .ge, a[0], a[1]) }
  m.function("is_", "(a, b, /)") { t, a, n in .bool(a[0] == a[1]) }
  m.function("is_not", "(a, b, /)") { t, a, n in .bool(a[0] != a[1]) }
  m.function("neg", "(a, /)") { t, a, n in unaryOperation(t, .neg, a[0]) }
  m.function("pos", "(a, /)") { t, a, n in unaryOperation(t, .pos, a[0]) }
  m.function("inv", "(a, /)") { t, a, n in unaryOperation(t, .invert, a[0]) }
  m.function("invert", "(a, /)") { t, a, n in unaryOperation(t, .invert, a[0]) }
  m.function("getitem", "(a, b, /)") { t, a, n in getItemSlow(t, a[0], a[1]) }
  m.function("setitem", "(a, b, c, /)") { t, a, n in setItemSlow(t, a[0], a[1], a[2]) }
  m.function("delitem", "(a, b, /)") { t, a, n in deleteItem(t, a[0], a[1]) }
  return m.module
}
