#!/bin/sh
# Makes sure that a Debian or Ubuntu machine has what the package is built with: the libraries that
# apt provides, and Swift. Installs what is missing, with sudo unless run as root.
#
# usage: Tools/setup.sh [PACKAGE…]    (further packages of apt, for what not every build needs)
set -eu

packages="libhdf5-dev libopenblas-dev libjpeg-dev libpng-dev libwebp-dev libgif-dev libtiff-dev libheif-dev
  libavif-dev libdnnl-dev libzip-dev zlib1g-dev libcurl4-openssl-dev pkg-config"
# From Debian 13 on libheif loads its decoder of HEVC from a package of its own.
if apt-cache show libheif-plugin-libde265 >/dev/null 2>&1; then
  packages="$packages libheif-plugin-libde265"
fi
packages="$packages $*"

if ! command -v swift >/dev/null 2>&1; then
  echo "setup: there is no 'swift' on the PATH; install Swift 6.2 or later from https://www.swift.org/install" >&2
  exit 69
fi
if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "setup: this is not Debian or Ubuntu; install what these packages hold, then run the build: $packages" >&2
  exit 69
fi

missing=""
for package in $packages; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  case "$status" in
    *"install ok installed"*) ;;
    *) missing="$missing $package" ;;
  esac
done
if [ -z "$missing" ]; then
  echo "setup: all system packages are installed"
  exit 0
fi

sudo=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "setup: run this as root, or install these packages yourself:$missing" >&2
    exit 69
  fi
  sudo="sudo"
fi
echo "setup: installing$missing"
$sudo apt-get update -q
# shellcheck disable=SC2086 # a list of words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
