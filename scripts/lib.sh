# shellcheck shell=bash
# What scripts/demo and scripts/test share: finding out which programs are missing and installing them with the system's own
# package manager. To be sourced. Nothing is downloaded from anywhere else, and nothing is installed that is there already.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root; sudo asks for a password only where somebody can type one.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif ! have sudo; then
    die "root is needed to run: $* (there is no sudo here)"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

package_manager() {
  local manager
  for manager in apt-get dnf apk brew; do
    if have "$manager"; then
      echo "$manager"
      return
    fi
  done
  echo none
}

# install_one PACKAGE...: all of them, or a failure.
install_one() {
  case "$manager" in
    apt-get) as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" ;;
    dnf) as_root dnf install -y -q "$@" ;;
    apk) as_root apk add --quiet "$@" ;;
    brew) brew install --quiet "$@" ;;
    *) return 1 ;;
  esac
}

# The package lists are fetched once, and only when something is to be installed.
refresh_lists() {
  [ -z "${lists_are_fresh:-}" ] || return 0
  case "$manager" in
    apt-get) as_root apt-get update -q ;;
    apk) as_root apk update --quiet ;;
  esac
  lists_are_fresh=yes
}

# install WHAT FOR PACKAGES...: each of PACKAGES is a set of names in one word; the first set that can be installed wins.
install() {
  local what=$1 purpose=$2 set
  shift 2
  local manager
  manager=$(package_manager)
  [ "$manager" != none ] || die "$what is needed for $purpose, and there is no apt-get, dnf, apk or brew to install it with: please install $what yourself and run this again"
  say "installing $what with $manager (for $purpose)"
  refresh_lists >&2 || say "$manager could not refresh all its package lists; trying with those it has"
  for set in "$@"; do
    # shellcheck disable=SC2086 # a set of names is meant to be split
    if install_one $set >&2; then
      hash -r
      return
    fi
  done
  die "$manager could not install $what, which is needed for $purpose: please install it yourself and run this again"
}

ensure_cargo() {
  if ! have cargo && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  fi
  have cargo || die "cargo is not installed: install a Rust toolchain (https://rustup.rs) and run this again"
  have cc || have gcc || have clang || install 'a C compiler' 'building' 'gcc libc6-dev' 'gcc' 'build-base'
}

# Tools that rustup's minimal profile leaves out.
ensure_component() {
  cargo "$1" --version >/dev/null 2>&1 && return
  have rustup || die "cargo $1 is not installed"
  say "adding ${2:-$1} to the Rust toolchain"
  rustup component add "${2:-$1}" >&2 || die "rustup could not add ${2:-$1}"
}

ensure_redis() {
  have redis-server || have valkey-server || install 'redis-server or valkey-server' "$1" redis-server valkey-server redis valkey
  have redis-server || have valkey-server || die 'redis-server was installed but is not on the PATH'
}

# Prometheus and its promtool. Debian's package starts a service, which nobody needs here: it is stopped again.
ensure_prometheus() {
  if have promtool && have prometheus; then
    return
  fi
  install 'Prometheus with promtool' 'the tests of the metrics' prometheus golang-github-prometheus
  if have systemctl; then
    as_root systemctl disable --now --quiet prometheus 2>/dev/null || true
  fi
  have promtool || die 'Prometheus was installed but promtool is not on the PATH'
  have prometheus || die 'Prometheus was installed but prometheus is not on the PATH'
}

ensure_chromium() {
  have chromium || have chromium-browser || have google-chrome ||
    install Chromium 'the browser tests' chromium chromium-browser '--cask chromium'
  have chromedriver || install ChromeDriver 'the browser tests' chromium-driver chromium-chromedriver chromedriver '--cask chromedriver'
}

ensure_node() {
  have node || install 'Node.js and npm' 'the tests against the real BullMQ' 'nodejs npm' 'node'
  have npm || install npm 'the tests against the real BullMQ' npm 'nodejs-npm'
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 18 ] || die "the tests against the real BullMQ need Node.js 18 or newer, and this is $(node --version)"
}

# ensure_packages KIND WHAT: the Node packages of tests/KIND, exactly as locked; again only when the lock file has changed.
ensure_packages() {
  local folder=$root/tests/$1
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json" && return
  say "installing $2 in tests/$1"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) >&2 || die "npm could not install what tests/$1/package-lock.json names"
  cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"
}
