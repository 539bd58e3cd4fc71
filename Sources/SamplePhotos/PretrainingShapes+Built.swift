import Files

/// Vehicles, buildings and furniture.
extension PretrainingShapes {
  static func aeroplane(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var plane = Sculpture(palette.materials(3, &random))
    let body = random.between(0.11, 0.17)
    let sweep = random.between(0, 0.6)
    let span = random.between(0.65, 0.95)
    plane.add(.ellipsoid(Vector(body, body, 0.95)), at: Vector(0, 0.3, 0))
    plane.add(
      .box(Vector(span / 2, 0.015, random.between(0.12, 0.2))),
      at: Vector(span / 2, 0.28, 0.05 - span * 0.25 * sweep), turned: .aboutY(sweep), material: 1,
      rounding: 0.015, mirrorX: true)
    plane.add(
      .box(Vector(span * 0.2, 0.012, 0.08)), at: Vector(span * 0.2, 0.34, -0.8),
      turned: .aboutY(sweep), material: 1, rounding: 0.012, mirrorX: true)
    plane.add(
      .box(Vector(0.012, 0.17, 0.1)), at: Vector(0, 0.5, -0.82), turned: .aboutX(-0.35),
      material: 1,
      rounding: 0.012)
    if random.chance(0.6) {  // engines
      plane.add(
        .capsule(radius: 0.065, half: 0.12), at: Vector(span * 0.45, 0.2, 0.05),
        turned: .aboutX(.pi / 2), material: 2, mirrorX: true)
    }
    plane.poses = [.flat]
    return plane
  }

  static func boat(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var boat = Sculpture(palette.materials(3, &random))
    let wide = random.between(0.24, 0.36)
    boat.add(.ellipsoid(Vector(wide, 0.36, 0.9)), at: Vector(0, 0.36, 0))
    boat.cut(.box(Vector(1, 0.5, 1)), at: Vector(0, 0.86, 0), material: 1)
    boat.cut(.ellipsoid(Vector(wide * 0.8, 0.25, 0.75)), at: Vector(0, 0.36, 0), material: 1)
    if random.chance(0.65) {  // mast and sail
      boat.add(.capsule(radius: 0.025, half: 0.6), at: Vector(0, 0.75, 0.1), material: 1)
      boat.add(
        .prism(sides: 3, radius: random.between(0.22, 0.3), half: 0.012),
        at: Vector(0, 0.85, -0.2), turned: .aboutZ(.pi / 2), material: 2)
    } else {  // a cabin
      boat.add(
        .box(Vector(wide * 0.55, 0.16, 0.24)), at: Vector(0, 0.45, random.between(-0.3, 0.2)),
        material: 2, rounding: 0.02)
      boat.add(.cylinder(radius: 0.07, half: 0.15), at: Vector(0, 0.7, -0.1), material: 1)
    }
    return boat
  }

  static func car(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var car = Sculpture(palette.materials(3, &random))
    let (w, l) = (random.between(0.33, 0.4), random.between(0.75, 0.95))
    let wheel = random.between(0.15, 0.2)
    car.add(.box(Vector(w, 0.12, l)), at: Vector(0, wheel + 0.13, 0), rounding: 0.06)
    let roof = random.between(0.3, 0.65)
    let back = random.between(-0.25, 0.1)
    car.add(
      .box(Vector(w * 0.82, 0.13, l * roof)), at: Vector(0, wheel + 0.4, back), material: 1,
      blend: 0.06,
      rounding: 0.05)
    car.add(
      .box(Vector(w * 0.84, 0.02, l * roof * 0.92)), at: Vector(0, wheel + 0.56, back),
      rounding: 0.03)
    for z in [l * 0.6, -l * 0.6] {
      car.add(
        .cylinder(radius: wheel, half: 0.05), at: Vector(w + 0.03, wheel, z),
        turned: .aboutZ(.pi / 2),
        material: 2, rounding: 0.02, mirrorX: true)
    }
    car.add(.sphere(0.07), at: Vector(w * 0.7, wheel + 0.16, l + 0.03), material: 1, mirrorX: true)
    return car
  }

  static func cross(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var cross = Sculpture(palette.materials(2, &random))
    let arm = random.between(0.12, 0.24)
    let half = random.between(0.05, 0.2)
    let reach = random.between(0.5, 0.9)
    let at = random.between(0, 0.3)
    let round = random.between(0.005, 0.05)
    cross.add(.box(Vector(arm, half, 0.9)), at: Vector(0, half + round, 0), rounding: round)
    cross.add(.box(Vector(reach, half, arm)), at: Vector(0, half + round, at), rounding: round)
    if random.chance(0.3) {
      cross.add(.sphere(arm * 0.8), at: Vector(0, half * 1.7, at), material: 1)
    }
    cross.poses = [.flat, .flat, .tipped]
    return cross
  }

  static func house(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var house = Sculpture(palette.materials(3, &random))
    let (w, d) = (random.between(0.4, 0.6), random.between(0.5, 0.8))
    let wall = random.between(0.28, 0.5)
    let pitch = random.between(0.5, 0.95)
    house.add(.box(Vector(w, wall, d)), at: Vector(0, wall, 0))
    // Gable, then two slabs of roof.
    house.add(
      .box(Vector(w * 0.707, w * 0.707 * 0.98, d)), at: Vector(0, 2 * wall - 0.02, 0),
      turned: .aboutZ(.pi / 4))
    house.cut(.box(Vector(2, 1, 2)), at: Vector(0, 2 * wall + w * 0.98 + 1, 0))
    let slope = Rotation.aboutZ(-.pi / 4)
    house.add(
      .box(Vector(w * 0.85, 0.03, d + 0.1)), at: Vector(w * 0.56, 2 * wall + w * 0.47, 0),
      turned: slope, material: 1, mirrorX: true)
    house.cut(  // door
      .box(Vector(0.1, wall * pitch, 0.05)), at: Vector(random.between(-0.2, 0.2), wall * 0.5, d),
      material: 2)
    house.cut(  // windows
      .box(Vector(0.05, 0.1, 0.1)), at: Vector(w, wall * 1.2, d * 0.45), material: 2, mirrorX: true,
      mirrorZ: true)
    if random.chance(0.6) {
      house.add(
        .box(Vector(0.08, 0.28, 0.08)), at: Vector(w * 0.45, 2 * wall + w * 0.75, d * 0.4),
        material: 2)
    }
    return house
  }

  static func ladder(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var ladder = Sculpture(palette.materials(2, &random))
    let wide = random.between(0.2, 0.34)
    let rungs = 4 + random.remainder(4)
    let lean = Rotation.aboutX(random.between(0.05, 0.35))
    func place(_ x: Float, _ y: Float) -> Vector { Vector(x, 0, 0) + lean.outward(Vector(0, y, 0)) }
    ladder.add(
      .box(Vector(0.035, 1, 0.05)), at: place(wide, 1), turned: lean, rounding: 0.01, mirrorX: true)
    for rung in 0..<rungs {
      ladder.add(
        .capsule(radius: 0.03, half: wide),
        at: place(0, 0.2 + 1.6 * Float(rung) / Float(rungs - 1)), turned: .aboutZ(.pi / 2),
        material: 1)
    }
    if random.chance(0.5) {  // the other leg of a stepladder
      let other = Rotation.aboutX(-0.3)
      ladder.add(
        .box(Vector(0.03, 1, 0.035)), at: place(wide, 2) + other.outward(Vector(0, -1, 0)) * 1,
        turned: other, material: 1, mirrorX: true)
    }
    ladder.poses = [.standing, .tipped]
    return ladder
  }

  static func lamp(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var lamp = Sculpture(palette.materials(3, &random))
    let height = random.between(0.4, 0.65)
    lamp.add(
      .cylinder(radius: random.between(0.25, 0.4), half: 0.03), at: Vector(0, 0.05, 0), material: 1,
      rounding: 0.02)
    if random.chance(0.5) {
      lamp.add(.capsule(radius: 0.035, half: height), at: Vector(0, height, 0), material: 1)
    } else {
      lamp.add(
        .ellipsoid(Vector(random.between(0.14, 0.25), height, 0.2)), at: Vector(0, height, 0),
        material: 1)
    }
    let (bottom, top) = (random.between(0.38, 0.58), random.between(0.15, 0.4))
    let shade = random.between(0.2, 0.34)
    lamp.add(
      .frustum(bottom: bottom, top: top, half: shade), at: Vector(0, 2 * height + shade * 0.7, 0))
    lamp.cut(
      .frustum(bottom: bottom - 0.03, top: top - 0.03, half: shade),
      at: Vector(0, 2 * height + shade * 0.7 - 0.03, 0), material: 2)
    return lamp
  }
}
