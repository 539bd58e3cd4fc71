import Files
import ImagePipeline

/// A set of classes that the program can draw photos of.
public enum SampleSet: String, CaseIterable, Codable, Sendable {
  /// The few classes of `finetune sample`, to try fine-tuning on.
  case sample
  /// The many classes that the embedded base was pretrained on. No class and, apart from plain
  /// surfaces, no pattern is in both sets.
  case pretraining

  /// The names of the classes, sorted.
  public var classes: [String] { shapes.map(\.name) }

  /// A photo of a class, as the sensor gives it: the same for the same arguments.
  /// - Parameters:
  ///   - index: of the class, in `classes`.
  ///   - number: of the photo, any.
  ///   - seed: another seed draws other photos of the same classes.
  ///   - size: side in pixels, at least 16.
  public func photo(class index: Int, number: Int, seed: UInt64, size: Int) -> Image {
    draw(class: index, number: number, seed: seed, size: size).image
  }

  /// A photo and the quality with which its camera writes JPEG, `1...100`.
  func draw(
    class index: Int, number: Int, seed: UInt64, size: Int
  ) -> (image: Image, quality: Int) {
    precondition(size >= 16, "a photo is at least 16 pixels wide")
    let key: UInt64 = self == .sample ? 1 : 2
    var random = CounterRandom(key: seed, key, UInt64(index), UInt64(number))
    let patterns = self == .sample ? Material.Pattern.sample : Material.Pattern.pretraining
    let scene = Scene(
      of: shapes[index].build, palette: Palette(patterns: patterns), random: &random)
    let light = Renderer.draw(scene, side: size)
    return (
      Image(width: size, height: size, pixels: scene.lens.develop(light, side: size)),
      scene.lens.quality
    )
  }

  private var shapes: [(name: String, build: ShapeBuilder)] {
    self == .sample ? SampleShapes.all : PretrainingShapes.all
  }
}
