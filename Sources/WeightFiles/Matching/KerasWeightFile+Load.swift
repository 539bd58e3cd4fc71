import Files
import Foundation
import NeuralNetworks
import TensorKernels

extension KerasWeightFile {
  /// Reads the tensors of a network, matched strictly by name, never by position.
  ///
  /// Names that Keras made by counting (`conv2d_17`) may be counted from another start: they are
  /// accepted when all of a class differ by one number and everything then fits, and the report says
  /// so. A network that is inside another model of the file is found there; what is around it may be
  /// left over, and so may a classifier that somebody has put behind the network: whatever a whole model
  /// has behind it, and dense layers at the end of mere weights that read its `outputs`.
  ///
  /// - Parameters:
  ///   - parameters: all parameters of the network. A node's name may lead into inner models of the
  ///     file: `model/layer`.
  ///   - network: its name in messages, for example `resnet50`.
  ///   - allowMissing: shell patterns (`*`, `?`, `[…]`) of parameter names that the file may lack.
  ///   - mayBeUnused: layers that the file may have beyond the network, for example its classifier.
  ///   - adaptation: for a network of one channel whose file may be of three.
  ///   - outputs: how many features the network gives, where mere weights may have dense layers of
  ///     somebody's own that read them; `nil` for none.
  ///   - maps: the feature maps that dense layers read flattened, by the layers' names: `Network.flattenedMaps`.
  /// - Returns: the tensors by `Parameter.name`, all finite, and what was found.
  /// - Throws: `WeightFileError` (`bad`) that names both sides when anything is unaccounted for, or
  ///   the tensor that holds a NaN, an infinity or a weight that no network has.
  public func load(
    _ parameters: [Parameter], for network: String, allowMissing: [String] = [],
    mayBeUnused: Set<String> = [], adaptation: ChannelAdaptation? = nil, outputs: Int? = nil,
    flattening maps: [String: Shape] = [:]
  ) throws(WeightFileError) -> (tensors: [String: Tensor], report: LoadReport) {
    let wanted = WantedTensors(
      parameters: parameters, network: network, allowMissing: allowMissing,
      mayBeUnused: mayBeUnused, adaptation: adaptation, outputs: outputs)
    let matching = TensorMatching.best(wanted, in: self)
    var report = matching.report
    if let problem = report.problem { throw WeightFileError(.bad, sentence: problem) }
    let tensors = try open.read { container throws(FormatError) in
      var tensors: [String: Tensor] = [:]
      for (parameter, entry) in matching.pairs {
        let stored = try container.floats(of: entry)
        guard stored.count == entry.shape.count else {
          throw FormatError("changed while '\(entry.path)' was read")
        }
        try stored.requireUsable(as: parameter.role, "'\(entry.name)' (\(entry.path))")
        let tensor = Tensor(
          entry.shape(as: parameter),
          entry.values(stored, flattening: maps[parameter.node]))
        guard tensor.shape != parameter.shape else {
          tensors[parameter.name] = tensor
          continue
        }
        guard let adapted = adaptation?.adapt(tensor, parameter), adapted.shape == parameter.shape
        else {
          throw FormatError(
            "has '\(entry.name)' as \(entry.shape), which cannot be made to fit \(parameter.shape)")
        }
        tensors[parameter.name] = adapted
      }
      return tensors
    }
    report.sha256 = try sha256()
    return (tensors, report)
  }

  /// Compares the file with a network without reading any tensor or refusing anything.
  public func report(
    on parameters: [Parameter], of network: String, allowMissing: [String] = [],
    mayBeUnused: Set<String> = [], adaptation: ChannelAdaptation? = nil, outputs: Int? = nil
  ) -> LoadReport {
    let wanted = WantedTensors(
      parameters: parameters, network: network, allowMissing: allowMissing,
      mayBeUnused: mayBeUnused, adaptation: adaptation, outputs: outputs)
    return TensorMatching.best(wanted, in: self).report
  }
}

extension [Float] {
  /// The largest weight of any layer, 2³². Networks that were trained have none beyond 10⁶; of larger ones than this
  /// four, one layer behind the other, exceed what 32-bit numbers hold, 2¹²⁸. Such layers give infinities whose
  /// differences are no numbers, and a ReLU or a pooling makes finite answers of those that have nothing to do with
  /// the photo.
  private static var largestWeight: Float { 0x1p32 }

  /// - Throws: `FormatError` that names the tensor and what in it cannot be computed with.
  /// - Parameter name: of the tensor, in quotes, and where it is.
  func requireUsable(as role: Parameter.Role, _ name: String) throws(FormatError) {
    let largest = largestMagnitude
    guard largest.isFinite else {
      throw FormatError(
        "holds NaN or infinite values in \(name); the file is damaged or its training diverged")
    }
    // What is divided by its root may be large.
    if role == .movingVariance || role == .variance { return }
    guard largest <= Self.largestWeight else {
      throw FormatError(
        "holds a value as large as \(largest) in \(name), and a network's numbers overflow "
          + "with weights beyond \(Int(Self.largestWeight)); the file is damaged or its training diverged"
      )
    }
  }

  /// The largest element without its sign; none compares with a NaN, but its bits are beyond infinity's.
  private var largestMagnitude: Float {
    withUnsafeBufferPointer { values in
      var largest: UInt32 = 0
      for value in values { largest = Swift.max(largest, value.bitPattern & 0x7fff_ffff) }
      return Float(bitPattern: largest)
    }
  }
}
