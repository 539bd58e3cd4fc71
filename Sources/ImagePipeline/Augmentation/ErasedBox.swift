import Files
import Glibc
import TensorKernels

/// A rectangle of a view that is blotted out.
package struct ErasedBox: Hashable {
  package let x: Int
  package let y: Int
  package let width: Int
  package let height: Int
  package let fill: Augmentation.Erasing.Fill
  /// What the noise is made from.
  package let key: UInt64

  /// Zhong et al. 2020, algorithm 1; `nil` by chance, or if a hundred rectangles did not fit.
  package init?(_ erasing: Augmentation.Erasing, size: ImageSize, random: inout CounterRandom) {
    guard random.uniform() < erasing.probability else { return nil }
    let aspects = erasing.aspect
    for _ in 0..<100 {
      let area =
        Double(size.area)
        * random.uniform(erasing.area.lowerBound, erasing.area.upperBound)
      let aspect = exp(random.uniform(log(aspects.lowerBound), log(aspects.upperBound)))
      let height = Int((area * aspect).squareRoot().rounded())
      let width = Int((area / aspect).squareRoot().rounded())
      guard (1...size.width).contains(width), (1...size.height).contains(height) else {
        continue
      }
      (self.width, self.height) = (width, height)
      x = random.below(size.width - width + 1)
      y = random.below(size.height - height + 1)
      fill = erasing.fill
      key = random.next()
      return
    }
    return nil
  }

  /// - Parameter viewWidth: of the view, in pixels.
  func run(on pixels: UnsafeMutablePointer<UInt8>, width viewWidth: Int) {
    for row in y..<y + height {
      let line = pixels + (row * viewWidth + x) * 3
      for place in 0..<width * 3 {
        switch fill {
        case .black: line[place] = 0
        case .mean: line[place] = meanColour[place % 3]
        case .noise:
          line[place] = UInt8(
            truncatingIfNeeded: CounterRandom.mix(key, UInt64((row - y) * width * 3 + place)) >> 56)
        }
      }
    }
  }
}
