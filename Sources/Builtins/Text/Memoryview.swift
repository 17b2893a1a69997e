// memoryview.

import Glibc
import Objects

enum MemoryviewField {
  static let owner = 0, offset = 1, format = 2, itemSize = 3, shape = 4, strides = 5, readOnly = 6, released = 7, hash = 8, exports = 9
}
func memoryviewBuffer(_ v: Value) -> BufferView? { nil }
