import Files

/// Tools and small things of daily use.
extension PretrainingShapes {
  static func bell(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var bell = Sculpture(palette.materials(2, &random))
    let (top, bottom) = (random.between(0.25, 0.38), random.between(0.5, 0.68))
    bell.add(.frustum(bottom: bottom, top: top, half: 0.4), at: Vector(0, 0.45, 0), rounding: 0.02)
    bell.add(.sphere(top), at: Vector(0, 0.86, 0), blend: 0.1)
    bell.add(.torus(ring: bottom, tube: 0.06), at: Vector(0, 0.08, 0), blend: 0.08)
    bell.cut(.frustum(bottom: bottom - 0.06, top: top - 0.05, half: 0.42), at: Vector(0, 0.36, 0))
    bell.add(.sphere(0.11), at: Vector(0, 0.08, 0), material: 1)
    if random.chance(0.5) {
      bell.add(
        .torus(ring: 0.12, tube: 0.035), at: Vector(0, 1 + top, 0), turned: .aboutX(.pi / 2),
        material: 1)
    } else {
      bell.add(.capsule(radius: 0.07, half: 0.28), at: Vector(0, 1.1 + top, 0), material: 1)
    }
    bell.poses = [.standing, .standing, .lying]
    return bell
  }

  static func candle(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var candle = Sculpture(palette.materials(3, &random))
    let (radius, half) = (random.between(0.1, 0.2), random.between(0.3, 0.6))
    candle.add(.cylinder(radius: radius, half: half), at: Vector(0, half + 0.1, 0), rounding: 0.02)
    candle.add(.capsule(radius: 0.018, half: 0.06), at: Vector(0, 2 * half + 0.17, 0), material: 1)
    candle.add(
      .ellipsoid(Vector(0.06, 0.15, 0.06)), at: Vector(0, 2 * half + 0.32, 0), material: 2)
    // A flame is bright whatever the light.
    candle.materials[2].first = Vector(2.2, 1.5, 0.5)
    candle.materials[2].second = Vector(2.4, 1.9, 0.9)
    candle.materials[2].metal = 0
    let plate = random.between(0.35, 0.55)
    candle.add(
      .cylinder(radius: plate, half: 0.025), at: Vector(0, 0.05, 0), material: 1, rounding: 0.025)
    if random.chance(0.5) {
      candle.add(
        .torus(ring: 0.13, tube: 0.03), at: Vector(plate + 0.1, 0.07, 0), material: 1)
    }
    return candle
  }

  static func die(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var die = Sculpture(palette.materials(2, &random))
    die.materials[0].pattern = .plain
    let isDark = die.materials[0].first.y < 0.3
    die.materials[1].first = Vector(repeating: isDark ? 0.8 : 0.03)
    die.materials[1].second = die.materials[1].first
    die.materials[1].metal = 0
    let round = random.between(0.05, 0.16)
    die.add(.box(Vector(repeating: 0.6 - round)), at: Vector(0, 0.6, 0), rounding: round)
    let pip = random.between(0.1, 0.14)
    // One cut makes the pips of two opposite faces where both are mirrored.
    die.cut(.sphere(pip), at: Vector(0, 1.24, 0), material: 1)
    die.cut(.sphere(pip), at: Vector(0.28, 0.88, 0.64), material: 1, mirrorX: true)
    die.cut(.sphere(pip), at: Vector(0.28, 0.32, 0.64), material: 1, mirrorX: true)
    for y: Float in [0.32, 0.6, 0.88] {
      die.cut(.sphere(pip), at: Vector(0.64, y, (y - 0.6)), material: 1)
      die.cut(.sphere(pip), at: Vector(-0.64, y, 0.28), material: 1, mirrorZ: true)
    }
    die.poses = [.standing, .tipped]
    return die
  }

  static func dumbbell(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var dumbbell = Sculpture(palette.materials(2, &random))
    let half = random.between(0.4, 0.65)
    let weight = random.between(0.26, 0.42)
    let side = Rotation.aboutZ(.pi / 2)
    dumbbell.add(.capsule(radius: random.between(0.06, 0.1), half: half), turned: side, material: 1)
    switch random.remainder(3) {
    case 0: dumbbell.add(.sphere(weight), at: Vector(half, 0, 0), mirrorX: true)
    case 1:
      dumbbell.add(
        .prism(sides: 6, radius: weight, half: 0.2), at: Vector(half, 0, 0), turned: side,
        rounding: 0.03, mirrorX: true)
    default:
      for (place, size) in [(0, 1), (0.14, 0.8), (-0.14, 0.9)] as [(Float, Float)] {
        dumbbell.add(
          .cylinder(radius: weight * size, half: 0.045), at: Vector(half + place, 0, 0),
          turned: side,
          rounding: 0.02, mirrorX: true)
      }
    }
    return dumbbell
  }

  static func gear(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var gear = Sculpture(palette.materials(2, &random))
    let half = random.between(0.06, 0.2)
    let teeth = 7 + random.remainder(10)
    let radius = random.between(0.62, 0.72)
    gear.add(
      .gear(teeth: Float(teeth), radius: radius, tooth: random.between(0.1, 0.16), half: half),
      at: Vector(0, half, 0), rounding: 0.01)
    gear.cut(.cylinder(radius: random.between(0.1, 0.25), half: 1), material: 1)
    if random.chance(0.5) {
      let hole = radius * 0.2
      for index in 0..<5 {
        let angle = Float(index) * 0.4 * .pi
        gear.cut(
          .cylinder(radius: hole, half: 1),
          at: Vector(radius * 0.62 * cosine(angle), 0, radius * 0.62 * sine(angle)))
      }
    }
    gear.poses = [.flat, .flat, .tipped]
    return gear
  }

  static func glasses(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var glasses = Sculpture(palette.materials(2, &random))
    let ring = random.between(0.26, 0.36)
    let tube = random.between(0.025, 0.05)
    let upright = Rotation.aboutX(.pi / 2)
    if random.chance(0.6) {
      glasses.add(
        .torus(ring: ring, tube: tube), at: Vector(ring + 0.12, ring, 0), turned: upright,
        mirrorX: true)
    } else {
      glasses.add(
        .prism(sides: 4, radius: ring, half: 0.02), at: Vector(ring + 0.12, ring, 0),
        turned: upright.after(.aboutY(.pi / 4 * 0)), rounding: tube, mirrorX: true)
      glasses.cut(
        .prism(sides: 4, radius: ring - tube * 0.6, half: 1), at: Vector(ring + 0.12, ring, 0),
        turned: upright, mirrorX: true)
    }
    if random.chance(0.5) {  // dark glass
      glasses.add(
        .cylinder(radius: ring, half: 0.01), at: Vector(ring + 0.12, ring, 0), turned: upright,
        material: 1, mirrorX: true)
    }
    glasses.add(
      .arc(ring: 0.13, tube: tube, aperture: 1.2), at: Vector(0, ring * 1.05, 0))
    let arm = random.between(0.4, 0.6)
    glasses.add(
      .capsule(radius: tube * 0.9, half: arm), at: Vector(2 * ring + 0.15, ring * 1.15, -arm),
      turned: upright, mirrorX: true)
    glasses.poses = [.standing, .standing, .tipped]
    return glasses
  }

  static func hammer(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var hammer = Sculpture(palette.materials(2, &random))
    let shaft = random.between(0.65, 0.9)
    let thick = random.between(0.055, 0.09)
    hammer.add(
      .frustum(bottom: thick * 1.4, top: thick, half: shaft), at: Vector(0, 0.16, -shaft),
      turned: .aboutX(.pi / 2), rounding: 0.01)
    let head = random.between(0.28, 0.42)
    let size = random.between(0.1, 0.16)
    hammer.add(
      .box(Vector(head * 0.6, size, size)), at: Vector(0, 0.16, 0), material: 1, rounding: 0.02)
    hammer.add(
      .cylinder(radius: size * 1.25, half: 0.09), at: Vector(head, 0.16, 0),
      turned: .aboutZ(.pi / 2),
      material: 1, blend: 0.05, rounding: 0.02)
    if random.chance(0.6) {  // the claw or the peen
      hammer.add(
        .lens(length: head * 0.8, width: size * 1.1, half: 0.05), at: Vector(-head * 0.9, 0.14, 0),
        turned: .aboutY(.pi / 2 + 0.2), material: 1, blend: 0.05, rounding: 0.02)
    } else {
      hammer.add(
        .cylinder(radius: size * 1.2, half: 0.09), at: Vector(-head, 0.16, 0),
        turned: .aboutZ(.pi / 2), material: 1, blend: 0.05, rounding: 0.02)
    }
    hammer.poses = [.flat]
    return hammer
  }

  static func hourglass(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var hourglass = Sculpture(palette.materials(3, &random))
    let radius = random.between(0.3, 0.45)
    let half = random.between(0.32, 0.48)
    for sign: Float in [1, -1] {
      hourglass.add(
        .frustum(bottom: sign > 0 ? 0.05 : radius, top: sign > 0 ? radius : 0.05, half: half),
        at: Vector(0, 0.1 + 2 * half + sign * half * 0.95, 0), blend: 0.05)
      hourglass.add(
        .cylinder(radius: radius * 1.2, half: 0.04),
        at: Vector(0, 0.1 + 2 * half + sign * (2 * half + 0.02), 0), material: 1, rounding: 0.015)
    }
    hourglass.add(
      .capsule(radius: 0.035, half: 2 * half),
      at: Vector(radius * 0.8, 0.1 + 2 * half, radius * 0.75),
      material: 1, mirrorX: true, mirrorZ: true)
    hourglass.poses = [.standing, .standing, .lying]
    return hourglass
  }

  static func rings(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var rings = Sculpture(palette.materials(3, &random))
    let tube = random.between(0.06, 0.13)
    let count = 2 + random.remainder(2)
    for index in 0..<count {  // links of a chain, flat and on edge by turns
      let x = (Float(index) - Float(count - 1) / 2) * 0.62
      rings.add(
        .torus(ring: 0.4, tube: tube), at: Vector(x, 0.4, 0),
        turned: .aboutX(index % 2 == 0 ? 0.5 : -0.6), material: index)
    }
    rings.poses = [.flat, .lying]
    return rings
  }

  static func spoon(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var spoon = Sculpture(palette.materials(2, &random))
    let bowl = random.between(0.2, 0.3)
    let long = bowl * random.between(1.25, 1.6)
    let shaft = random.between(0.5, 0.7)
    spoon.add(.ellipsoid(Vector(bowl, 0.13, long)), at: Vector(0, 0.14, long * 0.9))
    spoon.add(
      .box(Vector(random.between(0.035, 0.06), 0.02, shaft)), at: Vector(0, 0.15, -shaft + 0.05),
      blend: 0.05, rounding: 0.02, bend: random.between(0.02, 0.14))
    spoon.add(
      .ellipsoid(Vector(random.between(0.07, 0.13), 0.035, 0.2)),
      at: Vector(0, 0.17, -2 * shaft), material: random.remainder(2), blend: 0.05)
    spoon.cut(.ellipsoid(Vector(bowl * 0.86, 0.12, long * 0.86)), at: Vector(0, 0.22, long * 0.9))
    spoon.cut(.box(Vector(bowl * 1.1, 0.1, long * 1.1)), at: Vector(0, 0.29, long * 0.95))
    spoon.poses = [.flat]
    return spoon
  }

  static func umbrella(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var umbrella = Sculpture(palette.materials(2, &random))
    let radius: Float = 0.8
    let open = random.between(0.35, 0.6)
    umbrella.add(.sphere(radius), at: Vector(0, 1.5 - radius, 0))
    umbrella.cut(.sphere(radius - 0.035), at: Vector(0, 1.5 - radius, 0))
    umbrella.cut(.box(Vector(1, 1, 1)), at: Vector(0, 1.5 - radius * open - 1, 0))
    let scallops = 6 + random.remainder(4)
    for index in 0..<scallops {
      let angle = (Float(index) + 0.5) * 2 * .pi / Float(scallops)
      umbrella.cut(
        .sphere(0.22),
        at: Vector(radius * cosine(angle), 1.5 - radius * open - 0.1, radius * sine(angle)))
    }
    umbrella.add(.capsule(radius: 0.028, half: 0.72), at: Vector(0, 0.85, 0), material: 1)
    umbrella.add(
      .arc(ring: 0.11, tube: 0.035, aperture: 1.5), at: Vector(0.11, 0.14, 0), turned: .aboutZ(.pi),
      material: 1)
    umbrella.poses = [.standing, .lying]
    return umbrella
  }
}
