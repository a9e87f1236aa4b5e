#!/usr/bin/env bash
# Resolve every version anew, in an empty environment, and write constraints.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder"
"$folder/bin/pip" install --quiet --upgrade 'pip>=25.1'
# The CPU build is the one that the tests run on; newer ones bring gigabytes of CUDA packages along.
echo 'torch==2.13.0' > "$folder/constraints.txt"
"$folder/bin/pip" install --quiet --constraint "$folder/constraints.txt" '.[eval,train]' --group dev
{
  echo "# All versions that Guard is tested with. Made by \`make lock\`; edit pyproject.toml instead."
  "$folder/bin/pip" freeze --exclude guard-gateway | grep -v ' @ ' | sed -E 's/\+cpu$//' | sort -f
} > constraints.txt
