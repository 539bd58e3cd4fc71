import Foundation
import NeuralNetworks
import TensorKernels

extension KerasWeightFile {
  /// Reads the tensors of a network, matched strictly by name, never by position.
  ///
  /// Names that Keras made by counting (`conv2d_17`) may be counted from another start: they are
  /// accepted when all of a class differ by one number and everything then fits, and the report says
  /// so. A network that is inside another model of the file is found there; what is around it may be
  /// left over.
  ///
  /// - Parameters:
  ///   - parameters: all parameters of the network. A node's name may lead into inner models of the
  ///     file: `model/layer`.
  ///   - network: its name in messages, for example `resnet50`.
  ///   - allowMissing: shell patterns (`*`, `?`, `[…]`) of parameter names that the file may lack.
  ///   - mayBeUnused: layers that the file may have beyond the network, for example its classifier.
  ///   - summed: the parameter `[h, w, 1, n]` whose tensor may be `[h, w, 3, n]`: the kernel of
  ///     colours, summed over them, for a network that reads one channel.
  /// - Returns: the tensors by `Parameter.name`, all finite, and what was found.
  /// - Throws: `WeightFileError` (`bad`) that names both sides when anything is unaccounted for, or
  ///   the tensor that holds a NaN or an infinity.
  public func load(
    _ parameters: [Parameter], for network: String, allowMissing: [String] = [],
    mayBeUnused: Set<String> = [], summed: String? = nil
  ) throws(WeightFileError) -> (tensors: [String: Tensor], report: LoadReport) {
    let matching = TensorMatching.best(
      parameters, network, in: self, allowMissing, mayBeUnused, summed)
    var report = matching.report
    if let problem = report.problem { throw WeightFileError(.bad, problem) }
    let tensors = try WeightContainer.reading(url) { container throws(FormatError) in
      var tensors: [String: Tensor] = [:]
      for (parameter, entry) in matching.pairs {
        var values = try container.floats(of: entry)
        guard values.count == entry.shape.count else {
          throw FormatError("changed while '\(entry.path)' was read")
        }
        guard values.allFinite else {
          throw FormatError(
            "holds NaN or infinite values in '\(entry.name)' (\(entry.path)); the file is damaged or "
              + "its training diverged")
        }
        if parameter.shape != entry.shape {
          values = Self.sumOverChannels(values, of: entry.shape)
        }
        tensors[parameter.name] = Tensor(parameter.shape, values)
      }
      return tensors
    }
    report.sha256 = try sha256()
    return (tensors, report)
  }

  /// Compares the file with a network without reading any tensor or refusing anything.
  public func report(
    on parameters: [Parameter], of network: String, allowMissing: [String] = [],
    mayBeUnused: Set<String> = [], summed: String? = nil
  ) -> LoadReport {
    TensorMatching.best(parameters, network, in: self, allowMissing, mayBeUnused, summed).report
  }

  /// `[h, w, c, n]` → `[h, w, 1, n]`.
  private static func sumOverChannels(_ values: [Float], of shape: Shape) -> [Float] {
    let (channels, filters) = (shape[2], shape[3])
    var sums = [Float](repeating: 0, count: values.count / max(1, channels))
    for (position, value) in values.enumerated() {
      sums[position / (channels * filters) * filters + position % filters] += value
    }
    return sums
  }
}

extension [Float] {
  /// Whether no element is NaN or infinite: no exponent has all bits set.
  fileprivate var allFinite: Bool {
    withUnsafeBufferPointer { values in
      var largest: UInt32 = 0
      for value in values { largest = Swift.max(largest, value.bitPattern & 0x7fff_ffff) }
      return largest < 0x7f80_0000
    }
  }
}
