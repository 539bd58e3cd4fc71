import Foundation
import TestSupport
import Testing
import TransferLearning

/// The network of `GradCAMGoldens` and what it reads.
private enum Small {
  /// What Tools/keras/gradcam.py fills the weights with.
  private static func weight(_ shape: Shape, _ first: Int) -> Tensor {
    Tensor(shape, (0..<shape.count).map { Float((7 * $0 + first) % 23 - 11) / 20 })
  }

  static func classifier(_ activation: Activation = .linear) throws -> Classifier {
    var net = Network(input: [6, 6, 3])
    try net.add(
      "conv1", Convolution2D(4, kernel: 3, padding: .same, activation: .relu), to: net.input)
    try net.add("conv2", Convolution2D(5, kernel: 3, activation: .relu), to: net.output)
    try net.add("pool", GlobalAveragePooling2D(), to: net.output)
    try net.add("scores", Dense(3, activation: activation), to: net.output)
    var tensors: [String: Tensor] = [:]
    for (first, name) in ["conv1", "conv2", "scores"].enumerated() {
      let node = try #require(net.node(named: name))
      for (place, parameter) in net[node].parameters.enumerated() {
        tensors[parameter.name] = weight(parameter.shape, 5 * first + place)
      }
    }
    return try saved(net, tensors)
  }

  /// The classifier of a model file, as users have it.
  static func saved(
    _ network: Network, _ tensors: [String: Tensor], labels: Int = 3
  ) throws -> Classifier {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "small.h5")
      try writeKerasModel(network, named: "small", tensors, metadata: nil, to: file)
      var source = Base.Source(file.path)
      source.preprocessing = .unit
      return try Classifier(source, labels: (0..<labels).map { "class \($0)" }, resize: .squash)
    }
  }

  static func image(_ width: Int = 6, _ height: Int = 6) -> Image {
    Image(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { UInt8($0 * 37 % 256) })
  }
}

@Suite("Looking into a network")
struct LookingTests {
  private let pool = WorkerPool(count: 2)

  @Test(
    "Grad-CAM is what Keras's gradients give, also of a classifier that ends in a softmax",
    arguments: GradCAMGoldens.maps.indices, [Activation.linear, .softmax])
  func gradCAM(index: Int, activation: Activation) throws {
    let golden = GradCAMGoldens.maps[index]
    let classifier = try Small.classifier(activation)
    let look = try GradCAM(classifier, layer: golden.layer, pool: pool)
    let found = try look(Small.image(), label: golden.label)
    #expect(found.map.values.count == golden.map.count)
    #expect(found.answer.label == "class \(golden.label)" && found.view == Small.image())
    let expected = try classifier(Small.image()).probabilities[golden.label]
    #expect(abs(found.answer.probability - expected) < 1e-6)
    let largest = golden.map.max() ?? 0
    for (found, expected) in zip(found.map.values, golden.map) {
      #expect(abs(found - expected) <= 1e-5 * max(largest, 0.01), "\(golden.layer) \(golden.label)")
    }
  }

  @Test("Without a layer and a label Grad-CAM takes the last image and the most probable label")
  func defaults() throws {
    let classifier = try Small.classifier()
    let look = try GradCAM(classifier, pool: pool)
    #expect(look.layer == "conv2")
    let best = try classifier(Small.image()).best
    let found = try look(Small.image())
    #expect(found.answer.index == best.index)
    #expect(try found.map == look(Small.image(), label: best.index).map)
    let picture = found.picture()
    #expect(picture.width == 2 * 222 + 6 && picture.height == 222 + 4)
  }

  @Test(
    "A layer that gives no image is refused, and those that do are named",
    arguments: [
      ("pool", "the layer 'pool' gives [5], expected one that gives an image"),
      ("scores", "the layer 'scores' gives [3], expected one that gives an image"),
      (
        "nowhere",
        "the network has no layer 'nowhere'; the last ones that give an image are 'conv1', 'conv2'"
      ),
    ])
  func wrongLayer(layer: String, message: String) throws {
    let error = try #require(throws: UsageError.self) {
      _ = try GradCAM(Small.classifier(), layer: layer, pool: pool)
    }
    #expect("\(error)".hasPrefix(message), "\(error)")
  }

  @Test("One output for two labels speaks for the second as much as against the first")
  func oneOutput() throws {
    var net = Network(input: [6, 6, 3])
    try net.add("conv", Convolution2D(1, kernel: 3), to: net.input)
    try net.add("pool", GlobalAveragePooling2D(), to: net.output)
    try net.add("score", Dense(1), to: net.output)
    // The map is what the three colours' middle pixel says, and the score is minus its mean.
    var kernel = Tensor(repeating: 0, [3, 3, 3, 1])
    for channel in 0..<3 { kernel.values[12 + channel] = 1 }
    let classifier = try Small.saved(
      net,
      [
        "conv/kernel": kernel, "conv/bias": Tensor([1], [-1.5]),
        "score/kernel": Tensor([1, 1], [-1]),
        "score/bias": Tensor([1], [0.25]),
      ], labels: 2)
    let look = try GradCAM(classifier, pool: pool)
    let (first, second) = try (look(Small.image(), label: 0), look(Small.image(), label: 1))
    for (place, value) in first.map.values.enumerated() {
      let pixel = ((place / 4 + 1) * 6 + place % 4 + 1) * 3
      let middle = (pixel..<pixel + 3).reduce(Float(-1.5)) {
        $0 + Float(Small.image().pixels[$1]) / 255
      }
      #expect(abs(value - max(0, middle) / 16) < 1e-5)
      #expect(abs(second.map.values[place] - max(0, -middle) / 16) < 1e-5)
    }
    #expect(abs(first.answer.probability + second.answer.probability - 1) < 1e-6)
    #expect(first.answer.label == "class 0" && second.answer.label == "class 1")
    // The brightest picture speaks for the first, the darkest for the second.
    var settings = ActivationMaximiser.Settings()
    settings.blur = 0
    let climber = try ActivationMaximiser(classifier, settings, pool: pool)
    #expect(try abs(climber(channel: 0).activation - 1.25) < 1e-4)
    #expect(try abs(climber(channel: 1).activation - 1.75) < 1e-4)
  }

  @Test("A model of the zoo, whose network ends in probabilities, is looked at before its softmax")
  func zoo() throws {
    var source = Base.Source("mobilenet")
    (source.alpha, source.imageSize, source.weights) = (0.05, 32, .none)
    let classifier = try Classifier(source)
    let photo = Small.image(40, 30)
    let found = try GradCAM(classifier, layer: "conv_pw_2_relu", pool: pool)(photo, label: 7)
    #expect(try abs(found.answer.probability - classifier(photo).probabilities[7]) < 1e-6)
    #expect(found.map.rows == 8 && found.map.columns == 8)
    #expect(found.answer.label == classifier.labels[7])
    #expect(try classifier.index(of: classifier.labels[7]) == 7)
    #expect(throws: UsageError.self) { try classifier.index(of: "no such thing") }
  }

  @Test(
    "Occlusion is what the classifier loses when the same pixels are painted over",
    arguments: [(2, 2), (3, 2), (6, 6), (3, 1)])
  func occlusion(patch: Int, stride: Int) throws {
    // Half the pixels are 0 and half 200, so that the mean colour is a byte: 100.
    let image = Image(
      width: 6, height: 6,
      pixels: (0..<36).flatMap { pixel in
        [UInt8](repeating: [0, 1, 4, 5, 7].contains(pixel % 9) == (pixel < 18) ? 0 : 200, count: 3)
      })
    #expect(image.pixels.count { $0 == 0 } == 54)
    let classifier = try Small.classifier()
    let found = try Occlusion(classifier, patch: patch, stride: stride, pool: pool)(image, label: 1)
    let whole = try classifier(image).probabilities[1]
    let cells = (6 + stride - 1) / stride
    #expect(found.map.rows == cells && found.map.columns == cells)
    for cell in 0..<cells * cells {
      var painted = image
      for y in 0..<6 {
        for x in 0..<6 {
          let top = cell / cells * stride + stride / 2 - patch / 2
          let left = cell % cells * stride + stride / 2 - patch / 2
          guard (top..<top + patch).contains(y), (left..<left + patch).contains(x) else { continue }
          for channel in 0..<3 { painted.pixels[(y * 6 + x) * 3 + channel] = 100 }
        }
      }
      let expected = try whole - classifier(painted).probabilities[1]
      #expect(abs(found.map.values[cell] - expected) < 1e-5, "cell \(cell)")
    }
  }

  @Test("Squares that do not fit, or leave gaps, are refused", arguments: [(7, 1), (0, 1), (2, 3)])
  func wrongOcclusion(patch: Int, stride: Int) throws {
    let classifier = try Small.classifier()
    #expect(throws: UsageError.self) {
      _ = try Occlusion(classifier, patch: patch, stride: stride, pool: pool)
    }
  }

  /// A classifier that pads nothing, whose windows on a larger photo are one pixel apart.
  private func slidingClassifier() throws -> Classifier {
    var net = Network(input: [6, 6, 3])
    try net.add("conv1", Convolution2D(4, kernel: 3, activation: .relu), to: net.input)
    try net.add("pool", GlobalAveragePooling2D(), to: net.output)
    try net.add("scores", Dense(3, activation: .softmax), to: net.output)
    var random = SeededValues(seed: 6)
    let tensors = Dictionary(
      uniqueKeysWithValues: net.parameters.map { ($0.name, random.tensor($0.shape)) })
    return try Small.saved(net, tensors)
  }

  @Test("The class map of a photo of the trained size is what the classifier says of it")
  func smallClassMap() throws {
    for classifier in [try Small.classifier(), try slidingClassifier()] {
      let map = try ClassMap(of: Small.image(), by: classifier, scale: 1, pool: pool)
      #expect(map.rows == 1 && map.columns == 1 && map.labels == classifier.labels)
      let expected = try classifier(Small.image()).probabilities
      for (found, expected) in zip(map.probabilities, expected) {
        #expect(abs(found - expected) < 1e-6)
      }
    }
  }

  @Test("The class map of a large photo is what the classifier says of each of its parts")
  func largeClassMap() throws {
    let classifier = try slidingClassifier()
    let photo = Small.image(15, 12)
    let map = try ClassMap(of: photo, by: classifier, scale: 2, pool: pool)
    #expect(map.view == photo && map.rows == 7 && map.columns == 10)
    for row in 0..<map.rows {
      for column in 0..<map.columns {
        let part = try classifier(photo.cropped(x: column, y: row, width: 6, height: 6))
        let place = row * map.columns + column
        #expect(map.best[place] == part.best.index)
        for label in 0..<3 {
          #expect(abs(map.map(of: label).values[place] - part.probabilities[label]) < 1e-5)
        }
      }
    }
    #expect(map.key.reduce(0) { $0 + $1.places } == 70)
    #expect(map.key.map(\.places) == map.key.map(\.places).sorted(by: >))
    #expect(map.picture.width == 36 && map.picture(of: 0).height == 16)
  }

  @Test("A scale that makes no sense is refused", arguments: [0.5, 17, .nan])
  func wrongScale(scale: Double) throws {
    let classifier = try Small.classifier()
    #expect(throws: UsageError.self) {
      _ = try ClassMap(of: Small.image(), by: classifier, scale: scale, pool: pool)
    }
  }

  @Test("The nearest vectors are those that sorting all distances gives")
  func nearest() {
    var random = SeededValues(seed: 12)
    let vectors = random.values(200 * 5)
    let search = NearestPhotos(dimension: 5, vectors: vectors)
    for question in 0..<10 {
      let vector = random.values(5)
      let distances = (0..<200).map { index in
        (0..<5).reduce(Float(0)) {
          let difference = vectors[index * 5 + $1] - vector[$1]
          return $0 + difference * difference
        }.squareRoot()
      }
      let sorted = (0..<200).filter { $0 != question }
        .sorted { (distances[$0], $0) < (distances[$1], $1) }
      let found = search.nearest(to: vector, limit: 7) { $0 == question }
      #expect(found.map(\.index) == Array(sorted.prefix(7)))
      #expect(found.allSatisfy { $0.distance == distances[$0.index] })
    }
    #expect(
      NearestPhotos(dimension: 1, vectors: [3, 3, 0]).nearest(to: [0], limit: 9).map(\.index) == [
        2, 0, 1,
      ])
  }

  @Test("The picture that a linear unit answers to most is as bright as its weights say")
  func linearMaximum() throws {
    var net = Network(input: [8, 8, 3])
    try net.add("flat", Flatten(), to: net.input)
    try net.add("units", Dense(2, activation: .relu), to: net.output)
    var random = SeededValues(seed: 3)
    let kernel = random.tensor([192, 2])
    let tensors = ["units/kernel": kernel, "units/bias": Tensor(repeating: 0, [2])]
    var settings = ActivationMaximiser.Settings()
    (settings.jitter, settings.blur) = (0, 0)
    let climber = try ActivationMaximiser(net, tensors, .unit, settings, pool: pool)
    #expect(climber.channels == 2)
    for unit in 0..<2 {
      let found = try climber(channel: unit)
      let weights = stride(from: unit, to: 384, by: 2).map { kernel.values[$0] }
      let most = weights.reduce(0) { $0 + max($1, 0) }
      #expect(found.activation > 0.98 * most && found.activation < most * 1.0001)
      for (pixel, weight) in zip(found.image.pixels, weights) where abs(weight) > 0.2 {
        #expect(pixel == (weight > 0 ? 255 : 0))
      }
      #expect(try climber(channel: unit).image == found.image)
    }
  }

  @Test("A channel that is silent for noise is climbed before its ReLU")
  func silentChannel() throws {
    var net = Network(input: [8, 8, 3])
    try net.add("conv", Convolution2D(1, kernel: 1), to: net.input)
    try net.add("relu", ActivationLayer(.relu), to: net.output)
    // Silent below nine tenths of white.
    let tensors = [
      "conv/kernel": Tensor([1, 1, 3, 1], [1, 1, 1]), "conv/bias": Tensor([1], [-2.7]),
    ]
    let found = try ActivationMaximiser(net, tensors, .unit, pool: pool)(channel: 0)
    #expect(found.noise == 0 && found.activation > 0.25)
  }

  @Test(
    "Filters are pictures whose grey is nought; of a network that reads blue first, in their colours"
  )
  func filters() throws {
    var net = Network(input: [4, 4, 3])
    try net.add("conv", Convolution2D(2, kernel: 1), to: net.input)
    try net.add("next", Convolution2D(1, kernel: 1), to: net.output)
    // Filter 0: channel 0 only; filter 1: nothing.
    let tensors = [
      "conv/kernel": Tensor([1, 1, 3, 2], [-2, 0, 0, 0, 1, 0]), "conv/bias": Tensor([2], [0, 0]),
      "next/kernel": Tensor([1, 1, 2, 1], [4, -4]), "next/bias": Tensor([1], [0]),
    ]
    let rgb = try FilterPictures(net, tensors)
    #expect(rgb.layer == "conv")
    #expect(rgb.pictures.map(\.pixels) == [[0, 128, 191], [128, 128, 128]])
    let bgr = try FilterPictures(net, tensors, order: .bgr)
    #expect(bgr.pictures[0].pixels == [191, 128, 0])
    let next = try FilterPictures(net, tensors, layer: "next", order: .bgr)
    #expect(next.pictures.map(\.pixels) == [[255, 255, 255, 0, 0, 0]])
    #expect(rgb.picture().width == 2 * 40 + 6)
    #expect(throws: UsageError.self) { try FilterPictures(net, tensors, layer: "nowhere") }
    #expect(FilterPictures(.haar).pictures.count == 4)
  }

  @Test("The maps of a filter bank are the sums that its windows give")
  func bank() throws {
    let image = Image(
      width: 4, height: 3,
      pixels: (0..<12).flatMap { [UInt8](repeating: UInt8($0 % 4 * 51), count: 3) })
    let maps = try FeatureMaps(of: image, .sobel, pool: pool)
    // A slope of a fifth a pixel, twice, times 1 + 2 + 1; nothing downwards.
    #expect(maps.maps.count == 2 && maps.maps[0].rows == 1 && maps.maps[0].columns == 2)
    #expect(maps.maps[0].values.allSatisfy { abs($0 - 1.6) < 1e-5 })
    #expect(maps.maps[1].values.allSatisfy { abs($0) < 1e-5 })
    #expect(maps.view == image)
    #expect(throws: UsageError.self) {
      _ = try FeatureMaps(
        of: Image(width: 2, height: 9, pixels: [UInt8](repeating: 0, count: 54)), .sobel, pool: pool
      )
    }
  }
}

@Suite(
  "Looking into real networks", .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct RealLookingTests {
  private let pool = WorkerPool()

  private func mobilenet() throws -> Classifier {
    var source = Base.Source("mobilenet")
    source.alpha = 0.25
    source.weights = .file(try TestData.url("weights/mobilenet_2_5_224_tf.h5").path)
    return try Classifier(source)
  }

  @Test("A picture raises a class's score to more than ten times the size that noise gives")
  func activation() throws {
    let classifier = try mobilenet()
    let climber = try ActivationMaximiser(classifier, pool: pool)
    for name in ["zebra", "flamingo"] {
      let found = try climber(channel: classifier.index(of: name))
      #expect(
        found.activation > 10 * abs(found.noise), "\(name): \(found.noise), \(found.activation)")
      #expect(try classifier(found.image).best.label == name)
    }
  }

  @Test("The neighbours of bees are bees, nearly twice as often as by chance")
  func neighbours() throws {
    var source = Base.Source("mobilenetv2")
    source.weights = .file(
      try TestData.url("weights/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5")
        .path)
    let data = try TestData.url("datasets/hymenoptera")
    let report = try NeighbourJob(
      .base(source, nil), data: data.appending(path: "val").path,
      among: data.appending(path: "train").path
    ).run(pool: pool)
    #expect(report.rows.count == 153 && report.rows.allSatisfy { $0.neighbours.count == 5 })
    let (same, chance) = try (#require(report.sameClass), #require(report.chance))
    #expect(same > 1.8 * chance, "\(same) \(chance)")
  }
}
