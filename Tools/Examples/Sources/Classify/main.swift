// Classifies photos by a run: files, bytes and images.
//
//   Classify RUN PHOTO…
import Foundation
import TransferLearning

guard CommandLine.arguments.count > 2 else {
  print("usage: Classify RUN PHOTO…")
  exit(64)
}
let photos = Array(CommandLine.arguments.dropFirst(2))

let classifier = try Classifier(CommandLine.arguments[1])
print("tells apart: \(classifier.labels.joined(separator: ", "))")

// One photo: by its path, by the bytes of its file, or decoded.
let answer = try classifier(photos[0])
let bytes = [UInt8](try Data(contentsOf: URL(filePath: photos[0])))
let fromBytes = try classifier(bytes)
let fromImage = try classifier(decodeImage(bytes))
precondition(answer == fromBytes && answer == fromImage, "one path leads to all three")
for choice in answer.top(3) { print("\(choice.label): \(choice.probability)") }

// Many photos at once are faster than one after the other; what cannot be read gets its reason.
for (path, outcome) in zip(photos, try classifier.predict(photos, pool: WorkerPool())) {
  switch outcome {
  case .success(let prediction): print("\(path): \(prediction.best.label)")
  case .failure(let reason): print("\(path): \(reason)")
  }
}
