"""The sentences that the program can show to a client, read from its source: no error has to be raised for it.

A sentence is the first argument of an error's constructor, or of `Undrawable`, whose text becomes one. Names, branches,
concatenations and arguments of helper functions are followed to the texts that they stand for.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Final

import openwado
from openwado.errors import WadoError

#: Stands in a sentence for what is known only when it is said.
PLACE: Final = "\N{REPLACEMENT CHARACTER}"
#: Stands for a whole sentence of another error, which is looked at where it is made.
PASSED_ON: Final = "There is no such file."

#: Texts of these become public sentences; they are no errors of a client themselves.
_SPOKEN: Final = frozenset({"Undrawable", "InvalidCredentials"})
#: Attributes that hold a part of a sentence, and the class in whose table they are given.
_COLUMNS: Final = {"form": "Parameter"}
_DEPTH: Final = 8

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, with `PLACE` for what varies, and where it is said: module and line."""

    text: str
    place: str


@dataclass(slots=True)
class _Module:
    name: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)


@lru_cache(maxsize=1)
def public_sentences() -> tuple[Said, ...]:
    """Return every sentence, module by module.

    Raises:
        LookupError: a first argument cannot be followed to any text.
    """
    return tuple(_Source().sentences())


class _Source:
    def __init__(self) -> None:
        package = Path(openwado.__path__[0])
        self._modules = [
            _Module(str(path.relative_to(package)), ast.parse(path.read_text(encoding="utf-8")))
            for path in sorted(package.rglob("*.py"))
        ]
        self._functions: dict[str, list[tuple[_Module, _Function]]] = {}
        self._calls: dict[str, list[tuple[_Module, ast.Call]]] = {}
        self._bases: dict[str, list[str]] = {}
        self._constants: dict[str, list[tuple[_Module, ast.expr]]] = {}
        self._locals: dict[ast.AST, list[tuple[str, ast.expr]]] = {}
        for module in self._modules:
            self._read(module)
        self._errors = self._subclasses(WadoError.__name__) | _SPOKEN

    def _read(self, module: _Module) -> None:
        nodes: list[ast.AST] = [module.tree]
        while nodes:
            node = nodes.pop()
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._functions.setdefault(node.name, []).append((module, node))
                case ast.Call():
                    module.calls.append(node)
                    self._calls.setdefault(_name(node.func), []).append((module, node))
                case ast.ClassDef():
                    self._bases[node.name] = [_name(base) for base in node.bases]
            children = list(ast.iter_child_nodes(node))
            module.parents.update(dict.fromkeys(children, node))
            nodes += children
        for statement in module.tree.body:
            for target, value in _assigned(statement):
                self._constants.setdefault(target, []).append((module, value))

    def _subclasses(self, name: str) -> set[str]:
        found = {name}
        for one, bases in self._bases.items():
            if name in bases:
                found |= self._subclasses(one)
        return found

    def sentences(self) -> list[Said]:
        own = {name for name in self._errors if self._says_it_itself(name)}
        found = []
        for module in self._modules:
            for call in module.calls:
                if (argument := self._sentence_of(call, module, own)) is not None:
                    place = f"{module.name}:{call.lineno}"
                    texts = self._texts(argument, module, 0)
                    if not texts:
                        raise LookupError(f"{place}: {ast.unparse(argument)} cannot be followed to a text")
                    found += [Said(text, place) for text in texts]
        return found

    def _says_it_itself(self, name: str) -> bool:
        """Say whether a class makes its own sentence, not the first argument."""
        return any(
            [argument.arg for argument in function.args.args[1:2]] != ["public"]
            for module, function in self._functions.get("__init__", ())
            if isinstance(parent := module.parents[function], ast.ClassDef) and parent.name == name
        )

    def _sentence_of(self, call: ast.Call, module: _Module, own: set[str]) -> ast.expr | None:
        first = call.args[0] if call.args else None
        if _name(call.func) in self._errors - own:
            return next((word.value for word in call.keywords if word.arg == "public"), first)
        if _name(call.func) == "__init__" and first is not None:  # of the class above
            above = self._enclosing(call, module, ast.ClassDef)
            if isinstance(above, ast.ClassDef) and above.name in own:
                return first
        return next((word.value for word in call.keywords if word.arg == "undrawable"), None)

    def _enclosing(self, node: ast.AST, module: _Module, *kinds: type[ast.AST]) -> ast.AST | None:
        while (node := module.parents.get(node, module.tree)) is not module.tree:
            if isinstance(node, kinds):
                return node
        return None

    def _texts(self, node: ast.expr, module: _Module, depth: int) -> list[str]:
        """Return the texts that an expression may stand for; none where it cannot be followed."""
        found: list[str] = []
        match node:
            case _ if depth > _DEPTH:
                pass
            case ast.Constant(value=str() as text) if text:
                found = [text]
            case ast.JoinedStr(values=values):
                pieces = [self._pieces(value, module, depth) for value in values]
                found = ["".join(chosen) for chosen in product(*pieces)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                sides = [self._texts(side, module, depth + 1) for side in (left, right)]
                found = ["".join(chosen) for chosen in product(*(side or [PLACE] for side in sides)) if any(sides)]
            case ast.BoolOp(values=several) | ast.Tuple(elts=several) | ast.Dict(values=several):
                found = [text for one in several for text in self._texts(one, module, depth + 1)]
            case ast.IfExp(body=body, orelse=orelse):
                found = [text for one in (body, orelse) for text in self._texts(one, module, depth + 1)]
            case _:
                found = self._followed(node, module, depth)
        return list(dict.fromkeys(found))

    def _texts_or_place(self, node: ast.expr, module: _Module, depth: int) -> list[str]:
        """Return the texts of one of several expressions: what cannot be followed must not hide behind the others."""
        is_empty = isinstance(node, ast.Constant) and node.value == ""
        return self._texts(node, module, depth) or ([] if is_empty else [PLACE])

    def _followed(self, node: ast.expr, module: _Module, depth: int) -> list[str]:
        """Return the texts that a name, an attribute or what a function returns may stand for."""
        found: list[str] = []
        match node:
            case ast.Attribute(attr="public" | "undrawable") | ast.Name(id="undrawable"):
                found = [PASSED_ON]
            case ast.Attribute(attr=name) if name in _COLUMNS:
                values = [
                    word.value for _, call in self._calls[_COLUMNS[name]] for word in call.keywords if word.arg == name
                ]
                found = [text for value in values for text in self._texts(value, module, depth + 1)]
            case ast.Name(id=name):
                found = self._named(name, node, module, depth)
            case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)]):
                found = [PASSED_ON] if self._is_spoken(name, node, module) else []
            case ast.Call(func=ast.Name(id="counted"), args=[_, ast.Constant(value=str() as one), *many]):
                several = [text for noun in many for text in self._texts(noun, module, depth + 1)] or [f"{one}s"]
                found = [f"{PLACE} {noun}" for noun in (one, *several)]
            case ast.Call(func=ast.Name(id="next"), args=[ast.GeneratorExp(generators=[rows]), other]):
                found = [text for one in (rows.iter, other) for text in self._texts(one, module, depth + 1)]
            case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="items" | "values"), args=[]):
                found = self._texts(table, module, depth + 1)
            case ast.Call(func=function):
                found = self._returned(_name(function), module, depth)
        return found

    def _pieces(self, value: ast.expr, module: _Module, depth: int) -> list[str]:
        match value:
            case ast.Constant(value=str() as text):
                return [text]
            case ast.FormattedValue(value=inner):
                texts = self._texts(inner, module, depth + 1)
                may_be_empty = isinstance(inner, ast.IfExp | ast.Name | ast.Call) and self._may_be_empty(inner, module)
                return [*(texts or [PLACE]), *([""] if may_be_empty else [])]
            case _:
                return [PLACE]

    def _may_be_empty(self, node: ast.expr, module: _Module) -> bool:
        match node:
            case ast.IfExp(body=body, orelse=orelse):
                return any(isinstance(side, ast.Constant) and side.value == "" for side in (body, orelse))
            case ast.Name(id=name):
                return any(
                    self._may_be_empty(value, module)
                    for value in self._local(name, node, module)
                    if isinstance(value, ast.IfExp)
                )
            case ast.Call(func=function):
                return any(
                    self._may_be_empty(value, home)
                    for home, called in self._functions.get(_name(function), ())
                    for value in _returns(called)
                    if isinstance(value, ast.IfExp)
                )
            case _:
                return False

    def _local(self, name: str, node: ast.AST, module: _Module) -> list[ast.expr]:
        """Return what a name is made in the function around a node."""
        function = self._enclosing(node, module, ast.FunctionDef, ast.AsyncFunctionDef)
        if function is None:
            return []
        if function not in self._locals:
            self._locals[function] = [pair for statement in ast.walk(function) for pair in _assigned(statement)]
        return [value for target, value in self._locals[function] if target == name]

    def _named(self, name: str, node: ast.expr, module: _Module, depth: int) -> list[str]:
        found = [
            text for value in self._local(name, node, module) for text in self._texts_or_place(value, module, depth + 1)
        ]
        if found:
            return list(dict.fromkeys(found))
        function = self._enclosing(node, module, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(function, _Function):
            named = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
            if name in named:
                return self._passed(function, named.index(name), name, module, depth)
        here = [(home, value) for home, value in self._constants.get(name, ()) if home is module]
        for home, value in here or self._constants.get(name, []):
            found += self._texts(value, home, depth + 1)
        return list(dict.fromkeys(found))

    def _passed(self, function: _Function, place: int, name: str, module: _Module, depth: int) -> list[str]:
        """Return the texts that calls of a function pass as one of its arguments."""
        called = function.name
        parent = module.parents[function]
        if isinstance(parent, ast.ClassDef):
            place -= 1
            called = parent.name if called == "__init__" else called
        found = []
        for home, call in self._calls.get(called, ()):
            if called.startswith("_") and home is not module:
                continue
            passed = [word.value for word in call.keywords if word.arg == name] or call.args[place : place + 1]
            found += [text for value in passed for text in self._texts_or_place(value, home, depth + 1)]
        return list(dict.fromkeys(found))

    def _returned(self, name: str, module: _Module, depth: int) -> list[str]:
        known = self._functions.get(name, [])
        functions = [pair for pair in known if pair[0] is module] or known
        if len(functions) != 1:
            return []
        home, function = functions[0]
        return [text for value in _returns(function) for text in self._texts(value, home, depth + 1)]

    def _is_spoken(self, name: str, node: ast.expr, module: _Module) -> bool:
        handler = self._enclosing(node, module, ast.ExceptHandler)
        return (
            isinstance(handler, ast.ExceptHandler)
            and handler.name == name
            and handler.type is not None
            and _name(handler.type) in self._errors
        )


def _assigned(statement: ast.AST) -> list[tuple[str, ast.expr]]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return [(name, value)]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return [(name, value)]
        case _:
            return []


def _returns(function: _Function) -> list[ast.expr]:
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
