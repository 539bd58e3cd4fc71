/// What a network was trained to see in place of the bytes 0...255: (x / divisor − mean) / deviation,
/// per channel, in Float32, as Keras's `preprocess_input` computes it.
///
/// It belongs to the pretrained weights and travels with everything that is saved.
public struct Preprocessing: Codable, Hashable, Sendable {
  /// What a pixel becomes.
  public enum ChannelOrder: String, Codable, Hashable, Sendable {
    /// Three values, red or blue first.
    case rgb, bgr
    /// One value, its luma as in ITU-R 601: (19595 R + 38470 G + 7471 B + 32768) / 65536, as Pillow
    /// converts to grey.
    case gray
  }

  /// Which channels a pixel becomes, in which order.
  public var channelOrder: ChannelOrder
  /// What the values 0...255 are divided by first; 1 leaves them.
  public var divisor: Float
  /// In the network's channel order; one for each.
  public var mean: [Float]
  /// In the network's channel order; one for each.
  public var deviation: [Float]

  /// (value / divisor − mean) / deviation, channel by channel.
  /// - Precondition: `mean` and `deviation` have a number for each channel.
  public init(channelOrder: ChannelOrder, divisor: Float, mean: [Float], deviation: [Float]) {
    self.channelOrder = channelOrder
    self.divisor = divisor
    self.mean = mean
    self.deviation = deviation
    precondition(
      mean.count == channels && deviation.count == channels, "one number for each channel")
  }

  /// Reads what the synthesized `encode` wrote.
  /// - Throws: `DecodingError` also where there is not a finite number for each channel.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    channelOrder = try container.decode(ChannelOrder.self, forKey: .channelOrder)
    divisor = try container.decode(Float.self, forKey: .divisor)
    mean = try container.decode([Float].self, forKey: .mean)
    deviation = try container.decode([Float].self, forKey: .deviation)
    guard mean.count == channels, deviation.count == channels,
      PreprocessingTable(self).isFinite
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .mean, in: container,
        debugDescription:
          "expected \(channels) numbers each for mean and deviation that make finite ones of 0...255"
      )
    }
  }

  /// Values per pixel: three, or one for grey.
  public var channels: Int { channelOrder == .gray ? 1 : 3 }

  /// The same for a network that reads grey pictures: mean and deviation are averages of those of the
  /// colours.
  public var gray: Preprocessing {
    guard channelOrder != .gray else { return self }
    return Preprocessing(
      channelOrder: .gray, divisor: divisor, mean: [mean.reduce(0, +) / 3],
      deviation: [deviation.reduce(0, +) / 3])
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

  /// 0...1, as Keras's `ImageDataGenerator(rescale=1/255)` and many tutorials have it.
  public static let unit = Preprocessing(
    channelOrder: .rgb, divisor: 255, mean: [0, 0, 0], deviation: [1, 1, 1])

  /// The bytes as they are, 0...255, for networks that rescale by themselves.
  public static let none = Preprocessing(
    channelOrder: .rgb, divisor: 1, mean: [0, 0, 0], deviation: [1, 1, 1])

  /// Writes the image as a network's input: `[height, width, channels]` in the network's channel order.
  package func write(_ image: Image, to target: UnsafeMutablePointer<Float>) {
    let table = PreprocessingTable(self)
    image.withRaster { table.write($0, flipped: false, to: target) }
  }
}

/// The 256 values of each channel that a preprocessing can give.
struct PreprocessingTable {
  /// Of the network's channels in order, 256 each.
  private let values: [Float]
  /// Which byte of the pixel the network's first and last channels come from.
  private let first: Int
  let channels: Int
  /// How far 1 in 0...1 moves each of the network's channels.
  private let unit: [Float]

  init(_ preprocessing: Preprocessing) {
    channels = preprocessing.channels
    values = (0..<preprocessing.channels).flatMap { channel in
      (0..<256).map { byte in
        (Float(byte) / preprocessing.divisor - preprocessing.mean[channel])
          / preprocessing.deviation[channel]
      }
    }
    first = preprocessing.channelOrder == .bgr ? 2 : 0
    unit = preprocessing.deviation.map { 255 / preprocessing.divisor / $0 }
  }

  /// Whether every byte becomes a number that a network can compute with.
  var isFinite: Bool { values.allSatisfy(\.isFinite) && unit.allSatisfy(\.isFinite) }

  /// Writes `[height, width, channels]`, every row from right to left if `flipped`.
  ///
  /// - Parameter offset: added to every pixel, in RGB of 0...1 before mean and deviation.
  func write(
    _ raster: Raster, flipped: Bool, offset: SIMD3<Float> = SIMD3(),
    to target: UnsafeMutablePointer<Float>
  ) {
    let last = 2 - first
    let shift =
      channels == 3
      ? [offset[first] * unit[0], offset.y * unit[1], offset[last] * unit[2]]
      : [(0.299 * offset.x + 0.587 * offset.y + 0.114 * offset.z) * unit[0]]
    let values =
      offset == SIMD3()
      ? self.values : self.values.indices.map { self.values[$0] + shift[$0 >> 8] }
    let step = flipped ? -3 : 3
    values.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      var to = target
      for row in 0..<raster.height {
        var from = raster.base + (row * raster.width + (flipped ? raster.width - 1 : 0)) * 3
        guard channels == 3 else {
          for _ in 0..<raster.width {
            let luma =
              19595 * UInt32(from[0]) + 38470 * UInt32(from[1]) + 7471 * UInt32(from[2]) + 0x8000
            to[0] = table[Int(luma >> 16)]
            from += step
            to += 1
          }
          continue
        }
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
