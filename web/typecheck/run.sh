#!/bin/sh
# Checks the page's script against Stripe's own types, wherever Node is. Nothing here is needed to run the product.
set -eu
cd "$(dirname "$0")"
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  echo "node is not here: the page's script is not type-checked"
  exit 0
fi
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --silent
  touch node_modules/.package-lock.json
fi
node node_modules/typescript/bin/tsc --project tsconfig.json
