import Files
import Foundation
import TensorKernels

/// A weight file or whole model: HDF5 in the layouts of Keras 1 to 3, a `.keras` archive, safetensors
/// under Keras's or PyTorch's names, or what `torch.save` writes.
///
/// Whatever the file's own names and order of axes, its entries have Keras's.
///
/// Opening it reads names, shapes and types; `load` reads the tensors of a network. The file stays open
/// as long as this value or a copy of it exists, and everything is read of what was opened.
public struct KerasWeightFile: Sendable {
  /// How the tensors are arranged.
  public enum Layout: String, Hashable, Sendable, Codable, CustomStringConvertible {
    /// HDF5 with the attribute `layer_names` and one group for each layer at the root.
    case legacyWeights = "legacy weights"
    /// The same below the group `model_weights`, beside the model's configuration.
    case legacyModel = "legacy whole model"
    /// HDF5 with a group for each object and numbered tensors (`.weights.h5`).
    case keras3Weights = "Keras 3 weights"
    /// A zip archive of the configuration and such an HDF5 file (`.keras`).
    case keras3Model = "Keras 3 whole model"
    /// A JSON header and plain numbers.
    case safetensors = "safetensors"
    /// The same under PyTorch's names, as timm's files are.
    case torchSafetensors = "PyTorch safetensors"
    /// What `torch.save` writes: a zip archive (`.pth`, `.bin`).
    case torchCheckpoint = "PyTorch checkpoint"
    /// What it wrote up to version 1.5.
    case torchLegacyCheckpoint = "legacy PyTorch checkpoint"

    /// The format's name in reports and messages.
    public var description: String { rawValue }

    /// Whether tensors have PyTorch's names, which tell neither models inside nor the network's order.
    public var isTorch: Bool {
      switch self {
      case .torchSafetensors, .torchCheckpoint, .torchLegacyCheckpoint: true
      case .legacyWeights, .legacyModel, .keras3Weights, .keras3Model, .safetensors: false
      }
    }
  }

  /// One tensor of the file.
  public struct Entry: Hashable, Sendable {
    /// `layer/role`, for example `conv1/kernel`.
    public let name: String
    /// Where it is, for example `/conv1/conv1/kernel:0`.
    public let path: String
    /// The models that the layer is inside, outermost first and without the file's own model.
    public let models: [String]
    /// The layer's own name.
    public let layer: String
    /// What it is in the layer, as Keras spells it today: `kernel`, `moving_mean`… A number where
    /// the file does not tell.
    public let role: String
    /// Its position among the tensors of its layer.
    public let index: Int
    /// Its extents in Keras's order.
    public let shape: Shape
    /// What its numbers are stored as; they are read as Float32.
    public let type: ElementType
    /// The names under which the layer may be looked up, most trustworthy first; none when the file
    /// does not tell.
    let layers: [String]
    /// What `role` may be where the file leaves that open.
    var possibleRoles: [String] = []
    /// How the file has its axes.
    var order = AxisOrder.keras

    /// `model/…/layer/role`, which tells layers of one name in several models apart.
    public var qualifiedName: String { (models + [layer, role]).joined(separator: "/") }
  }

  let open: OpenWeightFile
  /// Which of the formats the file has.
  public let layout: Layout
  /// In the order of the file.
  public let entries: [Entry]
  /// The configuration of a whole model, as it stands in the file: JSON.
  public let modelConfiguration: String?
  /// The same, read: an object with `class_name` and `config`, in the spelling of the version of
  /// Keras that wrote it; `nil` for mere weights.
  package let architecture: JSONValue?
  /// Of the Keras that wrote it, for example `2.4.0`; `nil` where the file does not tell.
  public let kerasVersion: String?
  /// What this program says beside a whole model that it writes: labels, preprocessing, view; `nil` for
  /// the files of others.
  public let metadata: ModelMetadata?

  /// Where the file is.
  public var url: URL { open.url }

  /// The name in messages: the last component of the path.
  public var name: String { open.name }

  /// Whether some tensors belong to models inside the model.
  public var isNested: Bool { entries.contains { !$0.models.isEmpty } }

  /// Opens a file and lists its tensors.
  /// - Throws: `WeightFileError`: `missingFile`, or `bad` when it is of no known format, cut short,
  ///   not Keras's, or refers to anything outside itself.
  public init(_ url: URL) throws(WeightFileError) {
    open = try OpenWeightFile(url)
    let content = try open.read { container throws(FormatError) in try container.content() }
    (layout, entries) = (content.layout, content.entries)
    (modelConfiguration, architecture) = (content.configuration, content.architecture)
    (kerasVersion, metadata) = (content.kerasVersion, content.metadata)
  }

  /// The SHA-256 of the file's bytes, as hexadecimal digits.
  /// - Throws: `WeightFileError` (`inputOutput`).
  public func sha256() throws(WeightFileError) -> String { try open.sha256() }
}
