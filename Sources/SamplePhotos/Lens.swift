import Files
import Glibc

/// What the camera does to the light: exposure, blur, vignette, colour, noise, compression.
struct Lens {
  /// Mean brightness aimed at, linear.
  var exposure: Float
  /// Standard deviation of the blur in pixels of a 192-pixel picture, along and across `blurTurn`.
  var blurAlong, blurAcross: Float
  var blurTurn: Float
  var vignette: Float
  /// Factors of red and blue.
  var warmth: Float
  var saturation: Float
  var contrast: Float
  /// Standard deviation of the sensor's noise, `0...1` of full scale.
  var noise: Float
  /// JPEG quality, `1...100`.
  var quality: Int
  /// A thing out of focus at the border: its place, direction, half width and colour.
  var veil: (x: Float, y: Float, turn: Float, width: Float, colour: Vector)?
  var seed: UInt64

  init(_ random: inout CounterRandom) {
    exposure = 0.27 * expf(random.bellShaped() * 0.3)
    let isShaken = random.chance(0.15)
    blurAcross = random.chance(0.6) ? random.between(0.2, 0.6) : random.between(0.6, 1.3)
    blurAlong = isShaken ? random.between(1, 2.5) : blurAcross
    blurTurn = random.chance(0.5) ? 0 : .pi / 2
    vignette = random.between(0, 0.5)
    warmth = random.bellShaped() * 0.08
    saturation = random.chance(0.06) ? 0 : random.between(0.7, 1.25)
    contrast = random.between(0.8, 1.25)
    noise = random.chance(0.7) ? random.between(0.003, 0.015) : random.between(0.015, 0.045)
    quality = 72 + random.remainder(24)
    veil = nil
    if random.chance(0.2) {
      let around = random.angle()
      let shade = random.between(0.02, 0.5)
      veil = (
        0.5 + 0.52 * cosine(around), 0.5 + 0.52 * sine(around), around + random.bellShaped() * 0.5,
        random.between(0.04, 0.15),
        Vector(shade * random.between(0.6, 1.2), shade, shade * random.between(0.6, 1.2))
      )
    }
    seed = random.next()
  }

  /// Turns linear light, [side, side], into 8-bit RGB, [side, side, 3].
  func develop(_ light: [Vector], side: Int) -> [UInt8] {
    var picture = light
    if let veil { cover(&picture, side, veil) }
    let scale = Float(side) / 192
    let isUpright = blurTurn != 0
    picture = blurred(picture, side, (isUpright ? blurAcross : blurAlong) * scale, step: 1)
    picture = blurred(picture, side, (isUpright ? blurAlong : blurAcross) * scale, step: side)
    var sum: Float = 0
    for pixel in picture { sum += min(0.3 * pixel.x + 0.6 * pixel.y + 0.1 * pixel.z, 1.2) }
    let gain = exposure / max(sum / Float(picture.count), 0.02)
    let balance = Vector(1 + warmth, 1, 1 - warmth) * gain
    var random = CounterRandom(key: seed)
    return [UInt8](unsafeUninitializedCapacity: side * side * 3) { bytes, count in
      for y in 0..<side {
        for x in 0..<side {
          var colour = picture[y * side + x] * balance
          let (u, v) = (Float(x) / Float(side) - 0.5, Float(y) / Float(side) - 0.5)
          colour *= 1 - vignette * 2 * (u * u + v * v)
          let grey = 0.3 * colour.x + 0.6 * colour.y + 0.1 * colour.z
          colour = mix(Vector(repeating: grey), colour, saturation)
          let bits = random.next()
          let grain = Vector(
            Float(bits & 0xFFFF) + Float((bits >> 16) & 0xFFFF),
            Float((bits >> 16) & 0xFFFF) + Float((bits >> 32) & 0xFFFF),
            Float((bits >> 32) & 0xFFFF) + Float(bits >> 48))
          let noisy = (grain / 65536 - 1) * (2.45 * noise)
          for channel in 0..<3 {
            // A shoulder keeps highlights from clipping; the square root is screens' gamma.
            let linear = max(colour[channel], 0)
            let tone = (linear * (1 + linear * 0.1) / (1 + linear * 0.55)).squareRoot()
            let value = 0.5 + (tone - 0.5) * contrast + noisy[channel]
            bytes[(y * side + x) * 3 + channel] = UInt8(clamp(value * 255 + 0.5, 0, 255))
          }
        }
      }
      count = side * side * 3
    }
  }

  /// A soft bar from the border inwards.
  private func cover(
    _ picture: inout [Vector], _ side: Int,
    _ veil: (x: Float, y: Float, turn: Float, width: Float, colour: Vector)
  ) {
    let (c, s) = (cosine(veil.turn), sine(veil.turn))
    for y in 0..<side {
      for x in 0..<side {
        let (dx, dy) = (Float(x) / Float(side) - veil.x, Float(y) / Float(side) - veil.y)
        let along = dx * c + dy * s
        // A capsule from 0.2 inside the picture outwards.
        let beyond = along < -0.2 ? along + 0.2 : 0
        let d = length(beyond, dy * c - dx * s) - veil.width
        let share = 1 - smoothStep(-0.05, 0.05, d)
        if share > 0 { picture[y * side + x] = mix(picture[y * side + x], veil.colour, share) }
      }
    }
  }

  /// A Gaussian along rows (`step` 1) or columns (`step` side).
  private func blurred(_ picture: [Vector], _ side: Int, _ deviation: Float, step: Int) -> [Vector]
  {
    guard deviation > 0.15 else { return picture }
    let reach = Int((2.5 * deviation).rounded(.up))
    var weights = (0...reach).map { expf(-Float($0 * $0) / (2 * deviation * deviation)) }
    let total = weights[0] + 2 * weights.dropFirst().reduce(0, +)
    for index in weights.indices { weights[index] /= total }
    var result = picture
    for y in 0..<side {
      for x in 0..<side {
        let at = step == 1 ? x : y
        let base = y * side + x
        var sum = picture[base] * weights[0]
        for k in 1...reach {
          sum += picture[base - min(k, at) * step] * weights[k]
          sum += picture[base + min(k, side - 1 - at) * step] * weights[k]
        }
        result[base] = sum
      }
    }
    return result
  }
}
