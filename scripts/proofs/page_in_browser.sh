#!/usr/bin/env bash
# The attention page in a real browser: mouse, keyboard, every sentence, wide and as on a phone. (A minute, or five.)
#
#   scripts/proof.sh page_in_browser                           the page that the tests make
#   scripts/proof.sh page_in_browser FILE.html [PICTURE.png]   a page of `regard attend`, with pictures of it
#
# Installs Chromium (360 MB on the disk) where no browser is at hand, and builds the tests of src/report, without LibTorch.
set -euo pipefail
cd "$(dirname "$0")/../.."

cannot() {
  echo "$1" >&2
  exit 77
}

browser_at_hand() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
    "$name" --version >/dev/null 2>&1 && return 0
  done
  return 1
}

install_browser() {
  command -v apt-get >/dev/null || cannot "There is no browser here, and no apt-get to install Chromium with."
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || cannot "There is no browser here, and no right to install one. Run: apt-get install -y chromium"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq || true # what is known already may do
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null ||
    cannot "Chromium cannot be installed; the reason stands above."
  browser_at_hand || cannot "Chromium was installed and does not start (of Ubuntu's packages, some only point to a snap)."
}

browser_at_hand || install_browser
if [ $# -gt 0 ]; then
  exec python3 scripts/check_attention_page.py "$@"
fi
cmake -S . -B build-report -G Ninja -DCMAKE_BUILD_TYPE=Release -DREGARD_TORCH=OFF >build.log.tmp 2>&1 ||
  { cat build.log.tmp >&2; rm -f build.log.tmp; cannot "Nothing can be built here. Run: scripts/install_dependencies.sh"; }
rm -f build.log.tmp
cmake --build build-report --target test_report
python3 tests/report/page_assets_test.py || [ $? = 77 ]
exec python3 tests/report/page_browser_test.py build-report/tests/test_report
