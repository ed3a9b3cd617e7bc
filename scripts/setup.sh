#!/bin/sh
# Makes a virtual environment with the pinned packages and xinzhi itself: setup.sh FOLDER
set -eu
venv=$1
python=${PYTHON:-python3}
torch=${TORCH:-auto}

fail() { printf '%s\n  mend: %s\n' "$1" "$2" >&2; exit 1; }

case $(uname -s) in
    Darwin) install="brew install python@3.12" ;;
    *) install="sudo apt-get install -y python3 python3-venv python3-pip" ;;
esac
command -v "$python" >/dev/null 2>&1 || fail "Python 3.11 or newer is needed, '$python' is not there" "$install"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, $("$python" --version 2>&1) came" "make PYTHON=python3.12 …"
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "Python's venv module is needed, '$python' lacks it" "$install"

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip="$venv/bin/python -m pip --disable-pip-version-check"

wanted=$(sed -n 's/^torch==\([0-9.]*\).*/\1/p' requirements.txt)
have=$("$venv/bin/python" -c 'from importlib.metadata import version; print(version("torch"))' 2>/dev/null || true)
configured=$($pip config list 2>/dev/null | grep -Ec '(index-url|find-links|no-index)' || true)
driver=no
if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi >/dev/null 2>&1; then driver=yes; fi
[ -e /dev/dxg ] && [ -e /usr/lib/wsl/lib/libcuda.so.1 ] && driver=yes

case $have in
    "$wanted" | "$wanted"+*) ;;
    *)
        if [ "$(uname -s)" = Linux ] && [ "$configured" = 0 ] &&
            { [ "$torch" = cpu ] || { [ "$torch" = auto ] && [ "$driver" = no ]; }; }; then
            # uv knows where the builds without CUDA are published
            $pip install --quiet "$(grep '^uv==' requirements.txt)"
            "$venv/bin/uv" pip install --python "$venv/bin/python" --torch-backend=cpu "torch==$wanted"
        else
            $pip install "torch==$wanted"
        fi
        ;;
esac
echo "installing the other pinned packages: a minute or two"
$pip install --quiet --requirement requirements.txt
$pip install --quiet --no-deps --no-build-isolation --editable .
