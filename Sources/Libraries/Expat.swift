// pyexpat's natives. Every callback notes an event and suspends the parser, so Expat never waits for Python: the app-level
// loop (`libraries_expat.py`) calls the handlers of the events and resumes.

import Builtins
import CExpat
import Heap
import Glibc
import Objects

/// Kinds of events, as `libraries_expat.py` numbers them.
private enum EventKind {
  static let startElement = 0, endElement = 1, instruction = 2, characters = 3, unparsedEntity = 4, notation = 5, startNamespace = 6
  static let endNamespace = 7, comment = 8, startCData = 9, endCData = 10, defaultText = 11, defaultExpand = 12, notStandalone = 13
  static let externalEntity = 14, startDoctype = 15, endDoctype = 16, entity = 17, xmlDeclaration = 18, element = 19, attributeList = 20
  static let skippedEntity = 21
}

private indirect enum Item {
  case none
  case text([UInt8])
  case number(Int)
  case tuple([Item])
  case list([Item])
}

private final class Parser {
  let parser: XML_Parser
  /// Kind, line, column, byte index, arguments.
  var events: [(Int, Int, Int, Int, [Item])] = []
  /// Of the encoding that the document names, if Expat does not know it: code points of the 256 bytes.
  var map: [Int32]?
  init(_ p: XML_Parser) {
    parser = p
    XML_SetUserData(p, Unmanaged.passUnretained(self).toOpaque())
  }
  deinit { XML_ParserFree(parser) }
}

nonisolated(unsafe) private var parsers = HandleTable<Parser>()

private func note(_ userData: UnsafeMutableRawPointer?, _ kind: Int, _ items: Item...) {
  let p = Unmanaged<Parser>.fromOpaque(userData!).takeUnretainedValue()
  p.events.append((kind, Int(XML_GetCurrentLineNumber(p.parser)), Int(XML_GetCurrentColumnNumber(p.parser)), Int(XML_GetCurrentByteIndex(p.parser)), items))
  XML_StopParser(p.parser, XML_Bool(1))
}
private func text(_ s: UnsafePointer<CChar>?) -> Item {
  guard let s = s else { return .none }
  return .text(Array(UnsafeRawBufferPointer(start: s, count: strlen(s))))
}
private func text(_ s: UnsafePointer<CChar>?, _ n: Int32) -> Item {
  guard let s = s else { return .none }
  return .text(Array(UnsafeRawBufferPointer(start: s, count: Int(n))))
}

private func value(_ t: ThreadRef, _ i: Item) -> Value {
  switch i {
  case .none: return .none
  case .text(let b): return b.withUnsafeBytes { decodedText(t, $0) }
  case .number(let n): return .fixnum(n)
  case .tuple(let a): return makeTuple(t, a.map { value(t, $0) })
  case .list(let a): return makeList(t, a.map { value(t, $0) })
  }
}
private func decodedText(_ t: ThreadRef, _ b: UnsafeRawBufferPointer) -> Value {
  makeStr(t, String(decoding: b, as: UTF8.self))
}

/// A content model as pyexpat shows it: (type, quantifier, name, children).
private func model(_ c: UnsafePointer<XML_Content>, _ depth: Int) -> Item {
  let p = c.pointee
  var children: [Item] = []
  if depth < 400, let first = p.children { for i in 0..<Int(p.numchildren) { children.append(model(first + i, depth + 1)) } }
  return .tuple([.number(Int(p.type.rawValue)), .number(Int(p.quant.rawValue)), text(p.name), .tuple(children)])
}

private func setHandlers(_ h: Parser, _ mask: Int) {
  let p = h.parser
  func on(_ kind: Int) -> Bool { mask >> kind & 1 != 0 }
  XML_SetStartElementHandler(p, on(EventKind.startElement) ? { u, name, attributes in
    var list: [Item] = [], a = attributes!
    while let s = a.pointee { list.append(text(s)); a += 1 }
    let h = Unmanaged<Parser>.fromOpaque(u!).takeUnretainedValue()
    note(u, EventKind.startElement, text(name), .list(list), .number(Int(XML_GetSpecifiedAttributeCount(h.parser))))
  } : nil)
  XML_SetEndElementHandler(p, on(EventKind.endElement) ? { u, name in note(u, EventKind.endElement, text(name)) } : nil)
  XML_SetProcessingInstructionHandler(p, on(EventKind.instruction) ? { u, target, data in note(u, EventKind.instruction, text(target), text(data)) } : nil)
  XML_SetCharacterDataHandler(p, on(EventKind.characters) ? { u, s, n in note(u, EventKind.characters, text(s, n)) } : nil)
  XML_SetUnparsedEntityDeclHandler(p, on(EventKind.unparsedEntity) ? { u, name, base, system, publicId, notation in
    note(u, EventKind.unparsedEntity, text(name), text(base), text(system), text(publicId), text(notation))
  } : nil)
  XML_SetNotationDeclHandler(p, on(EventKind.notation) ? { u, name, base, system, publicId in
    note(u, EventKind.notation, text(name), text(base), text(system), text(publicId))
  } : nil)
  XML_SetStartNamespaceDeclHandler(p, on(EventKind.startNamespace) ? { u, prefix, uri in note(u, EventKind.startNamespace, text(prefix), text(uri)) } : nil)
  XML_SetEndNamespaceDeclHandler(p, on(EventKind.endNamespace) ? { u, prefix in note(u, EventKind.endNamespace, text(prefix)) } : nil)
  XML_SetCommentHandler(p, on(EventKind.comment) ? { u, s in note(u, EventKind.comment, text(s)) } : nil)
  XML_SetStartCdataSectionHandler(p, on(EventKind.startCData) ? { u in note(u, EventKind.startCData) } : nil)
  XML_SetEndCdataSectionHandler(p, on(EventKind.endCData) ? { u in note(u, EventKind.endCData) } : nil)
  // The two defaults exclude each other: expanding or not is a state of the parser.
  if on(EventKind.defaultExpand) {
    XML_SetDefaultHandlerExpand(p) { u, s, n in note(u, EventKind.defaultExpand, text(s, n)) }
  } else {
    XML_SetDefaultHandler(p, on(EventKind.defaultText) ? { u, s, n in note(u, EventKind.defaultText, text(s, n)) } : nil)
    if !on(EventKind.defaultText) { XML_SetDefaultHandlerExpand(p, nil) }
  }
  XML_SetNotStandaloneHandler(p, on(EventKind.notStandalone) ? { u in note(u, EventKind.notStandalone); return 1 } : nil)
  XML_SetExternalEntityRefHandler(p, on(EventKind.externalEntity) ? { parser, context, base, system, publicId in
    note(XML_GetUserDataPointer(parser), EventKind.externalEntity, text(context), text(base), text(system), text(publicId))
    return 1
  } : nil)
  XML_SetStartDoctypeDeclHandler(p, on(EventKind.startDoctype) ? { u, name, system, publicId, subset in
    note(u, EventKind.startDoctype, text(name), text(system), text(publicId), .number(Int(subset)))
  } : nil)
  XML_SetEndDoctypeDeclHandler(p, on(EventKind.endDoctype) ? { u in note(u, EventKind.endDoctype) } : nil)
  XML_SetEntityDeclHandler(p, on(EventKind.entity) ? { u, name, parameter, s, n, base, system, publicId, notation in
    note(u, EventKind.entity, text(name), .number(Int(parameter)), text(s, n), text(base), text(system), text(publicId), text(notation))
  } : nil)
  XML_SetXmlDeclHandler(p, on(EventKind.xmlDeclaration) ? { u, version, encoding, standalone in
    note(u, EventKind.xmlDeclaration, text(version), text(encoding), .number(Int(standalone)))
  } : nil)
  XML_SetElementDeclHandler(p, on(EventKind.element) ? { u, name, content in
    note(u, EventKind.element, text(name), content.map { model($0, 0) } ?? .none)
    XML_FreeContentModel(Unmanaged<Parser>.fromOpaque(u!).takeUnretainedValue().parser, content)
  } : nil)
  XML_SetAttlistDeclHandler(p, on(EventKind.attributeList) ? { u, element, name, type, defaultValue, required in
    note(u, EventKind.attributeList, text(element), text(name), text(type), text(defaultValue), .number(Int(required)))
  } : nil)
  XML_SetSkippedEntityHandler(p, on(EventKind.skippedEntity) ? { u, name, parameter in
    note(u, EventKind.skippedEntity, text(name), .number(Int(parameter)))
  } : nil)
  XML_SetUnknownEncodingHandler(p, { u, name, info in
    guard let map = Unmanaged<Parser>.fromOpaque(u!).takeUnretainedValue().map, let info = info else { return 0 }
    withUnsafeMutableBytes(of: &info.pointee.map) { raw in
      let out = raw.bindMemory(to: Int32.self)
      for i in 0..<256 { out[i] = map[i] }
    }
    info.pointee.data = nil
    info.pointee.convert = nil
    info.pointee.release = nil
    return 1
  }, Unmanaged.passUnretained(h).toOpaque())
}

/// What XML_GetUserData, a macro over the parser's first word, gives.
private func XML_GetUserDataPointer(_ p: XML_Parser?) -> UnsafeMutableRawPointer? {
  UnsafeRawPointer(p!).load(as: UnsafeMutableRawPointer?.self)
}

private func parser(_ t: ThreadRef, _ v: Value) -> Parser? {
  if let p = parsers[v] { return p }
  t.raise(.ValueError, "the parser was freed")
  return nil
}

/// (status: 0 error, 1 done, 2 suspended; events).
private func outcome(_ t: ThreadRef, _ h: Parser, _ status: XML_Status) -> Value {
  let list = makeList(t)
  for (kind, line, column, index, items) in h.events {
    let place = makeTuple(t, [.fixnum(0), .fixnum(line), .fixnum(column), .fixnum(index)])
    listAppend(t, list, makeTuple(t, [.fixnum(kind)] + items.map { value(t, $0) } + [place]))
  }
  h.events.removeAll(keepingCapacity: true)
  return makeTuple(t, [.fixnum(Int(status.rawValue)), list])
}

private func encodingName(_ v: Value) -> String? { v.isStr ? swiftString(v) : nil }

func installExpat(_ t: ThreadRef) {
  defineAppNative(t, "expat_create", "(encoding, separator, /)") { t, a, n in
    let p = a[1].isStr
      ? XML_ParserCreateNS(encodingName(a[0]), CChar(bitPattern: a[1].strCount > 0 ? UInt8(truncatingIfNeeded: a[1].codePoint(0)) : 0))
      : XML_ParserCreate(encodingName(a[0]))
    guard let p = p else { return t.raise(.MemoryError) }
    var salt: UInt = 0
    withUnsafeMutableBytes(of: &salt) { _ = weft_getrandom($0.baseAddress!, 8, 0) }
    XML_SetHashSalt(p, salt | 1)
    return parsers.add(Parser(p))
  }
  defineAppNative(t, "expat_create_external", "(parser, context, encoding, /)") { t, a, n in
    guard let h = parser(t, a[0]) else { return .empty }
    let p = a[1].isStr ? XML_ExternalEntityParserCreate(h.parser, swiftString(a[1]), encodingName(a[2]))
      : XML_ExternalEntityParserCreate(h.parser, nil, encodingName(a[2]))
    guard let p = p else { return t.raise(.MemoryError) }
    return parsers.add(Parser(p))
  }
  defineAppNative(t, "expat_free", "(parser, /)") { t, a, n in
    _ = parsers.remove(a[0])
    return .none
  }
  defineAppNative(t, "expat_handlers", "(parser, mask, /)") { t, a, n in
    guard let h = parser(t, a[0]) else { return .empty }
    setHandlers(h, a[1].fixnum)
    return .none
  }
  defineAppNative(t, "expat_set_map", "(parser, points, /)") { t, a, n in
    guard let h = parser(t, a[0]), let (p, k) = sequenceItems(a[1]), k == 256 else { return .empty }
    h.map = (0..<256).map { Int32(truncatingIfNeeded: p[$0].isFixnum ? p[$0].fixnum : -1) }
    return .none
  }
  defineAppNative(t, "expat_parse", "(parser, data, final, /)") { t, a, n in
    guard let h = parser(t, a[0]) else { return .empty }
    let final: Int32 = a[2] == .true ? 1 : 0
    let status = withBuffer(a[1]) { b in
      XML_Parse(h.parser, b.baseAddress.map { UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }, Int32(b.count), final)
    }
    guard let status = status else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    return outcome(t, h, status)
  }
  defineAppNative(t, "expat_resume", "(parser, /)") { t, a, n in
    guard let h = parser(t, a[0]) else { return .empty }
    return outcome(t, h, XML_ResumeParser(h.parser))
  }
  // Numbers about the parser's state.
  defineAppNative(t, "expat_number", "(parser, which, /)") { t, a, n in
    guard let h = parser(t, a[0]) else { return .empty }
    switch a[1].fixnum {
    case 0: return .fixnum(Int(XML_GetErrorCode(h.parser).rawValue))
    case 1: return .fixnum(Int(XML_GetCurrentLineNumber(h.parser)))
    case 2: return .fixnum(Int(XML_GetCurrentColumnNumber(h.parser)))
    default: return .fixnum(Int(XML_GetCurrentByteIndex(h.parser)))
    }
  }
  // Switches: base, namespace prefixes, foreign DTD, parameter entities.
  defineAppNative(t, "expat_set", "(parser, which, value, /)") { t, a, n in
    guard let h = parser(t, a[0]) else { return .empty }
    switch a[1].fixnum {
    case 0: return .bool(XML_SetBase(h.parser, encodingName(a[2])).rawValue != 0)
    case 1: XML_SetReturnNSTriplet(h.parser, a[2] == .true ? 1 : 0); return .none
    case 4: return .fixnum(Int(XML_SetEncoding(h.parser, encodingName(a[2])).rawValue))
    case 2: return .fixnum(Int(XML_UseForeignDTD(h.parser, XML_Bool(a[2] == .true ? 1 : 0)).rawValue))
    default: return .fixnum(Int(XML_SetParamEntityParsing(h.parser, XML_ParamEntityParsing(UInt32(truncatingIfNeeded: a[2].fixnum)))))
    }
  }
  defineAppNative(t, "expat_base", "(parser, /)") { t, a, n in
    guard let h = parser(t, a[0]) else { return .empty }
    return XML_GetBase(h.parser).map { makeStr(t, String(cString: $0)) } ?? .none
  }
  defineAppNative(t, "expat_input", "(parser, /)") { t, a, n in
    guard let h = parser(t, a[0]) else { return .empty }
    var offset: Int32 = 0, size: Int32 = 0
    guard let p = XML_GetInputContext(h.parser, &offset, &size), size >= offset else { return .none }
    return makeBytes(t, UnsafeRawBufferPointer(start: p + Int(offset), count: Int(size - offset)))
  }
  defineAppNative(t, "expat_error", "(code, /)") { t, a, n in
    guard a[0].isFixnum, let s = XML_ErrorString(XML_Error(UInt32(truncatingIfNeeded: a[0].fixnum))) else { return .none }
    return makeStr(t, String(cString: s))
  }
  defineAppNative(t, "expat_version", "()") { t, a, n in
    let v = XML_ExpatVersionInfo()
    return makeTuple(t, [makeStr(t, String(cString: XML_ExpatVersion())), .fixnum(Int(v.major)), .fixnum(Int(v.minor)), .fixnum(Int(v.micro))])
  }
}
