"""The small changes that `tools/mutants.py` makes, one at a time."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType

Change = tuple[ast.AST, ast.AST | None]
"""A node and what stands in its place; None where it goes."""
Function = ast.FunctionDef | ast.AsyncFunctionDef

NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
WITHOUT = frozenset({"strip", "lstrip", "rstrip", "lower", "casefold"})
"""Methods of a text that give a text: `text.strip()` becomes `text`."""


@dataclass(frozen=True)
class Mutant:
    file: Path
    line: int
    first: int
    last: int
    """The lines of its statement; of a compound one, of its head."""
    name: str | None
    """The function's qualified name; None for a constant of the module."""
    words: str
    code: CodeType
    constants: frozenset[str] = frozenset()
    """Names of the module that the mutant makes anew."""


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Every mutant of the file, in the order of its lines."""
    tree = ast.parse(file.read_text())
    for statement in tree.body:
        if isinstance(statement, Function):
            yield from _of_function(file, tree, statement, statement.name)
        elif isinstance(statement, ast.ClassDef):
            for part in statement.body:
                if isinstance(part, Function):
                    yield from _of_function(file, tree, part, f"{statement.name}.{part.name}")
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and not _is_type(statement.value):
            alone = ast.Module(_made_of(statement, tree.body), [])
            names = frozenset().union(*(_names(one, ast.Store) for one in alone.body))
            if "__all__" in names:
                continue
            for node, other in _in_constant(statement):
                for mutant in _made(file, alone, statement, None, node, other):
                    yield replace(mutant, constants=names)


def _made_of(statement: ast.stmt, body: list[ast.stmt]) -> list[ast.stmt]:
    """The constant and those below that are made of it."""
    found, names = [statement], _names(statement, ast.Store)
    for later in body[body.index(statement) + 1 :]:
        if isinstance(later, ast.Assign | ast.AnnAssign) and names & _names(later, ast.Load):
            found.append(later)
            names |= _names(later, ast.Store)
    return found


def _names(statement: ast.stmt, context: type[ast.expr_context]) -> set[str]:
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _of_function(file: Path, tree: ast.Module, function: Function, name: str) -> Iterator[Mutant]:
    for statement in _statements(function.body):
        for node, other in _changes(statement, function):
            yield from _made(file, tree, statement, name, node, other)


def _made(
    file: Path, tree: ast.Module, statement: ast.stmt, name: str | None, node: ast.AST, other: ast.AST | None
) -> Iterator[Mutant]:
    holder, field, at = _place(tree, node)
    said = ast.unparse(node)
    instead = other if other is not None else ast.Pass()
    ast.copy_location(instead, node)
    ast.fix_missing_locations(instead)
    _put(holder, field, at, other)
    try:
        code = compile(tree, str(file), "exec")
        words = f"{said}  ->  {ast.unparse(instead) if other is not None else '(gone)'}"
        if isinstance(holder, ast.Call | ast.keyword):
            words += f"   in {ast.unparse(holder).splitlines()[0][:90]}"
    finally:
        if other is None:
            getattr(holder, field).insert(at, node)
        else:
            _put(holder, field, at, node)
    line = getattr(node, "lineno", statement.lineno)
    last = max(statement.lineno, _head_end(statement))
    yield Mutant(file, line, statement.lineno, last, name, " ".join(words.split()), code)


def _place(tree: ast.AST, node: ast.AST) -> tuple[ast.AST, str, int | None]:
    """What the node hangs on, in which field, and where in its list."""
    for holder in ast.walk(tree):
        for field, value in ast.iter_fields(holder):
            if value is node:
                return holder, field, None
            if isinstance(value, list):
                for at, one in enumerate(value):
                    if one is node:
                        return holder, field, at
    raise LookupError(ast.dump(node))


def _put(holder: ast.AST, field: str, at: int | None, node: ast.AST | None) -> None:
    if at is None:
        setattr(holder, field, node)
    elif node is None:
        del getattr(holder, field)[at]
    else:
        getattr(holder, field)[at] = node


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements and those inside them, nested functions with them."""
    for statement in body:
        yield statement
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, []))
        for case in getattr(statement, "cases", []):
            yield from _statements(case.body)
        for handler in getattr(statement, "handlers", []):
            yield from _statements(handler.body)


def _head_end(statement: ast.stmt) -> int:
    body = getattr(statement, "body", None) or [c.pattern for c in getattr(statement, "cases", [])]
    return body[0].lineno - 1 if body else statement.end_lineno or statement.lineno


def _is_type(value: ast.expr | None) -> bool:
    return value is None or isinstance(value, ast.Subscript | ast.BinOp)


def _head(statement: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of the statement itself, without those of the statements inside it."""
    if isinstance(statement, Function | ast.ClassDef | ast.Assert | ast.Import | ast.ImportFrom):
        return
    for field, value in ast.iter_fields(statement):
        if field in ("body", "orelse", "finalbody", "handlers", "annotation"):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, ast.match_case):
                if one.guard is not None:
                    yield from ast.walk(one.guard)
            elif isinstance(one, ast.AST):
                yield from _walk(one)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for field, value in ast.iter_fields(node):
        if field == "format_spec" or (isinstance(node, ast.arguments) and "default" in field):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST):
                yield from _walk(one)


def _changes(statement: ast.stmt, function: Function) -> Iterator[Change]:
    yield from _gone(statement, function)
    if isinstance(statement, ast.Return) and statement.value is not None:
        yield from _returned(statement.value)
    if isinstance(statement, ast.If | ast.While) and not isinstance(statement.test, ast.Compare | ast.UnaryOp):
        yield statement.test, _negated(statement.test)
    for case in getattr(statement, "cases", []):
        if case.guard is not None:
            yield case.guard, _negated(case.guard)
            yield case.guard, ast.Constant(True)
    for node in _head(statement):
        yield from _in_expression(node)


def _gone(statement: ast.stmt, function: Function) -> Iterator[Change]:
    """The statement without effect: calls, what is raised, what is kept in an attribute, a name that is set again."""
    match statement:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Expr() | ast.Raise() | ast.AugAssign() | ast.Delete() | ast.Continue() | ast.Break():
            yield statement, ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield statement, ast.Pass()
        case ast.Assign(targets=[ast.Name(id=name)]):
            arguments = {one.arg for one in [*function.args.args, *function.args.kwonlyargs]}
            stored = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
            first = min((n for n in stored if isinstance(n.ctx, ast.Store)), key=lambda n: n.lineno)
            if name in arguments or first.lineno < statement.lineno:
                yield statement, ast.Pass()


def _returned(value: ast.expr) -> Iterator[Change]:
    match value:
        case ast.Constant(value=None) | ast.Tuple(elts=[]) | ast.List(elts=[]) | ast.Constant(value=False):
            return
        case ast.Constant(value=""):
            yield value, ast.Constant("mutant")
        case _:
            yield value, ast.Constant(None)


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), copy.deepcopy(test))


def _in_expression(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                for table in (NEGATED, BOUNDARY):
                    if type(op) in table:
                        other = copy.deepcopy(node)
                        other.ops[at] = table[type(op)]()
                        yield node, other
        case ast.BoolOp(op=op, values=values):
            swapped = copy.deepcopy(node)
            swapped.op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield node, swapped
            for at in range(len(values)):
                rest = [copy.deepcopy(one) for i, one in enumerate(values) if i != at]
                yield node, rest[0] if len(rest) == 1 else ast.BoolOp(copy.deepcopy(op), rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield node, copy.deepcopy(operand)
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            other_sum = copy.deepcopy(node)
            other_sum.op = ARITHMETIC[type(op)]()
            yield node, other_sum
        case ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield test, _negated(test)
        case ast.comprehension(ifs=[*tests]):
            for test in tests:
                yield test, ast.Constant(True)
        case ast.Call():
            yield from _in_call(node)
        case ast.Constant():
            yield from _constant(node)


def _in_call(node: ast.Call) -> Iterator[Change]:
    for keyword in node.keywords:
        if keyword.arg is not None:
            fewer = copy.deepcopy(node)
            fewer.keywords = [one for one in fewer.keywords if one.arg != keyword.arg]
            yield node, fewer
    match node.func:
        case ast.Name(id=name) if name in TWINS:
            yield node.func, ast.Name(TWINS[name], ast.Load())
        case ast.Attribute(value=value, attr=name) if name in WITHOUT:
            yield node, copy.deepcopy(value)


def _constant(node: ast.Constant) -> Iterator[Change]:
    match node.value:
        case bool(value):
            yield node, ast.Constant(not value)
        case int(value) | float(value):
            yield node, ast.Constant(value + 1)


def _in_constant(statement: ast.Assign | ast.AnnAssign) -> Iterator[Change]:
    """Numbers of a constant of the module, and each member of a collection gone."""
    for node in _walk(statement.value) if statement.value is not None else ():
        match node:
            case ast.Constant():
                yield from _constant(node)
            case ast.Tuple(elts=members) | ast.Set(elts=members) | ast.List(elts=members) if len(members) > 1:
                for member in members:
                    yield member, None
