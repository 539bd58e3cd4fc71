/// What a backend can be asked to prepare.
///
/// The comments name the operands. Activations are NHWC, in the precision that is prepared for; `count`
/// is the number of values of the micro-batch. Whatever the precision, these are Float32: biases,
/// scales, weight gradients, rows that multiply or are sums, and what dense layers and global averages
/// give. Gradients are written, not added, unless the comment says so.
package enum Operation: Hashable, Sendable {
  /// destination = activation(source ∗ weights + bias [+ destination]).
  case convolution(WindowGeometry, hasBias: Bool, addsDestination: Bool, Activation)
  /// destination (input gradient) from source (output gradient) and weights.
  case convolutionInputGradient(WindowGeometry)
  /// destination (packed weight gradient) and bias (its gradient) from source (the input) and second
  /// (the output gradient). Kernels that say `accumulates` add unless the lane's `isFirst` is set.
  case convolutionWeightGradient(WindowGeometry, hasBias: Bool)
  /// destination from source; workspace receives where the maxima were, when kept.
  case maxPooling(WindowGeometry, keepsPositions: Bool)
  /// destination from source (the output gradient) and workspace.
  case maxPoolingGradient(WindowGeometry)
  /// destination from source; padding is not counted.
  case averagePooling(WindowGeometry)
  /// destination from source (the output gradient).
  case averagePoolingGradient(WindowGeometry)
  /// destination[rows, outputs] = source[rows, inputs] · weights[inputs, outputs] + bias.
  case dense(rows: Int, inputs: Int, outputs: Int, hasBias: Bool, Activation)
  /// destination[rows, inputs] = source[rows, outputs] · weightsᵀ.
  case denseInputGradient(rows: Int, inputs: Int, outputs: Int)
  /// Mean over `positions`.
  case globalAverage(batch: Int, positions: Int, channels: Int)
  case globalAverageGradient(batch: Int, positions: Int, channels: Int)
  /// destination = activation(source [+ second]).
  case sum(count: Int, terms: Int, Activation)
  /// destination = (source [+ second]) · activation'(workspace): from the activation's output, or its
  /// input where `hasGradientFromOutput` is false.
  case maskedSum(count: Int, terms: Int, Activation)
  /// destination = activation(source), and workspace its derivative there; for activations whose
  /// derivative comes from the input, of which the exponential is then computed once. The workspace may
  /// be the source.
  case activationWithSlope(count: Int, Activation)
  /// destination = (source [+ second]) · workspace, which holds derivatives.
  case slopedSum(count: Int, terms: Int)
  /// destination = (source · second[batch, channels] + bias[batch, channels] / positions) · workspace,
  /// which holds derivatives: what comes back to images that are multiplied by rows made of their own
  /// averages.
  case gatedSlope(batch: Int, positions: Int, channels: Int)
  /// destination = activation(source · weights + bias) for each channel; no bias: no shift.
  case channelAffine(rows: Int, channels: Int, hasShift: Bool, Activation)
  /// bias (+)= Σ second, destination (+)= Σ second · source over the rows; adds unless `isFirst`.
  case channelSums(rows: Int, channels: Int)
  /// Batch normalisation with the statistics of this micro-batch. weights: γ, β, moving mean, moving
  /// variance, one after the other; workspace receives the batch's mean and 1/√(variance + ε).
  case batchNorm(rows: Int, channels: Int, epsilon: Float, momentum: Float, Activation)
  /// destination (input gradient) from second (output gradient), source (the input), weights (γ, …)
  /// and workspace; bias receives ∂γ then ∂β.
  case batchNormGradient(rows: Int, channels: Int)
  /// Layer normalisation of each row. weights: γ, then β; workspace receives each row's mean and
  /// 1/√(variance + ε).
  case layerNorm(rows: Int, columns: Int, epsilon: Float)
  /// destination (input gradient) from source (output gradient), second (the input), weights (γ, β) and
  /// workspace; bias, where there is one, receives ∂γ then ∂β.
  case layerNormGradient(rows: Int, columns: Int)
  /// Zeros around images: source is the geometry's input, destination its output.
  case zeroPadding(WindowGeometry)
  case zeroPaddingGradient(WindowGeometry)
  /// Dropout of `examples` images by the lane's `step` and `firstExample`; its own gradient too. Each
  /// of the `decisions` random numbers of an example holds for every `decisions`-th of its values.
  case dropout(examples: Int, countPerExample: Int, decisions: Int, rate: Float, key: UInt64)
  case softmax(rows: Int, columns: Int)
  case copy(count: Int)
  /// destination = source in another precision; that of the destination is what is prepared for.
  case convert(count: Int)
  /// Keeps `rows` rows for after the batch: the destination holds all `batch` rows, cut into blocks of
  /// `block` columns, each block a matrix of its own; the lane's `firstExample` says where.
  case stash(rows: Int, columns: Int, batch: Int, block: Int)
  /// destination (+)= source; adds unless `isFirst`.
  case accumulate(count: Int)
  /// destination = factor · source.
  case scale(count: Int, factor: Float)
  /// destination = source · second, element by element.
  case product(count: Int)
  /// destination[batch, positions, channels] = source · second[batch, channels].
  case productOfRows(batch: Int, positions: Int, channels: Int)
  /// destination[batch, channels] = Σ source · second over the positions.
  case dotOfRows(batch: Int, positions: Int, channels: Int)
  /// Columns `first...` of the destination, which has `total` columns, from source[rows, columns].
  case placeColumns(ColumnRange)
  /// The reverse: destination[rows, columns] from columns `first...` of the source.
  case takeColumns(ColumnRange)
  /// What few networks have: one case, so that switches over operations stay short.
  case image(ImageOperation)
}

/// Neighbouring columns of a matrix of `rows` rows and `total` columns.
package struct ColumnRange: Hashable, Sendable {
  package var rows: Int
  package var columns: Int
  package var first: Int
  package var total: Int

  package init(rows: Int, columns: Int, first: Int, total: Int) {
    self.rows = rows
    self.columns = columns
    self.first = first
    self.total = total
  }
}
