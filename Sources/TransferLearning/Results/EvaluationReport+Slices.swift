import Evaluation
import Files
import Foundation
import ImagePipeline
import TensorKernels

extension EvaluationReport {
  /// Adds how the classifier does on photos that were taken or stored in a certain way, and which such properties alone
  /// tell the class. Photos that cannot be read any more are left out.
  /// - Parameters:
  ///   - rows: what was predicted, of photos with one class each.
  ///   - side: the shorter side of the network's input, in pixels.
  mutating func addSlices(
    _ rows: [PredictionRow], below root: URL, side: Int, maximumPixels: Int, pool: WorkerPool
  ) {
    let read = pool.map(rows.count) { index in
      try? PhotoTraits(
        contentsOf: root.file(at: rows[index].path), maximumPixels: maximumPixels)
    }
    let known = zip(rows, read).compactMap { row, traits in traits.map { (row: row, traits: $0) } }
    guard !known.isEmpty else { return }
    let (rows, traits) = (known.map(\.row), known.map(\.traits))
    slices = Self.slices(traits, side: side).compactMap {
      PhotoSlice($0.name, meaning: $0.meaning, isIn: traits.map($0.isIn), rows: rows)
    }
    tellingProperties = Self.properties(traits).compactMap {
      TellingProperty($0.name, values: $0.values, classes: rows.map(\.truth))
    }
  }

  private typealias Slice = (name: String, meaning: String, isIn: (PhotoTraits) -> Bool)

  private static func slices(_ traits: [PhotoTraits], side: Int) -> [Slice] {
    func quantile(_ share: Double, _ value: (PhotoTraits) -> Double) -> Double {
      let sorted = traits.map(value).sorted()
      return sorted[Int(share * Double(sorted.count - 1))]
    }
    let dark = quantile(0.1, \.brightness)
    let bright = quantile(0.9, \.brightness)
    let soft = quantile(0.1, \.sharpness)
    return [
      ("dark", "the darkest tenth", { $0.brightness <= dark }),
      ("bright", "the brightest tenth", { $0.brightness >= bright }),
      ("blurred", "the tenth with the softest edges", { $0.sharpness <= soft }),
      ("grey", "hardly any colour", { $0.colourfulness < 0.02 }),
      ("small", "shorter side below \(side) pixels", { min($0.width, $0.height) < side }),
      (
        "long", "one side at least twice the other",
        { 2 * min($0.width, $0.height) <= max($0.width, $0.height) }
      ),
      ("turned", "stored sideways or mirrored, turned by EXIF", \.isTurned),
      ("compressed", "JPEG of quality below 60", { $0.jpegQuality.map { $0 < 60 } ?? false }),
    ]
  }

  private typealias Property = (name: String, values: [Double])

  private static func properties(_ traits: [PhotoTraits]) -> [Property] {
    var properties: [Property] = []
    func add(_ name: String, _ value: (PhotoTraits) -> Double) {
      properties.append((name, traits.map(value)))
    }
    add("brightness", \.brightness)
    add("contrast", \.contrast)
    add("sharpness", \.sharpness)
    add("colourfulness", \.colourfulness)
    add("size in pixels") { Double($0.width) * Double($0.height) }
    add("shape") { Double($0.width) / Double($0.height) }
    if traits.allSatisfy({ $0.jpegQuality != nil }) {
      add("JPEG quality") { Double($0.jpegQuality ?? 0) }
    }
    return properties
  }
}
