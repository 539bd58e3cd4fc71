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
  package init?(_ erasing: Augmentation.Erasing, side: Int, random: inout CounterRandom) {
    guard random.uniform() < erasing.probability else { return nil }
    let aspects = erasing.aspect
    for _ in 0..<100 {
      let area =
        Double(side * side)
        * random.uniform(erasing.area.lowerBound, erasing.area.upperBound)
      let aspect = exp(random.uniform(log(aspects.lowerBound), log(aspects.upperBound)))
      let height = Int((area * aspect).squareRoot().rounded())
      let width = Int((area / aspect).squareRoot().rounded())
      guard (1...side).contains(width), (1...side).contains(height) else { continue }
      (self.width, self.height) = (width, height)
      x = random.below(side - width + 1)
      y = random.below(side - height + 1)
      fill = erasing.fill
      key = random.next()
      return
    }
    return nil
  }

  func run(on pixels: UnsafeMutablePointer<UInt8>, side: Int) {
    for row in y..<y + height {
      let line = pixels + (row * side + x) * 3
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
