#!/usr/bin/env bash
# Build the wheel, install it into an empty environment, start it from somewhere else.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
uv build --quiet --out-dir "$folder/dist"
uv venv --quiet "$folder/env"
uv pip install --quiet --python "$folder/env/bin/python" --constraints <(uv run --quiet python tools/pin.py --list) "$folder"/dist/*.whl
cd "$folder"
env/bin/cockpit --version
env/bin/cockpit --help >/dev/null
printf '# Runbook\n\n## Checks\n\n- [ ] one\n' > runbook.md
env/bin/cockpit outline runbook.md --json >/dev/null
# widgets and styles are found, the style sheet is in the wheel
env/bin/python -c 'import cockpit.app, widgets, styles; assert styles.SHEET.exists(), styles.SHEET'
