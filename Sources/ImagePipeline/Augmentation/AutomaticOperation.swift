import Files
import Glibc
import TensorKernels

/// The operations that RandAugment and TrivialAugment choose from: the fourteen of both papers.
package enum AutomaticOperation: CaseIterable {
  case identity, shearX, shearY, translateX, translateY, rotate
  case brightness, color, contrast, sharpness, posterize, solarize, autocontrast, equalize

  /// What an operation does at strength 1: in proportion for less, one way or the other where there are two.
  package struct Space {
    /// The slope.
    let shear: Double
    /// Of the side.
    let translation: Double
    let degrees: Double
    /// How far a factor is from 1.
    let enhancement: Double
    /// Bits lost.
    let bits: Double

    /// Cubuk et al. 2020, with the numbers of torchvision's `RandAugment`.
    package static let randAugment = Space(
      shear: 0.3, translation: 150.0 / 331, degrees: 30, enhancement: 0.9, bits: 4)
    /// Müller and Hutter 2021, table 6, "wide"; 32 pixels of 224.
    package static let wide = Space(
      shear: 0.99, translation: 32.0 / 224, degrees: 135, enhancement: 0.99, bits: 6)
  }

  package enum Effect: Hashable {
    case move(Move)
    case colour(ColourOperation)
    case nothing
  }

  /// - Parameters:
  ///   - strength: `0...1`.
  ///   - sign: 1 or −1, which way it goes.
  package func effect(in space: Space, strength: Double, sign: Double) -> Effect {
    let signed = strength * sign
    switch self {
    case .identity: return .nothing
    case .shearX: return .move(.shearX(space.shear * signed))
    case .shearY: return .move(.shearY(space.shear * signed))
    case .translateX: return .move(.translation(x: space.translation * signed, y: 0))
    case .translateY: return .move(.translation(x: 0, y: space.translation * signed))
    case .rotate: return .move(.rotation(degrees: space.degrees * signed))
    case .brightness: return .colour(.brightness(1 + space.enhancement * signed))
    case .color: return .colour(.saturation(1 + space.enhancement * signed))
    case .contrast: return .colour(.contrast(1 + space.enhancement * signed))
    case .sharpness: return .colour(.sharpness(1 + space.enhancement * signed))
    case .posterize: return .colour(.posterize(bits: 8 - Int((space.bits * strength).rounded())))
    // From 256 and not from torchvision's 255, which turns white into black at strength 0.
    case .solarize: return .colour(.solarize(threshold: Int((256 * (1 - strength)).rounded())))
    case .autocontrast: return .colour(.autocontrast)
    case .equalize: return .colour(.equalize)
    }
  }

  /// The operations of one view, in their order.
  static func draw(_ augmentation: Augmentation, random: inout CounterRandom) -> [Effect] {
    func one(_ space: Space, _ strength: Double) -> Effect {
      let operation = allCases[random.below(allCases.count)]
      let sign = random.uniform() < 0.5 ? 1.0 : -1
      return operation.effect(in: space, strength: strength, sign: sign)
    }
    if let recipe = augmentation.randAugment {
      return (0..<recipe.operations).map { _ in one(.randAugment, recipe.magnitude / 30) }
    }
    guard augmentation.trivialAugment else { return [] }
    return [one(.wide, Double(random.below(31)) / 30)]
  }
}
