import Foundation

/// Numbers as colours: equal steps of a number are equal steps of lightness, so that a map can be read in grey and
/// by people who tell few hues apart.
///
/// Colours are laid out in Oklab (Ottosson, 2020), whose distances are those that people see.
public struct ColourMap: Sendable {
  /// Lightness, `0...1`, at both ends.
  private let lightness: (dark: Double, bright: Double)
  /// In the middle, and how much more there is at the ends.
  private let chroma: (middle: Double, more: Double)
  /// In degrees, at both ends.
  private let hue: (dark: Double, bright: Double)

  /// From dark violet by blue and green to bright yellow.
  public static let violetToYellow = ColourMap(
    lightness: (0.26, 0.92), chroma: (0.09, 0.05), hue: (300, 100))
  /// From black to white.
  public static let gray = ColourMap(lightness: (0, 1), chroma: (0, 0), hue: (0, 0))

  /// The colour of a number.
  /// - Parameter value: `0...1`; what is beyond gets the colour of the nearer end, what is no number that of 0.
  /// - Returns: red, green and blue, `0...255`.
  public func callAsFunction(_ value: Float) -> SIMD3<UInt8> {
    let share = value > 0 ? Double(min(value, 1)) : 0
    func between(_ ends: (Double, Double)) -> Double { ends.0 + (ends.1 - ends.0) * share }
    let fromMiddle = 2 * share - 1
    return Self.colour(
      lightness: between(lightness), chroma: chroma.middle + chroma.more * fromMiddle * fromMiddle,
      hue: between(hue))
  }

  /// Colours that are equally light, for kinds of things; the first ones are the most different.
  public static func kinds(_ count: Int) -> [SIMD3<UInt8>] {
    // Steps of the golden angle come nowhere near a hue that there was for long.
    (0..<count).map { colour(lightness: 0.7, chroma: 0.11, hue: 25 + 137.508 * Double($0)) }
  }

  /// A colour of Oklab as bytes of sRGB.
  private static func colour(lightness: Double, chroma: Double, hue: Double) -> SIMD3<UInt8> {
    let a = chroma * cos(hue * .pi / 180)
    let b = chroma * sin(hue * .pi / 180)
    func cubed(_ x: Double) -> Double { x * x * x }
    let l = cubed(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let m = cubed(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let s = cubed(lightness - 0.0894841775 * a - 1.2914855480 * b)
    return SIMD3(
      byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
      byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
      byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
  }

  /// A byte of sRGB (IEC 61966-2-1) of linear light, `0...1`.
  private static func byte(_ light: Double) -> UInt8 {
    let value = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
    return UInt8(min(255, max(0, (255 * value).rounded())))
  }
}
