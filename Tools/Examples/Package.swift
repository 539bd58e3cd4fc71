// swift-tools-version: 6.2
import PackageDescription

// Programs of a few lines that use the library as any package does: what the documentation shows, kept
// true by being built and run (`Tools/examples.sh`).
let programs = [
  "TwoLines", "FineTune", "Classify", "BatchJob", "Export", "LoadWeights", "TrainByHand", "OwnLayer",
]

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "finetune", path: "../..")],
  targets: programs.map {
    .executableTarget(
      name: $0, dependencies: [.product(name: "TransferLearning", package: "finetune")])
  },
  swiftLanguageModes: [.v6]
)
