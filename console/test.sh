#!/bin/sh
# The tests of the console's own logic; its pages are tested by src/test against a real server.
# Their report lies where ./engram test counts all others.
set -eu
cd "$(dirname "$0")"
[ -x node_modules/.bin/vitest ] || exit 0 # build.sh has said why
mkdir -p target/surefire-reports
exec npx --no-install vitest run --reporter=dot --reporter=junit \
  --outputFile.junit=target/surefire-reports/TEST-console.xml
