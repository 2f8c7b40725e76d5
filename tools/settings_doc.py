"""Writes docs/settings.md from the schema of cockpit.toml. `--check`: exit 1 where it is not up to date."""

import sys
from pathlib import Path
from typing import Any

from cockpit.settings.load import schema

FILE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"


def kind(shape: dict[str, Any]) -> str:
    """The type in a word or two."""
    if "anyOf" in shape:
        return " or ".join(kind(one) for one in shape["anyOf"] if one.get("type") != "null")
    if "enum" in shape:
        # Sorted: typing keeps one Literal for all with the same words, so the order is that of whoever came first.
        return ", ".join(f"`{one}`" for one in sorted(shape["enum"]))
    if "$ref" in shape:
        return "table"
    if shape.get("type") == "object":
        return "table"
    return str(shape.get("type", "any"))


def rows(properties: dict[str, Any]) -> list[str]:
    lines = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for name, shape in properties.items():
        default = shape.get("default", "")
        shown = "" if default in ("", None, {}) else f"`{default}`"
        lines.append(f"| `{name}` | {kind(shape)} | {shown} | {shape.get('description', '')} |")
    return lines


def text() -> str:
    whole = schema()
    parts = ["# Settings", "", "Made from the schema by `tools/settings_doc.py`. Durations: `90s`, `15m`, `1h`;"]
    parts += ["levels: `5 %`, `500 ms`, `40`, `2x baseline`, `baseline + 1 %`. `--env NAME` lays"]
    parts += ["`[environments.NAME]` over the file."]
    parts += ["", "## Top level", ""]
    parts += rows(whole["properties"])
    titles = {
        "SourceSettings": "[sources.NAME]",
        "MetricSettings": "[metrics.NAME]",
        "VariableSettings": "[variables] NAME = {...}",
        "TaskSettings": '[tasks."ID"]',
        "RollbackSettings": "[rollback]",
        "GateSettings": "[gates.NAME]",
        "NoticeSettings": "[notices.NAME]",
        "FlagSettings": "[flags.NAME]",
        "BucketingSettings": "[flags.NAME.bucketing]",
        "ReportSettings": "[report]",
        "WindowSettings": "[window]",
        "TeamSettings": "[team]",
        "FreezeSettings": "[[window.freezes]]",
    }
    for name, title in titles.items():
        parts += ["", f"## {title}", "", *rows(whole["$defs"][name]["properties"])]
    parts += ["", SOURCES]
    return "\n".join(parts).rstrip() + "\n"


SOURCES = """## How a metric is evaluated

A metric with a `breach` level, or a health endpoint, decides: production must be well before it is touched, a breach
that lasts (`for`; health: `failures` times in a row) rolls back once the step that changes production has begun, and it
must stay good in the watch. The others are shown. `for` is meant as Prometheus means it: a good sample or one without a
value begins anew, an error of the source changes nothing. No data is never good: it holds (`no_data = "hold"`), or
rolls back where the table says so. The sources and their keys are in [metrics.md](metrics.md)."""


def main(argument: str) -> int:
    if argument == "--check":
        return 0 if FILE.read_text(encoding="utf-8") == text() else 1
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
