# _ast: node classes from the grammar, and syntax trees from nodes. The classes are made on first need.
# On demand: _ast

ast_state = {}

# sum type = Constructor(field kind, ...) | ...; * list, ? optional.
ast_grammar = """
mod: Module(body stmt*, type_ignores type_ignore*) | Interactive(body stmt*) | Expression(body expr) | FunctionType(argtypes expr*, returns expr)
stmt: FunctionDef(name identifier, args arguments, body stmt*, decorator_list expr*, returns expr?, type_comment string?) | AsyncFunctionDef(name identifier, args arguments, body stmt*, decorator_list expr*, returns expr?, type_comment string?) | ClassDef(name identifier, bases expr*, keywords keyword*, body stmt*, decorator_list expr*) | Return(value expr?) | Delete(targets expr*) | Assign(targets expr*, value expr, type_comment string?) | AugAssign(target expr, op operator, value expr) | AnnAssign(target expr, annotation expr, value expr?, simple int) | For(target expr, iter expr, body stmt*, orelse stmt*, type_comment string?) | AsyncFor(target expr, iter expr, body stmt*, orelse stmt*, type_comment string?) | While(test expr, body stmt*, orelse stmt*) | If(test expr, body stmt*, orelse stmt*) | With(items withitem*, body stmt*, type_comment string?) | AsyncWith(items withitem*, body stmt*, type_comment string?) | Match(subject expr, cases match_case*) | Raise(exc expr?, cause expr?) | Try(body stmt*, handlers excepthandler*, orelse stmt*, finalbody stmt*) | TryStar(body stmt*, handlers excepthandler*, orelse stmt*, finalbody stmt*) | Assert(test expr, msg expr?) | Import(names alias*) | ImportFrom(module identifier?, names alias*, level int?) | Global(names identifier*) | Nonlocal(names identifier*) | Expr(value expr) | Pass | Break | Continue
expr: BoolOp(op boolop, values expr*) | NamedExpr(target expr, value expr) | BinOp(left expr, op operator, right expr) | UnaryOp(op unaryop, operand expr) | Lambda(args arguments, body expr) | IfExp(test expr, body expr, orelse expr) | Dict(keys expr*, values expr*) | Set(elts expr*) | ListComp(elt expr, generators comprehension*) | SetComp(elt expr, generators comprehension*) | DictComp(key expr, value expr, generators comprehension*) | GeneratorExp(elt expr, generators comprehension*) | Await(value expr) | Yield(value expr?) | YieldFrom(value expr) | Compare(left expr, ops cmpop*, comparators expr*) | Call(func expr, args expr*, keywords keyword*) | FormattedValue(value expr, conversion int, format_spec expr?) | JoinedStr(values expr*) | Constant(value constant, kind string?) | Attribute(value expr, attr identifier, ctx expr_context) | Subscript(value expr, slice expr, ctx expr_context) | Starred(value expr, ctx expr_context) | Name(id identifier, ctx expr_context) | List(elts expr*, ctx expr_context) | Tuple(elts expr*, ctx expr_context) | Slice(lower expr?, upper expr?, step expr?)
expr_context: Load | Store | Del
boolop: And | Or
operator: Add | Sub | Mult | MatMult | Div | Mod | Pow | LShift | RShift | BitOr | BitXor | BitAnd | FloorDiv
unaryop: Invert | Not | UAdd | USub
cmpop: Eq | NotEq | Lt | LtE | Gt | GtE | Is | IsNot | In | NotIn
excepthandler: ExceptHandler(type expr?, name identifier?, body stmt*)
pattern: MatchValue(value expr) | MatchSingleton(value constant) | MatchSequence(patterns pattern*) | MatchMapping(keys expr*, patterns pattern*, rest identifier?) | MatchClass(cls expr, patterns pattern*, kwd_attrs identifier*, kwd_patterns pattern*) | MatchStar(name identifier?) | MatchAs(pattern pattern?, name identifier?) | MatchOr(patterns pattern*)
type_ignore: TypeIgnore(lineno int, tag string)
"""
ast_products = """
comprehension(target expr, iter expr, ifs expr*, is_async int)
arguments(posonlyargs arg*, args arg*, vararg arg?, kwonlyargs arg*, kw_defaults expr*, kwarg arg?, defaults expr*)
arg(arg identifier, annotation expr?, type_comment string?)
keyword(arg identifier?, value expr)
alias(name identifier, asname identifier?)
withitem(context_expr expr, optional_vars expr?)
match_case(pattern pattern, guard expr?, body stmt*)
"""
ast_positions = ("lineno", "col_offset", "end_lineno", "end_col_offset")


def ast_fields(text):
    """(name, [(field, kind, modifier)]) of a constructor."""
    name, _, rest = text.strip().partition("(")
    fields = []
    rest = rest.rstrip(")")
    if rest:
        for part in rest.split(","):
            field, kind = part.split()
            modifier = ""
            if kind[-1] in "*?":
                modifier = kind[-1]
                kind = kind[:-1]
            fields.append((field, kind, modifier))
    return name.strip(), fields


def ast_init(self, /, *args, **kwargs):
    cls = type(self)
    fields = cls._fields
    if len(args) > len(fields):
        raise TypeError(cls.__name__ + " constructor takes at most " + str(len(fields)) + " positional argument" + ("s" if len(fields) != 1 else ""))
    i = 0
    for value in args:
        setattr(self, fields[i], value)
        i += 1
    for key, value in kwargs.items():
        if key in fields and key in fields[:len(args)]:
            raise TypeError(cls.__name__ + " got multiple values for argument " + repr(key))
        setattr(self, key, value)


def ast_reduce(self, /):
    return type(self), (), dict(self.__dict__)


def ast_class(name, base, namespace):
    namespace["__module__"] = "ast"
    return type(name, (base,), namespace)


def ast_ready():
    """Makes the classes, once; gives the state."""
    if ast_state:
        return ast_state
    AST = type("AST", (object,), {"__module__": "ast", "_fields": (), "_attributes": (), "__match_args__": (), "__init__": ast_init,
                                  "__reduce__": ast_reduce})
    classes = {"AST": AST}
    spec = {}
    sums = {}
    for line in ast_grammar.strip().split("\n"):
        base, _, rest = line.partition(":")
        constructors = rest.split("|")
        attributes = base in ("stmt", "expr", "excepthandler", "pattern")
        namespace = {"_fields": (), "_attributes": ast_positions if attributes else (), "__match_args__": (),
                     "__doc__": base + " = " + " | ".join([c.strip() for c in constructors])}
        if attributes and base != "pattern":
            namespace["end_lineno"] = namespace["end_col_offset"] = None
        sum_class = ast_class(base, AST, namespace)
        classes[base] = sum_class
        sums[base] = sum_class
        for text in constructors:
            name, fields = ast_fields(text)
            cls = ast_constructor(name, sum_class, fields)
            classes[name] = cls
            spec[name] = fields
            if not fields and base not in ("stmt",):
                classes["_" + name] = cls()
    for line in ast_products.strip().split("\n"):
        name, fields = ast_fields(line)
        attributes = name in ("arg", "keyword", "alias")
        cls = ast_constructor(name, AST, fields)
        cls._attributes = ast_positions if attributes else ()
        if attributes:
            cls.end_lineno = cls.end_col_offset = None
        classes[name] = cls
        sums[name] = cls
        spec[name] = fields
    ast_state["AST"] = AST
    ast_state["classes"] = classes
    ast_state["spec"] = spec
    ast_state["sums"] = sums
    ast_state["depth"] = 0
    ast_set_classes(classes)
    return ast_state


def ast_constructor(name, base, fields):
    names = tuple([f[0] for f in fields])
    text = name
    if fields:
        text += "(" + ", ".join([f[1] + f[2] + " " + f[0] for f in fields]) + ")"
    namespace = {"_fields": names, "__match_args__": names, "__doc__": text}
    for field, kind, modifier in fields:
        if modifier == "?":
            namespace[field] = None
    return ast_class(name, base, namespace)


def _ast_populate(d):
    for name, cls in ast_ready()["classes"].items():
        if not name.startswith("_"):
            d[name] = cls
    d["PyCF_ONLY_AST"] = 0x400
    d["PyCF_TYPE_COMMENTS"] = 0x1000
    d["PyCF_ALLOW_TOP_LEVEL_AWAIT"] = 0x2000


app_module_attr("_ast", "PyCF_ONLY_AST", 0x400)


def ast_check_mode(tree, mode):
    wanted = {"exec": "Module", "eval": "Expression", "single": "Interactive", "func_type": "FunctionType"}[mode]
    if not isinstance(tree, ast_state["classes"][wanted]):
        raise TypeError("expected " + wanted + " node, got " + type(tree).__name__)


def ast_name_of(node, kind):
    """The grammar's name for a node's class (instances of subclasses count as their base)."""
    classes = ast_state["classes"]
    spec = ast_state["spec"]
    for cls in type(node).__mro__:
        name = cls.__name__
        if name in spec and classes.get(name) is cls:
            return name
    raise TypeError("expected some sort of " + kind + ", but got " + repr(node))


def ast_get(node, field, owner):
    try:
        return getattr(node, field)
    except AttributeError:
        raise TypeError("required field \"" + field + "\" missing from " + owner) from None


def ast_int(value):
    if not isinstance(value, int):
        raise ValueError("invalid integer value: " + repr(value))
    return int(value)


def ast_range(node, owner):
    line = ast_int(ast_get(node, "lineno", owner))
    column = ast_int(ast_get(node, "col_offset", owner))
    end = getattr(node, "end_lineno", None)
    end = line if end is None else ast_int(end)
    end_column = getattr(node, "end_col_offset", None)
    end_column = column if end_column is None else ast_int(end_column)
    if line > end:
        raise ValueError("AST node line range (" + str(line) + ", " + str(end) + ") is not valid")
    if line < 0 and end != line or column < 0 and column != end_column:
        raise ValueError("AST node column range (" + str(column) + ", " + str(end_column) + ") for line range (" + str(line) + ", " + str(end) +
                         ") is not valid")
    if line == end and column > end_column:
        raise ValueError("line " + str(line) + ", column " + str(column) + "-" + str(end_column) + " is not a valid range")
    return line, column, end, end_column


def ast_value(value, kind, owner, context):
    if kind == "identifier":
        if not isinstance(value, str):
            raise TypeError("AST identifier must be of type str")
        if value in ("None", "True", "False"):
            raise ValueError("identifier field can't represent '" + value + "' constant")
        return value
    if kind == "string":
        if not isinstance(value, (str, bytes)):
            raise TypeError("AST string must be of type str")
        return value
    if kind == "int":
        return ast_int(value)
    if kind == "constant":
        ast_check_constant(value)
        return value
    return ast_node(value, kind, context)


def ast_check_constant(value):
    cls = type(value)
    if value is None or value is Ellipsis or cls in (int, float, complex, bool, str, bytes):
        return
    if cls is tuple or cls is frozenset:
        for x in value:
            ast_check_constant(x)
        return
    raise TypeError("got an invalid type in Constant: " + cls.__name__)


def ast_node(node, kind, context=None):
    state = ast_state
    sums = state["sums"]
    if node is None or not isinstance(node, sums[kind]):
        raise TypeError("expected some sort of " + kind + ", but got " + repr(node))
    name = ast_name_of(node, kind)
    if kind in ("expr_context", "boolop", "operator", "unaryop", "cmpop"):
        return name
    if kind in ("stmt", "expr", "excepthandler", "pattern", "arg", "keyword", "alias"):
        line, column, end, end_column = ast_range(node, kind)
    else:
        line = end = 1
        column = end_column = 0
    if name in ("ListComp", "SetComp", "DictComp", "GeneratorExp"):
        # The generators are checked before the element.
        generators = getattr(node, "generators", None)
        if isinstance(generators, list):
            if not generators:
                raise ValueError("comprehension with no generators")
            for g in generators:
                ast_node(g, "comprehension")
    out = [name, line, column, end, end_column]
    for field, what, modifier in state["spec"][name]:
        wanted = ast_context_of(name, field, context)
        if modifier == "*":
            value = ast_get(node, field, name)
            if not isinstance(value, list):
                raise TypeError(name + " field \"" + field + "\" must be a list, not a " + type(value).__name__)
            items = []
            i = 0
            while i < len(value):
                x = value[i]
                if x is None and (name == "Dict" and field == "keys" or field == "kw_defaults"):
                    items.append(None)
                elif x is None and (what == "expr" or what == "stmt"):
                    raise ValueError("None disallowed in " + ("expression" if what == "expr" else "statement") + " list")
                else:
                    items.append(ast_value(x, what, name, wanted))
                i += 1
            out.append(items)
        elif modifier == "?":
            value = getattr(node, field, None)
            out.append(None if value is None else ast_value(value, what, name, wanted))
        else:
            value = ast_get(node, field, name)
            if value is None and what != "constant":
                raise ValueError("field '" + field + "' is required for " + name)
            out.append(ast_value(value, what, name, wanted))
    ast_check(name, out, context)
    return tuple(out)


def ast_context_of(name, field, context):
    """The context in which an expression field must be."""
    if field in ("targets", "target"):
        return "Del" if name == "Delete" else "Store"
    if field == "optional_vars":
        return "Store"
    if name in ("Tuple", "List") and field == "elts" or name == "Starred" and field == "value":
        return context
    return "Load"


def ast_pattern_number(node, cls):
    return node[0] == "Constant" and type(node[5]) in cls


def ast_pattern_value(node):
    # What a value pattern may match.
    name = node[0]
    if name == "Constant":
        if type(node[5]) in (int, float, complex, str, bytes):
            return
        raise ValueError("unexpected constant inside of a literal pattern")
    if name == "JoinedStr":
        return
    if name == "Attribute":
        while node[0] == "Attribute":
            node = node[5]
        if node[0] == "Name":
            return
    elif name == "UnaryOp":
        if node[5] == "USub" and ast_pattern_number(node[6], (int, float, complex)):
            return
    elif name == "BinOp" and node[6] in ("Add", "Sub"):
        left = node[5]
        if left[0] == "UnaryOp" and left[5] == "USub":
            left = left[6]
        if ast_pattern_number(left, (int, float)) and ast_pattern_number(node[7], (complex,)):
            return
    raise ValueError("patterns may only match literals and attribute lookups")


def ast_pattern_name(name):
    if name == "_":
        raise ValueError("can't capture name '_' in patterns")


def ast_check_pattern(name, out):
    inner = ()
    if name == "MatchValue":
        ast_pattern_value(out[5])
    elif name == "MatchSingleton":
        if out[5] not in (True, False, None) or type(out[5]) is int:
            raise ValueError("MatchSingleton can only contain True, False and None")
    elif name == "MatchMapping":
        inner = out[6]
        if out[7] is not None:
            ast_pattern_name(out[7])
        for key in out[5]:
            if key[0] == "Constant" and (key[5] is None or type(key[5]) is bool):
                continue
            ast_pattern_value(key)
    elif name == "MatchClass":
        if len(out[7]) != len(out[8]):
            raise ValueError("MatchClass doesn't have the same number of keyword attributes as patterns")
        cls = out[5]
        while cls[0] == "Attribute":
            cls = cls[5]
        if cls[0] != "Name":
            raise ValueError("MatchClass cls field can only contain Name or Attribute nodes.")
        inner = out[6] + out[8]
    elif name == "MatchStar":
        if out[5] is not None:
            ast_pattern_name(out[5])
    elif name == "MatchAs":
        if out[6] is not None:
            ast_pattern_name(out[6])
        if out[5] is not None:
            if out[6] is None:
                raise ValueError("MatchAs must specify a target name if a pattern is given")
            inner = [out[5]]
    elif name == "MatchOr":
        inner = out[5]
    elif name == "match_case":
        inner = [out[5]]
    for node in inner:
        if node[0] == "MatchStar":
            raise ValueError("can't use MatchStar here")


def ast_nonempty(items, field, name):
    if not items:
        raise ValueError("empty " + field + " on " + name)


def ast_no_none(items, field, name):
    pass


def ast_check(name, out, context):
    if name in ("Attribute", "Subscript", "Starred", "Name", "List", "Tuple"):
        if context is not None and out[-1] != context:
            raise ValueError("expression must have " + context + " context but has " + out[-1] + " instead")
    elif context == "Store" or context == "Del":
        if name in ast_state["spec"] and issubclass(ast_state["classes"][name], ast_state["classes"]["expr"]):
            raise ValueError("expression which can't be assigned to in " + context + " context")
    fields = ast_state["spec"][name]
    for i in range(len(fields)):
        field, kind, modifier = fields[i]
        if modifier != "*":
            continue
        if (field == "body" and kind == "stmt" and name not in ("Module", "Interactive") or
                field in ("targets", "generators") or name == "Global" or name == "Nonlocal" or
                name in ("Import", "ImportFrom") and field == "names" or name in ("With", "AsyncWith") and field == "items" or
                name == "Match" and field == "cases"):
            if not out[5 + i]:
                raise ValueError("empty " + field + " on " + name)
    if name == "BoolOp" and len(out[6]) < 2:
        raise ValueError("BoolOp with less than 2 values")
    if name == "Dict" and len(out[5]) != len(out[6]):
        raise ValueError("Dict doesn't have the same number of keys as values")
    if name == "Compare":
        if not out[7]:
            raise ValueError("Compare with no comparators")
        if len(out[6]) != len(out[7]):
            raise ValueError("Compare has a different number of comparators and operands")
    if name == "Set" and not out[5]:
        raise ValueError("empty elts on Set")
    if name in ("Try", "TryStar"):
        if not out[6] and not out[8]:
            raise ValueError(name + " has neither except handlers nor finalbody")
        if not out[6] and out[7]:
            raise ValueError(name + " has orelse but no except handlers")
    if name == "Raise" and out[5] is None and out[6] is not None:
        raise ValueError("Raise with cause but no exception")
    if name == "ImportFrom" and out[7] is not None and out[7] < 0:
        raise ValueError("Negative ImportFrom level")
    if name == "arguments":
        if len(out[11]) > len(out[5]) + len(out[6]):
            raise ValueError("more positional defaults than args on arguments")
        if len(out[9]) != len(out[8]):
            raise ValueError("length of kwonlyargs is not the same as kw_defaults on arguments")
    if name == "AnnAssign" and out[8] and out[5][0] != "Name":
        raise TypeError("AnnAssign with simple non-Name target")
    if name == "NamedExpr" and out[5][0] != "Name":
        raise TypeError("NamedExpr target must be a Name")
    if name[:5] == "Match" and name != "Match" or name == "match_case":
        ast_check_pattern(name, out)
    if name == "MatchOr" and len(out[5]) < 2:
        raise ValueError("MatchOr requires at least 2 patterns")
    if name == "MatchMapping" and len(out[5]) != len(out[6]):
        raise ValueError("MatchMapping doesn't have the same number of keys as patterns")
    if name == "MatchClass" and len(out[7]) != len(out[8]):
        raise ValueError("MatchClass doesn't have the same number of keyword attributes as patterns")
    if name == "MatchSingleton" and out[5] is not None and out[5] is not True and out[5] is not False:
        raise ValueError("MatchSingleton can only contain True, False and None")


def ast_compile(tree, filename, mode, flags, optimize):
    ast_check_mode(tree, mode)
    data = ast_node(tree, "mod")
    r = system_compile_tree(data, filename, flags, optimize, -1)
    if type(r) is tuple:
        if r[0] == "error":
            compile_failure(r)
        if compile_warn(r[2], filename):
            e = system_compile_tree(data, filename, flags, optimize, compile_warn_index[0])
            if type(e) is tuple and e[0] == "error":
                compile_failure(e)
        return r[1]
    return r
