import Foundation
import ImagePipeline
import ModelZoo
import TensorKernels
import Testing
import WeightFiles

@Suite(
  "Views of timm's weights", .enabled(if: TorchViews.folder != nil, "run Tools/torch-parity.sh"))
struct TorchViewTests {
  /// Half a level is what rounding the floats of either side may make of an equal byte.
  @Test("photos come to a network as timm's own transform brings them, within a level")
  func views() throws {
    let folder = try #require(TorchViews.folder)
    let index = try JSONDecoder().decode(
      TorchViews.self, from: Data(contentsOf: folder.appending(path: "kinds.json")))
    #expect(index.photos.count == 20 && index.kinds.count >= 8)
    var lines: [String] = []
    for kind in index.kinds {
      let place = folder.appending(path: kind)
      let configuration = try TimmConfiguration(contentsOf: place.appending(path: "config.json"))
      let model = try Model.named(
        "timm/resnet18", imageSize: configuration.imageSize, top: .features
      ).configured(by: configuration)
      let views = try Safetensors(contentsOf: place.appending(path: "views.safetensors")).tensors
      var (worst, equal) = (0.0, 0)
      for photo in index.photos {
        let name = String(photo.prefix { $0 != "." })
        let theirs = try #require(views["\(name)/kernel"]).values
        let image = try decodeImage(contentsOf: folder.appending(path: photo))
        var ours = [Float](repeating: .nan, count: theirs.count)
        ours.withUnsafeMutableBufferPointer { buffer in
          if let target = buffer.baseAddress {
            model.preprocessing.write(
              image, model.resize, size: configuration.imageSize, to: target)
          }
        }
        let levels = Self.levels(ours, theirs, model.preprocessing)
        #expect(levels <= 1.01, "\(kind), \(photo)")
        worst = max(worst, levels)
        if ours == theirs { equal += 1 }
      }
      lines.append("\(kind): at most \(worst) levels, \(equal) of \(index.photos.count) equal")
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(
      to: folder.appending(path: "found.txt"))
  }

  /// The largest difference in levels of a byte.
  private static func levels(_ ours: [Float], _ theirs: [Float], _ preprocessing: Preprocessing)
    -> Double
  {
    zip(ours, theirs).enumerated().reduce(0) { worst, item in
      let difference = abs(item.element.0 - item.element.1)
      guard difference.isFinite else { return .infinity }
      let scale = preprocessing.deviation[item.offset % 3] * preprocessing.divisor
      return max(worst, Double(difference * scale))
    }
  }
}

/// What `Tools/torch/make_views.py` has written into `$FINETUNE_TORCH_VIEWS`.
struct TorchViews: Decodable {
  var kinds: [String]
  var photos: [String]

  static let folder = ProcessInfo.processInfo.environment["FINETUNE_TORCH_VIEWS"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }
}
