"""Write what is generated from the code: the JSON Schema, and parts of the pages in docs/.

`make docs` runs it; a test fails when a page is not what this would write.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

from livens.cli import make_parser
from livens.kernel.kernel import LivensKernel
from livens.kernel.magics import WatchMagics
from livens.kernel.state_magics import StateMagics
from livens.protocol import (
    memory_requests,
    messages,
    requests,
    sharing_requests,
    state_requests,
    table_requests,
)
from livens.protocol import types as protocol_types
from livens.protocol.schema import json_schema
from livens.recording import record

ROOT = Path(__file__).parent.parent
SCHEMA = Path("kernel/livens/schema/livens.variables.v1.json")
RECORD_SCHEMA = Path("kernel/livens/schema/livens.record.v1.json")
PROTOCOL = Path("docs/protocol.md")
REFERENCE = Path("docs/reference.md")
MODULES = (
    memory_requests,
    messages,
    requests,
    sharing_requests,
    state_requests,
    table_requests,
    protocol_types,
)
MAGICS = (WatchMagics, StateMagics)


def generated() -> dict[Path, str]:
    """Return the text of every file that is generated, whole or in part."""
    protocol = (ROOT / PROTOCOL).read_text(encoding="utf-8")
    reference = (ROOT / REFERENCE).read_text(encoding="utf-8")
    return {
        SCHEMA: json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
        RECORD_SCHEMA: json.dumps(record.json_schema(), indent=2, ensure_ascii=False) + "\n",
        PROTOCOL: between(protocol, "types", types()),
        REFERENCE: between(
            between(between(reference, "settings", settings()), "magics", magics()),
            "commands",
            commands(),
        ),
    }


def between(page: str, name: str, text: str) -> str:
    """Put *text* between the markers of that name."""
    begin, end = f"<!-- begin generated: {name} -->", f"<!-- end generated: {name} -->"
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}"


def types() -> str:
    """Write a table of fields for each type of the protocol."""
    definitions = json_schema()["$defs"]
    parts = []
    for name, definition in definitions.items():
        if not definition.get("properties"):
            continue
        parts.append(f"### {name}\n\n{sentence(definition['description'])}\n")
        meanings = attributes(name)
        parts.append("| field | type | default | meaning |\n|---|---|---|---|")
        required = definition.get("required", [])
        for field, schema in definition["properties"].items():
            default = "required" if field in required else code(schema.get("default"))
            parts.append(f"| `{field}` | {kind(schema)} | {default} | {meanings.get(field, '')} |")
        parts.append("")
    return "\n".join(parts)


def attributes(name: str) -> dict[str, str]:
    """Read the section "Attributes" of a type's docstring."""
    owner: Any = next(vars(module)[name] for module in MODULES if name in vars(module))
    text = inspect.getdoc(owner) or ""
    _, _, section = text.partition("Attributes\n----------\n")
    found: dict[str, str] = {}
    for match in re.finditer(r"^(\w[\w, ]*?)(?: : .*)?\n((?:    .*\n?)+)", section, re.MULTILINE):
        meaning = sentence(match[2])
        for field in match[1].split(", "):
            found[field] = meaning
    return found


def sentence(text: str) -> str:
    """Put a wrapped text on one line, fit for a table and for Markdown."""
    return re.sub(r"\s+", " ", text).strip().replace("``", "`").replace("|", "\\|")


def kind(schema: dict[str, Any]) -> str:
    """Write the type of a field in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(kind(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    limits = [
        f"{schema[key]}{sign}"
        for key, sign in (
            ("minimum", " or more"),
            ("maximum", " or less"),
            ("minLength", " or more characters"),
            ("maxLength", " or fewer characters"),
            ("minItems", " or more items"),
            ("maxItems", " or fewer items"),
        )
        if key in schema
    ]
    name = schema.get("type", "any")
    if name == "array" and "items" in schema:
        name = f"array of {kind(schema['items'])}"
    return f"{name}{', ' if limits else ''}{', '.join(limits)}"


def code(value: object) -> str:
    """Write a JSON value in a fixed-width font."""
    return f"`{json.dumps(value)}`"


def settings() -> str:
    """Write a table of the kernel's own settings."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, trait in sorted(LivensKernel.class_own_traits(config=True).items()):
        default = trait.default()
        text = "see `livens.protocol.redaction`" if isinstance(default, list) else f"`{default}`"
        rows.append(f"| `LivensKernel.{name}` | {text} | {sentence(trait.help)} |")
    return "\n".join(rows)


def magics() -> str:
    """Write what the magics say of themselves."""
    parts = []
    homes = {name: cls for cls in MAGICS for name in cls.magics["line"]}
    for name, cls in sorted(homes.items()):
        text = inspect.cleandoc(getattr(cls, name).__doc__)
        parts.append(f"### %{name}\n\n```text\n{text.strip()}\n```\n")
    return "\n".join(parts)


def commands() -> str:
    """Write the help of each command."""
    parser = make_parser()
    parts = [f"### jupyter livens\n\n```text\n{help_of(parser)}\n```\n"]
    actions = [action for action in parser._actions if hasattr(action, "choices")]
    for action in actions:
        if not isinstance(action.choices, dict):
            continue
        for name, subparser in action.choices.items():
            parts.append(f"### jupyter livens {name}\n\n```text\n{help_of(subparser)}\n```\n")
    return "\n".join(parts)


def help_of(parser: Any) -> str:
    """Return the help of a parser, 80 columns wide on every machine."""
    make = parser.formatter_class
    parser.formatter_class = lambda prog: make(prog, width=80)
    try:
        return str(parser.format_help()).strip()
    finally:
        parser.formatter_class = make


def main() -> None:
    """Write the files."""
    for path, text in generated().items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
