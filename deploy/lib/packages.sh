# shellcheck shell=bash
# Sourced by deploy/stack and deploy/test: the one list of Debian packages, for building and for running.

# zlib1g-dev: libxlsxwriter asks for it at linking and its Debian package does not bring it.
packages=(
    librabbitmq-dev libpq-dev libcurl4-openssl-dev libidn2-dev libxlsxwriter-dev zlib1g-dev pkg-config
    postgresql rabbitmq-server openssl curl procps
    python3 python3-aiosmtpd python3-openpyxl
)

# Installs what is missing and nothing else; says nothing and asks no server when all is there.
install_packages() {
    local missing=() name
    for name in "${packages[@]}"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0
    echo "deploy: installing ${missing[*]}" >&2
    local root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "packages are missing: run as root: apt-get install ${missing[*]}"
        root=(sudo)
    fi
    # Without these two the packages would start servers of their own on the default ports: sysvinit obeys
    # RUNLEVEL, systemd a mask. Only units that this very installation brings are ever masked or disabled.
    local units=() unit
    if [[ -d /run/systemd/system ]]; then
        for unit in postgresql rabbitmq-server; do
            [[ " ${missing[*]} " == *" $unit "* ]] && units+=("$unit.service")
        done
    fi
    ((${#units[@]} == 0)) || "${root[@]}" systemctl mask --runtime --quiet "${units[@]}"
    local outcome=0 log=$checkout/.local/packages.log
    mkdir -p "$checkout/.local"
    {
        "${root[@]}" apt-get update -qq \
            && "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
                apt-get install -y -qq --no-install-recommends "${missing[@]}"
    } </dev/null >"$log" 2>&1 || outcome=$?
    if ((${#units[@]})); then
        "${root[@]}" systemctl unmask --runtime --quiet "${units[@]}"
        "${root[@]}" systemctl disable --quiet "${units[@]}" || true
    fi
    ((outcome == 0)) || tail -n 25 "$log" >&2
    ((outcome == 0)) || die "apt-get could not install ${missing[*]} (exit $outcome); install them by hand and try again"
}
