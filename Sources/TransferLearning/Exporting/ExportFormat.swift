import Foundation
import WeightFiles

/// Files that a classifier can be turned into.
public enum ExportFormat: String, Codable, Hashable, Sendable, CaseIterable {
  /// The dense layers of the head alone, with labels and the base they belong to: HDF5, or safetensors by the
  /// file's ending.
  case head
  /// The whole network with its softmax, or its sigmoids where photos have any number of classes, as a `.keras`
  /// archive, for Keras 3.
  case keras
  /// The same as Keras 2 and 3 open it with `load_model`.
  case kerasH5 = "keras-h5"
  /// All weights by the names that timm, torchvision or Keras have for them, without the network.
  case safetensors
  /// The whole network for ONNX Runtime, OpenVINO and others (opset 18).
  case onnx
  /// The network without its head, as a weight file for other trainings: a base for other classifiers.
  case base

  /// The endings of files of this format, the customary one first.
  public var endings: [String] {
    switch self {
    case .head: ["h5", "hdf5", "safetensors"]
    case .keras: ["keras"]
    case .kerasH5, .base: ["h5", "hdf5"]
    case .safetensors: ["safetensors"]
    case .onnx: ["onnx"]
    }
  }

  /// The format that a file's ending says: the one of whole models where several have it; `nil` for none.
  public init?(ending: String) {
    let ending = ending.lowercased()
    let whole: [ExportFormat] = [.keras, .kerasH5, .safetensors, .onnx]
    guard let format = whole.first(where: { $0.endings.contains(ending) }) else { return nil }
    self = format
  }

  /// Whether what is written computes by itself, so that preprocessing can be a part of it.
  public var holdsNetwork: Bool {
    switch self {
    case .keras, .kerasH5, .onnx: true
    case .head, .safetensors, .base: false
    }
  }
}

/// What an export is to hold, beside the classifier.
public struct ExportOptions: Hashable, Sendable {
  /// Whether the network that is written reads the network's own input rather than pixels of 0...255.
  public var leavesOutPreprocessing = false
  /// Whether photos of any size go in, which the network resizes and cuts itself; for ONNX.
  public var includesResize = false
  /// The type of the pixels that go in; for ONNX.
  public var pixels = ONNXLayout.Pixels.float32
  /// How kernels are stored; for ONNX.
  public var storage = ONNXStorage.float32

  /// Pixels of the network's size, of 0...255, go in; Float32 throughout.
  public init() {}

  /// What is asked for and the format has not, as the words of a sentence about it; `nil` for nothing.
  func misfit(_ format: ExportFormat) -> String? {
    if leavesOutPreprocessing, !format.holdsNetwork {
      return "holds no network, so there is no preprocessing to leave out of it"
    }
    if format != .onnx {
      if includesResize { return "cannot resize photos itself; of the formats here only onnx can" }
      if pixels != .float32 { return "reads numbers, no bytes; of the formats here only onnx can" }
      if storage != .float32 { return "is written in float32 only" }
    }
    if leavesOutPreprocessing, includesResize {
      return "resizes photos before they are preprocessed, so it cannot leave that out"
    }
    if leavesOutPreprocessing, pixels == .uint8 {
      return "cannot read bytes without preprocessing them"
    }
    return nil
  }
}
