"""Parts that arrays are lent to neither make nor return any."""

import ast
from pathlib import Path

import patrol.routing

FOLDER = Path(next(iter(patrol.routing.__path__)))
SCALARS = {"int", "float", "bool", "np.float32"}
LENT = {"compiled_lent", "compiled_small"}


def lent_parts() -> list[tuple[str, ast.FunctionDef]]:
    """Every function that arrays are lent to, with its file."""
    return [
        (path.name, node)
        for path in sorted(FOLDER.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(one, ast.Name) and one.id in LENT for one in node.decorator_list)
    ]


def returned(annotation: ast.expr | None) -> set[str]:
    """The names in a return annotation: ``tuple[int, float]`` gives both."""
    if annotation is None or (isinstance(annotation, ast.Constant) and annotation.value is None):
        return set()
    nodes = list(ast.walk(annotation))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    dotted = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    return names - {"tuple", "np"} | dotted


def test_no_part_returns_an_array_that_was_lent_to_it() -> None:
    parts = lent_parts()
    assert len(parts) > 30
    wrong = [f"{name}: {node.name}" for name, node in parts if returned(node.returns) - SCALARS]
    assert wrong == []
