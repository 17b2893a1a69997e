// Instructions of the Scheme machine: words of 32 bits, an opcode and three bytes.
//
// A frame is an address on the stack. Register 0 holds where to return to (as an integer), register 1 the closure that runs,
// registers from 2 on its arguments and whatever else it needs. A call makes register a the callee's register 0.

enum Opcode: UInt8, CaseIterable {
  /// A function's entry (c = 1) or a loop's head, with a registers in use: counts, and may start a trace.
  case head
  /// The same, where tracing has been given up; where trace a + b << 8 + c << 16 is.
  case coldHead, trace
  case move                     // a = b
  case constant                 // a = constant b, c
  case global, setGlobal        // a, global of constant b, c
  case makeCell, getCell, setCell  // a = cell of b; a = value of cell b; value of cell a = b
  case free                     // a = free variable b
  case closure                  // a = closure of code constant b, c
  case jump, jumpIfFalse        // by b, c, signed; on a
  case branch                   // the same on a register that nothing else reads
  // a = operation of b and c; operands from 192 on are constants.
  case add, sub, mul, quotient, remainder, modulo
  case less, lessEqual, greater, greaterEqual, equal, eq
  case car, cdr, cons, isNull, isPair, not
  case setCar, setCdr           // of a to b
  case vectorRef                // a = item c of b
  case vectorSet                // item b of a = c
  case vectorLength
  case call, tailCall           // register a with b arguments
  case ret                      // a
  case divide
}

/// The code of a lambda, as it runs. It is never freed.
struct Code {
  var instructions: UnsafeMutablePointer<UInt32>
  var constants: UnsafeMutablePointer<Value>
  /// The codes of lambdas within.
  var children: UnsafeMutablePointer<CodeRef>
  /// Where a closure's free variables come from: the enclosing function's registers, or, below zero, -1 - its free variable.
  var captures: UnsafeMutablePointer<Int32>
  var captureCount = 0, registers = 2, required = 0
  var hasRest = false
  var name: Value
}
typealias CodeRef = UnsafeMutablePointer<Code>
extension Value {
  /// Addresses that are no objects are integers to everybody.
  @inline(__always) static func address(_ p: UnsafeRawPointer) -> Value { Value(bits: UInt64(UInt(bitPattern: p)) << 1 | 1) }
  @inline(__always) var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: UInt(bits >> 1)).unsafelyUnwrapped }
  @inline(__always) var code: CodeRef { words[Field.code].address.assumingMemoryBound(to: Code.self) }
}
