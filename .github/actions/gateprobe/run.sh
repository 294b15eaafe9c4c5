#!/usr/bin/env bash
# The step of the composite action: reads INPUT_* and the runner's variables, audits, leaves outputs, exits as gateprobe
# does. Keys come from the environment of the job (OPENAI_API_KEY, …) and are never arguments.
set -euo pipefail

if [ "${INPUT_INSTALL:-}" != none ]; then
  own=$(cd "$(dirname "$0")/../../.." && pwd)
  python3 -m pip install --quiet --disable-pip-version-check "${INPUT_INSTALL:-$own}"
fi

# Words are split at spaces and line ends, and nothing in them is expanded.
words() { printf '%s' "$1" | tr -s ' \t\r\n' '\n\n\n\n' | sed '/^$/d'; }

out=${INPUT_OUT:-gateprobe-run}
junit=$out/junit.xml
mapfile -t arguments < <(words "${INPUT_ARGUMENTS:-}")
mapfile -t gateways < <(words "${INPUT_GATEWAY:-}")
while IFS= read -r need; do arguments+=("--need=$need"); done < <(words "${INPUT_NEEDS:-}")
[ -z "${INPUT_BASELINE:-}" ] || arguments+=("--baseline=$INPUT_BASELINE")
[ -z "${INPUT_PROFILE:-}" ] || arguments+=("--profile=$INPUT_PROFILE")
[ -z "${INPUT_BUDGET:-}" ] || arguments+=("--budget=$INPUT_BUDGET")
[ -z "${INPUT_MAX_IMAGES:-}" ] || arguments+=("--max-images=$INPUT_MAX_IMAGES")

code=0
gateprobe audit "--tier=${INPUT_TIER:-smoke}" "--out=$out" "--junit=$junit" --annotations=github \
  ${arguments[@]+"${arguments[@]}"} -- ${gateways[@]+"${gateways[@]}"} || code=$?

if [ -n "${GITHUB_OUTPUT:-}" ]; then
  {
    echo "exit-code=$code"
    echo "run=$out"
    echo "junit=$junit"
  } >>"$GITHUB_OUTPUT"
fi
exit "$code"
