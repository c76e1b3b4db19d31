# shellcheck shell=bash
# Shared by the scripts: what a fresh Debian 12 with a Swift toolchain still needs.

# Names the Debian packages that are missing, of those given.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# Installs those of the given packages that are missing.
install_packages() {
    local missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -eq 0 ] && return 0
    command -v apt-get >/dev/null || {
        echo "These Debian packages are needed, and apt-get is not here to install them: ${missing[*]}" >&2
        exit 69
    }
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "Install these as root, then try again: apt-get install ${missing[*]}" >&2
            exit 77
        }
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    end_services "${missing[@]}"
}

# Ends the daemons that came with packages just installed, and keeps them from the next boot: nobody asked for them, and
# ours want their ports. One that was there before is left alone.
end_services() {
    local package unit as_root=()
    [ -d "${SYSTEMD_FOLDER:-/run/systemd/system}" ] || return 0
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    for package in "$@"; do
        for unit in "$package.socket" "$package.service"; do
            systemctl --quiet is-enabled "$unit" 2>/dev/null || continue
            "${as_root[@]}" systemctl --quiet disable --now "$unit"
        done
    done
}

require_swift() {
    command -v swift >/dev/null && return 0
    echo "Swift 6.3 is needed: see https://www.swift.org/install/linux/" >&2
    exit 69
}

# Builds the program as it is given to others, with Swift's runtime in it, and sets release_binary to its path.
build_release() {
    require_swift
    install_packages libmosquitto-dev libssl-dev libyaml-dev
    local options=(--configuration release --static-swift-stdlib)
    swift build "${options[@]}" --product loqed-gateway
    # shellcheck disable=SC2034 # for whoever calls this
    release_binary="$(swift build "${options[@]}" --show-bin-path)/loqed-gateway"
}
