import Files

/// Builds one thing of a class; `palette` gives its materials.
typealias ShapeBuilder = @Sendable (_ random: inout CounterRandom, _ palette: Palette) -> Sculpture

/// Everything a photo shows and how it is taken: objects on a ground, light, camera and lens.
struct Scene {
  /// A sculpture with its place in the world.
  struct Body {
    let parts: Range<Int>
    let materials: Int
    let rotation: Rotation
    let position: Vector
    let scale: Float
    /// A sphere around it.
    let centre: Vector
    let radius: Float
  }

  struct Light {
    /// Towards the lamp, a unit vector.
    var direction: Vector
    var colour: Vector
    /// Light from all around, from above and from below.
    var above, below: Vector
    /// How fast shadows soften; large is hard.
    var hardness: Float
    /// Fall-off over the ground, per unit of length.
    var gradient: Vector
    /// Patches of shade as through leaves or blinds: their strength, `0...1`, and their size.
    var patches: Float
    var patchFrequency: Float
    var patchStretch: Float
    var seed: Int32
  }

  struct Camera {
    var position: Vector
    /// The camera's axes: right, up and into the picture.
    var right, up, forward: Vector
    /// Half the field of view, as a tangent.
    var tangent: Float
  }

  private(set) var parts: [Sculpture.Part] = []
  private(set) var materials: [Material] = []
  private(set) var bodies: [Body] = []
  var ground: Material
  /// A turn of the ground's pattern, as cosine and sine.
  var groundTurn: (c: Float, s: Float)
  /// A wall behind everything, `distance` from the middle; nil: open country.
  var wall: (material: Material, distance: Float)?
  var sky: (top: Vector, horizon: Vector)
  var light: Light
  var camera: Camera
  var lens: Lens

  /// A photo of one thing of a class, with the clutter, light and lens that chance brings.
  init(of build: ShapeBuilder, palette: Palette, random: inout CounterRandom) {
    let sculpture = build(&random, palette)
    ground = palette.ground(&random)
    let turn = random.angle()
    groundTurn = (cosine(turn), sine(turn))
    sky = (
      palette.colour(&random, light: 0.3...1), palette.colour(&random, light: 0.5...1)
    )
    light = Self.light(&random)
    lens = Lens(&random)
    camera = Camera(
      position: .zero, right: .zero, up: .zero, forward: .zero, tangent: random.between(0.25, 0.5))
    wall =
      random.chance(0.65) ? (palette.ground(&random), random.between(2, 5)) : nil

    let pose = random.pick(sculpture.poses)
    let main = place(sculpture, pose, at: .zero, radius: 1, &random)
    aim(at: main, pose, &random)
    addClutter(palette, around: main, &random)
  }

  private static func light(_ random: inout CounterRandom) -> Light {
    let height = random.between(0.35, 1.4)  // radians above the ground
    let around = random.angle()
    let warmth = random.between(-0.3, 0.3)
    let strength = random.between(0.55, 1.5)
    let ambient = random.between(0.18, 0.55)
    let tint = Vector(1 + warmth, 1, 1 - warmth)
    return Light(
      direction: Vector(
        cosine(height) * cosine(around), sine(height), cosine(height) * sine(around)),
      colour: tint * strength,
      above: Vector(1 - 0.6 * warmth, 1, 1 + 0.6 * warmth) * ambient,
      below: Vector(repeating: ambient * random.between(0.25, 0.6)),
      hardness: random.between(4, 28),
      gradient: Vector(random.between(-0.18, 0.18), 0, random.between(-0.18, 0.18)),
      patches: random.chance(0.25) ? random.between(0.3, 0.85) : 0,
      patchFrequency: random.between(0.5, 2), patchStretch: random.chance(0.4) ? 0.08 : 1,
      seed: Int32(truncatingIfNeeded: random.next() & 0xFFFF))
  }

  /// Sets a sculpture on the ground, scaled to a radius, and returns its body.
  @discardableResult
  private mutating func place(
    _ sculpture: Sculpture, _ pose: Sculpture.Pose, at: Vector, radius: Float,
    _ random: inout CounterRandom
  ) -> Body {
    let bounds = sculpture.bounds()
    let scale = radius / bounds.radius
    let yaw = Rotation.aboutY(random.angle())
    let rotation: Rotation
    switch pose {
    case .standing: rotation = yaw
    case .flat:
      rotation = yaw.after(.aboutX(random.bellShaped() * 0.05)).after(
        .aboutZ(random.bellShaped() * 0.05))
    case .tipped:
      rotation = yaw.after(.aboutX(.pi / 2)).after(.aboutY(.pi / 2 * Float(random.remainder(4))))
    case .lying:
      rotation = yaw.after(.aboutX(.pi / 2)).after(.aboutY(random.angle()))
    }
    let lowest = sculpture.reach(rotation.inward(Vector(0, -1, 0)))
    var position = at
    position.y = lowest * scale
    // The body stands over `at` with its middle, wherever the builder put its origin.
    let middle = rotation.outward(bounds.centre) * scale
    position.x -= middle.x
    position.z -= middle.z
    let body = Body(
      parts: parts.count..<(parts.count + sculpture.parts.count), materials: materials.count,
      rotation: rotation, position: position, scale: scale, centre: position + middle,
      radius: radius)
    parts += sculpture.parts
    materials += sculpture.materials
    bodies.append(body)
    return body
  }

  /// Turns the camera to the main body, off centre and near or far as chance has it.
  private mutating func aim(at body: Body, _ pose: Sculpture.Pose, _ random: inout CounterRandom) {
    let elevation = pose == .flat ? random.between(0.5, 1.45) : random.between(0.12, 0.95)
    let around = random.angle()
    let back = Vector(
      cosine(elevation) * cosine(around), sine(elevation), cosine(elevation) * sine(around))
    let share = random.between(0.42, 0.95)  // of the picture's half that the body's sphere takes
    let distance = body.radius / (share * camera.tangent)
    let side = normalized(cross(-back, Vector(0, 1, 0)))
    let free = max(0.95 - share, 0.12) * camera.tangent * distance * 0.8
    let target =
      body.centre + side * (random.between(-1, 1) * free)
      + Vector(0, random.between(-0.6, 0.6) * free, 0)
    camera.position = body.centre + back * distance
    camera.position.y = max(camera.position.y, 0.12)
    camera.forward = normalized(target - camera.position)
    let roll = Rotation.about(camera.forward, random.bellShaped() * 0.09)
    camera.right = roll.outward(normalized(cross(camera.forward, Vector(0, 1, 0))))
    camera.up = cross(camera.right, camera.forward)
  }

  /// Other things around, some of them in front.
  private mutating func addClutter(
    _ palette: Palette, around body: Body, _ random: inout CounterRandom
  ) {
    let count = random.pick([0, 1, 2, 3, 4, 5])
    let towards = normalized(Vector(camera.position.x, 0, camera.position.z))
    for _ in 0..<count {
      let radius = random.between(0.12, 0.5)
      let angle = random.angle()
      var way = Vector(cosine(angle), 0, sine(angle))
      // Things between the camera and the body are few, and low.
      let isInFront = dot(way, towards) > 0.6
      if isInFront && random.chance(0.6) { way = -way }
      let distance = body.radius * random.between(0.75, 1.1) + radius * random.between(0.7, 3)
      let at = Vector(body.centre.x, 0, body.centre.z) + way * distance
      if length(at + Vector(0, radius, 0) - camera.position) < 1.5 * radius + 0.3 { continue }
      let sculpture = Clutter.draw(&random, palette)
      place(
        sculpture, random.chance(0.5) ? .standing : .lying, at: at,
        radius: isInFront ? radius * 0.6 : radius, &random)
    }
  }
}

/// Things of no class: blocks, rods, pebbles, discs.
enum Clutter {
  static func draw(_ random: inout CounterRandom, _ palette: Palette) -> Sculpture {
    var thing = Sculpture(palette.materials(2, &random))
    switch random.remainder(6) {
    case 0:
      thing.add(
        .box(Vector(random.between(0.2, 1), random.between(0.1, 0.8), random.between(0.2, 1))),
        rounding: 0.04)
    case 1: thing.add(.capsule(radius: random.between(0.08, 0.3), half: 0.9))
    case 2:
      thing.add(
        .ellipsoid(
          Vector(random.between(0.5, 1), random.between(0.35, 0.8), random.between(0.5, 1))))
    case 3: thing.add(.cylinder(radius: 0.9, half: random.between(0.05, 0.5)), rounding: 0.03)
    case 4:
      for _ in 0..<3 {
        thing.add(
          .ellipsoid(
            Vector(random.between(0.25, 0.5), random.between(0.2, 0.4), random.between(0.25, 0.5))),
          at: Vector(
            random.between(-0.5, 0.5), random.between(-0.2, 0.2), random.between(-0.5, 0.5)),
          material: random.remainder(2), blend: random.between(0, 0.2))
      }
    default:  // a sheet or card
      thing.add(.box(Vector(0.9, 0.02, random.between(0.4, 0.9))), rounding: 0.01)
    }
    return thing
  }
}
