// Calls, decorator and base-class lists, and the warnings about literals that are called, indexed or compared.

import Bytecode
import Syntax

extension Generator {
  /// Above this many arguments a call goes through a list and a dict.
  static let argumentLimit = 250

  func call(_ e: Expr, _ f: Expr, _ args: [Expr], _ keywords: [Keyword], _ d: Int) throws {
    try checkKeywords(keywords)
    let unpacks = args.contains(where: isStarred) || keywords.contains { $0.name == nil }
    if !unpacks, args.count + keywords.count <= Generator.argumentLimit {
      if case .attribute(let object, let n, .load) = f.kind {
        let w = newTemp(2)
        try at(f.range) {
          let m = temp
          let r = try value(object, hint: w)
          code.location = attributeRange(f.range, f, n)
          code.emit(.getMethod, w, r, code.name(mangle(n)))
          temp = m
        }
        try arguments(args, keywords)
        code.location = attributeRange(e.range, f, n)
        finishCall(w, args, keywords, method: true, d)
        return
      }
      try checkCallable(f)
      let w = newTemp()
      try value(f, into: w)
      try arguments(args, keywords)
      finishCall(w, args, keywords, method: false, d)
      return
    }
    try checkCallable(f)
    let w = newTemp()
    try value(f, into: w)
    try callUnpacking(w, leading: 0, args, keywords, d)
  }

  /// Arguments into consecutive new temporaries.
  private func arguments(_ args: [Expr], _ keywords: [Keyword]) throws {
    for a in args { try value(a, into: newTemp()) }
    for k in keywords { try value(k.value, into: newTemp()) }
  }

  private func finishCall(_ w: Int, _ args: [Expr], _ keywords: [Keyword], method: Bool, _ d: Int, leading: Int = 0) {
    let n = leading + args.count + keywords.count
    if keywords.isEmpty { return code.emit(method ? .callMethod : .call, w, n, d) }
    let names = code.constant(.tuple(keywords.map { Generator.text($0.name!) }))
    code.emit(method ? .callMethodKw : .callKw, w, n, d, extra: UInt32(names))
  }

  /// A call whose callee is in `w` and whose first `leading` arguments follow it: the rest, and the call itself.
  func finishCall(_ w: Int, leading: Int, _ args: [Expr], _ keywords: [Keyword], _ d: Int) throws {
    try checkKeywords(keywords)
    if !args.contains(where: isStarred), !keywords.contains(where: { $0.name == nil }),
       args.count + keywords.count <= Generator.argumentLimit {
      try arguments(args, keywords)
      return finishCall(w, args, keywords, method: false, d, leading: leading)
    }
    try callUnpacking(w, leading: leading, args, keywords, d)
  }

  /// CALLEX: a tuple (or the lone starred argument itself) in w+1, a dict in w+2.
  private func callUnpacking(_ w: Int, leading: Int, _ args: [Expr], _ keywords: [Keyword], _ d: Int) throws {
    var positional = w + 1
    if leading == 0 {
      _ = newTemp()
      if args.count == 1, case .starred(let v, _) = args[0].kind {
        try value(v, into: positional)
      } else if args.contains(where: isStarred) || args.count > Generator.windowLimit {
        try build(args, set: false, into: positional)
        intrinsic(.listToTuple, positional, positional)
      } else {
        let m = temp
        let first = try window(args)
        code.emit(.buildTuple, positional, first, args.count)
        temp = m
      }
    } else {
      positional = w + 1
      let list = newTemp()
      code.emit(.buildList, list, positional, leading)
      for a in args {
        let m = temp
        if case .starred(let v, _) = a.kind {
          let r = try value(v)
          code.emit(.listExtend, list, r)
        } else {
          let r = try value(a)
          code.emit(.listAppend, list, r)
        }
        temp = m
      }
      intrinsic(.listToTuple, positional, list)
      temp = w + 2
    }
    if keywords.isEmpty { return code.emit(.callEx, w, 0, d) }
    let dict = newTemp()
    var have = false, i = 0
    while i < keywords.count {
      let m = temp
      if keywords[i].name == nil {
        if !have { code.emit(.buildMap, dict, temp, 0); have = true }
        let r = try value(keywords[i].value)
        code.emit(.dictMerge, dict, r, w)
        i += 1
      } else {
        var n = 0
        while i + n < keywords.count, keywords[i + n].name != nil, n < Generator.windowLimit { n += 1 }
        let first = newTemp(2 * n)
        for j in 0..<n {
          loadConstant(Generator.text(keywords[i + j].name!), into: first + 2 * j)
          try value(keywords[i + j].value, into: first + 2 * j + 1)
        }
        if have {
          code.emit(.buildMap, first, first, n)
          code.emit(.dictMerge, dict, first, w)
        } else {
          code.emit(.buildMap, dict, first, n)
          have = true
        }
        i += n
      }
      temp = m
    }
    code.emit(.callEx, w, 1, d)
  }

  func checkKeywords(_ keywords: [Keyword]) throws {
    if keywords.isEmpty { return }
    if keywords.count == 1 {
      if keywords[0].name == "__debug__" { throw failure("cannot assign to __debug__") }
      return
    }
    var seen = Set<String>()
    for k in keywords {
      guard let n = k.name else { continue }
      if n == "__debug__" { throw failure("cannot assign to __debug__") }
      if !seen.insert(n).inserted {
        code.location = k.range
        throw failure("keyword argument repeated: \(n)")
      }
    }
  }

  // MARK: Warnings

  /// The type name of a literal that can be neither called nor indexed with certainty; nil for other expressions.
  private func literalType(_ e: Expr) -> String? {
    switch e.kind {
    case .constant(let c):
      switch c {
      case .none: return "NoneType"
      case .true, .false: return "bool"
      case .ellipsis: return "ellipsis"
      case .int, .bigInt: return "int"
      case .float: return "float"
      case .complex: return "complex"
      case .str, .strU: return "str"
      case .bytes: return "bytes"
      case .tuple: return "tuple"
      case .frozenSet: return "frozenset"
      }
    case .tuple: return "tuple"
    case .list, .listComp: return "list"
    case .dict, .dictComp: return "dict"
    case .set, .setComp: return "set"
    case .generatorExp: return "generator"
    case .lambda: return "function"
    case .joinedStr, .formattedValue: return "str"
    default: return nil
    }
  }

  private func checkCallable(_ f: Expr) throws {
    switch f.kind {
    case .lambda: return
    default: break
    }
    if let t = literalType(f) {
      try shared.warn("'\(t)' object is not callable; perhaps you missed a comma?", code.location)
    }
  }

  func checkSubscript(_ v: Expr, _ i: Expr) throws {
    switch v.kind {
    case .constant(let c):
      switch c {
      case .none, .ellipsis, .int, .bigInt, .float, .complex, .frozenSet, .true, .false:
        return try shared.warn("'\(literalType(v)!)' object is not subscriptable; perhaps you missed a comma?", code.location)
      default: break
      }
    case .set, .setComp, .generatorExp, .lambda:
      return try shared.warn("'\(literalType(v)!)' object is not subscriptable; perhaps you missed a comma?", code.location)
    default: break
    }
    // Sequences want an integer or a slice.
    switch v.kind {
    case .constant(.str), .constant(.strU), .constant(.bytes), .constant(.tuple), .tuple, .list, .listComp, .joinedStr, .formattedValue: break
    default: return
    }
    guard let t = literalType(i) else { return }
    switch i.kind {
    case .constant(.int), .constant(.bigInt), .constant(.true), .constant(.false): return
    default: break
    }
    try shared.warn("\(literalType(v)!) indices must be integers or slices, not \(t); perhaps you missed a comma?", code.location)
  }

  /// `is` with a literal compares identity of something that has none.
  func checkIdentity(_ l: Expr, _ ops: [CompareOperator], _ rs: [Expr]) throws {
    func harmless(_ e: Expr) -> Bool {
      guard case .constant(let c) = e.kind else { return true }
      switch c {
      case .none, .true, .false, .ellipsis: return true
      default: return false
      }
    }
    var left = harmless(l)
    for (i, op) in ops.enumerated() {
      let right = harmless(rs[i])
      if op == .is || op == .isNot, !(left && right) {
        return try shared.warn(op == .is ? "\"is\" with a literal. Did you mean \"==\"?" : "\"is not\" with a literal. Did you mean \"!=\"?",
                               code.location)
      }
      left = right
    }
  }
}
