// Writes a run's classifier as files that other programs read, pixels in and probabilities out.
//
//   Export RUN FOLDER
import Foundation
import TransferLearning

guard CommandLine.arguments.count == 3 else {
  print("usage: Export RUN FOLDER")
  exit(64)
}
let folder = URL(filePath: CommandLine.arguments[2])

let classifier = try ExportedClassifier(Run(URL(filePath: CommandLine.arguments[1])))
try classifier.write(.keras, to: folder.appending(path: "model.keras"))

// For ONNX Runtime, which then resizes photos of any size itself.
var options = ExportOptions()
options.includesResize = true
let file = folder.appending(path: "model.onnx")
try classifier.write(.onnx, to: file, options)
print("\(classifier.labels.count) classes; in Python:")
for line in classifier.usage(of: .onnx, options, at: file) { print("  \(line)") }

// What was written is a classifier here, too.
let again = try Classifier(Base.Source(folder.appending(path: "model.keras").path))
print("read back: \(again.labels.joined(separator: ", "))")
