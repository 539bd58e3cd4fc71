import Foundation
import ImagePipeline
import TensorKernels

extension Base {
  /// A network and the weights it starts from, as a user names them.
  public struct Source: Codable, Hashable, Sendable {
    /// Which weights a network starts from.
    public enum Weights: Codable, Hashable, Sendable {
      /// The published ones, looked for in the folders where they are kept, else downloaded.
      case published
      /// This file.
      case file(String)
      /// None: random values by Keras's initialisers.
      case none
    }

    /// A model of the zoo, `timm/…` and `torchvision/…` among them; or the path of a Keras model with its own configuration, a `.keras`, `.h5` or
    /// `.hdf5` file; or the folder of a run.
    public var name: String
    /// The factor on all widths, for families that have one; `nil`: 1.
    public var alpha: Double?
    /// Of the input; `nil`: the model's own.
    public var imageSize: ImageSize?
    /// Of the input: 1 for grey pictures; `nil`: the model's own. Not for files, which say it themselves.
    public var channels: Int?
    /// For files; `nil`: what the network shows. The zoo's models have their own.
    public var preprocessing: PreprocessingName?
    /// Where the weights come from; the published ones unless told otherwise.
    public var weights = Weights.published
    /// Shell patterns of parameter names that the weight file may lack; they keep random values.
    public var allowMissing: [String] = []
    /// Whether downloading is forbidden.
    public var isOffline = false

    /// A model of the zoo by its name, or a Keras model or a run by its path.
    public init(_ name: String) { self.name = name }

    /// Whether the base is a path, mostly of a file, rather than the name of a model of the zoo.
    public var isFile: Bool {
      if isOfHub { return false }
      return name.contains("/")
        || ["keras", "h5", "hdf5"].contains(URL(filePath: name).pathExtension)
    }

    /// Whether the name is one of timm's, torchvision's or another library's, which stand before a slash.
    private var isOfHub: Bool {
      ["timm/", "torchvision/", "efficientnet_lite_pytorch/"].contains {
        name.lowercased().hasPrefix($0)
      }
    }

    /// The name in paths and titles: that of the model, with a dash for a slash, or of the file without its
    /// extension.
    public var shortName: String {
      isFile
        ? URL(filePath: name).deletingPathExtension().lastPathComponent
        : name.lowercased().replacing("/", with: "-")
    }
  }
}
