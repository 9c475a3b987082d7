#!/usr/bin/env bash
# sarif-tools counts suppressed results as open, and the filter against that in its README leaves out every result.
#
# Software: sarif-tools 3.0.5 (PyPI)
# Guess:    `sarif --check error` counts what is open: a result with an accepted suppression is not, nor one whose baselineState is "absent" (SARIF
#           2.1.0, sections 3.27.23 and 3.27.24). If it counts them, a filter file with "exclude: - suppression:" leaves out the former, as
#           the README says: without a value "only existence of the property is checked".
# Reality:  it counts both. With the filter it counts nothing any more: a result without the property passes for a match (default-include is true),
#           also of an exclusion, so that the check never fails again. With "default-include: false" only the suppressed result is
#           left out, if all results have a line: one without a line is left out whatever it has, unless check-line-number is false.
# Source:   sarif/filter/general_filter.py, _filter_append and _filter_result; README, "Filtering"
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-warn-conflicts --target . sarif-tools==3.0.5

cat > write.py <<'PYTHON'
import json

def result(name, place, **members):
    file = {"artifactLocation": {"uri": "calls.py"}, **place}
    return {"ruleId": name, "level": "error", "message": {"text": name}, "locations": [{"physicalLocation": file}], **members}

line = {"region": {"startLine": 7}}
results = [
    result("open", line),
    result("open-without-line", {}),
    result("suppressed", line, suppressions=[{"kind": "external", "status": "accepted"}]),
    result("absent", line, baselineState="absent"),
]
json.dump({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "audit"}}, "results": results}]}, open("log.sarif", "w"))
PYTHON
python3 write.py

# try NAME OPTIONS: which results are counted.
try() {
    local status=0
    PYTHONPATH=. python3 -m sarif --check error summary "${@:2}" log.sarif > summary 2> errors || status=$?
    echo "$1: exit status $status, $(grep --only-matching 'error: .*' summary)$(sed -n 's/^ - \([a-z-]*\):.*/ \1/p' summary | sort | tr -d '\n')"
}
printf 'exclude:\n  - suppression:\n' > readme.yaml
printf 'configuration:\n  default-include: false\nexclude:\n  - suppression:\n' > no-default.yaml
printf 'configuration:\n  default-include: false\n  check-line-number: false\nexclude:\n  - suppression:\n' > neither.yaml
seen=$(try 'no filter'
for filter in readme no-default neither; do try "$filter" --filter "$filter.yaml"; done)
echo "$seen"
[ "$seen" = 'no filter: exit status 4, error: 4 absent open open-without-line suppressed
readme: exit status 0, error: 0
no-default: exit status 2, error: 2 absent open
neither: exit status 3, error: 3 absent open open-without-line' ]
