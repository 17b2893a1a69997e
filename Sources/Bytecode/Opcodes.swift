// The opcode table: every instruction once, with its format, operand roles and meaning.
//
// An instruction is a 32-bit word, low byte first:
//
//     | op:8 | A:8 | B:8 | C:8 |     formats none, a, ab, abc
//     | op:8 | A:8 |   D:16    |     formats aD (unsigned), asD (signed)
//     | op:8 |     E:24        |     format sE (signed, relative to the next word)
//
// Rn is register n of the frame, Kn constant n, Nn name n of the code unit. A WIDE word before an instruction supplies the
// high bytes: A, B and C become 16 bits (low byte in the instruction, high byte in WIDE's A, B, C); D becomes 32 bits
// (WIDE's B and C are its bits 16-23 and 24-31). Rows with `extra` own one more word after the instruction (a cache index or
// what the row says). Rows with `test` are followed by a JMP word: it is executed when the condition holds, else skipped.
//
// Laws the verifier, the unwinder and the recorder rely on:
//   * the saved pc of a frame that waits is the word after the instruction and its extra word; for a `test` row it is
//     the JMP word, so that a delivered result can still decide the branch;
//   * an exception belongs to the word before the saved pc;
//   * every backward jump is a LOOP.

/// How the operand fields of an instruction are laid out.
public enum Format: UInt8, Sendable { case none, a, ab, abc, aD, asD, sE }

/// What an operand field names.
public enum Role: UInt8, Sendable {
  /// The field is not used.
  case unused
  /// A register that is read, written, or both.
  case use, def, useDef
  /// The first of several registers; which ones, the row's text says.
  case window
  /// An index of a constant or of a name.
  case constant, name
  /// A number that the row explains.
  case immediate
  /// A jump offset in words, relative to the word after the jump.
  case offset
}

public struct OpcodeInfo: Sendable {
  public let format: Format
  public let a, b, c: Role
  /// One more word follows: an index into the code's inline caches, or what the row says.
  public let extra: Extra
  /// A JMP word follows.
  public let test: Bool
  public enum Extra: UInt8, Sendable { case none, cache, constant, immediate }
  init(_ format: Format, _ a: Role = .unused, _ b: Role = .unused, _ c: Role = .unused, extra: Extra = .none, test: Bool = false) {
    self.format = format; self.a = a; self.b = b; self.c = c; self.extra = extra; self.test = test
  }
}

public enum Opcode: UInt8, CaseIterable, Sendable {
  // Moves and constants.
  case nop, wide
  case move          // RA = RB
  case loadK         // RA = KD
  case loadI         // RA = the small int sD
  case clear         // RA becomes unbound
  // Local variables.
  case check         // UnboundLocalError naming ND when RA is unbound
  // Cells: a captured variable's register holds its cell.
  case newCell       // RA = a new cell holding RB (which may be unbound; A may equal B)
  case loadCell      // RA = the value in cell RB; NameError/UnboundLocalError when unbound
  case storeCell     // the cell RA now holds RB
  case delCell       // the cell RA becomes unbound; error when it is already
  case getClosure    // RA = the D-th cell (the cell itself) of the function's closure
  case loadClassDeref // RA = namespace R0[NC] if present, else the value in cell RB
  // Names. A namespace code unit (module, class body, exec) keeps its local namespace in R0.
  case loadGlobal    // RA = globals or builtins [ND]
  case storeGlobal   // globals[ND] = RA
  case delGlobal     // del globals[ND]
  case loadName      // RA = R0, globals or builtins [ND]
  case storeName     // R0[ND] = RA
  case delName       // del R0[ND]
  // Attributes and items.
  case getAttr       // RA = RB.NC
  case setAttr       // RA.NC = RB
  case delAttr       // del RA.NC
  case getMethod     // RA, RA+1 = the function behind RB.NC and RB; or the value RB.NC and unbound
  case getSpecial    // RA, RA+1 as getMethod, the special method number C looked up on RB's type (SpecialMethod)
  case getItem       // RA = RB[RC]
  case getItemK      // RA = RB[KC]
  case setItem       // RA[RB] = RC
  case delItem       // del RA[RB]
  case buildSlice    // RA = slice(RB, RB+1, RB+2)
  // Unary operators.
  case neg, pos, invert, not // RA = op RB
  // Binary operators: RA = RB op RC.
  case add, sub, mul, matMul, trueDiv, mod, pow, lshift, rshift, or, xor, and, floorDiv
  // The same with a constant: RA = RB op KC.
  case addK, subK, mulK, matMulK, trueDivK, modK, powK, lshiftK, rshiftK, orK, xorK, andK, floorDivK
  // In place: RA = RB op= RC (the caller stores RA back).
  case iadd, isub, imul, imatMul, itrueDiv, imod, ipow, ilshift, irshift, ior, ixor, iand, ifloorDiv
  case iaddK, isubK, imulK, imatMulK, itrueDivK, imodK, ipowK, ilshiftK, irshiftK, iorK, ixorK, iandK, ifloorDivK
  // Comparisons to a value: RA = RB op RC.
  case lt, le, eq, ne, gt, ge
  case isOp, isNot   // RA = RB is (not) RC
  case `in`, notIn   // RA = RB (not) in RC
  // Tests: when (RA op RB) is C (0 or 1) the JMP word is executed, else skipped. The K rows compare with KB.
  case jlt, jle, jeq, jne, jgt, jge
  case jltK, jleK, jeqK, jneK, jgtK, jgeK
  case jis           // RA is RB
  case jisK          // RA is KB (None, True, False, Ellipsis)
  case jin           // RA in RB
  case jtrue         // truth of RA
  case jbound        // RA is not unbound (B unused)
  case jexcMatch     // exception RA matches class or tuple RB
  // Control.
  case jmp           // pc += sE
  case loop          // pc += sE, backwards: a safepoint and a loop head's trigger
  case enterTrace    // put in place of a LOOP by the run-time system: run trace number E; never in code from outside
  case ret           // return RA
  case raise         // C = 0: re-raise what is handled; 1: raise RA; 2: raise RA from RB
  case reraise       // raise RA again: no context, no further traceback entry here; B = 1: the frame is left at this line
  case enterExcept   // RA = the frame's handled exception (may be unbound); handled = RB
  case leaveExcept   // handled = RA
  // Iteration.
  case getIter       // RA = iter(RB)
  case forIter       // RA = next(RB); when exhausted the JMP word is executed
  case unpack        // RA ..< RA+C = exactly C items of RB
  case unpackEx      // RA ..< RA+C = first C items, RA+C = list of the middle, then `extra` items from the end
  // Building.
  case buildTuple, buildList, buildSet // RA = of RB ..< RB+C
  case buildMap      // RA = dict of C pairs in RB ..< RB+2C
  case buildString   // RA = the strings RB ..< RB+C joined
  case listAppend    // RA.append(RB)
  case setAdd        // RA.add(RB)
  case mapAdd        // RA[RB] = RC
  case listExtend    // RA.extend(iterable RB)
  case setUpdate     // RA.update(iterable RB)
  case dictUpdate    // RA.update(mapping RB), as {**RB} does
  case dictMerge     // the same for call keywords: TypeError naming function RC on a repeated key
  case formatValue   // RA = format(RB); C: 0 none, 1 str, 2 repr, 3 ascii; +4: spec in RB+1
  // Functions and calls. Windows: callee RA, arguments from RA+1 (methods: self or unbound in RA+1, arguments from RA+2).
  case makeFunction  // RA = function of code constant KC; present parts from RB on, in order of FunctionParts bits in `extra`
  case call          // RC = RA(B positional arguments)
  case callMethod    // RC = RA(self?, B positional arguments)
  case callKw        // RC = RA(B arguments, the last ones named by the tuple constant in `extra`)
  case callMethodKw  // the same with a method window
  case callEx        // RC = RA(*RA+1, **RA+2); B = 1 when RA+2 is present
  // Generators and coroutines.
  case yield         // yield RB; on resumption RA = the value sent; C: 0, or 1 + the register being delegated to
  case send          // RA = RB.send(RA); when RB ends, RA = its result and the JMP word is executed
  case intrinsic     // RA = Intrinsic(C) applied to RB, RB+1, ...
}

/// Bits of makeFunction's extra word: which parts are present, in this order of registers.
public enum FunctionParts {
  public static let defaults: UInt32 = 1, kwDefaults: UInt32 = 2, annotations: UInt32 = 4, closure: UInt32 = 8
  /// The code object is in a register of its own, after the other parts, and KC is not used: for constants past 65535.
  public static let code: UInt32 = 16
}

/// Special methods that getSpecial looks up on the type, with the error CPython gives where they are missing.
public enum SpecialMethod: UInt8, CaseIterable, Sendable {
  case enter, exit, aenter, aexit
  public var name: String {
    switch self {
    case .enter: return "__enter__"
    case .exit: return "__exit__"
    case .aenter: return "__aenter__"
    case .aexit: return "__aexit__"
    }
  }
}

/// Rare operations; arguments in consecutive registers from RB. All may call Python code.
public enum Intrinsic: UInt8, CaseIterable, Sendable {
  case loadBuildClass      // () builtins.__build_class__
  case importName          // (level, fromlist, name) the module `import name` binds
  case importFrom          // (module, name)
  case importStar          // (module) into the frame's namespace
  case printExpr           // (value) sys.displayhook
  case setupAnnotations    // () __annotations__ in R0 exists
  case getAwaitable        // (x) iterator to send to
  case getAwaitableEnter   // the same, error text for __aenter__
  case getAwaitableExit    // the same, error text for __aexit__
  case getAiter            // (x) x.__aiter__(), checked
  case getAnext            // (x) awaitable iterator of x.__anext__(), checked
  case getYieldFromIter    // (x) iterator for `yield from`
  case asyncGenWrap        // (x) marks x as a value an async generator yields
  case assertionError      // () the AssertionError class
  case stopAsyncIteration  // () the StopAsyncIteration class
  case listToTuple         // (list)
  case matchSequence       // (x) bool
  case matchMapping        // (x) bool
  case matchKeys           // (x, keys tuple) tuple of values, or None
  case matchRest           // (x, keys tuple) dict of the other items
  case matchClass          // (x, cls, count of positional patterns, keyword names tuple) tuple of attributes, or None
  case getLength           // (x) len(x)
  case prepReraiseStar     // (original exception, list of raised or unhandled) exception to raise, or None
  case checkEgMatch        // (exception, type) tuple (matched or None, rest or None)
  case excType             // (exception) its class
  case excTraceback        // (exception) its __traceback__
  case exceptionGroupWrap  // (exception) an exception group, wrapped when it is a naked exception
  case loadLocals          // () the namespace as locals() gives it
  /// How many registers are read.
  public var arity: Int {
    switch self {
    case .loadBuildClass, .setupAnnotations, .assertionError, .stopAsyncIteration, .loadLocals: return 0
    case .importStar, .printExpr, .getAwaitable, .getAwaitableEnter, .getAwaitableExit, .getAiter, .getAnext,
         .getYieldFromIter, .asyncGenWrap, .listToTuple, .matchSequence, .matchMapping, .getLength, .excType, .excTraceback,
         .exceptionGroupWrap: return 1
    case .importFrom, .matchKeys, .matchRest, .prepReraiseStar, .checkEgMatch: return 2
    case .importName: return 3
    case .matchClass: return 4
    }
  }
}

extension Opcode {
  public var info: OpcodeInfo {
    switch self {
    case .nop: return .init(.none)
    case .wide: return .init(.abc, .immediate, .immediate, .immediate)
    case .move: return .init(.ab, .def, .use)
    case .loadK: return .init(.aD, .def, .constant)
    case .loadI: return .init(.asD, .def, .immediate)
    case .clear: return .init(.a, .def)
    case .check: return .init(.aD, .use, .name)
    case .newCell: return .init(.ab, .def, .use)
    case .loadCell: return .init(.ab, .def, .use)
    case .storeCell: return .init(.ab, .use, .use)
    case .delCell: return .init(.a, .use)
    case .getClosure: return .init(.aD, .def, .immediate)
    case .loadClassDeref: return .init(.abc, .def, .use, .name)
    case .loadGlobal, .loadName: return .init(.aD, .def, .name, extra: .cache)
    case .storeGlobal, .storeName: return .init(.aD, .use, .name, extra: .cache)
    case .delGlobal, .delName: return .init(.aD, .unused, .name)
    case .getAttr: return .init(.abc, .def, .use, .name, extra: .cache)
    case .setAttr: return .init(.abc, .use, .use, .name, extra: .cache)
    case .delAttr: return .init(.abc, .use, .unused, .name)
    case .getMethod: return .init(.abc, .window, .use, .name, extra: .cache)
    case .getSpecial: return .init(.abc, .window, .use, .immediate)
    case .getItem: return .init(.abc, .def, .use, .use)
    case .getItemK: return .init(.abc, .def, .use, .constant)
    case .setItem: return .init(.abc, .use, .use, .use)
    case .delItem: return .init(.ab, .use, .use)
    case .buildSlice: return .init(.ab, .def, .window)
    case .neg, .pos, .invert, .not: return .init(.ab, .def, .use)
    case .add, .sub, .mul, .matMul, .trueDiv, .mod, .pow, .lshift, .rshift, .or, .xor, .and, .floorDiv,
         .iadd, .isub, .imul, .imatMul, .itrueDiv, .imod, .ipow, .ilshift, .irshift, .ior, .ixor, .iand, .ifloorDiv,
         .lt, .le, .eq, .ne, .gt, .ge, .isOp, .isNot, .in, .notIn: return .init(.abc, .def, .use, .use)
    case .addK, .subK, .mulK, .matMulK, .trueDivK, .modK, .powK, .lshiftK, .rshiftK, .orK, .xorK, .andK, .floorDivK,
         .iaddK, .isubK, .imulK, .imatMulK, .itrueDivK, .imodK, .ipowK, .ilshiftK, .irshiftK, .iorK, .ixorK, .iandK,
         .ifloorDivK: return .init(.abc, .def, .use, .constant)
    case .jlt, .jle, .jeq, .jne, .jgt, .jge, .jis, .jin, .jexcMatch: return .init(.abc, .use, .use, .immediate, test: true)
    case .jltK, .jleK, .jeqK, .jneK, .jgtK, .jgeK, .jisK: return .init(.abc, .use, .constant, .immediate, test: true)
    case .jtrue, .jbound: return .init(.abc, .use, .unused, .immediate, test: true)
    case .jmp, .loop: return .init(.sE, .offset)
    case .enterTrace: return .init(.sE, .immediate)
    case .ret: return .init(.a, .use)
    case .raise: return .init(.abc, .use, .use, .immediate)
    case .reraise: return .init(.ab, .use, .immediate)
    case .enterExcept: return .init(.ab, .def, .use)
    case .leaveExcept: return .init(.a, .use)
    case .getIter: return .init(.ab, .def, .use)
    case .forIter: return .init(.ab, .def, .use, test: true)
    case .unpack: return .init(.abc, .window, .use, .immediate)
    case .unpackEx: return .init(.abc, .window, .use, .immediate, extra: .immediate)
    case .buildTuple, .buildList, .buildSet, .buildMap, .buildString: return .init(.abc, .def, .window, .immediate)
    case .listAppend, .setAdd, .listExtend, .setUpdate, .dictUpdate: return .init(.ab, .use, .use)
    case .mapAdd, .dictMerge: return .init(.abc, .use, .use, .use)
    case .formatValue: return .init(.abc, .def, .window, .immediate)
    case .makeFunction: return .init(.abc, .def, .window, .constant, extra: .immediate)
    case .call, .callMethod, .callEx: return .init(.abc, .window, .immediate, .def)
    case .callKw, .callMethodKw: return .init(.abc, .window, .immediate, .def, extra: .constant)
    case .yield: return .init(.abc, .def, .use, .immediate)
    case .send: return .init(.ab, .useDef, .use, test: true)
    case .intrinsic: return .init(.abc, .def, .window, .immediate)
    }
  }
  /// `info` for every opcode, indexed by raw value.
  public static let table: [OpcodeInfo] = Opcode.allCases.map { $0.info }
}
