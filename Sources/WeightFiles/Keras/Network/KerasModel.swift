import Files
import NeuralNetworks
import TensorKernels

/// A network that a file describes by itself: any Keras CNN.
public struct KerasModel: Sendable {
  /// The model's own name in Keras.
  public let name: String
  /// As saved, its last softmax included; the last stage, `Network.headStage`, begins at the last
  /// layer with weights.
  public let network: Network
  /// The same without its final softmax or sigmoid.
  public let logits: Network
  /// The network before its last layer with weights, ending in a vector.
  public let features: Network
  /// Whether the network ends in a classifier; otherwise `features` is all of it.
  public let hasClassifier: Bool
  /// What the file's own output is of its logits: `.softmax`, `.sigmoid`, or `.linear`.
  public let outputActivation: Activation
  /// Whether the network begins by scaling or normalising what it reads: then it wants pixels as
  /// they are, 0...255.
  public let preprocessesItself: Bool
  /// Whether the network takes photos of any size and brings them to its own by bilinear interpolation without
  /// smoothing: then that is done before they go in.
  public let samplesPhotos: Bool
  /// What the user should know: layers that were left out because they act only while training.
  public let notes: [String]
  let places: [String: KerasNetworkBuilder.Place]
  /// Weights that stand in the configuration; by parameter.
  let constants: [String: Tensor]
  /// Layers of the file that do not lead to the output.
  let unreached: [String]

  /// The side of a photo where the file leaves it open.
  public static let defaultImageSize = 224

  /// Builds the network that a file's configuration describes; nothing in it is run.
  ///
  /// - Parameters:
  ///   - architecture: `model_config` of a `.h5`, `config.json` of a `.keras`: Sequential or
  ///     functional, with models inside it, in the spelling of Keras 1, 2 or 3.
  ///   - kerasVersion: of the Keras that wrote it, for example `2.4.0`.
  ///   - imageSize: height and width of the input, in place of the file's.
  ///   - file: its name in messages.
  /// - Throws: `WeightFileError` (`bad`) that names the layer, its class, and what to do.
  package init(
    architecture: JSONValue, kerasVersion: String?, imageSize: ImageSize? = nil, file: String
  ) throws(WeightFileError) {
    do {
      try self.init(architecture, Self.major(kerasVersion, architecture), imageSize)
    } catch {
      throw WeightFileError(.bad, "'\(file)': \(error.message)")
    }
  }

  /// Builds the network of a whole model.
  /// - Throws: `WeightFileError` (`bad`) when the file has only weights, or as above.
  public init(_ file: KerasWeightFile, imageSize: ImageSize? = nil) throws(WeightFileError) {
    guard let architecture = file.architecture else {
      throw WeightFileError(
        .bad,
        "'\(file.name)' has weights only and does not say for which network; in Keras, save the whole "
          + "model: model.save('model.keras')")
    }
    try self.init(
      architecture: architecture, kerasVersion: file.kerasVersion, imageSize: imageSize,
      file: file.name)
  }

  /// JSON becomes a list of calls of layers, and that a network.
  private init(_ architecture: JSONValue, _ version: Int, _ imageSize: ImageSize?)
    throws(LayerError)
  {
    let list = try KerasCallList(architecture)
    let builder = try KerasNetworkBuilder(
      list, input: try Self.inputShape(list, imageSize), version: version)
    name = list.name
    places = builder.places
    constants = builder.constants
    let plain = builder.network
    let firstLearned = try plain.firstLearned(besides: Set(constants.keys))
    let cuts = NetworkCuts(plain)
    let head = plain.classifierStart(cuts)
    let end = head ?? plain.nodes.count
    let stages = plain.stageStarts(from: firstLearned, before: end, cuts)
    let all = stages + (head.map { [($0, Network.headStage)] } ?? [])
    network = try plain.rebuilt(plain.nodes.count, stages: all)
    logits = try plain.withoutOutputActivation(stages: all) ?? network
    features = try plain.features(before: end, stages: stages)
    outputActivation = plain.outputActivation
    hasClassifier = head != nil
    let beginning = imageSize == nil && list.isOpen ? list.beginning : nil
    samplesPhotos = beginning?.isSampling == true
    preprocessesItself = plain.scalesPixels(before: firstLearned)
    let reached = Set(list.calls.map(\.path)).union(list.absorbed)
    unreached = KerasArchitecture(architecture).layers
      .filter { !KerasModelConfiguration.isModel($0.className) && $0.className != "InputLayer" }
      .map { $0.path.joined(separator: "/") }.filter { !reached.contains($0) }
    notes =
      builder.notes + [beginning?.note].compactMap(\.self)
      + (unreached.isEmpty
        ? []
        : [
          "layers that do not lead to the output are left out: \(unreached.joined(separator: ", "))"
        ])
  }

  /// The first number of a version; else what the spelling tells.
  private static func major(_ version: String?, _ architecture: JSONValue) -> Int {
    if let first = version?.split(separator: ".").first, let major = Int(first) {
      return min(max(major, 1), 3)
    }
    if architecture["module"] != nil { return 3 }
    // Before 1.2 files did not say; a Sequential's configuration was a mere list until 2.2.
    return architecture["config"]?.list == nil ? 2 : 1
  }

  private static func inputShape(_ list: KerasCallList, _ imageSize: ImageSize?) throws(LayerError)
    -> Shape
  {
    var sides = list.inputShape
    if let imageSize {
      guard sides.count == 3 else {
        throw LayerError("the model reads \(sides.count) axes, no photo, so it has no image size")
      }
      (sides[0], sides[1]) = (imageSize.height, imageSize.width)
    }
    if sides.count == 3 {
      let own = list.beginning
      sides[0] = sides[0] ?? own?.height ?? sides[1] ?? defaultImageSize
      sides[1] = sides[1] ?? own?.width ?? sides[0]
    }
    let known = sides.compactMap { $0 }
    guard known.count == sides.count else {
      let axes = sides.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
      throw LayerError(
        "the input '\(list.inputName)' is [\(axes)]; only height and width of photos may be open: in "
          + "Keras, build the model with a fixed input shape")
    }
    return Shape(known)
  }
}
