// swift-tools-version: 6.2
import PackageDescription

/// Every target treats every warning as an error; nothing is exempt.
let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

/// A library target of ours with its tests beside it.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, swiftSettings: swift),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.target(name: name), "TestSupport"] + dependencies,
      swiftSettings: swift),
  ]
}

let package = Package(
  name: "finetune",
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "COneDNN", dependencies: ["CKernels"], cSettings: c,
      linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
    .target(name: "CKernels", cSettings: c),
    .target(
      name: "TestSupport", dependencies: ["TensorKernels"], path: "Tests/TestSupport",
      swiftSettings: swift),
  ]
    + library("TensorKernels", ["COneDNN", "COpenBLAS", "CKernels"])
    + library("NeuralNetworks", ["TensorKernels"]),
  swiftLanguageModes: [.v6]
)
