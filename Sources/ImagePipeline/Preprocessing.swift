/// What a network was trained to see in place of the bytes 0...255: (x / divisor − mean) / deviation,
/// per channel, in Float32, as Keras's `preprocess_input` computes it.
///
/// It belongs to the pretrained weights and travels with everything that is saved.
public struct Preprocessing: Codable, Hashable, Sendable {
  public enum ChannelOrder: String, Codable, Hashable, Sendable { case rgb, bgr }

  public var channelOrder: ChannelOrder
  public var divisor: Float
  /// In the network's channel order; three.
  public var mean: [Float]
  /// In the network's channel order; three.
  public var deviation: [Float]

  public init(channelOrder: ChannelOrder, divisor: Float, mean: [Float], deviation: [Float]) {
    precondition(mean.count == 3 && deviation.count == 3, "images have three channels")
    self.channelOrder = channelOrder
    self.divisor = divisor
    self.mean = mean
    self.deviation = deviation
  }

  /// Keras's mode "caffe" (VGG, ResNet): BGR, minus the mean colour of ImageNet.
  public static let caffe = Preprocessing(
    channelOrder: .bgr, divisor: 1, mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1])

  /// Keras's mode "tf" (MobileNet, ResNetV2, Inception): −1...1.
  public static let signed = Preprocessing(
    channelOrder: .rgb, divisor: 127.5, mean: [1, 1, 1], deviation: [1, 1, 1])

  /// Keras's mode "torch" (DenseNet): 0...1, normalised by mean and deviation of ImageNet.
  public static let torch = Preprocessing(
    channelOrder: .rgb, divisor: 255, mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225])

  /// The bytes as they are, 0...255, for networks that rescale by themselves.
  public static let none = Preprocessing(
    channelOrder: .rgb, divisor: 1, mean: [0, 0, 0], deviation: [1, 1, 1])

  /// Writes the image as a network's input: `[height, width, 3]` in the network's channel order.
  public func write(_ image: Image, to target: UnsafeMutablePointer<Float>) {
    let table = PreprocessingTable(self)
    image.withRaster { table.write($0, flipped: false, to: target) }
  }
}

/// The 3 · 256 values that a preprocessing can give.
struct PreprocessingTable {
  /// Of the network's channels in order, 256 each.
  private let values: [Float]
  /// Which byte of the pixel the network's first and last channels come from.
  private let first: Int

  init(_ preprocessing: Preprocessing) {
    values = (0..<3).flatMap { channel in
      (0..<256).map { byte in
        (Float(byte) / preprocessing.divisor - preprocessing.mean[channel])
          / preprocessing.deviation[channel]
      }
    }
    first = preprocessing.channelOrder == .rgb ? 0 : 2
  }

  /// Writes `[height, width, 3]`, every row from right to left if `flipped`.
  func write(_ raster: Raster, flipped: Bool, to target: UnsafeMutablePointer<Float>) {
    let last = 2 - first
    let step = flipped ? -3 : 3
    values.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      var to = target
      for row in 0..<raster.height {
        var from = raster.base + (row * raster.width + (flipped ? raster.width - 1 : 0)) * 3
        for _ in 0..<raster.width {
          to[0] = table[Int(from[first])]
          to[1] = table[256 + Int(from[1])]
          to[2] = table[512 + Int(from[last])]
          from += step
          to += 3
        }
      }
    }
  }
}
