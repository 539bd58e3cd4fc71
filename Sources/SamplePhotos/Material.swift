import Files

/// What a surface is made of: two colours, the pattern that mixes them, and its shine.
///
/// Colours are linear light, `0...1`.
struct Material {
  var pattern: Pattern
  var first: Vector
  var second: Vector
  /// Pattern periods per unit of length.
  var frequency: Float
  var seed: Int32
  /// Strength and narrowness of the highlight.
  var shine: Float
  var gloss: Float
  /// How much of the surroundings it mirrors, `0...1`.
  var metal: Float

  /// Patterns that objects and grounds are made of. Each set of classes has its own, so that a base
  /// pretrained on one set has not seen the surfaces of the other.
  enum Pattern: CaseIterable {
    // The sample's.
    case plain, grain, weave, stone, stripes, clouds
    // The pretraining set's.
    case bricks, tiles, checks, dots, marble, ripples, blades, rust

    static let sample: [Pattern] = [.plain, .grain, .weave, .stone, .stripes, .clouds]
    static let pretraining: [Pattern] = [
      .plain, .bricks, .tiles, .checks, .dots, .marble, .ripples, .blades, .rust,
    ]
  }

  /// The colour at a point of the surface.
  /// - Parameter blur: the width of a pixel in units of length; finer detail fades out.
  func colour(_ x: Float, _ y: Float, blur: Float) -> Vector {
    let fade = clamp(1.5 - 2.5 * blur * frequency, 0, 1)
    let t = pattern.value(x * frequency, y * frequency, seed)
    return mix(first, second, 0.4 + (t - 0.4) * fade)
  }
}

extension Material.Pattern {
  /// The share of the second colour, about `0...1`, with one period about 1 long.
  func value(_ x: Float, _ y: Float, _ seed: Int32) -> Float {
    switch self {
    case .plain: return 0.35 + 0.25 * fractalNoise(x * 0.7, y * 0.7, seed, octaves: 2)
    case .grain:  // planks, each with its own shade and rings
      let plank = floorInt(y * 0.8)
      let shade = lattice(plank, seed, 3)
      let along = x * 0.25 + shade * 31
      let rings = noise(along, y * 3 + shade * 7, seed) * 5 + y * 2
      let fine = fractalNoise(x * 0.9, y * 14, seed &+ 9, octaves: 2)
      let edge = abs(fraction(y * 0.8) - 0.5) > 0.485 ? Float(0.5) : 0
      return 0.2 + 0.35 * abs(fraction(rings) - 0.5) + 0.3 * fine + 0.35 * shade + edge - 0.2
    case .weave:  // threads over and under, in a tartan of broad bands
      let over = (floorInt(x * 5) &+ floorInt(y * 5)) & 1 == 0
      let thread = over ? abs(fraction(y * 5) - 0.5) : abs(fraction(x * 5) - 0.5)
      let bandX = lattice(floorInt(x * 0.9), seed, 1) > 0.6 ? Float(1) : 0
      let bandY = lattice(floorInt(y * 0.9), seed, 2) > 0.6 ? Float(1) : 0
      return 0.3 * thread + 0.4 * (over ? bandX : bandY) + 0.25 * noise(x * 0.6, y * 0.6, seed)
    case .stone:
      let cell = cells(x, y, seed)
      let crack = smoothStep(0, 0.09, cell.second - cell.nearest)
      let speckle = fractalNoise(x * 6, y * 6, seed, octaves: 2)
      return 1 - crack * (0.35 + 0.45 * cell.id + 0.3 * (speckle - 0.5))
    case .stripes:
      let wave = fraction(x + 0.15 * noise(x, y * 0.5, seed))
      let width = 0.3 + 0.4 * lattice(seed, 5, 5)
      return smoothStep(0, 0.04, wave) * (1 - smoothStep(width, width + 0.04, wave))
        + 0.12 * noise(x * 6, y * 6, seed)
    case .clouds: return smoothStep(0.2, 0.8, fractalNoise(x * 0.8, y * 0.8, seed, octaves: 5))
    case .bricks:
      let row = floorInt(y * 2)
      let shifted = x + (row & 1 == 0 ? 0.5 : 0)
      let (u, v) = (fraction(shifted), fraction(y * 2))
      let joint = min(min(u, 1 - u), min(v, 1 - v) * 0.5)
      let shade = lattice(floorInt(shifted), row, seed)
      return 1 - smoothStep(0.02, 0.05, joint) * (0.55 + 0.4 * shade)
        + 0.2 * (noise(x * 7, y * 7, seed) - 0.5)
    case .tiles:
      let (u, v) = (fraction(x), fraction(y))
      let joint = min(min(u, 1 - u), min(v, 1 - v))
      let ornament = smoothStep(0.02, 0.06, abs(length(u - 0.5, v - 0.5) - 0.3))
      return 1 - smoothStep(0.02, 0.035, joint) * (0.5 + 0.5 * ornament)
    case .checks:
      let even = (floorInt(x) &+ floorInt(y)) & 1 == 0
      return (even ? 0.15 : 0.85) + 0.2 * (fractalNoise(x * 3, y * 3, seed, octaves: 2) - 0.5)
    case .dots:
      let row = floorInt(y)
      let u = fraction(x + (row & 1 == 0 ? 0.5 : 0)) - 0.5
      return 1 - smoothStep(0.24, 0.29, length(u, fraction(y) - 0.5))
    case .marble:
      let bend = fractalNoise(x * 0.7, y * 0.7, seed, octaves: 4)
      let vein = abs(fraction(x * 0.5 + y * 0.2 + bend * 2.2) - 0.5) * 2
      return 1 - smoothStep(0, 0.35, vein) * (0.7 + 0.3 * bend)
    case .ripples:
      let bend = fractalNoise(x * 0.5, y * 0.5, seed, octaves: 2)
      return abs(fraction(y * 1.2 + bend * 2.5) - 0.5) * 1.6 + 0.25 * noise(x * 16, y * 16, seed)
    case .blades:  // short strokes, as of grass or fur
      let lean = noise(x * 0.4, y * 0.4, seed)
      let stroke = noise(x * 9 + lean * 8, y * 1.6, seed &+ 1)
      return smoothStep(
        0.25, 0.8, 0.6 * stroke + 0.4 * fractalNoise(x * 2, y * 2, seed, octaves: 2))
    case .rust:
      let patch = smoothStep(0.45, 0.6, fractalNoise(x * 0.9, y * 0.9, seed, octaves: 4))
      return patch * (0.6 + 0.4 * noise(x * 8, y * 8, seed))
    }
  }
}

/// Draws colours and materials; every class draws from the same, so that colour tells nothing.
struct Palette {
  let patterns: [Material.Pattern]

  /// A colour as photos have them: mostly muted, sometimes vivid, sometimes nearly grey.
  func colour(_ random: inout CounterRandom, light: ClosedRange<Float> = 0.18...0.95) -> Vector {
    let hue = random.unit()
    let saturation =
      random.chance(0.3) ? random.between(0, 0.12) : 0.12 + 0.68 * random.unit() * random.unit()
    let value = random.between(light.lowerBound, light.upperBound)
    // Hue, saturation, value to RGB; squared, because screens' gamma is about 2.
    func channel(_ offset: Float) -> Float {
      let ramp = clamp(abs(fraction(hue + offset) * 6 - 3) - 1, 0, 1)
      let level = value * mix(1, ramp, saturation)
      return level * level
    }
    return Vector(channel(1), channel(2.0 / 3), channel(1.0 / 3))
  }

  /// A colour near another one.
  func relative(_ colour: Vector, _ random: inout CounterRandom) -> Vector {
    let other = self.colour(&random)
    let shift = random.chance(0.6) ? random.between(0.1, 0.35) : random.between(0.5, 1)
    return mix(colour * random.between(0.45, 1.3), other, shift)
  }

  /// What an object is made of, `frequency` being for an object about 2 long.
  func material(_ random: inout CounterRandom) -> Material {
    let first = colour(&random)
    let isMetal = random.chance(0.25)
    let isPlain = random.chance(0.5)
    return Material(
      pattern: isPlain || isMetal ? .plain : random.pick(patterns),
      first: isMetal ? mix(first, Vector(repeating: 0.45), 0.7) : first,
      second: relative(first, &random),
      frequency: random.between(1, 3.5), seed: Int32(truncatingIfNeeded: random.next() & 0xFFFF),
      shine: random.chance(0.6) ? random.between(0.15, 0.9) : 0.05,
      gloss: random.between(8, 90), metal: isMetal ? random.between(0.4, 0.85) : 0)
  }

  /// Materials of one object: the first a fresh one, the others like it, contrasting or fresh.
  func materials(_ count: Int, _ random: inout CounterRandom) -> [Material] {
    let main = material(&random)
    var all = [main]
    while all.count < count {
      var other = material(&random)
      if random.chance(0.45) {
        let seed = other.seed
        other = main
        other.seed = seed
        other.first = relative(main.first, &random)
        other.second = relative(other.first, &random)
      }
      all.append(other)
    }
    return all
  }

  /// What the ground or a wall is made of.
  func ground(_ random: inout CounterRandom) -> Material {
    let first = colour(&random, light: 0.25...0.9)
    return Material(
      pattern: random.pick(patterns), first: first,
      second: mix(first, relative(first, &random), random.between(0.35, 1)),
      frequency: random.between(0.5, 2.2), seed: Int32(truncatingIfNeeded: random.next() & 0xFFFF),
      shine: random.chance(0.3) ? random.between(0.1, 0.4) : 0, gloss: random.between(6, 40),
      metal: 0)
  }
}
