#!/usr/bin/env bash
# Build wheel and sdist; install each into an empty environment, on the oldest and the newest supported Python that this
# machine has, without the extras; start them from somewhere else. Downloads no Python.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The supported ones are those of the classifiers, oldest first.
pythons=()
for version in $(sed -n 's/.*Programming Language :: Python :: \(3\.[0-9]*\)".*/\1/p' pyproject.toml); do
  for found in "$(uv python find --quiet --system "$version" 2>/dev/null || true)" \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/"python$version"; do
    if [ -n "$found" ] && "$found" -c 'import sys' >/dev/null 2>&1; then
      pythons+=("$found")
      break
    fi
  done
done
oldest=${pythons[0]:?no supported Python is installed}
newest=${pythons[-1]}

uv build --quiet --out-dir "$folder/dist"
uv run --quiet python tools/pin.py --list >"$folder/constraints.txt"
cp tools/check_installed.py "$folder"
cd "$folder"
unset VIRTUAL_ENV PYTHONPATH

check() { # check PYTHON FILE
  echo "$("$1" --version): ${2##*.}"
  uv venv --quiet --clear --python "$1" env
  uv pip install --quiet --python env/bin/python --constraints constraints.txt "$2"
  env/bin/cockpit --version
  env/bin/cockpit run --help >/dev/null
  printf '# Runbook\n\n## Checks\n\n- [ ] one\n' >runbook.md
  env/bin/cockpit outline runbook.md --json >/dev/null
  # without the extra it says what is missing
  status=0 && env/bin/cockpit watch --web 2>said || status=$?
  [ "$status" = 2 ]
  grep -qF "deploy-cockpit[web]" said
  env/bin/python -I check_installed.py
}
check "$oldest" dist/*.whl
if [ "$newest" = "$oldest" ]; then
  echo "no other supported Python here: the sdist is checked on the same"
fi
check "$newest" dist/*.tar.gz
