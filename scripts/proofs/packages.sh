#!/usr/bin/env bash
# Builds the wheel, the Debian package and the container's tree, and uses each where nothing else is. (Ten minutes and more.)
#
#   scripts/proof.sh packages
#
# The wheel: a new environment, from nothing to a translation, and mypy. The package: an empty Debian 12 (debootstrap), by
# chroot. The tree of the image: by chroot, with nothing else in it.
set -euo pipefail
cd "$(dirname "$0")/../.."

cannot() {
  echo "$1" >&2
  exit 77
}

[ "$(id -u)" = 0 ] || cannot "This needs root, to install packages and to change the root folder."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -x build/regard ] || scripts/build.sh
apt-get install -y -q debootstrap dpkg-dev python3-venv >"$work/log" 2>&1 || cannot "debootstrap cannot be installed here."

echo "A small model to translate with"
head -n 3000 data/quickstart/train.de >"$work/s"
head -n 3000 data/quickstart/train.en >"$work/t"
cat >"$work/c.yaml" <<END
output: $work/model
data: {train: [{source: $work/s, target: $work/t}]}
vocabulary: {size: 300}
model: {preset: transformer_tiny}
training: {batch_tokens: 1000, max_updates: 60}
validation: {every: 0}
END
build/regard train "$work/c.yaml" >"$work/log" 2>&1
head -n 20 data/quickstart/test.de >"$work/input"
build/regard translate "$work/model" <"$work/input" >"$work/expected"
[ "$(wc -l <"$work/expected")" = 20 ]

echo "The wheel"
packaging/wheel.sh "$work/dist"
wheel=$(echo "$work"/dist/*.whl)
started=$(date +%s%N)
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --no-index "$wheel"
(cd "$work" && venv/bin/python - >"$work/got") <<END
import regard
translator = regard.Translator("$work/model")
for text in translator.translate(open("$work/input", encoding="utf-8").read().splitlines()):
    print(text)
END
echo "from nothing to a translation: $((($(date +%s%N) - started) / 1000000)) ms; the wheel has $(stat -c %s "$wheel") bytes"
cmp "$work/got" "$work/expected"
"$work/venv/bin/regard" translate "$work/model" <"$work/input" | cmp - "$work/expected"
"$work/venv/bin/pip" install -q mypy
printf 'import regard\ntexts: list[str] = regard.Translator("m").translate(["a"])\nprint(regard.bleu(texts, [texts]).score, regard.load_metrics("m"))\n' >"$work/use.py"
(cd "$work" && venv/bin/mypy --strict use.py)

echo "The container's tree"
KEEP_TREE="$work/image" packaging/container.sh
cp -r "$work/model" "$work/image/model"
chroot "$work/image" /usr/bin/regard translate /model <"$work/input" | cmp - "$work/expected"

echo "The Debian package"
packaging/deb.sh "$work/dist"
debootstrap --variant=minbase bookworm "$work/debian" >"$work/log" 2>&1 || cannot "debootstrap found no packages."
[ ! -d /etc/apt/sources.list.d ] || cp -r /etc/apt/sources.list /etc/apt/sources.list.d "$work/debian/etc/apt/" 2>/dev/null || true
cp "$work"/dist/*.deb "$work/debian/regard.deb"
cp -r "$work/model" "$work/debian/model"
chroot "$work/debian" sh -c 'apt-get update -q && apt-get install -y -q --no-install-recommends /regard.deb' >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
chroot "$work/debian" regard translate /model <"$work/input" | cmp - "$work/expected"
chroot "$work/debian" sh -c 'test -s /usr/share/man/man1/regard.1* && test -s /usr/share/bash-completion/completions/regard' ||
  chroot "$work/debian" dpkg -L regard | grep -q man1/regard.1
echo "All packages translate as the program does."
