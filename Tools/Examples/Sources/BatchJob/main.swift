// Classifies all photos below a folder, however many, and writes a table.
//
//   BatchJob RUN FOLDER ANSWERS.csv
import Foundation
import TransferLearning

guard CommandLine.arguments.count == 4 else {
  print("usage: BatchJob RUN FOLDER ANSWERS.csv")
  exit(64)
}
let folder = URL(filePath: CommandLine.arguments[2])
let endings: Set = ["jpg", "jpeg", "png", "webp"]
let photos = (FileManager.default.enumerator(atPath: folder.path)?.allObjects ?? [])
  .compactMap { $0 as? String }
  .filter { endings.contains(URL(filePath: $0).pathExtension.lowercased()) }
  .sorted()

let classifier = try Classifier(CommandLine.arguments[1])
var table = "photo,class,probability\n"
var unreadable = 0

// One answer after the other, in the memory of a few photos.
try classifier.forEachPrediction(photos, below: folder, pool: WorkerPool()) { index, outcome in
  switch outcome {
  case .success(let answer):
    table += "\"\(photos[index])\",\"\(answer.best.label)\",\(answer.best.probability)\n"
  case .failure(let reason):
    unreadable += 1
    print("\(photos[index]): \(reason)")
  }
}
try table.write(toFile: CommandLine.arguments[3], atomically: true, encoding: .utf8)
print("\(photos.count - unreadable) photos classified, \(unreadable) could not be read")
