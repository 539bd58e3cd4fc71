# What the scripts have in common that compare pixels with Pillow's; to be read with "source" by
# Tools/photo-formats.sh and Tools/odd-images.sh, behind "cd" into the project.

# Reads the arguments of the script NAME into the list `skip`, options of "swift test".
#   read_options NAME "$@"
read_options() {
  skip=()
  case ${2:-} in
    '') ;;
    --no-build) skip=(--skip-build) ;;
    *)
      echo "$1: there is no option $2; see the head of Tools/$1.sh" >&2
      exit 64
      ;;
  esac
}
