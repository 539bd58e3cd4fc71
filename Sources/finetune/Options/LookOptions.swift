import ArgumentParser
import Files
import Foundation
import TransferLearning

/// The network that is looked into, and how the machine is used.
struct LookOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A run, unless --base is given: its network as it was tuned.", valueName: "RUN"),
    completion: Candidates.runs)
  var folder: String?

  @Option(
    help: ArgumentHelp(
      "In place of a run: a model of the zoo, a Keras model with its own configuration, a folder with weights of timm and their config.json, or a run.",
      valueName: "NAME|FILE|RUN"),
    completion: Candidates.bases)
  var base: String?

  @OptionGroup(title: "With --base") var network: NetworkOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var told: QuietOptions

  /// - Parameters:
  ///   - isNeeded: whether there is nothing else that could be looked at.
  ///   - given: the names of further options that are given and go with `--base`.
  /// - Throws: `ValidationError`.
  func check(isNeeded: Bool = true, withBase given: [String] = []) throws {
    if let folder, base != nil {
      throw ValidationError("'\(folder)' and --base exclude each other; a run has its own network")
    }
    guard base == nil else { return }
    if folder == nil, isNeeded {
      throw ValidationError("no RUN and no --base; name the network to look into")
    }
    guard network.isEmpty, given.isEmpty else {
      throw ValidationError(
        (given
          + [
            "--weights", "--allow-missing", "--alpha", "--image-size", "--channels",
            "--preprocessing and --offline go with --base; a run knows its own",
          ]).joined(separator: ", "))
    }
  }

  /// What is read beside photos.
  var files: [String] { [folder, base, network.weights].compactMap(\.self) }

  /// The network, to be cut off at a layer.
  func features(_ resize: ResizePolicy? = nil) -> FeatureJob.Source {
    base.map { .base(network.selection($0), resize) } ?? .run(folder ?? "")
  }

  /// The network up to a layer, with what a user should know of it said.
  func load(_ resize: ResizePolicy? = nil, node: String?) throws -> FeatureNetwork {
    let counter = Counter("download")
    let loaded = try FeatureNetwork(features(resize), node: node) { counter.showBytes($0, of: $1) }
    for note in loaded.advice { Output.warn(note) }
    return loaded
  }

  /// The network with its classifier, with what a user should know of it said.
  func classifier(labels: String?, resize: ResizePolicy? = nil) throws -> Classifier {
    let source: ClassifierSource =
      if let base {
        .model(
          network.selection(base), labels: try labels.map { try readLabels(URL(filePath: $0)) },
          resize: resize)
      } else {
        .run(folder ?? "")
      }
    let counter = Counter("download")
    let loaded = try source.load(backend: machine.backend) { counter.showBytes($0, of: $1) }
      .classifier
    for note in loaded.notes { Output.warn(note) }
    return loaded
  }
}

/// What a look at one photo with a classifier takes.
struct EvidenceOptions: ParsableArguments {
  @OptionGroup var look: LookOptions
  @OptionGroup var photo: LookedAtPhoto

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "The class that the map is of (default: the most probable one).", valueName: "NAME"))
  var label: String?

  @Option(
    help: ArgumentHelp(
      "With --base: the names of the model's outputs, one a line or as JSON.", valueName: "FILE"),
    completion: .file(extensions: ["txt", "json"]))
  var labels: String?

  @Option(
    help: ArgumentHelp("With --base: \(ResizePolicy.help)", valueName: "HOW"))
  var resize: ResizePolicy?

  @Flag(help: "Write class, probability and the map's numbers as JSON to standard output.")
  var json = false

  func validate() throws {
    try look.check(
      withBase: [labels.map { _ in "--labels" }, resize.map { _ in "--resize" }]
        .compactMap(\.self))
  }

  /// What is read beside the photo.
  var files: [String] { look.files + [labels].compactMap(\.self) }

  func classifier() throws -> Classifier {
    try look.classifier(labels: labels, resize: resize)
  }
}

/// A photo to look at, and the picture to write.
struct LookedAtPhoto: ParsableArguments {
  @Option(
    help: ArgumentHelp("The photo to look at.", valueName: "PHOTO"),
    completion: .file())
  var data: String

  @OptionGroup var picture: PictureOption

  @Option(help: ArgumentHelp("A larger photo is not read.", valueName: "N"))
  var maxPixels = 100_000_000

  func validate() throws {
    try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1")
  }

  /// Checks where the picture is to go, and reads the photo.
  /// - Throws: `CommandFailure` `.missingInput` where there is no such file; `ImageError`, with its name.
  /// - Parameter files: that are read beside it, and are not to be replaced.
  func read(besides files: [String]) throws -> Image {
    try picture.check(apartFrom: [data], files: files)
    guard FileStatus(data) != nil else {
      throw CommandFailure(.missingInput, "there is no photo '\(data)'")
    }
    do {
      return try decodeImage(contentsOf: URL(filePath: data), maximumPixels: maxPixels)
    } catch {
      throw CommandFailure(.badData, "the photo '\(data)' cannot be read: \(error.message)")
    }
  }
}

/// The picture to write.
struct PictureOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("The picture to write.", valueName: "FILE.png"),
    completion: .file(extensions: ["png"]))
  var output: String

  func validate() throws {
    guard output.lowercased().hasSuffix(".png") else {
      throw ValidationError("--output is '\(output)', expected the name of a PNG file: FILE.png")
    }
  }

  /// - Parameters:
  ///   - named: photos and folders of photos.
  ///   - files: other files that are read, and runs.
  /// - Throws: `UsageError`, `FileError` where the picture cannot be written.
  func check(apartFrom named: [String] = [], files: [String]) throws {
    try OutputCheck.requireApart(file: URL(filePath: output), from: files)
    try PhotoArguments.requireWritable(output, apartFrom: named)
  }

  /// Writes it whole, or not at all.
  /// - Throws: `FileError`, `ImageError`.
  func write(_ image: Image, _ words: String) throws {
    try AtomicFile.write(PNG.encode(image), to: URL(filePath: output))
    Output.note("\(words): \(output)")
  }
}

/// A fixed filter bank by its name.
enum BankName: String, ExpressibleByArgument, CaseIterable {
  case sobel, scharr, haar, gabor

  static var names: String { allCases.map(\.rawValue).joined(separator: "|") }

  var bank: FilterBank {
    switch self {
    case .sobel: .sobel
    case .scharr: .scharr
    case .haar: .haar
    case .gabor:
      .gabor(size: 15, orientations: 8, wavelength: 6, deviation: 3, phases: [0, .pi / 2])
    }
  }
}
