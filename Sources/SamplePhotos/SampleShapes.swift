import Files

/// The classes of the sample: how each is built, with everything random that may differ between
/// two things of the same name. Sizes are in units of about half the object.
enum SampleShapes {
  static let all: [(name: String, build: ShapeBuilder)] = [
    ("bolt", bolt), ("book", book), ("bottle", bottle), ("chair", chair),
    ("fish", fish), ("key", key), ("leaf", leaf), ("mug", mug),
  ]

  static func bolt(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var bolt = Sculpture(palette.materials(2, &random))
    let radius = random.between(0.14, 0.28)
    let half = random.between(0.5, 0.9)
    let head = radius * random.between(1.6, 2.2)
    let thickness = radius * random.between(0.45, 0.8)
    bolt.add(
      .thread(radius: radius, half: half, pitch: random.between(0.09, 0.16), depth: radius * 0.3),
      at: Vector(0, half, 0))
    let top = 2 * half + thickness
    switch random.remainder(4) {
    case 0:  // a round head with a slot
      bolt.add(.ellipsoid(Vector(head, thickness * 1.6, head)), at: Vector(0, top - thickness, 0))
      bolt.cut(
        .box(Vector(head * 0.16, thickness, head * 1.2)), at: Vector(0, top + thickness * 0.5, 0))
    case 1:  // a cylinder with a socket
      bolt.add(
        .cylinder(radius: head * 0.85, half: thickness * 1.2), at: Vector(0, top, 0),
        rounding: 0.02)
      bolt.cut(
        .prism(sides: 6, radius: head * 0.45, half: thickness),
        at: Vector(0, top + thickness * 1.2, 0))
    default:
      bolt.add(
        .prism(sides: 6, radius: head * 0.9, half: thickness), at: Vector(0, top, 0), rounding: 0.02
      )
    }
    if random.chance(0.4) {  // a nut on the thread
      bolt.add(
        .prism(sides: 6, radius: head * 0.9, half: thickness * 0.9),
        at: Vector(0, half * random.between(0.3, 1.2), 0), material: 1, rounding: 0.015)
    }
    bolt.poses = [.lying, .lying, .lying, .standing]
    return bolt
  }

  static func book(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var book = Sculpture(palette.materials(3, &random))
    book.materials[1].pattern = .stripes  // the pages' edges
    book.materials[1].frequency = 14
    book.materials[1].first = Vector(0.75, 0.72, 0.62) * random.between(0.6, 1.1)
    book.materials[1].second = book.materials[1].first * 0.7
    book.materials[1].metal = 0
    let (w, h) = (random.between(0.55, 0.75), random.between(0.85, 1.05))
    let thick = random.between(0.07, 0.24)
    if random.chance(0.3) {  // open, two halves leaning
      let slope = random.between(0.1, 0.35)
      let side = Rotation.aboutZ(slope)
      let lift = w * sine(slope)
      book.add(
        .box(Vector(w, thick * 0.5, h)), at: Vector(w * cosine(slope), lift + thick, 0),
        turned: side, material: 1, mirrorX: true)
      book.add(
        .box(Vector(w + 0.05, 0.015, h + 0.05)),
        at: Vector(w * cosine(slope), lift + thick * 0.4, 0), turned: side, rounding: 0.015,
        mirrorX: true)
      book.poses = [.flat]
      return book
    }
    book.add(.box(Vector(w, thick, h)), at: Vector(0, thick, 0), material: 1)
    for y in [-0.02, 2 * thick + 0.02] {
      book.add(.box(Vector(w + 0.06, 0.012, h + 0.05)), at: Vector(0.03, y, 0), rounding: 0.012)
    }
    book.add(
      .box(Vector(0.02, thick + 0.02, h + 0.05)), at: Vector(-w - 0.02, thick, 0), rounding: 0.02)
    // A label on the cover.
    book.add(
      .box(Vector(w * random.between(0.3, 0.8), 0.012, h * random.between(0.15, 0.35))),
      at: Vector(0.05, 2 * thick + 0.04, -h * random.between(0, 0.5)), material: 2)
    book.poses = [.flat, .flat, .tipped]
    return book
  }

  static func bottle(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var bottle = Sculpture(palette.materials(3, &random))
    let radius = random.between(0.26, 0.45)
    let body = random.between(0.4, 0.7)
    let shoulder = random.between(0.1, 0.3)
    let neck = random.between(0.1, 0.28)
    let narrow = radius * random.between(0.28, 0.5)
    if random.chance(0.2) {
      bottle.add(.box(Vector(radius, body, radius * 0.7)), at: Vector(0, body, 0), rounding: 0.05)
    } else {
      bottle.add(
        .cylinder(radius: radius - 0.04, half: body), at: Vector(0, body, 0), rounding: 0.04)
    }
    bottle.add(
      .frustum(bottom: radius, top: narrow, half: shoulder),
      at: Vector(0, 2 * body + shoulder, 0), blend: random.between(0.04, 0.2))
    let neckAt = 2 * (body + shoulder) + neck
    bottle.add(.cylinder(radius: narrow, half: neck), at: Vector(0, neckAt, 0), blend: 0.08)
    if random.chance(0.7) {
      let cap = random.between(0.05, 0.12)
      bottle.add(
        .cylinder(radius: narrow * 1.2, half: cap), at: Vector(0, neckAt + neck, 0), material: 1,
        rounding: 0.015)
    } else {
      bottle.add(.torus(ring: narrow, tube: 0.035), at: Vector(0, neckAt + neck, 0))
    }
    if random.chance(0.6) {  // a paper label around it
      bottle.add(
        .cylinder(radius: radius + 0.008, half: body * random.between(0.3, 0.6)),
        at: Vector(0, body * random.between(0.8, 1.15), 0), material: 2)
    }
    bottle.poses = [.standing, .standing, .standing, .lying]
    return bottle
  }

  static func chair(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var chair = Sculpture(palette.materials(2, &random))
    let (w, d) = (random.between(0.36, 0.5), random.between(0.36, 0.5))
    let seat = random.between(0.65, 0.9)
    let back = random.between(0.4, 0.6)
    let leg = random.between(0.03, 0.065)
    let splay = random.between(0, 0.16)
    if random.chance(0.3) {
      chair.add(
        .cylinder(radius: w, half: 0.035), at: Vector(0, seat, 0), material: 1, rounding: 0.03)
    } else {
      chair.add(.box(Vector(w, 0.03, d)), at: Vector(0, seat, 0), material: 1, rounding: 0.03)
    }
    let turned = Rotation.aboutX(-splay).after(.aboutZ(splay))
    chair.add(
      .capsule(radius: leg, half: seat / 2), at: Vector(w * 0.92, seat / 2, d * 0.9),
      turned: turned,
      mirrorX: true, mirrorZ: true)
    // The back: two posts with a board, rails or bars.
    let lean = Rotation.aboutX(-random.between(0, 0.25))
    let rear = -d * 0.92
    func place(_ x: Float, _ y: Float) -> Vector {
      Vector(x, seat, rear) + lean.outward(Vector(0, y, 0))
    }
    chair.add(
      .capsule(radius: leg, half: back), at: place(w * 0.88, back), turned: lean, mirrorX: true)
    switch random.remainder(3) {
    case 0:
      chair.add(
        .box(Vector(w * 0.85, back * 0.55, 0.02)), at: place(0, back * 1.35), turned: lean,
        material: 1, rounding: 0.02)
    case 1:
      for step in 1...3 {
        chair.add(
          .box(Vector(w * 0.85, 0.05, 0.018)), at: place(0, back * 0.62 * Float(step)),
          turned: lean,
          rounding: 0.01)
      }
    default:
      chair.add(
        .box(Vector(w * 0.9, 0.05, 0.03)), at: place(0, 2 * back), turned: lean, rounding: 0.02)
      for x in [w * 0.2, w * 0.58] {
        chair.add(
          .capsule(radius: 0.025, half: back), at: place(x, back), turned: lean, mirrorX: true)
      }
    }
    chair.poses = [.standing, .standing, .standing, .standing, .standing, .tipped]
    return chair
  }

  static func fish(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var fish = Sculpture(palette.materials(3, &random))
    let (long, high, wide) = (
      random.between(0.6, 0.8), random.between(0.2, 0.42), random.between(0.1, 0.17)
    )
    // Lying on its side: the body's height is along x.
    fish.add(.ellipsoid(Vector(high, wide, long)), at: Vector(0, wide, 0))
    let tail = random.between(0.3, 0.45)
    let spread = random.between(0.35, 0.7)
    for sign: Float in [1, -1] {
      fish.add(
        .lens(length: tail, width: tail * 0.38, half: 0.02),
        at: Vector(sign * tail * sine(spread) * 0.8, wide, -long - tail * 0.55),
        turned: .aboutY(-sign * spread), material: 1, blend: 0.05, rounding: 0.012)
    }
    fish.add(  // back fin
      .lens(length: long * 0.5, width: high * 0.5, half: 0.018),
      at: Vector(high * 0.85, wide, -long * random.between(0, 0.2)),
      turned: .aboutY(random.between(-0.1, 0.25)), material: 1, blend: 0.04, rounding: 0.01)
    fish.add(  // belly fin
      .lens(length: long * 0.22, width: high * 0.3, half: 0.018),
      at: Vector(-high * 0.95, wide, -long * 0.2), turned: .aboutY(-0.5), material: 1, blend: 0.04,
      rounding: 0.01)
    fish.add(  // side fin
      .lens(length: long * 0.2, width: 0.09, half: 0.015),
      at: Vector(-high * 0.15, wide * 1.95, long * 0.25), turned: .aboutY(0.5), material: 1,
      rounding: 0.01)
    fish.add(.sphere(0.055), at: Vector(high * 0.22, wide * 1.8, long * 0.68), material: 2)
    fish.poses = [.flat]
    return fish
  }

  static func key(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var key = Sculpture(palette.materials(2, &random))
    let thick = random.between(0.035, 0.07)
    let bow = random.between(0.26, 0.4)
    let shaft = random.between(0.55, 0.75)
    switch random.remainder(4) {
    case 0:
      key.add(.torus(ring: bow * 0.8, tube: bow * 0.22), at: Vector(0, thick, bow))
    case 1:
      key.add(.cylinder(radius: bow, half: thick), at: Vector(0, thick, bow))
      key.cut(
        .cylinder(radius: bow * random.between(0.2, 0.5), half: 1), at: Vector(0, thick, bow * 1.3))
    case 2:
      key.add(.prism(sides: 6, radius: bow, half: thick), at: Vector(0, thick, bow), rounding: 0.01)
      key.cut(.cylinder(radius: bow * 0.4, half: 1), at: Vector(0, thick, bow * 1.2))
    default:  // a clover of rings
      for place in [Vector(0, thick, bow * 1.5), Vector(bow * 0.6, thick, bow * 0.8)] {
        key.add(
          .torus(ring: bow * 0.5, tube: bow * 0.17), at: place, blend: 0.03, mirrorX: true)
      }
    }
    let isRound = random.chance(0.5)
    if isRound {
      key.add(
        .cylinder(radius: thick * 1.2, half: shaft), at: Vector(0, thick, -shaft + bow * 0.2),
        turned: .aboutX(.pi / 2), blend: 0.02)
    } else {
      key.add(
        .box(Vector(0.075, thick, shaft)), at: Vector(0, thick, -shaft + bow * 0.2), blend: 0.02)
    }
    // The bit: teeth on one side, towards the end.
    let teeth = 2 + random.remainder(4)
    let pitch = random.between(0.11, 0.16)
    for tooth in 0..<teeth {
      let reach = random.between(0.06, 0.17)
      key.add(
        .box(Vector(reach, thick * 0.9, pitch * 0.36)),
        at: Vector(reach + 0.02, thick, -2 * shaft + bow * 0.2 + 0.07 + pitch * Float(tooth)))
    }
    key.poses = [.flat]
    return key
  }

  static func leaf(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var leaf = Sculpture(palette.materials(2, &random))
    let bend = random.between(-0.12, 0.3)
    let thick: Float = 0.012
    let lift = 0.05 + max(0, -bend)
    let long = random.between(0.7, 0.95)
    switch random.remainder(3) {
    case 0:  // one blade
      leaf.add(
        .lens(length: long, width: long * random.between(0.25, 0.6), half: thick),
        at: Vector(0, lift, 0), rounding: thick, bend: bend)
    case 1:  // three to five lobes from the stem, as of a maple
      let lobes = 1 + random.remainder(2)
      let open = random.between(0.55, 0.8)
      for lobe in 0...lobes {
        let angle = open * Float(lobe)
        let reach = long * (1 - 0.18 * Float(lobe)) * 0.8
        leaf.add(
          .lens(length: reach, width: reach * random.between(0.26, 0.4), half: thick),
          at: Vector(sine(angle) * reach * 0.75, lift, cosine(angle) * reach * 0.75 - long * 0.5),
          turned: .aboutY(angle), blend: 0.06, rounding: thick, mirrorX: lobe > 0, bend: bend)
      }
    default:  // leaflets in pairs along a rib
      let pairs = 2 + random.remainder(3)
      let size = random.between(0.26, 0.36)
      for pair in 0..<pairs {
        let z = -0.45 * long + 1.2 * long * Float(pair) / Float(pairs)
        leaf.add(
          .lens(length: size, width: size * 0.42, half: thick),
          at: Vector(size * 0.75, lift, z + size * 0.5), turned: .aboutY(0.95), rounding: thick,
          mirrorX: true, bend: bend)
      }
      leaf.add(
        .lens(length: size, width: size * 0.42, half: thick), at: Vector(0, lift, long * 0.85),
        rounding: thick)
    }
    // Rib and stem.
    leaf.add(
      .capsule(radius: 0.022, half: long * 1.05), at: Vector(0, lift + 0.012, -long * 0.25),
      turned: .aboutX(.pi / 2), material: 1, blend: 0.02)
    leaf.poses = [.flat]
    return leaf
  }

  static func mug(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var mug = Sculpture(palette.materials(3, &random))
    let (radius, half) = (random.between(0.38, 0.55), random.between(0.38, 0.62))
    let taper = random.between(0.8, 1.12)
    let wall = random.between(0.04, 0.08)
    mug.add(
      .frustum(bottom: radius * taper, top: radius, half: half), at: Vector(0, half + 0.02, 0),
      rounding: 0.02)
    // The handle first, so that what reaches inside is cut away with the hollow.
    let ring = half * random.between(0.5, 0.68)
    let side = radius * (1 + taper) / 2
    if random.chance(0.75) {
      mug.add(
        .arc(ring: ring, tube: random.between(0.05, 0.085), aperture: 1.9),
        at: Vector(side + ring * 0.15, half, 0), turned: .aboutZ(-.pi / 2),
        material: random.chance(0.3) ? 1 : 0, blend: 0.04)
    } else {  // an angular one
      let tube: Float = 0.05
      mug.add(.box(Vector(tube, ring, tube)), at: Vector(side + ring, half, 0), rounding: 0.02)
      for y in [-ring, ring] {
        mug.add(
          .box(Vector(ring * 0.6, tube, tube)), at: Vector(side + ring * 0.45, half + y * 0.95, 0),
          rounding: 0.02)
      }
    }
    mug.cut(
      .frustum(bottom: radius * taper - wall, top: radius - wall, half: half),
      at: Vector(0, half + 0.1, 0), material: 1)
    if random.chance(0.5) {  // what is in it
      mug.add(
        .cylinder(radius: radius * min(taper, 1) - wall * 0.8, half: 0.02),
        at: Vector(0, half * random.between(1, 1.8), 0), material: 2)
    }
    if random.chance(0.3) {  // a painted band
      mug.add(
        .torus(ring: side, tube: 0.03), at: Vector(0, half * random.between(0.7, 1.3), 0),
        material: 2)
    }
    mug.poses = [.standing, .standing, .standing, .standing, .lying]
    return mug
  }
}
