// try, except, except*, finally and with.
//
// The shape of every handler: on entry ENTEREXCEPT save exc; a clean-up range over what runs while the exception is handled,
// whose handler is LEAVEEXCEPT save, RERAISE exc; LEAVEEXCEPT save on every other way out. The clean-up range writes the new
// exception over the one that was handled, which nothing reads any more by then.

import Bytecode
import Syntax

extension Generator {
  func tryStatement(_ body: [Stmt], _ handlers: [ExceptHandler], _ orelse: [Stmt], _ finalbody: [Stmt], star: Bool) throws {
    // The statement's own line, for tracers.
    code.emit(.nop)
    if finalbody.isEmpty { return try tryExcept(body, handlers, orelse, star) }
    let failed = code.label(), end = code.label()
    let h = code.newHandler(failed, register: temp, deleted: deleted)
    try push(.finallyBody(finalbody), handler: h)
    if handlers.isEmpty { try statements(body) } else { try tryExcept(body, handlers, orelse, star) }
    pop()
    // The body ended normally.
    try statements(finalbody)
    code.location = CodeBuilder.nowhere
    code.jump(end)
    code.place(failed)
    let exc = newTemp(), save = newTemp()
    code.emit(.enterExcept, save, exc)
    let leave = code.label()
    try push(.handling(save: save), handler: code.newHandler(leave, register: exc, deleted: deleted))
    try statements(finalbody)
    pop()
    // Gone through to its end: the frame is left at its last line.
    code.location = endRange(finalbody)
    code.emit(.leaveExcept, save)
    code.emit(.reraise, exc, 1)
    code.location = CodeBuilder.nowhere
    code.place(leave)
    code.emit(.leaveExcept, save)
    code.emit(.reraise, exc)
    code.place(end)
  }

  /// Where a block that was gone through ends.
  private func endRange(_ body: [Stmt]) -> SourceRange {
    guard let last = body.last else { return CodeBuilder.nowhere }
    switch last.kind {
    case .if, .for, .asyncFor, .while, .with, .asyncWith, .try, .match: return code.lastRealLocation
    default: return last.range
    }
  }

  private func tryExcept(_ body: [Stmt], _ handlers: [ExceptHandler], _ orelse: [Stmt], _ star: Bool) throws {
    let failed = code.label(), end = code.label()
    let mark = temp, saved = code.location
    let h = code.newHandler(failed, register: temp, deleted: deleted)
    try push(.tryBody, handler: h)
    try statements(body)
    pop()
    try statements(orelse)
    code.location = CodeBuilder.nowhere
    code.jump(end)
    code.place(failed)
    let exc = newTemp(), save = newTemp()
    code.emit(.enterExcept, save, exc)
    let leave = code.label()
    try push(star ? .group : .handling(save: save), handler: code.newHandler(leave, register: exc, deleted: deleted))
    if star {
      try exceptStar(handlers, exc, save, leave, end)
    } else {
      for (i, handler) in handlers.enumerated() {
        try except(handler, exc, save, leave, end, last: i == handlers.count - 1)
      }
    }
    pop()
    if !star, let last = handlers.last {
      // No handler matched: the frame is left where the last one stands.
      code.location = last.range
      code.emit(.leaveExcept, save)
      code.emit(.reraise, exc, 1)
    }
    // A handler raised.
    code.location = CodeBuilder.nowhere
    code.place(leave)
    code.emit(.leaveExcept, save)
    code.emit(.reraise, exc)
    code.place(end)
    temp = mark
    code.location = saved
  }

  private func except(_ handler: ExceptHandler, _ exc: Int, _ save: Int, _ leave: Label, _ end: Label, last: Bool) throws {
    let next = code.label(), m = temp
    code.location = handler.range
    if let type = handler.type {
      let t = try value(type)
      code.test(.jexcMatch, exc, t, 0, next)
      temp = m
    } else if !last {
      throw failure("default 'except:' must be last")
    }
    if let name = handler.name {
      try store(name, from: exc)
      let unbound = code.label()
      let h = code.newHandler(unbound, register: exc, deleted: deleted)
      try push(.boundException(name), handler: h)
      try statements(handler.body)
      pop()
      code.location = CodeBuilder.nowhere
      try unbind(name)
      leaveHandler(save, end)
      code.place(unbound)
      try unbind(name)
      code.jump(leave)
    } else {
      try statements(handler.body)
      code.location = CodeBuilder.nowhere
      leaveHandler(save, end)
    }
    code.place(next)
    temp = m
  }

  /// The normal end of a handler's body, outside its clean-up range.
  private func leaveHandler(_ save: Int, _ end: Label) {
    let h = code.handler
    code.handler = blocks.count > 1 ? blocks[blocks.count - 2].handler : -1
    code.emit(.leaveExcept, save)
    code.jump(end)
    code.handler = h
  }

  /// except*: every handler takes its share of what is left; what they raise and what is left over is raised together.
  private func exceptStar(_ handlers: [ExceptHandler], _ exc: Int, _ save: Int, _ leave: Label, _ end: Label) throws {
    // rest and type are the arguments of checkEgMatch, exc's copy and the list those of prepReraiseStar.
    let rest = newTemp(), type = newTemp(), original = newTemp(), list = newTemp(), raised = newTemp()
    code.emit(.move, rest, exc)
    code.emit(.move, original, exc)
    code.emit(.buildList, list, temp, 0)
    let m = temp
    for handler in handlers {
      code.location = handler.range
      let next = code.label()
      if let t = handler.type { try value(t, into: type) }
      let pair = newTemp(2)
      intrinsic(.checkEgMatch, pair, rest)
      code.emit(.unpack, pair, pair, 2)
      code.emit(.move, rest, pair + 1)
      code.test(.jisK, pair, code.constant(.none), 1, next)
      code.emit(.leaveExcept, pair)
      if let name = handler.name { try store(name, from: pair) }
      temp = m
      let failed = code.label()
      let h = code.newHandler(failed, register: raised, deleted: deleted)
      if let name = handler.name { try push(.boundException(name), handler: h) } else { try push(.tryBody, handler: h) }
      try statements(handler.body)
      pop()
      code.location = CodeBuilder.nowhere
      if let name = handler.name { try unbind(name) }
      code.jump(next)
      code.place(failed)
      if let name = handler.name { try unbind(name) }
      code.emit(.listAppend, list, raised)
      code.place(next)
      temp = m
    }
    code.location = CodeBuilder.nowhere
    code.emit(.listAppend, list, rest)
    intrinsic(.prepReraiseStar, exc, original)
    code.test(.jisK, exc, code.constant(.none), 0, leave)
    leaveHandler(save, end)
  }

  // MARK: with

  func with(_ items: ArraySlice<WithItem>, _ body: [Stmt], isAsync: Bool) throws {
    guard let item = items.first else { return try statements(body) }
    let range = code.location, mark = temp
    // exit's window and its three arguments, the exception, the one handled before.
    let w = newTemp(5)
    temp = w + 2
    let r = try value(item.context, into: w + 2, orInPlace: true)
    let enter = newTemp(2)
    // Looked up in this order, called after both are found.
    code.emit(.getSpecial, enter, r, Int((isAsync ? SpecialMethod.aenter : .enter).rawValue))
    code.emit(.getSpecial, w, r, Int((isAsync ? SpecialMethod.aexit : .exit).rawValue))
    let d = enter
    code.emit(.callMethod, enter, 0, d)
    if isAsync { awaitResult(.getAwaitableEnter, d, into: d) }
    let failed = code.label(), end = code.label()
    let exc = w + 5, save = w + 6
    let h = code.newHandler(failed, register: exc, deleted: deleted)
    try push(.with(window: w, isAsync: isAsync, range: range), handler: h)
    if let t = item.target { try assign(t, from: d) }
    temp = w + 2
    try with(items.dropFirst(), body, isAsync: isAsync)
    pop()
    code.location = range
    try leaveWith(w, isAsync: isAsync)
    code.jump(end)
    // An exception.
    code.place(failed)
    temp = w + 5
    _ = newTemp(2)
    code.emit(.enterExcept, save, exc)
    let leave = code.label()
    try push(.handling(save: save), handler: code.newHandler(leave, register: exc, deleted: deleted))
    intrinsic(.excType, w + 2, exc)
    code.emit(.move, w + 3, exc)
    intrinsic(.excTraceback, w + 4, exc)
    code.emit(.callMethod, w, 3, w + 2)
    if isAsync { awaitResult(.getAwaitableExit, w + 2, into: w + 2) }
    code.test(.jtrue, w + 2, 0, 0, leave)
    leaveHandler(save, end)
    pop()
    code.location = CodeBuilder.nowhere
    code.place(leave)
    code.emit(.leaveExcept, save)
    code.emit(.reraise, exc)
    code.place(end)
    temp = mark
    code.location = range
  }

  private func value(_ e: Expr, into t: Int, orInPlace: Bool) throws -> Int {
    if case .name(let id, .load) = e.kind, case .local = place(mangle(id)) { return try value(e) }
    temp = t + 1
    if temp > maximum { maximum = temp }
    try value(e, into: t)
    return t
  }

  /// Calls exit(None, None, None).
  func leaveWith(_ w: Int, isAsync: Bool) throws {
    let m = temp
    // The window's own slots may hold a value on its way out: the call is made from fresh ones.
    let c: Int
    if m <= w + 2 {
      c = w
      temp = w + 2
      _ = newTemp(3)
    } else {
      c = newTemp(5)
      code.emit(.move, c, w)
      code.emit(.move, c + 1, w + 1)
    }
    for i in 2..<5 { loadConstant(CodeConstant.none, into: c + i) }
    code.emit(.callMethod, c, 3, c + 2)
    if isAsync { awaitResult(.getAwaitableExit, c + 2, into: c + 2) }
    temp = m
  }
}
