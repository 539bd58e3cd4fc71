import TensorKernels

extension Graph {
  /// Zeros around an image become padding of the convolution or pooling that reads it.
  ///
  /// A pooling may take them over only behind a ReLU: its own padding never wins, zeros do against
  /// negative values. That is ResNet's `pool1_pad`.
  mutating func mergeZeroPadding() {
    let producer = producers()
    for index in operations.indices.reversed() {
      guard case .zeroPadding(let zeros) = operations[index].kind else { continue }
      let padded = operations[index].output
      let input = operations[index].inputs[0]
      guard !observed.contains(padded) else { continue }
      let readers = operations.indices.filter { operations[$0].inputs.contains(padded) }
      let isNonNegative =
        producer[input].flatMap { operations[$0].kind.activation }?.isNonNegative ?? false
      let merged = readers.map { operations[$0].kind.paddedBy(zeros, nonNegative: isNonNegative) }
      guard merged.allSatisfy({ $0 != nil }) else { continue }
      for (reader, kind) in zip(readers, merged) {
        if let kind { operations[reader].kind = kind }
      }
      redirect(padded, to: input)
      operations.remove(at: index)
    }
  }
}

extension GraphOperation.Kind {
  /// This operation reading the unpadded input instead; `nil` if it cannot.
  fileprivate func paddedBy(_ zeros: Edges, nonNegative: Bool) -> Self? {
    switch self {
    case .convolution(var convolution):
      convolution.edges = convolution.edges + zeros
      return .convolution(convolution)
    case .maxPooling(let window, let edges):
      let all = edges + zeros
      let everyWindowSeesTheImage =
        max(all.top, all.bottom) < window.covered.height
        && max(all.left, all.right) < window.covered.width
      return nonNegative && everyWindowSeesTheImage ? .maxPooling(window, all) : nil
    default:
      return nil
    }
  }
}
