// Writes and loads a weight file, every tensor accounted for.
//
//   LoadWeights FOLDER
//
// writes random values for ResNet-50 under the name by which its published weights go, so that a program
// without a network connection can be tried with `FINETUNE_WEIGHTS=FOLDER`.
import Foundation
import TransferLearning

guard CommandLine.arguments.count == 2 else {
  print("usage: LoadWeights FOLDER")
  exit(64)
}

let model = try Model.named("resnet50", top: .features)
guard let published = model.weightFile else { exit(70) }
let file = URL(filePath: CommandLine.arguments[1]).appending(path: published.fileName)
try writeKerasWeights(model.network, model.network.initialTensors(seed: 1), to: file)

let weights = try KerasWeightFile(file)
print("\(weights.layout), \(weights.entries.count) tensors")
let (tensors, report) = try weights.load(model.network.parameters, for: model.name)
print(report)
print("\(tensors["conv1_conv/kernel"]?.shape ?? []) values in conv1_conv/kernel")

// A file for another network is an error that names both sides; nothing is loaded in part.
do {
  _ = try weights.load(Model.named("vgg16", top: .features).network.parameters, for: "vgg16")
} catch {
  print("refused: \(error)")
}
