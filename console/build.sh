#!/bin/sh
# Builds the console into target/classes/console; called by Maven. Does nothing where nothing has
# changed. A machine without Node.js gets a server without console, and one line that says so.
set -eu
cd "$(dirname "$0")"
out=target/classes/console

without() {
  echo "console: $1, so the server is built without the console."
  rm -rf "$out"
  exit 0
}

command -v node >/dev/null 2>&1 || without "Node.js 20.19 or newer is missing"
command -v npm >/dev/null 2>&1 || without "npm is missing"
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
  without "Node.js $(node --version) is older than 20.19"

checksum() { cat "$@" | cksum; }
mkdir -p target
inputs=$(find src public scripts index.html package.json package-lock.json tsconfig.json vite.config.ts \
  build.sh ../docs/openapi.yaml -type f | LC_ALL=C sort)
# shellcheck disable=SC2086 # a list of files without blanks
now=$(checksum $inputs)
if [ "$(cat target/built 2>/dev/null)" = "$now" ] && [ -f "$out/index.html" ]; then
  exit 0
fi

locked=$(checksum package.json package-lock.json)
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$locked" ]; then
  npm ci --no-progress --silent ||
    without "npm could not install the packages of console/package-lock.json"
  echo "$locked" >node_modules/.installed
fi
npm run --silent build
echo "$now" >target/built
