#!/usr/bin/env bash
# Three OpenAPI tools each refuse something else in valid Swagger 2.0 documents.
#
# Software: openapi-spec-validator 0.9.0, prance 26.7.19.0 (PyPI); @apidevtools/swagger-parser 13.0.0 (npm)
# Guess:    whether a document is valid does not depend on the validator, at least for what published definitions of large APIs have: models that
#           refer to themselves, required members that come from elsewhere, and patterns in the dialect that the specification
#           names (ECMA-262).
# Reality:  prance refuses a model that refers to itself, as a manager who is a user; swagger-parser a required member that is not in properties, which
#           JSON Schema allows; openapi-spec-validator a pattern that Python's re cannot compile, as one with \p{…} or a named
#           group. A check that passes with one tool says nothing of another. prance accepts recursion with
#           recursion_limit_handler, swagger-parser the second with {validate: {spec: false}}.
# Source:   OpenAPI 2.0, "Schema Object" (pattern, required: as in JSON Schema); prance/util/resolver.py; swagger-parser, lib/validators/spec.js;
#           jsonschema, the format "regex"
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-warn-conflicts --target python openapi-spec-validator==0.9.0 prance==26.7.19.0
npm install --silent --no-audit --no-fund --ignore-scripts @apidevtools/swagger-parser@13.0.0 > npm.log || { cat npm.log; exit 1; }

cat > write.py <<'PYTHON'
import json

users = {
    "plain": {"properties": {"id": {"type": "string"}}},
    "recursive": {"properties": {"manager": {"$ref": "#/definitions/User"}}},
    "required": {"properties": {"id": {"type": "string"}}, "required": ["name"]},
    "pattern": {"properties": {"day": {"type": "string", "pattern": "^(?<year>[0-9]{4})-[0-9]{2}$"}}},
}
for name, user in users.items():
    response = {"description": "a user", "schema": {"$ref": "#/definitions/User"}}
    document = {
        "swagger": "2.0",
        "info": {"title": "users", "version": "1"},
        "paths": {"/api/v2/users/me": {"get": {"responses": {"200": response}}}},
        "definitions": {"User": {"type": "object", **user}},
    }
    json.dump(document, open(f"{name}.json", "w"))
PYTHON
python3 write.py
cat > try.py <<'PYTHON'
import json, openapi_spec_validator, prance, sys

def validator(file):
    openapi_spec_validator.validate(json.load(open(file)))

def resolver(file):
    prance.ResolvingParser(file, backend="openapi-spec-validator")

for tool, check in ("openapi-spec-validator", validator), ("prance", resolver):
    for name in sys.argv[1:]:
        if (tool, name) == ("prance", "pattern"):
            continue  # It leaves that to the validator above.
        try:
            check(f"{name}.json")
            print(f"{tool}, {name}: valid")
        except Exception as error:
            print(f"{tool}, {name}: {str(error).splitlines()[0].split(' trying')[0]}")
PYTHON
cat > try.cjs <<'JAVASCRIPT'
const SwaggerParser = require('@apidevtools/swagger-parser');

(async () => {
  for (const name of process.argv.slice(2)) {
    try {
      await SwaggerParser.validate(`${name}.json`);
      console.log(`swagger-parser, ${name}: valid`);
    } catch (error) {
      console.log(`swagger-parser, ${name}: ${error.message.replace(/\s+/g, ' ')}`);
    }
  }
})();
JAVASCRIPT
seen=$(PYTHONPATH=python python3 try.py plain recursive required pattern; node try.cjs plain recursive required pattern)
echo "$seen"
[ "$seen" = "openapi-spec-validator, plain: valid
openapi-spec-validator, recursive: valid
openapi-spec-validator, required: valid
openapi-spec-validator, pattern: '^(?<year>[0-9]{4})-[0-9]{2}$' is not a 'regex'
prance, plain: valid
prance, recursive: Recursion reached limit of 1
prance, required: valid
swagger-parser, plain: valid
swagger-parser, recursive: valid
swagger-parser, required: Validation failed. Property 'name' listed as required but does not exist in '/definitions/User'
swagger-parser, pattern: valid" ]
