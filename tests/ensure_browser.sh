#!/bin/sh
# The page's tests need a Chromium: one that is here, the one that $CHROMIUM names, or Debian's own.
set -u

for name in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
    exit 0
  fi
done

explain() {
  echo "The tests need a Chromium, and $1." >&2
  echo "Install one (on Debian: apt-get install chromium), or name it: CHROMIUM=/path/to/chromium make test" >&2
  exit 1
}

command -v apt-get >/dev/null 2>&1 || explain "there is neither one here nor apt-get to install it"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || explain "installing it takes root"
  as_root="sudo"
fi

echo "Installing Chromium for the tests (once) ..."
$as_root apt-get -qq update || explain "apt-get update has failed"
# The shell is Chromium without windows, a smaller package that works less; older systems have Chromium as a whole alone.
for name in chromium-headless-shell chromium; do
  DEBIAN_FRONTEND=noninteractive $as_root apt-get -qq install --yes --no-install-recommends $name >/dev/null && exit 0
done
explain "apt-get could not install it"
