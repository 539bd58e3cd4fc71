import Evaluation
import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Pictures beside a report's mistakes")
struct ReportLookTests {
  private let pool = WorkerPool(count: 2)

  /// A classifier of three classes of a model file, and photos of noise, of which it has some wrong.
  private func withEvaluation(
    _ network: Network, _ activation: Activation,
    _ body: (RunEvaluation, Classifier, TemporaryFolder) throws -> Void
  ) throws {
    let scratch = try TemporaryFolder()
    var random = SeededValues(seed: 3)
    let tensors = Dictionary(
      uniqueKeysWithValues: network.parameters.map { ($0.name, random.tensor($0.shape)) })
    let file = scratch.url.appending(path: "small.h5")
    try writeKerasModel(network, named: "small", tensors, metadata: nil, to: file)
    var source = Base.Source(file.path)
    source.preprocessing = .unit
    let classifier = try Classifier(source, labels: ["a", "b", "c"], resize: .squash)
    var photos: [Photo] = []
    for number in 0..<12 {
      let pixels = (0..<12 * 12 * 3).map { UInt8(($0 * (37 + number) + 11 * number) % 256) }
      let image = Image(width: 12, height: 12, pixels: pixels)
      try scratch.write("\(number).jpg", JPEG.encode(image, quality: 95))
      photos.append(Photo(path: "\(number).jpg", label: number % 3))
    }
    let isMultiLabel = activation == .sigmoid
    let evaluation = try classifier.evaluate(
      photos, below: scratch.url, split: "all",
      labelling: isMultiLabel ? .sets([[0], [1, 2], []]) : .exclusive, pool: pool)
    try body(evaluation, classifier, scratch)
  }

  private func convolutional(_ activation: Activation) throws -> Network {
    var net = Network(input: [6, 6, 3])
    try net.add("conv", Convolution2D(5, kernel: 3, activation: .relu), to: net.input)
    try net.add("pool", GlobalAveragePooling2D(), to: net.output)
    try net.add("scores", Dense(3, activation: activation), to: net.output)
    return net
  }

  @Test("are of the class that was said and of the right one, as Grad-CAM has them")
  func maps() throws {
    try withEvaluation(convolutional(.softmax), .softmax) { evaluation, classifier, scratch in
      let looked = try evaluation.looking(by: classifier, of: nil, pool: pool)
      #expect(!looked.report.mistakes.isEmpty && evaluation.report.looks == nil)
      let look = try GradCAM(classifier, pool: pool)
      for mistake in looked.report.mistakes {
        let seen = try #require(looked.report.looks?.photos[mistake.path])
        #expect(seen.maps.map(\.class) == [mistake.predicted, mistake.truth])
        let photo = try decodeImage(contentsOf: scratch.url.appending(path: mistake.path))
        for map in seen.maps {
          let evidence = try look(photo, label: map.class)
          #expect(map.isEmpty == (evidence.map.range.upperBound <= 0))
          let cover = evidence.map.over(
            evidence.view, range: 0...max(evidence.map.range.upperBound, 0))
          #expect(map.picture == (try JPEG.encode(cover, quality: 75)))
        }
        #expect(seen.nearest.isEmpty)
      }
      let html = try looked.report.html()
      #expect(html.contains("speaks for") && html.contains("by the layer “conv” (Grad-CAM)"))
      #expect(html.contains("has learnt from is not known here"))
      #expect(try !looked.report.json().contains("neighbours"))
    }
  }

  @Test("of photos with any number of classes are of what is wrongly named and of what is missed")
  func sets() throws {
    try withEvaluation(convolutional(.sigmoid), .sigmoid) { evaluation, classifier, _ in
      let looked = try evaluation.looking(by: classifier, of: nil, pool: pool)
      #expect(!looked.report.wrongPhotos.isEmpty)
      for photo in looked.report.wrongPhotos {
        let maps = try #require(looked.report.looks?.photos[photo.path]?.maps)
        let wrong = Set(photo.truths).symmetricDifference(photo.named)
        #expect(!maps.isEmpty && maps.count <= 2 && maps.allSatisfy { wrong.contains($0.class) })
      }
    }
  }

  @Test("of a network without an image within are said to be missing, and the photos are shown")
  func noMap() throws {
    var net = Network(input: [6, 6, 3])
    try net.add("flat", Flatten(), to: net.input)
    try net.add("scores", Dense(3, activation: .softmax), to: net.output)
    try withEvaluation(net, .softmax) { evaluation, classifier, _ in
      let looked = try evaluation.looking(by: classifier, of: nil, pool: pool)
      let looks = try #require(looked.report.looks)
      #expect(looks.photos.values.allSatisfy { $0.maps.isEmpty && $0.view != nil })
      #expect(looks.notes[0].hasPrefix("What speaks for a class is not shown: the network has no"))
    }
  }

  @Test("are missing, with the others, of photos that have gone since")
  func gone() throws {
    try withEvaluation(convolutional(.softmax), .softmax) { evaluation, classifier, scratch in
      let path = try #require(evaluation.report.mistakes.first?.path)
      try FileManager.default.removeItem(at: scratch.url.appending(path: path))
      let looked = try evaluation.looking(by: classifier, of: nil, pool: pool)
      #expect(looked.report.looks?.photos[path] == nil)
      let others = looked.report.mistakes.dropFirst()
      #expect(others.allSatisfy { looked.report.looks?.photos[$0.path]?.maps.count == 2 })
    }
  }
}
