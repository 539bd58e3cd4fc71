internal import CBuild
@_exported import Evaluation
@_exported import Files
@_exported import FineTuning
@_exported import ImagePipeline
@_exported import ModelZoo
@_exported import NeuralNetworks
@_exported import SamplePhotos
@_exported import TensorKernels
@_exported import WeightFiles

/// This program and its libraries as a release.
public enum Toolkit {
  /// The number of the release, as in a run's `versions`.
  public static let version = "0.1.0"

  /// The commit of the sources that this was built from, in hexadecimal digits; `nil` where whoever built it did
  /// not say, as a developer's build.
  public static var commit: String? { ft_build_commit().map { String(cString: $0) } }

  /// What a run records about the program that made it.
  public static var versions: [String: String] { ["finetune": version] }
}
