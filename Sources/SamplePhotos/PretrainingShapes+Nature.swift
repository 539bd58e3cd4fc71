import Files

/// Things that grow, or look as if they had.
extension PretrainingShapes {
  static func apple(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var apple = Sculpture(palette.materials(3, &random))
    let squash = random.between(0.8, 1.05)
    apple.add(.ellipsoid(Vector(0.62, 0.6 * squash, 0.62)), at: Vector(0, 0.6, 0))
    apple.add(.ellipsoid(Vector(0.5, 0.4, 0.5)), at: Vector(0, 0.42, 0), blend: 0.3)
    apple.cut(.ellipsoid(Vector(0.16, 0.14, 0.16)), at: Vector(0, 0.6 + 0.6 * squash, 0))
    let lean = random.between(-0.4, 0.4)
    apple.add(
      .capsule(radius: 0.03, half: 0.2), at: Vector(0, 0.72 + 0.6 * squash, 0),
      turned: .aboutX(lean),
      material: 1)
    if random.chance(0.6) {
      apple.add(
        .lens(length: 0.26, width: 0.11, half: 0.01),
        at: Vector(0, 0.85 + 0.6 * squash, 0.25), turned: .aboutX(-0.4), material: 2, rounding: 0.01
      )
    }
    apple.poses = [.standing, .standing, .lying]
    return apple
  }

  static func cactus(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var cactus = Sculpture(palette.materials(2, &random))
    let trunk = random.between(0.15, 0.24)
    let half = random.between(0.5, 0.8)
    cactus.add(.capsule(radius: trunk, half: half), at: Vector(0, half + 0.35, 0))
    for arm in 0..<(1 + random.remainder(3)) {
      let way = Rotation.aboutY(Float(arm) * 2.4 + random.between(-0.4, 0.4))
      let height = random.between(0.5, 1.1)
      let out = random.between(0.3, 0.42)
      let up = random.between(0.15, 0.32)
      let thick = trunk * random.between(0.5, 0.75)
      cactus.add(
        .capsule(radius: thick, half: out / 2), at: way.outward(Vector(out / 2 + 0.1, height, 0)),
        turned: way.after(.aboutZ(.pi / 2)), blend: 0.06)
      cactus.add(
        .capsule(radius: thick, half: up), at: way.outward(Vector(out + 0.1, height + up, 0)),
        blend: 0.06)
    }
    if random.chance(0.6) {  // in a pot
      cactus.add(
        .frustum(bottom: 0.26, top: 0.38, half: 0.24), at: Vector(0, 0.24, 0), material: 1,
        rounding: 0.02)
    }
    return cactus
  }

  static func mushroom(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var mushroom = Sculpture(palette.materials(3, &random))
    let cap = random.between(0.45, 0.8)
    let height = random.between(0.2, 0.55)
    let stem = random.between(0.3, 0.6)
    mushroom.add(.ellipsoid(Vector(cap, height, cap)), at: Vector(0, 2 * stem, 0))
    mushroom.cut(.box(Vector(1, 0.5, 1)), at: Vector(0, 2 * stem - 0.5, 0), material: 1)
    mushroom.add(
      .frustum(
        bottom: random.between(0.14, 0.24), top: random.between(0.1, 0.18), half: stem),
      at: Vector(0, stem, 0), material: 1, blend: 0.05)
    if random.chance(0.5) {
      for dot in 0..<6 {  // warts
        let (a, b) = (Float(dot) * 2.4, random.between(0.3, 1.1))
        mushroom.add(
          .sphere(0.07),
          at: Vector(
            cap * sine(b) * cosine(a), 2 * stem + height * cosine(b), cap * sine(b) * sine(a)),
          material: 2)
      }
    }
    mushroom.poses = [.standing, .standing, .standing, .lying]
    return mushroom
  }

  static func snowman(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var snowman = Sculpture(palette.materials(3, &random))
    let (a, b, c) = (
      random.between(0.42, 0.52), random.between(0.3, 0.38), random.between(0.2, 0.27)
    )
    let middle = 2 * a + 0.75 * b
    let top = middle + b + 0.75 * c
    snowman.add(.sphere(a), at: Vector(0, a, 0))
    snowman.add(.sphere(b), at: Vector(0, middle, 0), blend: 0.04)
    snowman.add(.sphere(c), at: Vector(0, top, 0), blend: 0.03)
    snowman.add(
      .frustum(bottom: 0.06, top: 0.005, half: 0.14), at: Vector(0, top, c + 0.1),
      turned: .aboutX(.pi / 2), material: 1)
    if random.chance(0.6) {  // a hat
      snowman.add(
        .cylinder(radius: c * 1.15, half: 0.02), at: Vector(0, top + c * 0.8, 0), material: 2)
      snowman.add(
        .cylinder(radius: c * 0.7, half: 0.14), at: Vector(0, top + c * 0.8 + 0.14, 0), material: 2)
    }
    if random.chance(0.6) {
      snowman.add(
        .capsule(radius: 0.025, half: 0.28), at: Vector(b + 0.15, middle + 0.1, 0),
        turned: .aboutZ(-1.1), material: 1, mirrorX: true)
    }
    return snowman
  }

  static func star(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var star = Sculpture(palette.materials(2, &random))
    let half = random.between(0.03, 0.2)
    let outer: Float = 0.9
    let inner = outer * random.between(0.35, 0.6)
    let points = random.pick([4, 5, 5, 5, 6, 7, 8])
    star.add(
      .star(points: Float(points), outer: outer, inner: inner, half: half),
      at: Vector(0, half + 0.04, 0),
      rounding: random.between(0.01, 0.06))
    if random.chance(0.3) {
      star.add(.sphere(inner * 0.5), at: Vector(0, half * 1.6, 0), material: 1)
    }
    star.poses = [.flat, .flat, .tipped]
    return star
  }

  static func heart(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var heart = Sculpture(palette.materials(2, &random))
    let half = random.between(0.04, 0.22)
    heart.add(
      .heart(size: 1.3, half: half), at: Vector(0, half + 0.06, 0),
      rounding: random.between(0.02, 0.1))
    if random.chance(0.25) {  // a hole for a ribbon
      heart.cut(.cylinder(radius: 0.09, half: 1), at: Vector(0, 0, 0.32), material: 1)
    }
    heart.poses = [.flat, .flat, .tipped]
    return heart
  }
}
