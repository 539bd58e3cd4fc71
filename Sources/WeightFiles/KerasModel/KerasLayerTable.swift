import NeuralNetworks
import TensorKernels

/// What the layers of Keras are here, by class.
///
/// A layer stands in the extension beside the type that it becomes, where the way back is, too.
enum KerasLayerTable {
  /// - Parameter inputs: the shapes of the arguments, without the batch axis.
  static func recipe(for layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe
  {
    if let note = inferenceIdentities[layer.className] { return .passing(note) }
    try layer.requireChannelsLast()
    if let recipe = try kernels(layer, inputs) { return recipe }
    if let recipe = try localKernels(layer, inputs) { return recipe }
    if let recipe = try activation(layer) { return recipe }
    if let recipe = try pooling(layer) { return recipe }
    if let recipe = try scaling(layer, inputs) { return recipe }
    if let recipe = try structure(layer, inputs) { return recipe }
    if let recipe = try borders(layer, inputs) { return recipe }
    if let recipe = try merging(layer, inputs) { return recipe }
    throw LayerError(whyNot(layer.className))
  }

  private static let augmentation =
    "changes photos while training; it is left out, and this program's own augmentation takes its place"
  private static let noise = "acts only while training; it is left out"

  /// Layers that pass on what they read when a network is used, with the note about each.
  private static let inferenceIdentities: [String: String] = [
    "RandomFlip": augmentation, "RandomRotation": augmentation, "RandomZoom": augmentation,
    "RandomTranslation": augmentation, "RandomContrast": augmentation,
    "RandomBrightness": augmentation, "RandomColorJitter": augmentation,
    "RandomColorDegeneration": augmentation, "RandomGrayscale": augmentation,
    "RandomHue": augmentation, "RandomSaturation": augmentation, "RandomSharpness": augmentation,
    "RandomPosterization": augmentation, "RandomShear": augmentation,
    "RandomPerspective": augmentation, "RandomInvert": augmentation,
    "RandomErasing": augmentation, "RandomGaussianBlur": augmentation,
    "RandomElasticTransform": augmentation, "RandAugment": augmentation,
    "GaussianNoise": noise, "GaussianDropout": noise, "AlphaDropout": noise,
    "ActivityRegularization": noise,
  ]

  private static let recurrent: Set<String> = [
    "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
    "CuDNNLSTM", "CuDNNGRU", "TimeDistributed",
  ]

  private static func whyNot(_ className: String) -> String {
    switch className {
    case "Lambda":
      return "holds Python code, which is never run; in Keras, replace it by layers and save the "
        + "model again"
    case "Resizing", "CenterCrop", "RandomCrop":
      return "brings photos to a size inside the network, which this program does itself; in Keras, "
        + "save the model behind this layer"
    case _ where recurrent.contains(className):
      return "works through sequences step by step, which is not supported; networks of "
        + "convolutions, pooling, norms and dense layers are"
    default:
      return "is of a class that is not supported; in Keras, replace it by standard layers or save "
        + "the part of the model before it: keras.Model(model.input, model.get_layer('…').output)"
    }
  }
}
