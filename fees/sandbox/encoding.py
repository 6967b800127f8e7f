"""Form bodies as the provider's clients write them: `line_items[0][price_data][currency]=ron`."""

import re
from typing import Any
from urllib.parse import parse_qsl

KEY_PART = re.compile(r"\[([^\]]*)\]")


def decode_form(body: str) -> dict[str, Any]:
    """The nested dictionary a form body stands for; numbered keys become lists, all leaves are text."""
    tree: dict[str, Any] = {}
    for name, text in parse_qsl(body, keep_blank_values=True):
        head = name.split("[", 1)[0]
        _plant(tree, [head, *KEY_PART.findall(name)], text)
    return {key: _listed(value) for key, value in tree.items()}


def _plant(tree: dict[str, Any], path: list[str], text: str) -> None:
    for part in path[:-1]:
        branch = tree.setdefault(part, {})
        if not isinstance(branch, dict):
            raise ValueError(f"{part} is both a value and a group")
        tree = branch
    # "expand[]=a&expand[]=b" numbers itself
    tree[path[-1] or str(len(tree))] = text


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(item) for key, item in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
