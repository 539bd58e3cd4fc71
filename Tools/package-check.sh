#!/usr/bin/env bash
# Installs the packages of Tools/package.sh on fresh systems without Swift, does the quickstart's job with each, and removes them.
# The systems are made by debootstrap, so this needs root and a mirror; where one of them is missing it says so and ends.
#
# usage: Tools/package-check.sh [FOLDER]    (default: dist, where the packages are)
#   $MIRROR, $UBUNTU_MIRROR   where Debian and Ubuntu are; default: as apt is configured, and Ubuntu's archive
#   $ROOTS                    a folder that keeps fresh systems for the next time; default: none, each run makes its own
#   $SYSTEMS                  which of "debian-deb debian-tarball ubuntu-tarball"; default: all
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath "${1:-dist}")
skip() {
  echo "package-check: skipped: $1"
  exit 0
}
[[ $(id -u) -eq 0 ]] || skip "only root can make a system; run it as root"
command -v debootstrap >/dev/null || skip "there is no debootstrap; apt-get install debootstrap"
deb=$(find "$folder" -maxdepth 1 -name 'finetune_*.deb' | head -n 1)
tarball=$(find "$folder" -maxdepth 1 -name 'finetune-*.tar.xz' | head -n 1)
if [[ -z $deb || -z $tarball ]]; then
  echo "package-check: there are no packages in $folder; Tools/package.sh makes them" >&2
  exit 66
fi
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' | sed -n 's/ bookworm$//p' | head -n 1)}
[[ -n $mirror ]] || skip "apt knows no mirror of Debian 12; name one by \$MIRROR"
ubuntu=${UBUNTU_MIRROR:-http://archive.ubuntu.com/ubuntu}
systems=${SYSTEMS:-debian-deb debian-tarball ubuntu-tarball}

work=$(mktemp -d)
roots=${ROOTS:-$work/roots}
mkdir -p "$roots"
root=''
leave() {
  if [[ -n $root ]] && mountpoint -q "$root/proc"; then umount "$root/proc"; fi
}
trap 'leave; rm -rf --one-file-system "$work"' EXIT

# NAME SUITE MIRROR [SCRIPT]: a fresh system in $root, with nothing but what its package manager needs.
make_system() {
  leave
  root=$work/$1
  echo "== $1: a fresh $2"
  if [[ ! -e $roots/$2.tar ]]; then
    if ! debootstrap --variant=minbase "$2" "$work/$2" "$3" ${4:+"$4"} >"$work/debootstrap.log" 2>&1; then
      tail -n 5 "$work/debootstrap.log" >&2
      return 1
    fi
    tar -C "$work/$2" -cf "$roots/$2.tar.new" . && mv "$roots/$2.tar.new" "$roots/$2.tar"
    rm -rf --one-file-system "${work:?}/$2"
  fi
  mkdir -p "$root"
  tar -C "$root" -xpf "$roots/$2.tar"
  mount -t proc proc "$root/proc"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  # As the machine around it reaches packages, too.
  [[ ! -e /etc/apt/apt.conf ]] || cp /etc/apt/apt.conf "$root/etc/apt/apt.conf"
}

# Shows and runs a command in the system, as a user would type it there.
inside() {
  printf '$ %s\n' "$*" | sed "s#$mirror#MIRROR#g"
  chroot "$root" env -i HOME=/root PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive TERM=dumb sh -c "cd /root && $*"
}

# PROGRAM, BASE, OPTIONS: what the quickstart does, and what a user does then.
do_the_job() {
  inside "! command -v swift"
  inside "$1 --version"
  inside "$1 doctor"
  inside "$1 sample --output sample --photos 40 --test 20 --seed 1"
  inside "$1 --base mobilenet --alpha 0.25 --image-size 128 --weights $2 --data sample --output run --progress lines $3"
  inside "$1 evaluate run --data sample --quiet"
  inside "$1 predict run \$(find sample/test -name '*.jpg' | sort | head -n 2) --top 2"
  inside "test -s run/report.html"
  # The server answers, and ends when it is told to; bash asks it, since a fresh system has nothing else that could.
  inside "bash -c '$1 serve run --port 18099 2>serve.log & server=\$!
    for try in \$(seq 100); do grep -q :18099 serve.log && break; sleep 0.1; done
    exec 3<>/dev/tcp/127.0.0.1/18099
    printf \"GET /health HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n\" >&3; cat <&3; echo
    kill \$server; wait \$server'"
}

debian_deb() {
  make_system debian-deb bookworm "$mirror"
  cp "$deb" "$root/root/finetune.deb"
  inside "apt-get update -q" >/dev/null
  inside "apt-get install -q -y --no-install-recommends ./finetune.deb bash-completion" | tail -n 3
  do_the_job finetune /usr/share/finetune/weights/mobilenet_0.25_128_procedural_no_top.h5 ''
  inside "dpkg --verify finetune && dpkg -L finetune | grep -E 'completion|man1|copyright'"
  inside "apt-get purge -q -y finetune" | tail -n 2
  inside "! command -v finetune && ! ls /usr/share/finetune /usr/share/doc/finetune 2>/dev/null && test -s run/report.html"
}

# $1: how the system is called. Nothing is installed in it.
from_tarball() {
  tar -C "$root/root" -xJf "$tarball"
  local name
  name=$(basename "$tarball" .tar.xz)
  # The program is the same; what differs are the libraries, which all plans use.
  do_the_job "$name/bin/finetune" "$name/share/finetune/weights/mobilenet_0.25_128_procedural_no_top.h5" '--plan head'
  inside "rm -r $name"
}

debian_tarball() {
  make_system debian-tarball bookworm "$mirror"
  from_tarball
}

ubuntu_tarball() {
  # debootstrap knows a release by the script of an older one, where it is itself older.
  local script=''
  [[ -e /usr/share/debootstrap/scripts/noble ]] || script=gutsy
  if [[ ! -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ]]; then
    echo "package-check: Ubuntu is left out: its keys are not here; apt-get install ubuntu-keyring"
    return
  fi
  if ! make_system ubuntu-tarball noble "$ubuntu" "$script"; then
    echo "package-check: Ubuntu is left out: no mirror of it can be reached; name one by \$UBUNTU_MIRROR"
    return
  fi
  from_tarball
}

for system in $systems; do
  case $system in
    debian-deb) debian_deb ;;
    debian-tarball) debian_tarball ;;
    ubuntu-tarball) ubuntu_tarball ;;
    *)
      echo "package-check: there is no system '$system'" >&2
      exit 64
      ;;
  esac
done
echo "package-check: done"
