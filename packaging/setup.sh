#!/bin/sh
# From a bare Debian 12 or 13 to the running program or the passing tests:
#
#   sh packaging/setup.sh run  [ARGS]     install what is missing, then start the program with ARGS
#   sh packaging/setup.sh test [ARGS]     the same, then ruff, mypy and pytest with ARGS (paths as seen from the project's folder)
#   sh packaging/setup.sh deps [EXTRA]    only install; EXTRA names extras of pyproject.toml, such as test or bench
#
# Everything but the system's libraries goes into a private .venv in the project's folder. It is made anew when its
# Python is gone, when the folder has moved or when an install was interrupted, and filled again only when
# pyproject.toml changes; otherwise nothing is asked of the network.
set -eu

MINIMUM="3.11"
# What Qt needs to paint at all, then what its X11 and Wayland windows need on top. glib has two names: see glib_package.
OFFSCREEN_PACKAGES="libgl1 libegl1 libdbus-1-3 libfontconfig1 libxkbcommon0 libgssapi-krb5-2 fonts-dejavu-core"
WINDOW_PACKAGES="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libwayland-cursor0"
# The same by the names the loader knows, for systems without dpkg.
LIBRARIES="libGL.so.1 libEGL.so.1 libglib-2.0.so.0 libdbus-1.so.3 libfontconfig.so.1 libxkbcommon.so.0 libxcb-cursor.so.0 \
libxcb-icccm.so.4 libgssapi_krb5.so.2 libxcb-keysyms.so.1 libxcb-shape.so.0 libxcb-xkb.so.1 libxkbcommon-x11.so.0 libwayland-cursor.so.0"

project=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$project/.venv
python=$venv/bin/python
log=$venv/setup.log

say() { printf '%s\n' "setup: $*" >&2; }
fail() {
    say "$*"
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
trap 'exit 130' INT # some shells would go on when the program they wait for makes light of Ctrl+C
trap 'exit 143' TERM HUP

# ---- the system's libraries -----------------------------------------------------------------------------------------

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Debian 13 renamed the package when time became 64 bits wide.
glib_package() {
    if apt-cache show libglib2.0-0t64 >/dev/null 2>&1; then echo libglib2.0-0t64; else echo libglib2.0-0; fi
}

missing_packages() {
    missing=""
    for package in $OFFSCREEN_PACKAGES $WINDOW_PACKAGES; do
        installed "$package" || missing="$missing $package"
    done
    installed libglib2.0-0 || installed libglib2.0-0t64 || missing="$missing $(glib_package)"
    venv_is_sound || [ -n "$(find_python)" ] || missing="$missing python3 python3-venv"
    echo "$missing"
}

# Prints how to become root, or fails when there is no way without asking somebody who is not there.
root_command() {
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif have sudo && sudo -n true 2>/dev/null; then
        echo "sudo -n env"
    elif have sudo && [ -t 0 ] && [ -t 2 ]; then
        echo "sudo env"
    else
        return 1
    fi
}

apt_install() {
    # shellcheck disable=SC2086  # the command and the names are lists
    $become DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@" </dev/null >/dev/null 2>&1
}

install_packages() {
    packages=$(missing_packages)
    [ -n "$packages" ] || return 0
    if ! become=$(root_command); then
        say "these system packages are missing; install them with: apt-get install$packages"
        return 0
    fi
    say "installing system packages:$packages"
    # shellcheck disable=SC2086
    $become apt-get -q update </dev/null >/dev/null 2>&1 || say "apt-get update failed; trying with the lists that are here"
    packages=$(missing_packages) # once more: fresh lists may know glib by its other name
    # shellcheck disable=SC2086
    apt_install $packages && return 0
    for package in $packages; do # all but those this release does not have
        apt_install "$package" || say "could not install $package; try: apt-get install $package"
    done
}

missing_libraries() {
    known=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null) || return 0
    for library in $LIBRARIES; do
        case $known in *"$library"*) ;; *) printf ' %s' "$library" ;; esac
    done
}

prepare_system() {
    if have dpkg-query && have apt-get; then
        install_packages
    elif [ "$(uname -s)" = Linux ]; then
        libraries=$(missing_libraries)
        [ -z "$libraries" ] || say "this is not a Debian, so install these libraries by its own means:$libraries"
    fi
}

# ---- Python and the private environment -----------------------------------------------------------------------------

# Prints the first Python that is new enough and can make environments with pip in them; nothing when there is none.
find_python() {
    for candidate in python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c '
import sys, venv, ensurepip
sys.exit(sys.version_info < tuple(map(int, sys.argv[1].split("."))))' "$MINIMUM" >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
}

# Is there an environment that runs, was made for this very place and was not left half-filled?
venv_is_sound() {
    [ ! -e "$venv/.installing" ] &&
        grep -qF "$venv/bin/python" "$venv/bin/pip" 2>/dev/null &&
        "$python" -c "import sys, pip; sys.exit(sys.version_info < ($(echo "$MINIMUM" | tr . ,)))" >/dev/null 2>&1
}

make_venv() {
    base=$(find_python)
    [ -n "$base" ] || fail "Python $MINIMUM or newer with its venv module is needed, and none was found;" \
        "on Debian 12 or newer: apt-get install python3 python3-venv"
    [ ! -e "$venv" ] || say "the environment in $venv is not usable here; making it anew"
    rm -rf "$venv" || fail "cannot remove $venv; remove it by hand, then try again"
    if ! problem=$("$base" -m venv "$venv" 2>&1); then
        rm -rf "$venv"
        fail "$base could not make $venv: $(printf '%s\n' "$problem" | tail -n 1)"
    fi
}

# A stamp says that an install with this extra was finished from a pyproject.toml with this sum.
stamp() { echo "$venv/.installed-$1"; }
checksum() { cksum <"$project/pyproject.toml"; }
extras() { echo "${1:-plain}" | tr ',' ' '; }
is_installed() {
    for extra in $(extras "$1"); do
        [ "$(cat "$(stamp "$extra")" 2>/dev/null)" = "$(checksum)" ] || return 1
    done
}
was_installed() {
    for extra in $(extras "$1"); do [ -e "$(stamp "$extra")" ] || return 1; done
}

# Boils pip's pages down to one line: that the network is away, the fault of a build, or pip's own last word.
pip_problem() {
    if grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError|ReadTimeoutError' "$log"; then
        echo "the package index cannot be reached; connect to the network and try again"
    elif grep -qF 'No space left on device' "$log"; then
        echo "the disk is full"
    else
        { grep -E '^ *ERROR:|^ *[A-Za-z._]+Error: ' "$log" || grep . "$log"; } | tail -n 1 | sed 's/^ *//; s/^ERROR: *//'
    fi
}

install_project() { # $1: extras, separated by commas, or nothing
    say "installing Backprop Studio${1:+ with its extras $1} into $venv (once, a few minutes)"
    : >"$venv/.installing"
    status=0
    (cd "$project" && "$python" -m pip install --no-input --disable-pip-version-check --editable ".${1:+[$1]}") \
        </dev/null >"$log" 2>&1 || status=$?
    [ "$status" -lt 128 ] || fail "the install was interrupted; start again to begin it anew"
    rm -f "$venv/.installing" # pip puts back what it changed when it fails; killed, it leaves half an install and the mark
    if [ "$status" = 0 ]; then
        for extra in plain $(extras "$1"); do checksum >"$(stamp "$extra")"; done # the program is there in any case
        return 0
    fi
    if was_installed "$1"; then
        say "pip could not bring the environment up to date ($(pip_problem)); going on with what is installed"
    else
        fail "pip could not install Backprop Studio: $(pip_problem) (all it said: $log)"
    fi
}

prepare_python() {
    venv_is_sound && is_installed "$1" && return 0
    (: >"$venv.lock") 2>/dev/null || fail "cannot write in $project; the program keeps its environment there"
    exec 9>"$venv.lock"
    if have flock && ! flock -n 9; then
        say "waiting for another set-up of this folder to finish"
        flock 9
    fi
    venv_is_sound || make_venv
    is_installed "$1" || install_project "$1"
    exec 9>&-
}

# ---- the three commands ---------------------------------------------------------------------------------------------

run_program() {
    exec "$python" -P -m backprop_studio "$@" # -P: nothing in the current folder takes a module's place
}

run_tests() {
    cd "$project"
    # No test may depend on the person's display or settings.
    QT_QPA_PLATFORM=offscreen
    export QT_QPA_PLATFORM
    status=0
    "$python" -m ruff check . || status=1
    "$python" -m mypy || status=1
    [ "$status" = 0 ] || say "ruff or mypy found the faults above; the tests run all the same"
    # Each worker may load PyTorch: on a machine of many cores memory would give out before they are all busy.
    "$python" -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal "$@" || status=$?
    exit "$status"
}

usage() {
    sed -n 's/^#   //p' "$0" >&2
    exit 2
}

[ $# -gt 0 ] || usage
command=$1
shift
case $command in
run | test) ;;
deps)
    for extra in "$@"; do
        case $extra in
        *[!a-z0-9-]* | '')
            say "deps takes names of extras, such as test; got: $extra"
            exit 2
            ;;
        esac
    done
    ;;
*) usage ;;
esac

prepare_system
case $command in
run)
    prepare_python ""
    run_program "$@"
    ;;
test)
    prepare_python test
    run_tests "$@"
    ;;
deps)
    prepare_python "$(echo "$*" | tr ' ' ,)"
    ;;
esac
