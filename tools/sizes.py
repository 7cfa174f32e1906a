"""Check the limits of the house on the syntax trees of Python files, and print the figures.

Usage: python tools/sizes.py [FOLDER ...]

Without folders: every rule on src/clientela and tools, the rules on whole files on tests and bench.
Exit code 1 where anything is over a limit; every offence is printed as FILE:LINE: what.
"""

from __future__ import annotations

import ast
import io
import math
import os
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE_P95, FILE_MOST = 400, 600
FUNCTION_P95, FUNCTION_MOST = 35, 60
PARAMETERS_MOST = 6
PACKAGES_DEEP = 2
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
FORBIDDEN_IMPORTS = {"pickle", "cPickle", "joblib", "marshal", "shelve", "dill", "cloudpickle"}
FORBIDDEN_CALLS = {"yaml.load", "yaml.unsafe_load", "eval", "exec"}
SUPPRESSIONS = ("type: ignore", "noqa", "pragma: no cover", "mypy: ", "pyright: ", "ruff: ")
OWN = "clientela"
DYNAMIC_IMPORTS = {"importlib.import_module", "import_module", "__import__"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Offence:
    """One place that breaks a rule."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Module:
    """One file, read once.

    Attributes:
        file: Its path.
        root: Folder of the package (or of the loose files) it belongs to.
        text: Its source.
        tree: Its syntax tree.
        code: Numbers of its lines of code, without docstrings, comments and blank lines.
    """

    file: Path
    root: Path
    text: str
    tree: ast.Module
    code: frozenset[int]

    @classmethod
    def read(cls, file: Path, root: Path) -> Module:
        """Read and parse one file."""
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text, str(file))
        return cls(file, root, text, tree, frozenset(_code_lines(text, tree)))

    @property
    def parts(self) -> tuple[str, ...]:
        """Packages below the root, then the name of the module."""
        return self.file.relative_to(self.root).with_suffix("").parts

    @property
    def dotted(self) -> str:
        """The module's full name, the root package first."""
        return ".".join((self.root.name, *self.parts))

    def offence(self, node: ast.AST | int, what: str) -> Offence:
        """Return an offence of this file at a node or line."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return Offence(self.file, line, what)


def _code_lines(text: str, tree: ast.Module) -> Iterator[int]:
    documented = {line for node in _docstrings(tree) for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in quiet:
            yield from (line for line in range(token.start[0], token.end[0] + 1) if line not in documented)


def _docstrings(tree: ast.AST) -> Iterator[ast.Expr]:
    for node in ast.walk(tree):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            for statement in body if isinstance(body, list) else ():
                # A string that stands alone documents a module, class, function or constant.
                if isinstance(statement, ast.Expr) and isinstance(getattr(statement.value, "value", None), str):
                    yield statement


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def function_lines(module: Module, function: Function) -> int:
    """Count the lines of code of a function, its signature included."""
    return len([line for line in module.code if function.lineno <= line <= (function.end_lineno or 0)])


def p95(numbers: Iterable[int]) -> int:
    """Return the smallest number that at least 95 % of the numbers do not exceed (0 where there are none)."""
    ordered = sorted(numbers)
    return ordered[math.ceil(0.95 * len(ordered)) - 1] if ordered else 0


# Rules on one file.


def long_files(module: Module) -> Iterator[Offence]:
    """No file over 600 lines."""
    lines = len(module.text.splitlines())
    if lines > FILE_MOST:
        yield module.offence(FILE_MOST + 1, f"{lines} lines; a file has at most {FILE_MOST}")


def forbidden_names(module: Module) -> Iterator[Offence]:
    """No module or package that is called after nothing."""
    for part in module.parts:
        if part.strip("_") in FORBIDDEN_NAMES:
            yield module.offence(1, f"nothing is called {part!r}: say what it holds")


def suppressions(module: Module) -> Iterator[Offence]:
    """No comment that silences a check."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT:
            for word in SUPPRESSIONS:
                if token.string.lstrip("# ").startswith(word):
                    yield module.offence(token.start[0], f"silences a check: {token.string}")


def long_functions(module: Module) -> Iterator[Offence]:
    """No function over 60 lines of code."""
    for function in _functions(module.tree):
        lines = function_lines(module, function)
        if lines > FUNCTION_MOST:
            yield module.offence(function, f"{function.name} has {lines} lines; a function has at most {FUNCTION_MOST}")


def many_parameters(module: Module) -> Iterator[Offence]:
    """At most six parameters; self and cls do not count."""
    for function in _functions(module.tree):
        given = function.args
        positional = [*given.posonlyargs, *given.args]
        if positional and positional[0].arg in ("self", "cls"):
            positional = positional[1:]
        count = len(positional) + len(given.kwonlyargs) + sum(arg is not None for arg in (given.vararg, given.kwarg))
        if count > PARAMETERS_MOST:
            yield module.offence(
                function, f"{function.name} has {count} parameters; more than {PARAMETERS_MOST} make a record"
            )


def deep_packages(module: Module) -> Iterator[Offence]:
    """At most two packages below the root."""
    depth = len(module.parts) - 1
    if depth > PACKAGES_DEEP:
        yield module.offence(1, f"{depth} packages below the root; at most {PACKAGES_DEEP}")


def hidden_imports(module: Module) -> Iterator[Offence]:
    """No import of own code inside a function, by statement or by name; no import of the root itself.

    Two kinds of module load by name when they are asked: the command table of `cli`, and an `__init__` that would
    be heavy otherwise.
    """
    may_load = module.root.name != OWN or module.parts[0] == "cli" or module.parts[-1] == "__init__"
    within = {id(node) for function in _functions(module.tree) for node in ast.walk(function)}
    for node in ast.walk(module.tree):
        targets = _imported(node)
        if any(target == OWN for target in targets) and module.root.name == OWN:
            yield module.offence(node, "imports the root of its own package; import the module that is meant")
        if id(node) in within and any(_is_own(target) for target in targets):
            yield module.offence(node, "imports own code inside a function")
        if isinstance(node, ast.Call) and ast.unparse(node.func) in DYNAMIC_IMPORTS and not may_load:
            yield module.offence(node, "imports by name; only the command table does")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def _is_own(target: str) -> bool:
    return target.startswith((".", f"{OWN}.")) or target == OWN


def busy_inits(module: Module) -> Iterator[Offence]:
    """`__init__` re-exports, at once or when a name is asked for, and does nothing else.

    A package that shares its name with its step may make itself callable, by a class of module.
    """
    if module.parts[-1] == "__init__":
        documented = list(_docstrings(module.tree))
        for node in module.tree.body:
            if node not in documented and not _re_exports(node):
                yield module.offence(node, "__init__ only re-exports")


def _re_exports(node: ast.stmt) -> bool:
    if isinstance(node, Function):
        return node.name in ("__getattr__", "__dir__")
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return not _calls(node)
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.ClassDef):
        return [ast.unparse(base) for base in node.bases] == ["ModuleType"]
    return isinstance(node, ast.Import | ast.ImportFrom)


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


def unsafe_loading(module: Module) -> Iterator[Offence]:
    """No format that runs code when it is read, and no code made of text."""
    for node in ast.walk(module.tree):
        for target in _imported(node):
            if target.split(".")[0] in FORBIDDEN_IMPORTS:
                yield module.offence(node, f"imports {target}, which runs code when it reads")
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in FORBIDDEN_CALLS or name.endswith((".read_pickle", ".to_pickle")):
                yield module.offence(node, f"calls {name}")
            for keyword in node.keywords:
                if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", None) is not False:
                    yield module.offence(node, "allows pickle")


# Rules on all files of a folder.


def deep_inheritance(modules: Sequence[Module]) -> Iterator[Offence]:
    """Own classes inherit one deep, beyond Protocol, ABC and errors."""
    classes = {
        f"{module.dotted}.{node.name}": (module, node)
        for module in modules
        for node in module.tree.body
        if isinstance(node, ast.ClassDef)
    }
    parents = {name: [_resolved(base, *found) for base in found[1].bases] for name, found in classes.items()}
    for name, (module, node) in classes.items():
        depth = _depth(name, parents)
        if depth > 1:
            yield module.offence(node, f"{node.name} inherits {depth} deep; at most one")


def _resolved(base: ast.expr, module: Module, _class: ast.ClassDef) -> str:
    names = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in module.tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    text = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
    first, _, rest = text.partition(".")
    full = names.get(first, f"{module.dotted}.{first}")
    return f"{full}.{rest}" if rest else full


def _depth(name: str, parents: dict[str, list[str]]) -> int:
    if name.endswith("Error"):
        return 0
    own = [base for base in parents[name] if base in parents]
    return max((1 + _depth(base, parents) for base in own if not _is_abstract(parents[base])), default=0)


def _is_abstract(bases: Iterable[str]) -> bool:
    return any(base.rsplit(".", 1)[-1] in ("Protocol", "ABC") for base in bases)


def percentiles(modules: Sequence[Module]) -> Iterator[Offence]:
    """95 % of the files and functions are well below the limits; prints the figures."""
    files = [len(module.code) for module in modules]
    functions = [function_lines(module, function) for module in modules for function in _functions(module.tree)]
    root = modules[0].root
    print(f"{root}: {len(files)} files, p95 {p95(files)} code lines (at most {FILE_P95}), longest {max(files)}")
    if functions:
        print(
            f"{root}: {len(functions)} functions, p95 {p95(functions)} lines (at most {FUNCTION_P95}), "
            f"longest {max(functions)}"
        )
    if p95(files) > FILE_P95:
        yield Offence(root, 1, f"p95 of the files is {p95(files)} code lines; at most {FILE_P95}")
    if p95(functions) > FUNCTION_P95:
        yield Offence(root, 1, f"p95 of the functions is {p95(functions)} lines; at most {FUNCTION_P95}")


WHOLE_FILE_RULES = (long_files, forbidden_names, suppressions)
ALL_RULES = (
    *WHOLE_FILE_RULES,
    long_functions,
    many_parameters,
    deep_packages,
    hidden_imports,
    busy_inits,
    unsafe_loading,
)


def offences(folder: Path, everything: bool = True) -> list[Offence]:
    """Check the Python files below a folder, which is taken for the root of a package.

    Args:
        folder: Folder to check.
        everything: Whether all rules hold; else those on whole files only.

    Returns:
        The offences by file and line; none for a folder without Python files.
    """
    modules = [Module.read(file, folder) for file in sorted(folder.rglob("*.py"))]
    if not modules:
        return []
    rules = ALL_RULES if everything else WHOLE_FILE_RULES
    found = [offence for module in modules for rule in rules for offence in rule(module)]
    if everything:
        found += [*deep_inheritance(modules), *percentiles(modules)]
    return sorted(found, key=lambda offence: (offence.file, offence.line))


def main(arguments: Sequence[str]) -> int:
    """Check the folders given, print what is over a limit, and return the exit code."""
    if arguments:
        found = [offence for name in arguments for offence in offences(Path(name))]
    else:
        os.chdir(Path(__file__).resolve().parents[1])
        found = [offence for name in ("src/clientela", "tools") for offence in offences(Path(name))]
        found += [offence for name in ("tests", "bench") for offence in offences(Path(name), everything=False)]
    for offence in found:
        print(offence)
    print(f"{len(found)} offences" if found else "Within the limits of the house.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
