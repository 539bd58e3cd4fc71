import Evaluation
import Files
import Foundation
import ImagePipeline
import TensorKernels

/// What a run was made from and with: `run.json`.
public struct RunRecord: Codable, Hashable, Sendable {
  /// The base's name on the command line.
  public var base: String
  /// The factor on the base's widths, for families that have one.
  public var alpha: Double?
  /// How the base was chosen among others; `nil` where it was named.
  public var baseComparison: BaseComparison?
  /// Of the input: a number for a square, else for example `720x1280`, the height first.
  public var imageSize: ImageSize
  /// Of the input: 3 for colours, 1 for grey.
  public var channels: Int
  /// Whether the base was a file, whose configuration is in `architecture.json`.
  public var hasArchitecture: Bool
  /// How a photo is brought to that size.
  public var resize: ResizePolicy
  /// What the network sees in place of bytes.
  public var preprocessing: Preprocessing
  /// The sha256 of the weight file that the base started from; `nil` for random weights.
  public var baseDigest: String?
  /// Where that file was.
  public var weightFile: String?
  /// The name of the layer of logits that was added; what is before it, the plan says.
  public var head: String
  /// The plan's name; the plan itself is in `plan.json`.
  public var plan: String
  /// What decided everything random.
  public var seed: UInt64
  /// The library that computed, for example `onednn`.
  public var backend: String
  /// What values between layers were stored in while training, for example `float32`.
  public var precision: String
  /// The folder of the photos.
  public var data: String
  /// The sha256 of the list of photos: label, digest and path of each, in order.
  public var dataDigest: String
  /// The command line.
  public var arguments: [String]
  /// Program, libraries and system, with their versions.
  public var versions: [String: String]
  /// When the run began, in ISO 8601.
  public var date: String

  /// What the last layer's weights were divided by so that probabilities are as sure as they are right;
  /// `nil` where they are as training left them.
  public var temperature: Double?
  /// From which probability on each class is there, in the order of the labels; `nil` where classes exclude one
  /// another.
  public var thresholds: [Double]?
  /// Where the weights come from, and how they did on the validation photos.
  public var best: Candidate?
  /// Whether the validation photos chose among candidates.
  public var validationUsedForSelection: Bool
  /// Whether the validation photos trained the final weights.
  public var trainedOnValidation: Bool
  /// Whether the training ended before its plan did.
  public var interrupted: Bool
  /// Photos that could not be read any more when they were needed.
  public var skipped: [SkippedPhoto]
  /// The sha256 of `weights.h5` and of `head.h5`.
  public var weightsDigest: String
  /// The sha256 of `head.h5`.
  public var headDigest: String
  /// The sha256 of the run's other files that are read again, by name; `nil` in runs of earlier versions.
  public var files: [String: String]?
  /// The sha256 of the record without this line; `nil` in runs of earlier versions.
  public var digest: String?
}

extension RunRecord {
  /// The record with its digest.
  /// - Throws: `EncodingError`.
  func sealed() throws -> RunRecord {
    var record = self
    record.digest = nil
    record.digest = ContentDigest(try CanonicalJSON.page(record)).hexadecimal
    return record
  }

  /// Whether the record says what it said when it was written; also where it has no digest.
  var isAsWritten: Bool { digest == nil || (try? sealed().digest) == digest }
}

extension RunRecord {
  /// What no run can have written, as a clause; `nil` for nothing.
  var fault: String? {
    if let temperature, !(temperature.isFinite && temperature > 0) {
      return "the temperature is \(temperature), expected a number above 0"
    }
    guard [1, 3].contains(channels), preprocessing.channels == channels else {
      return "it has \(channels) channels, its preprocessing \(preprocessing.channels)"
    }
    guard (1...1 << 16).contains(imageSize.height), (1...1 << 16).contains(imageSize.width) else {
      return "the photos are to have \(imageSize.title) pixels"
    }
    return nil
  }
}

/// What the caller knows about a run and the trainer does not.
package struct RunContext: Codable, Hashable, Sendable {
  package var arguments: [String]
  package var versions: [String: String]
  package var weightFile: String?
  /// The folder of the photos, as the user named it.
  package var data: String

  package init(
    arguments: [String] = [], versions: [String: String] = [:], weightFile: String? = nil,
    data: String
  ) {
    self.arguments = arguments
    self.versions = versions
    self.weightFile = weightFile
    self.data = data
  }
}
