// Layouts: how the words of an object are arranged, once for the collector, the allocator and the heap verifier.

/// The variable part that follows an object's fixed words.
public enum VariablePart: UInt8 {
  case none
  /// As many values as the header's reserve field says (instances, and builtin types that are plain records).
  case record
  /// As many values as the count word says.
  case values
  /// As many bytes as the count word says.
  case bytes
  /// Count word = code points; the header's flags hold the width (1, 2 or 4).
  case text
  /// Count word = signed number of 64-bit limbs.
  case limbs
  /// A hash table: see `DictTable`.
  case table
}

public enum Layout: UInt8, CaseIterable {
  /// A cell on a free list.
  case free
  case record
  case float
  case int
  case str
  case bytes
  /// Tuples and the item arrays of lists.
  case values
  case table
  case weakref
  case native
  case type
  case code
  case frame
  /// Raw memory owned by another object.
  case raw

  var info: LayoutInfo {
    func make(_ size: Int, _ v: VariablePart = .none, count: Int = 0, traced: Range<Int> = 0..<0) -> LayoutInfo {
      LayoutInfo(size: UInt16(size), tracedFrom: UInt8(traced.lowerBound), tracedCount: UInt8(traced.count),
                 variable: v.rawValue, countWord: UInt8(count), reserve: 0)
    }
    switch self {
    case .free: return make(16)
    case .record: return make(8, .record)
    case .float: return make(16)
    case .int: return make(16, .limbs, count: 1)
    case .str: return make(24, .text, count: 2)
    case .bytes: return make(24, .bytes, count: 2)
    case .values: return make(16, .values, count: 1)
    case .table: return make(32, .table, count: 1)
    case .weakref: return make(MemoryLayout<WeakrefObject>.size, traced: 2..<4)
    case .native: return make(MemoryLayout<NativeObject>.size, traced: 1..<6)
    case .type: return make(MemoryLayout<TypeObject>.size, traced: 1..<14)
    case .code: return make(MemoryLayout<CodeObject>.size, traced: 1..<10)
    case .frame: return make(MemoryLayout<Frame>.size)
    case .raw: return make(16, .bytes, count: 1)
    }
  }
}

public enum ShapeFlag {
  /// Attributes live in a real dict, held by slot `fixedSlots`.
  public static let dictMode: UInt8 = 1
  /// One more word after the variable part holds the attribute dict (subclasses of int, float, str, bytes, tuple).
  public static let trailer: UInt8 = 2
  /// Instances have no attributes of their own.
  public static let noAttributes: UInt8 = 4
  /// The class has a finaliser.
  public static let finaliser: UInt8 = 8
}

public enum GCBit {
  public static let old: UInt8 = 1, colours: UInt8 = 6, remembered: UInt8 = 8, forwarded: UInt8 = 16, immortal: UInt8 = 32
  public static let identity: UInt8 = 64, watched: UInt8 = 128
}

// MARK: layouts of the objects that the layers above share with the collector

public struct FloatObject { public var header: ObjectHeader; public var value: Double }
/// Sign and magnitude: `count` limbs, negative when the number is.
public struct IntObject { public var header: ObjectHeader; public var count: Int }
public struct StrObject {
  public var header: ObjectHeader
  /// 0: not computed yet.
  public var hash: Int
  /// Code points.
  public var count: Int
}
public struct BytesObject { public var header: ObjectHeader; public var hash: Int; public var count: Int }
public struct ValuesObject { public var header: ObjectHeader; public var count: Int }

/// A compact, ordered hash table, in one piece:
///
///     header | capacity (entries) | fill (next entry) and log2 of the index size | reserve | entries ... | index ...
///
/// An entry is `stride` values: strings-only dict (key, value) 2; any dict (hash, key, value) 3; set (hash, key) 2. A
/// deleted entry has an empty key. Hashes are fixnums. The index holds entry numbers + 2 in 1, 2 or 4 bytes; 0 is free,
/// 1 deleted.
public struct TableObject {
  public var header: ObjectHeader
  public var capacity: Int
  public var fill: Int32
  public var log2: UInt8
  /// Values per entry.
  public var stride: UInt8
  /// 1: keys are all exact strings and entries hold no hash.
  public var stringKeys: UInt8
  public var indexWidth: UInt8
  public var reserve: Int
}

public struct WeakrefObject {
  public var header: ObjectHeader
  /// Not traced; empty once the referent is dead.
  public var referent: Value
  public var callback: Value
  public var extra: Value
  public var hash: Int
}

public struct NativeObject {
  public var header: ObjectHeader
  public var name: Value
  /// The class it belongs to, or the module's name, or empty.
  public var owner: Value
  public var doc: Value
  /// Parsed parameters: tuple of names and defaults, filled on first need.
  public var parameters: Value
  public var selfValue: Value
  public var code: NativeCode
  /// "(self, x, /, y=1)": NUL-terminated, static.
  public var signature: UnsafePointer<UInt8>?
  /// Counts of the window: what a positional call may pass; -1 where the signature needs binding.
  public var minArgs: Int16
  public var maxArgs: Int16
  public var kind: UInt8
  public var effects: UInt8
  public var id: UInt16
}

public struct TypeObject {
  public var header: ObjectHeader
  public var name: Value          // str
  public var qualifiedName: Value
  public var bases: Value         // tuple
  public var mro: Value           // tuple
  public var dict: Value          // dict
  public var base: Value          // "best base" that decides the layout
  public var subclasses: Value    // list of weak references
  public var module: Value        // unused by heap types (their dict has __module__)
  public var slotNames: Value     // tuple of this class's own __slots__ members, or empty
  public var abstractMethods: Value
  public var metadata: Value
  public var weakList: Value
  public var cachedHash: Value
  /// Root shape of instances.
  public var shape: ShapeRef?
  /// Changes whenever the class or one of its bases does; 0: not valid for caching.
  public var version: UInt64
  public var flags: UInt64
  /// Layout.rawValue of instances.
  public var layout: UInt8
  /// Builtin kind that natives dispatch on; inherited by subclasses.
  public var kind: UInt8
  public var reserve: UInt16
  /// Largest number of attribute slots seen in an instance.
  public var slotHint: UInt32
  /// Native fields of record layouts plus all `__slots__` members.
  public var fixedSlots: UInt32
  public var nativeFields: UInt32
  /// What `plainInitializer` found when `version` was this.
  public var initializerVersion: UInt64
  public var initializer: Value
}

public struct CodeObject {
  public var header: ObjectHeader
  public var name: Value
  public var qualifiedName: Value
  public var filename: Value
  public var constants: Value     // tuple, old
  public var names: Value         // tuple of interned strings, old
  public var variableNames: Value // tuple
  public var docstring: Value
  public var weakList: Value
  public var metadata: Value      // lazily computed co_* views
  public var instructions: UnsafeMutablePointer<UInt32>
  public var instructionCount: Int
  public var caches: UnsafeMutablePointer<CacheEntry>
  public var cacheCount: Int
  public var exceptions: UnsafeMutableRawPointer?
  public var exceptionCount: Int
  public var positions: UnsafeMutableRawPointer?
  public var positionCount: Int
  public var variableKinds: UnsafeMutablePointer<UInt8>?
  public var flags: UInt32
  public var firstLine: Int32
  public var argCount: UInt16, posOnlyCount: UInt16, kwOnlyCount: UInt16, variableCount: UInt16
  public var registerCount: UInt32
  /// Frame size class, or 0xffff.
  public var sizeClass: UInt16
  /// 1: a plain function whose call is "copy positional arguments": no *args, **kwargs, keyword-only, generator.
  public var simple: UInt16
  /// Calls of it, as far as the recorder counts them; and the number of the trace that starts at its entry, plus one.
  public var hotness: UInt32
  public var entryTrace: UInt32
  public var previous: Value, next: Value // list of all code objects, not traced
  /// A retained `CodeFile` and the place in it of a unit whose body has not been read; nil in code that can run.
  /// Until then there are the names, the counts but for `variableCount`, and the flags.
  public var unread: UnsafeRawPointer?
  public var unreadAt: Int
}

extension UnsafeMutablePointer where Pointee == CodeObject {
  /// First instruction word.
  @inlinable @inline(__always) public var start: UnsafePointer<UInt32> { UnsafePointer(pointee.instructions) }
}

extension CodeObject {
  /// The instruction words as they are run: some may be patched (`Patches`).
  @inlinable @inline(__always) public var words: UnsafeBufferPointer<UInt32> {
    UnsafeBufferPointer(start: UnsafePointer(instructions), count: instructionCount)
  }
}

/// Fills the collector's table; called once at start.
public func initializeLayouts() {
  for l in Layout.allCases { weft_layouts()[Int(l.rawValue)] = l.info }
}

extension ObjectHeader {
  @inlinable @inline(__always) public init(shape: UInt32) { self.init(shape: shape, gc: 0, flags: 0, reserve: 0) }
}
