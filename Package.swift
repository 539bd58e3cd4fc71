// swift-tools-version: 6.2
import PackageDescription

/// Every target treats every warning as an error; nothing is exempt.
let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

/// The commit that the sources are of, where whoever builds says so; see `Tools/package.sh`.
let commit = Context.environment["FINETUNE_COMMIT"].map { commit in
  CSetting.define("FINETUNE_COMMIT", to: "\"\(commit.filter(\.isHexDigit))\"")
}

/// A library target of ours with its tests beside it, and what these read.
func library(
  _ name: String, _ dependencies: [Target.Dependency], testResources: [Resource] = []
) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, swiftSettings: swift),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.target(name: name), "TestSupport"] + dependencies,
      resources: testResources, swiftSettings: swift),
  ]
}

let package = Package(
  name: "finetune",
  products: [
    .library(name: "TransferLearning", targets: ["TransferLearning"]),
    .executable(name: "finetune", targets: ["finetune"]),
  ],
  traits: [
    .trait(
      name: "MPI", description: "Training on several machines under mpirun; needs Open MPI."),
    // For `.ci/run`, which has time for one build of all.
    .default(enabledTraits: Context.environment["FINETUNE_MPI"] == nil ? [] : ["MPI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    // Only for `Tools/documentation.sh`: builds the DocC catalogue.
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    // For `serve`: without its readers of configuration files and what needs all of Foundation.
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.0.0"),
  ],
  targets: [
    // C libraries: module maps and the little C that Swift cannot express.
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CGIF", providers: [.apt(["libgif-dev"])]),
    .systemLibrary(name: "CHEIF", pkgConfig: "libheif", providers: [.apt(["libheif-dev"])]),
    // Without pkg-config, whose -DAVIF_DLL SwiftPM warns of: it matters on Windows only.
    .systemLibrary(name: "CAVIF", providers: [.apt(["libavif-dev"])]),
    .systemLibrary(
      name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CJPEG", cSettings: c, linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CTIFF", cSettings: c, linkerSettings: [.linkedLibrary("tiff")]),
    .target(
      name: "COneDNN", dependencies: ["CKernels"], cSettings: c,
      linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
    .target(name: "CKernels", cSettings: c),
    .target(name: "CBuild", cSettings: c + (commit.map { [$0] } ?? [])),
    .executableTarget(
      name: "finetune",
      dependencies: [
        "Files", "TransferLearning", "Serving", "CMalloc",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: swift),
    .target(
      name: "TestSupport", dependencies: ["Files", "TensorKernels"], path: "Tests/TestSupport",
      swiftSettings: swift),
    .testTarget(
      name: "CommandLineTests", dependencies: ["finetune", "TransferLearning", "TestSupport"],
      swiftSettings: swift),
  ]
    + library("Files", [.product(name: "Crypto", package: "swift-crypto")])
    + library("TensorKernels", ["Files", "COneDNN", "COpenBLAS", "CKernels"])
    + library("NeuralNetworks", ["Files", "TensorKernels"])
    + library(
      "ImagePipeline",
      [
        "Files", "TensorKernels", "CKernels", "CJPEG", "CPNG", "CWebP", "CGIF", "CTIFF", "CHEIF",
        "CAVIF",
      ])
    + library("ModelZoo", ["Files", "NeuralNetworks", "ImagePipeline"])
    + library(
      "WeightFiles",
      [
        "Files", "NeuralNetworks", "CHDF5", "CZip", "CZlib",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], testResources: [.copy("Keras2")])
    + library("Evaluation", ["Files", .product(name: "Mustache", package: "swift-mustache")])
    + library(
      "FineTuning",
      [
        "Files", "NeuralNetworks", "ImagePipeline", "WeightFiles", "Evaluation",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .target(name: "CMPI", condition: .when(traits: ["MPI"])),
      ])
    + library("SamplePhotos", ["Files", "ImagePipeline", "TensorKernels"])
    + library(
      "TransferLearning",
      [
        "Files", "FineTuning", "ModelZoo", "WeightFiles", "ImagePipeline", "Evaluation",
        "NeuralNetworks", "SamplePhotos", "CBuild", "CCurl",
      ])
    + library(
      "Serving",
      [
        "Files", "TransferLearning",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
  swiftLanguageModes: [.v6]
)

// Only for `Tools/fuzz.sh`, which builds it with libFuzzer and AddressSanitizer.
if Context.environment["FINETUNE_FUZZ"] != nil {
  // The program's readers, under another name than the `main` of the fuzzer.
  let program = package.targets.first { $0.name == package.name }!
  package.targets.removeAll { $0.name == package.name }
  package.products.removeAll { $0.name == package.name }
  package.targets += [
    .target(
      name: program.name, dependencies: program.dependencies,
      swiftSettings: swift + [
        .unsafeFlags(["-Xfrontend", "-entry-point-function-name", "-Xfrontend", "finetune_main"])
      ]),
    .target(name: "CFuzzDriver", path: "Tools/Fuzz/Driver"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CFuzzDriver", "Files", "ImagePipeline", "WeightFiles", "ModelZoo", "FineTuning",
        "TransferLearning", "Serving", "finetune", .product(name: "NIOCore", package: "swift-nio"),
      ],
      path: "Tools/Fuzz/Sources", swiftSettings: swift),
  ]
}
