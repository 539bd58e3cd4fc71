import TensorKernels

/// How a photo becomes a network's input.
public struct PhotoRecipe: Sendable {
  /// Of the views.
  public var size: ImageSize
  /// Which part of each photo is loaded, and how it is varied.
  public var view: PhotoView
  /// How bytes become the network's values; it also sets the number of channels.
  public var preprocessing: Preprocessing
  /// Another seed gives other random views and mixtures.
  public var seed: UInt64
  /// Another epoch gives other random views.
  public var epoch: Int
  /// Photos with more pixels (width × height) are not decoded; they become failures of their batch.
  public var maximumPixels: Int

  /// - Parameters:
  ///   - size: of the views; more than 0 pixels.
  ///   - view: which part of each photo is loaded, and how it is varied.
  ///   - preprocessing: how bytes become the network's values.
  ///   - seed: another seed gives other random views and mixtures; the order is the caller's.
  ///   - epoch: another epoch gives other random views.
  ///   - maximumPixels: photos with more pixels (width × height) are not decoded.
  public init(
    size: ImageSize, view: PhotoView, preprocessing: Preprocessing, seed: UInt64 = 0,
    epoch: Int = 0,
    maximumPixels: Int = 100_000_000
  ) {
    precondition(size.height > 0 && size.width > 0, "a view has pixels")
    self.size = size
    self.view = view
    self.preprocessing = preprocessing
    self.seed = seed
    self.epoch = epoch
    self.maximumPixels = maximumPixels
  }
}

/// How photos are handed over in batches.
public struct Batching: Sendable {
  /// Photos a batch; the last may be smaller.
  public var size: Int
  /// What is loaded of each batch.
  public var part: BatchPart
  /// The batch to begin with: it and all that follow are what they would have been after those before.
  public var first: Int
  /// How many batches wait beside the one in use.
  public var ahead: Int
  /// What loaders before this one have left, and what it leaves to the next.
  public var memory: BatchMemory

  /// - Parameters:
  ///   - size: photos a batch; more than 0.
  ///   - part: what is loaded of each batch, where several processes share it.
  ///   - first: the batch to begin with, from 0.
  ///   - ahead: how many batches wait beside the one in use; at least 1.
  ///   - memory: what loaders before this one have left, and what it leaves to the next.
  public init(
    of size: Int, part: BatchPart = .whole, startingAt first: Int = 0, ahead: Int = 2,
    memory: BatchMemory = BatchMemory()
  ) {
    precondition(size > 0 && ahead > 0, "sizes and counts are positive")
    self.size = size
    self.part = part
    self.first = first
    self.ahead = ahead
    self.memory = memory
  }
}
