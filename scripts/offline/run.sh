#!/bin/sh
# Checks and measures ADZUS on this machine: sh run.sh [OUT] [--parts NAME,…] [--budget SECONDS] …
# Needs no network and no Node: only tar, xz or Python 3, and a Vulkan driver. Results: OUT/results.md and OUT/results.json.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

out=results
case "${1:-}" in
  '' | -*) ;;
  *)
    out=$1
    shift
    ;;
esac
case "$out" in
  /*) ;;
  *) out=$PWD/$out ;;
esac

# Weights of the real size take 2 GB here, which are removed at the end.
work=$(mktemp -d "${TMPDIR:-/tmp}/adzus-offline.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Unpacks a file to standard output.
unpack() {
  if command -v xz >/dev/null 2>&1; then
    xz -dc "$1"
  else
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$1"
  fi
}
unpack "$here/node.xz" >"$work/node"
chmod +x "$work/node"
mkdir "$work/app" "$work/lib" "$work/files"
unpack "$here/files.tar.xz" | tar -xf - -C "$work/app"

# Of the packed libraries only those that the system lacks.
known=$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null || true)
for library in "$work"/app/lib/*; do
  name=${library##*/}
  case "$known" in
    *"$name "*) ;;
    *) ln -s "$library" "$work/lib/$name" ;;
  esac
done
LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$work/lib
export LD_LIBRARY_PATH

# NVIDIA's driver in a container may lie where Vulkan's loader does not look.
nvidia=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && [ -f "$nvidia" ] && [ ! -f /usr/share/vulkan/icd.d/nvidia_icd.json ] && [ ! -f /etc/vulkan/icd.d/nvidia_icd.json ]; then
  export VK_DRIVER_FILES="$nvidia"
fi

export ADZUS_CACHE=off HOME="${HOME:-$work}"
cd "$work/app"
"$work/node" dist/bench/offline/main.js "$out" --work "$work/files" "$@"
