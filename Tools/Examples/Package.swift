// swift-tools-version: 6.2
import PackageDescription

// Programs of a few lines that use the library as any package does: what the documentation shows, kept
// true by being built and run (`Tools/examples.sh`).
let programs = [
  "TwoLines", "FineTune", "Classify", "BatchJob", "Export", "Server", "LoadWeights", "TrainByHand",
  "OwnLayer",
]

let package = Package(
  name: "Examples",
  dependencies: [
    .package(name: "finetune", path: "../.."),
    // For the server alone.
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
  ],
  targets: programs.map { name in
    .executableTarget(
      name: name,
      dependencies: [.product(name: "TransferLearning", package: "finetune")]
        + (name == "Server" ? [.product(name: "Hummingbird", package: "hummingbird")] : []))
  },
  swiftLanguageModes: [.v6]
)
