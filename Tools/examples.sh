#!/bin/sh
# Builds the example programs as a package of their own and runs each of them on photos that the program
# draws: what the documentation shows is what runs here.
#
# usage: Tools/examples.sh    (after `swift build -c release`, whose `finetune` draws the photos)
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
finetune="$(swift build -c release --show-bin-path)/finetune"
base="$root/weights/mobilenet_0.25_128_procedural_no_top.h5"

# In the place of the project's own build, whose libraries are the same.
swift build -c release --package-path Tools/Examples --scratch-path .build
bin=$(swift build -c release --package-path Tools/Examples --scratch-path .build --show-bin-path)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export FINETUNE_CACHE="$work/cache" FINETUNE_WEIGHTS="$work/weights"
mkdir weights
"$finetune" sample --output photos --photos 6 --size 96 --test 0 --seed 3
photo=$(find photos -name '*.jpg' | sort | head -n 1)
cp "$photo" photo.jpg

echo "LoadWeights"
"$bin/LoadWeights" weights
echo "TwoLines"
"$bin/TwoLines" | tail -n 3
echo "FineTune"
"$bin/FineTune" "$base" photos runs/y
echo "Classify"
"$bin/Classify" runs/y "$photo" nowhere.jpg
echo "BatchJob"
"$bin/BatchJob" runs/y photos answers.csv
head -n 3 answers.csv
echo "Server"
"$bin/Server" runs/y 18080 2>server.log &
server=$!
python3 "$root/Tools/Examples/ask.py" http://127.0.0.1:18080/ photo.jpg | tee answer
grep -q '^200 .*"label"' answer
python3 "$root/Tools/Examples/ask.py" http://127.0.0.1:18080/ "$root/README.md" | tee answer
grep -q '^422 ' answer
kill "$server"
wait "$server" || true
echo "Export"
mkdir exports
"$bin/Export" runs/y exports
echo "TrainByHand"
"$bin/TrainByHand"
echo "OwnLayer"
"$bin/OwnLayer"

# The same training through the command gives the same bytes as through the library.
"$finetune" --base resnet50 --data photos --output runs/z --progress none
for file in weights.h5 head.h5 predictions.jsonl; do
  cmp "runs/x/$file" "runs/z/$file"
done
echo "all examples ran; the library and the command wrote the same bytes"
