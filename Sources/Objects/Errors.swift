// Exceptions: the table of builtin exception classes, and raising from native code.

import Bytecode
import Heap

public enum ExceptionType: Int, CaseIterable {
  case BaseException, SystemExit, KeyboardInterrupt, GeneratorExit, BaseExceptionGroup, Exception
  case StopIteration, StopAsyncIteration, ArithmeticError, FloatingPointError, OverflowError, ZeroDivisionError
  case AssertionError, AttributeError, BufferError, EOFError, ImportError, ModuleNotFoundError
  case LookupError, IndexError, KeyError, MemoryError, NameError, UnboundLocalError
  case OSError, BlockingIOError, ChildProcessError, ConnectionError, BrokenPipeError, ConnectionAbortedError
  case ConnectionRefusedError, ConnectionResetError, FileExistsError, FileNotFoundError, InterruptedError
  case IsADirectoryError, NotADirectoryError, PermissionError, ProcessLookupError, TimeoutError
  case ReferenceError, RuntimeError, NotImplementedError, RecursionError, SyntaxError, IndentationError, TabError
  case SystemError, TypeError, ValueError, UnicodeError, UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError
  case Warning, BytesWarning, DeprecationWarning, EncodingWarning, FutureWarning, ImportWarning
  case PendingDeprecationWarning, ResourceWarning, RuntimeWarning, SyntaxWarning, UnicodeWarning, UserWarning

  var base: ExceptionType? {
    switch self {
    case .BaseException: return nil
    case .SystemExit, .KeyboardInterrupt, .GeneratorExit, .BaseExceptionGroup, .Exception: return .BaseException
    case .FloatingPointError, .OverflowError, .ZeroDivisionError: return .ArithmeticError
    case .ModuleNotFoundError: return .ImportError
    case .IndexError, .KeyError: return .LookupError
    case .UnboundLocalError: return .NameError
    case .BlockingIOError, .ChildProcessError, .ConnectionError, .FileExistsError, .FileNotFoundError, .InterruptedError,
         .IsADirectoryError, .NotADirectoryError, .PermissionError, .ProcessLookupError, .TimeoutError: return .OSError
    case .BrokenPipeError, .ConnectionAbortedError, .ConnectionRefusedError, .ConnectionResetError: return .ConnectionError
    case .NotImplementedError, .RecursionError: return .RuntimeError
    case .IndentationError: return .SyntaxError
    case .TabError: return .IndentationError
    case .UnicodeError: return .ValueError
    case .UnicodeDecodeError, .UnicodeEncodeError, .UnicodeTranslateError: return .UnicodeError
    case .BytesWarning, .DeprecationWarning, .EncodingWarning, .FutureWarning, .ImportWarning,
         .PendingDeprecationWarning, .ResourceWarning, .RuntimeWarning, .SyntaxWarning, .UnicodeWarning, .UserWarning: return .Warning
    default: return .Exception
    }
  }

  /// Attributes kept in the record's own fields, from `ExceptionField.first` on.
  var members: [String] {
    switch self {
    case .SystemExit: return ["code"]
    case .StopIteration: return ["value"]
    case .ImportError: return ["msg", "name", "path"]
    case .AttributeError: return ["name", "obj"]
    case .NameError: return ["name"]
    case .OSError: return ["errno", "strerror", "filename", "filename2", "characters_written"]
    case .UnicodeDecodeError, .UnicodeEncodeError: return ["encoding", "object", "start", "end", "reason"]
    case .BaseExceptionGroup: return ["message", "exceptions"]
    default: return []
    }
  }

  @inlinable @inline(__always) public var object: Value { weft_roots()[RootRegion.exceptions &+ rawValue] }
  /// Shape of exact instances.
  @inlinable public var shape: ShapeRef { object.typeObject.pointee.shape.unsafelyUnwrapped }
}

/// A new exception with `args`.
public func makeException(_ t: ThreadRef, _ type: Value, args: Value) -> Value {
  let e = makeInstance(t, type)
  e.fields[ExceptionField.args] = args
  e.fields[ExceptionField.suppress] = .false
  return e
}

extension UnsafeMutablePointer where Pointee == Thread {
  /// Sets the exception to raise; gives the empty value so that natives can return it.
  @inline(never) @discardableResult public func raise(_ e: Value) -> Value {
    pointee.exception = e
    return .empty
  }
  @inline(never) @discardableResult public func raise(_ type: ExceptionType, _ message: String) -> Value {
    raise(type, value: makeStr(self, message))
  }
  @inline(never) @discardableResult public func raise(_ type: ExceptionType, value: Value) -> Value {
    let e = makeException(self, type.object, args: makeTuple(self, [value]))
    if type == .StopIteration { e.fields[ExceptionField.first] = value }
    return raiseWithContext(e)
  }
  @discardableResult public func raise(_ type: ExceptionType) -> Value {
    let e = makeException(self, type.object, args: weft_vm.emptyTuple)
    if type == .StopIteration { e.fields[ExceptionField.first] = .none }
    return raiseWithContext(e)
  }
  @discardableResult public func typeError(_ message: String) -> Value {
    // What parses arguments says "None" for what other messages call a 'NoneType'.
    if message.hasSuffix(", not NoneType"), message.contains("argument") { return raise(.TypeError, message.dropLast(8) + "None") }
    return raise(.TypeError, message)
  }
  @discardableResult public func valueError(_ message: String) -> Value { raise(.ValueError, message) }

  /// Raises `e`, chained to the exception that is being handled.
  @discardableResult public func raiseWithContext(_ e: Value) -> Value {
    setContext(e)
    pointee.exception = e
    return .empty
  }

  /// The exception that the innermost `except` or `finally` on the current chain handles; empty when none. What app-level
  /// code handles is its own affair: only the code itself, when it is what runs, sees it.
  public var handled: Value {
    if let f = pointee.frame, !f.pointee.handled.isEmpty { return f.pointee.handled }
    return visiblyHandled
  }
  var visiblyHandled: Value {
    var f = pointee.frame
    while let frame = f {
      if !frame.pointee.handled.isEmpty, frame.pointee.code.isEmpty || frame.pointee.code.code.pointee.flags & CodeFlags.hidden.rawValue == 0 { return frame.pointee.handled }
      f = frame.pointee.back
    }
    return .empty
  }

  /// Sets `e.__context__` to what is being handled, without making a cycle.
  public func setContext(_ e: Value) {
    let h = visiblyHandled
    if h.isEmpty || h == e || !h.isObject { return }
    // If e is in h's chain of contexts, cut it there; Floyd's second pointer stops on cycles.
    var o = h, slow = h, flip = false
    while true {
      let c = o.field(ExceptionField.context)
      if c.isEmpty || c.isNone { break }
      if c == e { setField(o, ExceptionField.context, .empty); break }
      o = c
      if o == slow { break }
      if flip { slow = slow.field(ExceptionField.context) }
      flip.toggle()
    }
    setField(e, ExceptionField.context, h)
  }

  /// AttributeError with `name` and `obj` set.
  @discardableResult public func attributeError(_ message: String, _ obj: Value, _ name: Value) -> Value {
    let e = makeException(self, ExceptionType.AttributeError.object, args: makeTuple(self, [makeStr(self, message)]))
    e.fields[ExceptionField.first] = name
    e.fields[ExceptionField.first + 1] = obj
    return raiseWithContext(e)
  }
  @discardableResult public func nameError(_ type: ExceptionType, _ message: String, _ name: Value) -> Value {
    let e = makeException(self, type.object, args: makeTuple(self, [makeStr(self, message)]))
    e.fields[ExceptionField.first] = name
    return raiseWithContext(e)
  }
}

/// `type(x).__name__` for messages.
public func typeName(_ v: Value) -> String { swiftString(v.type.typeObject.pointee.name) }
public func nameOf(type: Value) -> String { swiftString(type.typeObject.pointee.name) }
