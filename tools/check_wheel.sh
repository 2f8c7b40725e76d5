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
# without the extra it says what is missing, and the page of `watch --web` is in the wheel
status=0 && env/bin/cockpit watch --web 2>said || status=$?
[ "$status" = 2 ]
grep -qF "deploy-cockpit[web]" said
env/bin/python -c 'import pathlib, cockpit.web as w; assert len([*pathlib.Path(w.__file__).with_name("page").iterdir()]) == 3'
# widgets and styles are found, the style sheet is in the wheel
env/bin/python -c 'import cockpit.app, widgets, styles; assert styles.SHEET.exists(), styles.SHEET'
