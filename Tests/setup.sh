# Shared by ./run and ./test: installs what is missing, builds the release binary. Needs $here.

# Debian packages that building and running need: GMP, zlib, bzip2, SQLite, Expat; CPython's pure-Python library.
packages="libgmp-dev zlib1g-dev libbz2-dev libsqlite3-dev libexpat1-dev python3.11-minimal libpython3.11-stdlib"

install_packages() {
  missing=""
  for p in "$@"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q "install ok installed" || missing="$missing $p"
  done
  [ -n "$missing" ] || return 0
  as_root=""
  [ "$(id -u)" = 0 ] || as_root=sudo
  $as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq $missing >/dev/null
}

# Builds a product, `weft` by default.
# Exclusivity is proved by the structure of the run-time system, not watched: accesses to globals are on every path. The Swift
# library is linked in: it is a third of the dynamic linker's work at start.
swift_flags="-Xswiftc -enforce-exclusivity=unchecked --static-swift-stdlib"

swift_build() {
  (cd "$here" && swift build -c release $swift_flags --product "${1:-weft}" 2>&1 | grep -E "error:|Compiling|Build" | tail -n 3 >&2) || true
  [ -x "$here/.build/release/${1:-weft}" ] || { echo "the build failed" >&2; exit 1; }
}

build_weft() {
  install_packages $packages
  sh "$here/Sources/AppLevel/embed"
  swift_build
  # The app-level sources ship compiled; the compiler that compiles them is the one just built.
  if ! "$here/.build/release/weft" --app-bytecode-fresh; then
    "$here/.build/release/weft" --write-app-bytecode > "$here/.build/AppBytecode.c"
    mv "$here/.build/AppBytecode.c" "$here/Sources/CAppLevel/Generated/AppBytecode.c"
    swift_build
  fi
}
