#!/usr/bin/env bash
# Makes the packages of a release from the commit that is checked out: a .deb for this Debian or Ubuntu, and a tarball with
# all libraries that differ between distributions, which runs on Debian 12 and Ubuntu 24.04. Both without Swift: its runtime is
# linked statically.
#
# usage: Tools/package.sh [--no-build] [FOLDER]    (default: dist)
#   --no-build   take what .build-static holds already
#   $DEBFULLNAME, $DEBEMAIL   who distributes the .deb, as Debian's own tools take it
#
# Needs what Tools/setup.sh installs, and dpkg-dev, patchelf and python3.
set -euo pipefail
# What is handed out needs no Open MPI.
unset FINETUNE_MPI
cd "$(dirname "$0")/.."
build=yes
if [[ ${1:-} = --no-build ]]; then
  build=''
  shift
fi
folder=${1:-dist}
for tool in dpkg-shlibdeps dpkg-deb patchelf python3; do
  if ! command -v "$tool" >/dev/null; then
    echo "package: there is no $tool; apt-get install dpkg-dev patchelf python3" >&2
    exit 69
  fi
done

version=$(sed -n 's/.*static let version = "\(.*\)".*/\1/p' Sources/TransferLearning/TransferLearning.swift)
commit=$(git rev-parse HEAD)
if [[ -n $(git status --porcelain --untracked-files=no) ]]; then
  echo "package: files differ from commit $commit, which the packages would name; commit or stash them first" >&2
  exit 65
fi
# Everything that a package holds is as old as the commit, so that the same sources give the same packages.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
architecture=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-The finetune authors} <${DEBEMAIL:-finetune@localhost}>"
swift=$(realpath "$(dirname "$(realpath "$(command -v swift)")")/..")

scratch=.build-static
if [[ -n $build ]]; then
  FINETUNE_COMMIT=$commit swift build -c release --static-swift-stdlib --scratch-path "$scratch" --product finetune
fi
program=$(swift build -c release --static-swift-stdlib --scratch-path "$scratch" --show-bin-path)/finetune
if ! "$program" --version | grep -q "commit $commit"; then
  echo "package: $program is not of commit $commit; build it" >&2
  exit 65
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
folder=$(realpath "$folder")

# What both packages hold: bin, share and the licence of each part. $1: the folder, as /usr in a system.
lay_out() {
  local doc=$1/share/doc/finetune
  install -D -m 755 "$program" "$1/bin/finetune"
  strip --strip-unneeded "$1/bin/finetune"
  install -d "$doc" "$1/share/man/man1" "$1/share/bash-completion/completions" \
    "$1/share/zsh/vendor-completions" "$1/share/fish/vendor_completions.d"
  python3 Tools/manual.py "$program" --date "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)" | gzip -9n >"$1/share/man/man1/finetune.1.gz"
  "$program" --generate-completion-script bash | sed 1d >"$1/share/bash-completion/completions/finetune"
  "$program" --generate-completion-script zsh >"$1/share/zsh/vendor-completions/_finetune"
  "$program" --generate-completion-script fish >"$1/share/fish/vendor_completions.d/finetune.fish"
  install -D -m 644 weights/mobilenet_0.25_128_procedural_no_top.h5 -t "$1/share/finetune/weights"
  python3 Tools/package/copyright.py "$scratch" "$swift" >"$doc/copyright"
}

make_deb() {
  local root=$work/deb
  lay_out "$root/usr"
  {
    printf 'finetune (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * See NEWS.md; commit %s.\n\n' "$commit"
    printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
  } | gzip -9n >"$root/usr/share/doc/finetune/changelog.gz"
  gzip -9nc CHANGELOG.md >"$root/usr/share/doc/finetune/NEWS.md.gz"

  # dpkg-shlibdeps wants a source package around what it looks at.
  mkdir -p "$work/source/debian" "$root/DEBIAN"
  printf 'Source: finetune\n\nPackage: finetune\nArchitecture: any\n' >"$work/source/debian/control"
  local depends
  depends=$(cd "$work/source" && dpkg-shlibdeps -O "$root/usr/bin/finetune" 2>"$work/shlibdeps" | sed -n 's/^shlibs:Depends=//p')
  if [[ -z $depends ]]; then
    cat "$work/shlibdeps" >&2
    exit 70
  fi
  cat >"$root/DEBIAN/control" <<END
Package: finetune
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f 1)
Depends: $depends
Recommends: ca-certificates
Section: science
Priority: optional
Description: fine-tunes pretrained image classifiers on a folder of photos
 A Keras weight file and a folder of photos become a fine-tuned classifier,
 its head weights and an evaluation report, on the processor and without
 Python. Reads the weights that Keras, timm and torchvision publish.
END
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  chmod -R u=rwX,go=rX "$root"
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz --build "$root" "$folder/finetune_${version}_$architecture.deb"
}

# Libraries that every system of these has in a version that is new enough: libc's, and the compiler's.
of_system='^(linux-vdso|ld-linux[^.]*|libc|libm|libdl|libpthread|librt|libresolv|libutil|libgcc_s|libstdc\+\+)\.so'

# The package that a file is of. Files of /usr/lib may be listed as of /lib.
owner_of() {
  { dpkg-query -S "$1" || dpkg-query -S "${1#/usr}"; } 2>/dev/null | head -n 1 | cut -d : -f 1
}

make_tarball() {
  local name=finetune-$version-linux-$(uname -m) root library soname file owner
  root=$work/$name
  lay_out "$root"
  install -d "$root/lib/finetune" "$root/share/doc/finetune/licences"
  ldd "$program" | awk '$3 ~ /^\// { print $1, $3 }' | grep -vE "$of_system" >"$work/libraries"
  # What libraries load by name while they run is in no list of theirs.
  while read -r soname file; do
    library=$root/lib/finetune/$soname
    install -m 644 "$(realpath "$file")" "$library"
    patchelf --set-rpath '$ORIGIN' "$library"
    if ! owner=$(owner_of "$(realpath "$file")"); then
      echo "package: no package has $file, so nothing says under which licence it is" >&2
      exit 65
    fi
    echo "$soname $owner $(dpkg-query -W -f '${Version}\n' "$owner" | head -n 1)"
    cp -L "/usr/share/doc/$owner/copyright" "$root/share/doc/finetune/licences/$owner"
  done <"$work/libraries" >"$root/share/doc/finetune/libraries"
  patchelf --set-rpath '$ORIGIN/../lib/finetune' "$root/bin/finetune"
  cp LICENSE CHANGELOG.md "$root/share/doc/finetune"
  cp "$swift/share/swift/LICENSE.txt" "$root/share/doc/finetune/Apache-2.0"
  cp Tools/package/README "$root"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$work" -cf - "$name" |
    xz -T 0 -6 >"$folder/$name.tar.xz.new"
  mv "$folder/$name.tar.xz.new" "$folder/$name.tar.xz"
}

make_deb
make_tarball
(cd "$folder" && sha256sum finetune_"$version"_* finetune-"$version"-*.tar.xz >SHA256SUMS && ls -l)
