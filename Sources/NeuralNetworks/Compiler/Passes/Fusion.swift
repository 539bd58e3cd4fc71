import TensorKernels

extension Graph {
  /// A norm with frozen statistics right behind a convolution becomes part of it: w' = s·w,
  /// b' = β + s·(c − μ), s = γ/√(variance + ε).
  mutating func foldFrozenNorms(except batchStatistics: Set<String>) {
    fuse { operation, producer in
      guard case .normalization(let norm) = operation.kind,
        !batchStatistics.contains(operation.node),
        case .convolution(var convolution) = producer.kind,
        convolution.isBare
      else { return nil }
      convolution.norm = norm
      return .convolution(convolution)
    }
  }

  /// Factors of the channels right behind a convolution become part of it: w' = γ·w, b' = γ·c.
  mutating func foldScales() {
    fuse { operation, producer in
      guard case .image(.grouped(.columnProduct(let scale))) = operation.kind,
        scale.shape.count == operation.shape.channels,
        case .convolution(var convolution) = producer.kind, convolution.isBare
      else { return nil }
      convolution.scale = scale
      return .convolution(convolution)
    }
  }

  /// A non-linearity becomes the end of the operation before it; not where its gradient will need
  /// what lies between.
  mutating func fuseActivations(differentiated: Set<GraphValue>) {
    fuse { operation, producer in
      guard case .activation(let activation) = operation.kind, activation.isElementwise,
        activation.hasGradientFromOutput || !differentiated.contains(operation.output)
      else { return nil }
      return producer.kind.activation == .linear ? producer.kind.with(activation) : nil
    }
  }

  /// The sum of a shortcut and a convolution becomes part of the convolution, if that one comes
  /// later: it then adds to what its destination holds.
  mutating func fuseResiduals() {
    let (producer, counts) = (producers(), useCounts())
    for index in operations.indices.reversed() {
      guard case .add(.linear) = operations[index].kind else { continue }
      let inputs = operations[index].inputs
      guard let first = producer[inputs[0]], let second = producer[inputs[1]],
        first != second
      else { continue }
      let later = max(first, second)
      let (branch, shortcut) = later == first ? (inputs[0], inputs[1]) : (inputs[1], inputs[0])
      guard isPrivate(branch, counts), case .convolution(var convolution) = operations[later].kind,
        !convolution.addsResidual, convolution.activation == .linear
      else { continue }
      convolution.addsResidual = true
      operations[later].kind = .convolution(convolution)
      operations[later].inputs.append(shortcut)
      operations[later].output = operations[index].output
      operations.remove(at: index)
    }
  }

  /// Replaces an operation and the producer of its only input by one operation, wherever `merge`
  /// knows how and nobody else reads what lay between.
  private mutating func fuse(
    _ merge: (GraphOperation, _ producer: GraphOperation) -> GraphOperation.Kind?
  ) {
    // A merger leaves both as they are for all that lies before it.
    let (positions, counts) = (producers(), useCounts())
    for index in operations.indices.reversed() {
      let operation = operations[index]
      guard operation.inputs.count == 1, let producer = positions[operation.inputs[0]],
        isPrivate(operation.inputs[0], counts),
        let merged = merge(operation, operations[producer])
      else { continue }
      operations[producer].kind = merged
      operations[producer].output = operation.output
      operations.remove(at: index)
    }
  }
}

extension GraphConvolution {
  /// Whether nothing has been merged into it that acts on its output.
  fileprivate var isBare: Bool {
    norm == nil && scale == nil && activation == .linear && !addsResidual
  }
}
