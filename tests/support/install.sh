# shellcheck shell=bash
# Sourced by tests/run and examples/run: finds out what is missing on this machine and installs it where it may.
#
#     need CHECK PACKAGE   without it nothing works; CHECK is a command, a file, or a function from below
#     want CHECK PACKAGE   without it some tests are skipped
#     install_missing      installs both kinds; ends the program if a needed one stays missing
#
# PACKAGE is as Debian and Ubuntu name it, or a function that prints the name once the package lists are fresh.

needed=() wanted=()  # "CHECK PACKAGE", of what is missing
need() { present "$1" || needed+=("$1 $2"); }
want() { present "$1" || wanted+=("$1 $2"); }

present() {
    case $1 in
        /*) [ -e "$1" ] ;;
        *) command -v "$1" > /dev/null && { ! [ "$(type -t "$1")" = function ] || "$1"; } ;;
    esac
}

# --- checks that are more than a command's name -----------------------------------------------------------------
newest() {  # newest NAME OLDEST: the command of the newest NAME that is at least version OLDEST
    local name=$1 oldest=$2 version
    for version in $(seq 30 -1 "$oldest"); do
        command -v "$name-$version" && return
    done
    version=$("$name" -dumpversion 2> /dev/null) && [ "${version%%.*}" -ge "$oldest" ] && command -v "$name"
}
have_gxx() { [ -n "${CXX:-}" ] || newest g++ 12 > /dev/null; }
have_clang() { newest clang++ 16 > /dev/null; }
have_clang_runtime() {  # the sanitizers' libraries are a package of their own
    local clang
    clang=$(newest clang++ 16) || return
    [ -e "$("$clang" -print-file-name=libclang_rt.asan-x86_64.a)" ] || [ -e "$("$clang" -print-runtime-dir)/libclang_rt.asan.a" ]
}
have_make() { command -v ninja > /dev/null || command -v make > /dev/null; }
have_catch2() {
    local prefix
    for prefix in /usr /usr/local $(echo "${CMAKE_PREFIX_PATH:-}" | tr ":;" "  "); do
        [ -e "$prefix/include/catch2" ] && return
    done
    return 1
}

# --- names that depend on what the distribution has ---------------------------------------------------------------
candidate() { apt-cache policy "$1" | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p'; }  # the version, if there is one
first_package() {  # first_package PREFIX VERSION...
    local version prefix=$1
    shift
    for version in "$@"; do
        [ -n "$(candidate "$prefix$version")" ] && echo "$prefix$version" && return
    done
}
gxx_package() {
    local version
    version=$(candidate g++ | sed 's/^.*://')
    if [ "${version%%.*}" -ge 12 ] 2> /dev/null; then echo g++; else first_package g++- 12 13 14; fi
}
clang_package() { first_package clang- 19 18 20 21 22 17 16; }  # 19 is what weld is developed with
clang_runtime_package() {
    local clang
    if clang=$(newest clang++ 16); then
        clang=$("$clang" -dumpversion)
        echo "libclang-rt-${clang%%.*}-dev"
    else
        clang=$(clang_package)
        echo "libclang-rt-${clang#clang-}-dev"
    fi
}

# --- installing ---------------------------------------------------------------------------------------------------
install_missing() {
    [ $((${#needed[@]} + ${#wanted[@]})) -eq 0 ] && return
    local packages=() entry package still=()
    local as_root=()
    if command -v apt-get > /dev/null && { [ "$(id -u)" -eq 0 ] || { sudo -n true 2> /dev/null && as_root=(sudo -n); }; }; then
        as_root+=(env DEBIAN_FRONTEND=noninteractive)
        local apt=("${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
        echo "updating the package lists"
        "${apt[@]}" update || echo "the package lists could not be updated"
        for entry in "${needed[@]}" "${wanted[@]}"; do
            package=${entry#* }
            [ "$(type -t "$package")" = function ] && package=$("$package")
            case " ${packages[*]} " in *" $package "*) continue ;; esac
            [ -n "$package" ] && [ -n "$(candidate "$package")" ] && packages+=("$package")
        done
        if [ ${#packages[@]} -gt 0 ]; then
            echo "installing: ${packages[*]}"
            # tshark asks who may capture; the tests run it as root or not at all.
            case " ${packages[*]} " in *" tshark "*)
                echo "wireshark-common wireshark-common/install-setuid boolean false" |
                    "${as_root[@]}" debconf-set-selections 2> /dev/null ;;
            esac
            local log
            log=$(mktemp)
            if ! "${apt[@]}" install -y --no-install-recommends "${packages[@]}" > "$log" 2>&1; then
                # One package that cannot be had must not cost the others.
                for package in "${packages[@]}"; do
                    "${apt[@]}" install -y --no-install-recommends "$package" > "$log" 2>&1 || {
                        echo "could not install $package:"; tail -n 3 "$log"; }
                done
            fi
            rm -f "$log"
        fi
        hash -r
    else
        echo "cannot install packages: needs apt-get, and root or sudo without a password"
    fi

    for entry in "${wanted[@]}"; do
        present "${entry%% *}" || still+=("$(package_name "${entry#* }")")
    done
    [ ${#still[@]} -gt 0 ] && echo "missing, so what needs it is skipped: ${still[*]}"
    still=()
    for entry in "${needed[@]}"; do
        present "${entry%% *}" || still+=("$(package_name "${entry#* }")")
    done
    [ ${#still[@]} -eq 0 ] && return
    echo "missing, and needed: ${still[*]}"
    echo "install with: apt-get install ${still[*]}"
    exit 1
}

package_name() {  # the oldest that will do, where no package list may be there to ask
    case $1 in
        gxx_package) echo g++-12 ;;
        clang_package) echo clang-16 ;;
        clang_runtime_package) echo libclang-rt-16-dev ;;
        *) echo "$1" ;;
    esac
}

# What building anything takes.
need_to_build() {
    need have_gxx gxx_package
    need cmake cmake
    need have_make ninja-build
    want ninja ninja-build
    want ccache ccache
}

# Ninja where it is there, in build folders that do not exist yet; the presets leave the choice open.
choose_generator() {
    command -v ninja > /dev/null && export CMAKE_GENERATOR="${CMAKE_GENERATOR:-Ninja}"
}
