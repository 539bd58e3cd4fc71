import ArgumentParser
import Foundation
import TransferLearning

/// Which variant of a network.
struct VariantOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The factor on all widths, for mobilenet, mobilenetv2 and mobilenetv3: 0.5 is half as wide (default: 1).",
      valueName: "X"))
  var alpha: Double?

  @Option(
    help: ArgumentHelp(
      "Height and width of the input, in pixels: 224, or 720x1280 for 720 high and 1280 wide (default: the model's own).",
      valueName: "N|HxW"))
  var imageSize: ImageSize?

  @Option(
    help: ArgumentHelp(
      "Channels of the input: 1 for grey pictures, with the first kernel summed over its colours (default: the model's own).",
      valueName: "N"))
  var channels: Int?

  @Option(
    help: ArgumentHelp(
      "How photos are scaled for a base that is a file (default: what its network shows).",
      valueName: "NAME"))
  var preprocessing: PreprocessingName?

  func selection(_ name: String) -> Base.Source {
    var base = Base.Source(name)
    base.alpha = alpha
    base.imageSize = imageSize
    base.channels = channels
    base.preprocessing = preprocessing
    return base
  }

  /// Whether the user has named none of them.
  var isEmpty: Bool {
    alpha == nil && imageSize == nil && channels == nil && preprocessing == nil
  }
}

/// What decides how a network is built and where its weights come from.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A weight file of Keras or PyTorch, or 'none' for random weights. Otherwise the published ones: from weights/, $FINETUNE_WEIGHTS, ~/.keras/models (timm's: ~/.cache/huggingface/hub), else downloaded.",
      valueName: "FILE|none"),
    completion: .file(extensions: ["h5", "keras", "safetensors", "pth", "bin"]))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "Tensors that the weight file may lack, a shell pattern of their names; may be given again (default: none).",
      valueName: "PATTERN"))
  var allowMissing: [String] = []

  @OptionGroup var variant: VariantOptions

  @Flag(help: "Never download anything (default: weights that are nowhere are downloaded).")
  var offline = false

  /// - Parameter unnamed: the weights when the user names none.
  func selection(_ name: String, unnamed: Base.Source.Weights = .published) -> Base.Source {
    var base = variant.selection(name)
    base.allowMissing = allowMissing
    base.isOffline = offline
    base.weights = source ?? unnamed
    return base
  }

  /// The weights that the user names.
  var source: Base.Source.Weights? {
    weights.map { $0 == "none" ? Base.Source.Weights.none : .file($0) }
  }

  /// Whether the user has named none of them.
  var isEmpty: Bool { weights == nil && allowMissing.isEmpty && variant.isEmpty && !offline }

  func validate() throws {
    if let file = weights, file.isEmpty { throw ValidationError("--weights names no file") }
  }
}

/// What of the machine is used.
struct ResourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads that compute and decode (default: one a core).", valueName: "N"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "The memory that may be used at most: 800M, 2G. What would take more is refused before it begins (default: what the machine and its containers have).",
      valueName: "SIZE"))
  var memory: MemorySize?

  var pool: WorkerPool { WorkerPool(count: threads ?? Ranks.threads) }

  func validate() throws {
    if let threads { try require(1...1024 ~= threads, "--threads", threads, "1 to 1024") }
  }
}

/// How the machine is used, where the user chooses the library.
struct MachineOptions: ParsableArguments {
  @Option(
    name: .customLong("backend"),
    help: ArgumentHelp("The library that computes: \(BackendChoice.names).", valueName: "NAME"))
  var backendOption = Defaulted(BackendChoice.oneDNN)

  @OptionGroup var resources: ResourceOptions

  var backend: BackendChoice { backendOption.value }
  var pool: WorkerPool { resources.pool }
}

/// A command that computes.
protocol Computing {
  var resources: ResourceOptions { get }
}

/// A command that computes with the library that the user chooses.
protocol ComputingWithLibrary: Computing {
  var machine: MachineOptions { get }
}

extension ComputingWithLibrary {
  var resources: ResourceOptions { machine.resources }
}

/// What numbers are made of.
struct PrecisionOptions: ParsableArguments {
  @Option(
    name: .customLong("precision"),
    help: ArgumentHelp(
      "What values between layers are stored in. bfloat16 takes half the memory and, on processors with AMX and on AMD's with AVX512_BF16, less time; weights, head and loss stay float32.",
      valueName: "float32|bfloat16"))
  var precisionOption = Defaulted(Precision.float32)

  @Flag(
    help:
      "With bfloat16 on a processor that does not compute with it: less memory, but slower than float32."
  )
  var force = false

  var precision: Precision { precisionOption.value }

  /// - Throws: `ValidationError` where it cannot be or is not worth while.
  func check(on backend: BackendChoice) throws {
    guard precision == .bfloat16 else { return }
    guard backend == .oneDNN else {
      throw ValidationError(
        "--precision bfloat16 needs --backend onednn; \(backend.rawValue) computes in float32 only")
    }
    guard precision.isNative || force else {
      throw ValidationError(
        "this processor does not compute in bfloat16 (it has no AVX512_BF16) and would be slower with it "
          + "than in float32; leave --precision out, or add --force")
    }
  }
}

/// How photos are brought to the network's size, or that the photos are to decide.
enum ResizeChoice: String, Codable, ExpressibleByArgument, CaseIterable {
  case auto, crop, squash, bilinear, fit, cover

  /// `nil` for `auto`.
  var policy: ResizePolicy? { ResizePolicy(rawValue: rawValue) }
}

/// How photos are read.
struct PhotoOptions: ParsableArguments {
  @Option(
    name: .customLong("resize"),
    help: ArgumentHelp(
      """
      \(ResizePolicy.help)
      auto      in training what suits the photos, by a
                head's cross-validation; elsewhere 'crop',
                but 'squash' for a file, and a run's own
      """, valueName: "HOW"))
  var resizeOption = Defaulted(ResizeChoice.auto)

  @Option(
    name: .customLong("max-pixels"),
    help: ArgumentHelp("Photos of more pixels are left out.", valueName: "N"))
  var maxPixelsOption = Defaulted(100_000_000)

  /// What the user chose; `nil` for what suits.
  var resize: ResizePolicy? { resizeOption.given?.policy }
  var maxPixels: Int { maxPixelsOption.value }

  func validate() throws {
    try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1")
  }
}

/// How often a photo is looked at.
struct ViewOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Average the probabilities over so many views of each photo: 2 adds the mirror image; 5 are the corners and the centre, 10 both.",
      valueName: "1|2|5|10"))
  var tta = 1

  func validate() throws {
    try require(PhotoView.testTimeCounts.contains(tta), "--tta", tta, "1, 2, 5 or 10")
  }
}

/// - Throws: `ValidationError` saying what an option is and what is allowed.
func require(_ holds: Bool, _ option: String, _ found: some Any, _ expected: String) throws {
  guard holds else { throw ValidationError("\(option) is \(found), expected \(expected)") }
}

extension BackendChoice: ExpressibleByArgument {
  static var names: String { allCases.map(\.rawValue).joined(separator: " or ") }
}
extension Precision: ExpressibleByArgument {}
extension ResizePolicy: ExpressibleByArgument {
  /// What each of them is, for help.
  static let help = """
    How a photo is brought to the network's size:
    crop      the centre, without the margins; for a file
              that others wrote it is 'cover'
    cover     as much of the centre as has its shape
    squash    all of it, distorted
    bilinear  the same, unsmoothed, as Keras's Resizing
    fit       all of it in its shape, padded
    """
}
extension ImageSize: ExpressibleByArgument {
  /// As it stands behind `--image-size`.
  public init?(argument: String) { self.init(argument) }
}
extension PreprocessingName: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}
extension ONNXLayout.Pixels: ExpressibleByArgument {}
extension ONNXStorage: ExpressibleByArgument {}
extension Benchmark.Mode: ExpressibleByArgument {}
extension BatchNormMode: ExpressibleByArgument {}
extension Augmentation: ExpressibleByArgument {
  /// A preset by its name, as it stands behind `--augment`.
  public init?(argument: String) { self.init(preset: argument) }

  /// The preset's name, which the help shows as a default.
  public var defaultValueDescription: String { name }

  /// The presets' names, which the help lists.
  public static var allValueStrings: [String] { presets.map(\.name) }

  /// The presets' names, which shells offer.
  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}
extension SampleSet: ExpressibleByArgument {}
