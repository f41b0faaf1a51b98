"""From an expression to a network that computes it: sums and products become nodes, functions become edges.

A value that is needed later than it is there passes through the layers between on identity edges.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import torch

from symkan.errors import ExpressionError
from symkan.kan.layer import ABSENT, SYMBOLIC
from symkan.kan.network import Networks
from symkan.symbolic.expressions import complexity, constant, symbol, to_text
from symkan.symbolic.library import Function, Library, U, independent
from symkan.symbolic.parsing import known_functions, parse_expression

if TYPE_CHECKING:
    import sympy

_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*(?!\w*\s*\()")


@dataclass(frozen=True)
class _Link:
    """The edge c·f(a·base + b) + d; `base` is a variable or a node."""

    base: sympy.Expr
    function: Function
    a: float = 1.0
    b: float = 0.0
    c: float = 1.0
    d: float = 0.0

    def times(self, factor: float) -> _Link:
        return replace(self, c=self.c * factor, d=self.d * factor)

    def plus(self, term: float) -> _Link:
        return replace(self, d=self.d + term)


@dataclass(frozen=True)
class _Node:
    """A sum or a product of edges, in some layer (1, 2, …)."""

    level: int
    links: tuple[_Link, ...]
    product: bool = False


@dataclass
class _Plan:
    """The nodes that an expression needs, each after those that it is made of; variables have level 0."""

    nodes: dict[sympy.Expr, _Node] = field(default_factory=dict)

    def level(self, base: sympy.Expr) -> int:
        """The layer in which a value is there first, after its node was planned."""
        if base.is_Symbol:
            return 0
        if base not in self.nodes:
            self.nodes[base] = self._node(base)
        return self.nodes[base].level

    def root(self, expression: sympy.Expr) -> _Node:
        """The output."""
        return self._node(expression)

    def _node(self, expression: sympy.Expr) -> _Node:
        """A sum or a product, if it has several parts, else a sum of one edge."""
        if not expression.is_Add and not expression.is_Mul:
            return self._joined([self._link(expression)], product=False)
        number, rest = expression.as_independent(*expression.free_symbols, as_Add=expression.is_Add)
        parts = type(expression).make_args(rest)
        if len(parts) == 1 and expression.is_Mul:
            return self._joined([self._link(rest).times(constant(number))], product=False)
        first, *others = self._apart([self._link(part) for part in parts], parts)
        first = first.times(constant(number)) if expression.is_Mul else first.plus(constant(number))
        return self._joined([first, *others], product=expression.is_Mul)

    def _apart(self, links: list[_Link], parts: Sequence[sympy.Expr]) -> list[_Link]:
        """Edges from different nodes: of two from the same one, the second gets a node of its own."""
        taken: set[sympy.Expr] = set()
        for place, (link, part) in enumerate(zip(links, parts, strict=True)):
            if link.base in taken:
                links[place] = _Link(part, _line())
            taken.add(links[place].base)
        return links

    def _joined(self, links: list[_Link], *, product: bool) -> _Node:
        return _Node(1 + max(self.level(link.base) for link in links), tuple(links), product)

    def _link(self, expression: sympy.Expr) -> _Link:
        """The edge that an expression is."""
        import sympy

        a, b, core = _affine(expression)
        if core.is_Symbol or core.is_Add or core.is_Mul:
            return _Link(core, _line(), c=a, d=b)
        function, argument = _outermost(core)
        inner, shift, base = _affine(argument)
        if base.is_number:
            raise ExpressionError(f"{sympy.sstr(core)} holds no variable; write its value")
        return _Link(base, function, inner, shift, a, b)


def _affine(expression: sympy.Expr) -> tuple[float, float, sympy.Expr]:
    """a, b and z of the expression a·z + b."""
    factor, shift = 1.0, 0.0
    while True:
        if expression.is_Add:
            number, rest = expression.as_independent(*expression.free_symbols, as_Add=True)
            shift += factor * constant(number)
        elif expression.is_Mul:
            number, rest = expression.as_independent(*expression.free_symbols, as_Add=False)
            factor *= constant(number)
        else:
            rest = expression
        if rest == expression or not rest.free_symbols:
            return factor, shift, expression
        expression = rest


def _outermost(expression: sympy.Expr) -> tuple[Function, sympy.Expr]:
    """The function of one argument that is applied last, and its argument."""
    import sympy

    if expression.is_Pow:
        base, exponent = expression.args
        if exponent.is_number:
            return _function(U**exponent), base
        return _function(sympy.exp(U)), exponent * sympy.log(base)
    if isinstance(expression, sympy.besselj) and expression.args[0].is_number:
        return _function(sympy.besselj(expression.args[0], U)), expression.args[1]
    if isinstance(expression, sympy.Function) and len(expression.args) == 1:
        return _function(expression.func(U)), expression.args[0]
    raise ExpressionError(
        f"{sympy.sstr(expression)} cannot become an edge; write it with + - * / ^ and functions of one argument"
    )


@lru_cache(maxsize=256)
def _function(expression: sympy.Expr) -> Function:
    """The function of u, from the library if it is there."""
    for known in Library.default():
        if known.expression == expression and not known.logarithmic:
            return known
    name = to_text(expression.xreplace({U: symbol("x")})).replace("**", "^").replace(" ", "")
    return Function(name, expression, max(2, complexity(expression)), independent(expression))


def _line() -> Function:
    return Library.default()["x"]


def read(expression: str | sympy.Expr, names: Sequence[str] | None) -> tuple[sympy.Expr, tuple[str, ...]]:
    """An expression and the names of its variables, in the order of their columns.

    In a text all names but pi and those of functions are variables, in the order in which they appear.

    Raises
    ------
    ExpressionError
        When it is no expression of the safe grammar, or has no variable.
    """
    import sympy

    if isinstance(expression, str):
        found = dict.fromkeys(w for w in _WORD.findall(expression) if w not in {"pi", *known_functions()})
        names = tuple(found) if names is None else tuple(names)
        parsed = parse_expression(expression, names=names, functions=())
    else:
        parsed = sympy.sympify(expression, strict=True)  # strict: no text is read
        free = {s.name: s for s in parsed.free_symbols}
        names = tuple(sorted(free, key=_natural)) if names is None else tuple(names)
        if missing := set(free) - set(names):
            raise ExpressionError(
                f"the variable {min(missing)} is not among the names {', '.join(names)}; add it"
            )
        parsed = parsed.xreplace({s: symbol(name) for name, s in free.items()})
    if not parsed.free_symbols:
        raise ExpressionError(f"expression {parsed} holds no variable; a network needs one")
    return parsed, names


def _natural(name: str) -> list[tuple[int, str]]:
    """x2 before x10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def compiled(expression: sympy.Expr, names: Sequence[str], *, grid: int) -> Networks:
    """The network of symbolic edges that computes an expression of columns of these names."""
    plan = _Plan()
    root = plan.root(expression)
    layers = _layers(plan, root)
    places = [{symbol(name): i for i, name in enumerate(names)}]
    places += [{base: i for i, (base, _) in enumerate(layer)} for layer in layers]
    widths = [(sum(not n.product for _, n in layer), sum(n.product for _, n in layer)) for layer in layers]
    networks = Networks([len(names), *widths], intervals=grid)
    for layer, nodes, sources in zip(networks.stack, layers, places[:-1], strict=True):
        layer.kind[:] = ABSENT
        for j, (_, node) in enumerate(nodes):
            for link in node.links:
                i = sources[link.base]
                layer.kind[j, i], layer.functions[j, i] = SYMBOLIC, link.function
                with torch.no_grad():
                    layer.affine[0, j, i] = torch.tensor(
                        [link.a, link.b, link.c, link.d], dtype=torch.float64
                    )
    return networks


def _layers(plan: _Plan, root: _Node) -> list[list[tuple[sympy.Expr, _Node]]]:
    """The nodes of each layer, sums before products, with those that pass a value on."""
    import sympy

    every = [*plan.nodes.items(), (sympy.Symbol("output"), root)]
    last: dict[sympy.Expr, int] = {}
    for _, node in every:
        for link in node.links:
            last[link.base] = max(last.get(link.base, 0), node.level)
    layers: list[list[tuple[sympy.Expr, _Node]]] = [[] for _ in range(root.level)]
    for base, node in every:
        layers[node.level - 1].append((base, node))
    for base, level in last.items():
        for between in range(plan.level(base) + 1, level):
            layers[between - 1].append((base, _Node(between, (_Link(base, _line()),))))
    return [sorted(layer, key=lambda named: named[1].product) for layer in layers]
