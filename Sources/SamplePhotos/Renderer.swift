import Glibc

/// Draws a scene: one ray per pixel, marched through the distance fields of the bodies near it
/// (sphere tracing; Hart 1996), with soft shadows, and more rays where bodies meet.
struct Renderer {
  let scene: Scene
  // Plain pointers: the distance is taken a hundred times for every pixel of a body.
  private let bodies: UnsafeBufferPointer<Scene.Body>
  private let parts: UnsafeBufferPointer<Sculpture.Part>

  /// Draws into linear light, [side, side] row by row.
  static func draw(_ scene: Scene, side: Int) -> [Vector] {
    scene.parts.withUnsafeBufferPointer { parts in
      scene.bodies.withUnsafeBufferPointer { bodies in
        Renderer(scene: scene, bodies: bodies, parts: parts).draw(side)
      }
    }
  }

  /// What a ray met: its colour and which thing it was, for finding edges.
  private struct Sample {
    var colour: Vector
    var thing: Int32
  }

  private func draw(_ side: Int) -> [Vector] {
    let across = (side + Self.tile - 1) / Self.tile
    let start = (0..<(across * across)).map { clearance($0 % across, $0 / across, side) }
    let first = [Sample](unsafeUninitializedCapacity: side * side) { buffer, count in
      for y in 0..<side {
        for x in 0..<side {
          buffer[y * side + x] = sample(
            Float(x) + 0.5, Float(y) + 0.5, side,
            from: start[(y / Self.tile) * across + x / Self.tile])
        }
      }
      count = side * side
    }
    var pixels = first.map(\.colour)
    for y in 0..<side {
      for x in 0..<side {
        let here = first[y * side + x]
        let isEdge =
          (x > 0 && differs(here, first[y * side + x - 1]))
          || (x + 1 < side && differs(here, first[y * side + x + 1]))
          || (y > 0 && differs(here, first[(y - 1) * side + x]))
          || (y + 1 < side && differs(here, first[(y + 1) * side + x]))
        guard isEdge else { continue }
        var sum = Vector.zero
        for (dx, dy) in [(0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875)]
          as [(Float, Float)]
        {
          let colour = sample(
            Float(x) + dx, Float(y) + dy, side,
            from: start[(y / Self.tile) * across + x / Self.tile]
          ).colour
          sum += colour.clamped(lowerBound: .zero, upperBound: Vector(repeating: 1.5))
        }
        pixels[y * side + x] = sum / 4
      }
    }
    return pixels
  }

  private func differs(_ a: Sample, _ b: Sample) -> Bool {
    a.thing != b.thing || abs(a.colour.y - b.colour.y) > 0.3
  }

  /// Pixels of a side of a tile, whose rays are marched together while they are clear of everything.
  private static let tile = 8

  /// The direction in which a point of the picture is seen, in pixels.
  private func ray(_ x: Float, _ y: Float, _ side: Int) -> Vector {
    let camera = scene.camera
    let scale = 2 * camera.tangent / Float(side)
    let half = Float(side) / 2
    return normalized(
      camera.forward + camera.right * ((x - half) * scale) + camera.up * ((half - y) * scale))
  }

  /// How far every ray of a tile goes before it may meet a body.
  private func clearance(_ column: Int, _ row: Int, _ side: Int) -> Float {
    let size = Float(Self.tile)
    let direction = ray((Float(column) + 0.5) * size, (Float(row) + 0.5) * size, side)
    // Half the tile's diagonal, and a bit.
    let spread = scene.camera.tangent / Float(side) * size * 1.45
    let end = bodies.map { length($0.centre - scene.camera.position) + $0.radius }.max() ?? 0
    var t: Float = 0
    while t < end {
      let d = distance(scene.camera.position + direction * t, .max).d
      let next = (t + d) / (1 + spread)
      if next - t < 0.02 { return t }
      t = next
    }
    return .infinity
  }

  /// What is seen at a point of the picture, in pixels; rays are clear up to `start`.
  private func sample(_ x: Float, _ y: Float, _ side: Int, from start: Float) -> Sample {
    let camera = scene.camera
    let scale = 2 * camera.tangent / Float(side)
    let direction = ray(x, y, side)
    // The ground and the wall are planes.
    var limit: Float = 60
    var plane: Int32 = -1
    if direction.y < -1e-4 {
      limit = min(limit, -camera.position.y / direction.y)
      plane = limit < 60 ? -2 : -1
    }
    let outwards = normalized(Vector(camera.forward.x, 0, camera.forward.z))
    if let wall = scene.wall {
      let approach = dot(direction, outwards)
      let t = (wall.distance - dot(camera.position, outwards)) / max(approach, 1e-4)
      if approach > 1e-4 && t < limit { (limit, plane) = (t, -3) }
    }
    if let hit = march(camera.position, direction, from: start, limit: limit) {
      return Sample(
        colour: surface(hit.point, hit.body, direction),
        thing: Int32(hit.body) &* 16 &+ Int32(hit.material))
    }
    let blur = limit * scale
    let point = camera.position + direction * limit
    switch plane {
    case -2:
      let (c, s) = scene.groundTurn
      let albedo = scene.ground.colour(
        c * point.x - s * point.z + 40, s * point.x + c * point.z + 40,
        blur: blur / max(-direction.y, 0.05))
      let colour = shade(
        point, Vector(0, 1, 0), direction, albedo, scene.ground)
      let haze = scene.wall == nil ? smoothStep(6, 30, limit) : 0
      return Sample(colour: mix(colour, scene.sky.horizon * 0.7, haze), thing: plane)
    case -3:
      guard let wall = scene.wall else { break }
      let across = dot(point, cross(outwards, Vector(0, 1, 0)))
      let albedo = wall.material.colour(across + 40, point.y + 40, blur: blur * 2)
      return Sample(
        colour: shade(point, -outwards, direction, albedo, wall.material), thing: plane)
    default: break
    }
    return Sample(colour: surroundings(direction), thing: plane)
  }

  /// The open sky, with a blurred line of hills or trees.
  private func surroundings(_ d: Vector) -> Vector {
    let around = atan2f(d.x, d.z) * 3
    let hills = 0.1 + 0.25 * fractalNoise(around, 3, scene.light.seed, octaves: 3)
    let sky = mix(scene.sky.horizon, scene.sky.top, clamp(d.y * 1.5, 0, 1))
    let wood = mix(scene.ground.second, scene.sky.horizon, 0.35) * 0.6
    return mix(wood, sky, smoothStep(hills - 0.1, hills + 0.1, d.y))
      * (scene.light.above * 0.5 + scene.light.colour * 0.5)
  }

  // MARK: Distances

  @inline(__always)
  private func local(_ body: Int, _ p: Vector) -> Vector {
    bodies[body].rotation.inward(p - bodies[body].position) / bodies[body].scale
  }

  /// The distance to one body.
  private func distance(_ body: Int, _ point: Vector) -> Float {
    let p = local(body, point)
    var d: Float = 1e9
    for index in bodies[body].parts { d = parts[index].joined(to: d, at: p) }
    return d * bodies[body].scale
  }

  /// The material of the part that makes the surface here: the last one to change the distance.
  private func material(_ body: Int, _ point: Vector) -> Int {
    let p = local(body, point)
    var (d, nearest, material) = (Float(1e9), Float(1e9), 0)
    for index in bodies[body].parts {
      // A melted joint belongs to the part that would be nearer without melting.
      let joined = parts[index].joined(to: d, at: p)
      if joined != d {
        let own = parts[index].joined(to: parts[index].isCut ? -1e9 : 1e9, at: p)
        if parts[index].isCut || own < nearest {
          (nearest, material) = (own, parts[index].material)
        }
      }
      d = joined
    }
    return material
  }

  /// The distance to the nearest of the bodies whose bit is set.
  ///
  /// A body whose sphere is farther than `far` counts as its sphere: enough to march, not to shade.
  private func distance(
    _ point: Vector, _ near: UInt32, far: Float = 0.1
  ) -> (d: Float, body: Int) {
    var best: (d: Float, body: Int) = (.infinity, 0)
    for index in bodies.indices where near & (1 << UInt32(index)) != 0 {
      let outside = length(point - bodies[index].centre) - bodies[index].radius
      if outside > best.d { continue }
      let d = outside > far ? outside : distance(index, point)
      if d < best.d { best = (d, index) }
    }
    return best
  }

  /// The bodies whose spheres a ray passes within `limit`, and where the first begins and the last
  /// ends; a ray that widens by `spread` per length is a cone.
  private func candidates(
    _ origin: Vector, _ direction: Vector, limit: Float, spread: Float = 0
  ) -> (near: UInt32, from: Float, to: Float) {
    var (near, from, to) = (UInt32(0), limit, Float(0))
    for index in bodies.indices {
      let offset = bodies[index].centre - origin
      let along = dot(offset, direction)
      let radius = bodies[index].radius + max(along, 0) * spread
      let miss = dot(offset, offset) - along * along
      guard miss < radius * radius else { continue }
      let half = (radius * radius - miss).squareRoot()
      guard along + half > 0, along - half < limit else { continue }
      near |= 1 << UInt32(index)
      from = min(from, max(along - half, 0))
      to = max(to, along + half)
    }
    return (near, from, min(to, limit))
  }

  private func march(
    _ origin: Vector, _ direction: Vector, from start: Float, limit: Float
  ) -> (point: Vector, body: Int, material: Int)? {
    guard start < limit else { return nil }
    let (near, from, to) = candidates(origin, direction, limit: limit)
    guard near != 0 else { return nil }
    var t = max(from, start)
    for _ in 0..<72 {
      let point = origin + direction * t
      let (d, body) = distance(point, near)
      if d < 0.0012 * max(t, 1) * 0.5 { return (point, body, material(body, point)) }
      t += d * 0.92
      if t > to { return nil }
    }
    return nil
  }

  /// The share of the lamp's light that arrives, `0...1`.
  private func sunlight(_ origin: Vector) -> Float {
    let direction = scene.light.direction
    let spread = 1 / scene.light.hardness
    let (near, from, to) = candidates(origin, direction, limit: 20, spread: spread)
    guard near != 0 else { return 1 }
    var (t, light) = (max(from, 0.02), Float(1))
    for _ in 0..<40 {
      let (d, _) = distance(origin + direction * t, near, far: max(t * spread, 0.1))
      light = min(light, scene.light.hardness * d / t)
      if light < 0.02 { return 0 }
      t += clamp(d, 0.015, 0.5)
      if t > to { break }
    }
    light = clamp(light, 0, 1)
    return light * light * (3 - 2 * light)
  }

  /// How open the surroundings of a surface point are, `0...1`.
  private func openness(_ point: Vector, _ normal: Vector) -> Float {
    var near: UInt32 = 0
    for index in bodies.indices
    where length(point - bodies[index].centre) < bodies[index].radius + 0.4 {
      near |= 1 << UInt32(index)
    }
    guard near != 0 else { return 1 }
    var closed: Float = 0
    for (reach, weight) in [(0.06, 1.0), (0.22, 0.55)] as [(Float, Float)] {
      let away = point + normal * reach
      let d = min(distance(away, near, far: reach).d, max(away.y, 0))
      closed += weight * max(reach - d, 0) / reach
    }
    return max(1 - 0.55 * closed, 0.15)
  }

  // MARK: Light

  private func surface(_ point: Vector, _ index: Int, _ direction: Vector) -> Vector {
    let body = bodies[index]
    // The field's gradient from the four corners of a tetrahedron.
    let e: Float = 0.0015
    let (a, b, c, d) = (
      Vector(1, -1, -1), Vector(-1, -1, 1), Vector(-1, 1, -1), Vector(1, 1, 1)
    )
    let normal = normalized(
      a * distance(index, point + a * e) + b * distance(index, point + b * e)
        + c * distance(index, point + c * e) + d * distance(index, point + d * e))
    let material = scene.materials[body.materials + self.material(index, point)]
    // The pattern is laid on along the axis the surface faces most.
    let p = local(index, point)
    let n = body.rotation.inward(normal)
    let size = Vector(abs(n.x), abs(n.y), abs(n.z))
    let (u, v) =
      size.y >= size.x && size.y >= size.z
      ? (p.x, p.z) : size.x >= size.z ? (p.z, p.y) : (p.x, p.y)
    let pixel = length(point - scene.camera.position) * scene.camera.tangent / 96
    let albedo = material.colour(u + 20, v + 20, blur: pixel / body.scale)
    return shade(point + normal * 0.004, normal, direction, albedo, material)
  }

  private func shade(
    _ point: Vector, _ normal: Vector, _ direction: Vector, _ albedo: Vector,
    _ material: Material
  ) -> Vector {
    let light = scene.light
    let facing = dot(normal, light.direction)
    var sun: Float = 0
    if facing > 0 {
      sun = sunlight(point + normal * 0.01)
      if light.patches > 0 && sun > 0 {
        // Where the light's ray through the point meets the ground's plane.
        let foot = point - light.direction * (point.y / max(light.direction.y, 0.1))
        let pattern = noise(
          foot.x * light.patchFrequency * 1.7 + 50,
          foot.z * light.patchFrequency * 1.7 * light.patchStretch + 50, light.seed)
        sun *= 1 - light.patches * smoothStep(0.42, 0.58, pattern)
      }
    }
    let open = openness(point, normal)
    let fall = max(1 + dot(light.gradient, point), 0.25)
    let up = 0.5 + 0.5 * normal.y
    let ambient = mix(light.below, light.above, up) * open
    let lamp = light.colour * (max(facing, 0) * sun * fall)
    var colour = albedo * (lamp + ambient)
    let mirror = direction - normal * (2 * dot(direction, normal))
    if material.shine > 0 && facing > 0 && sun > 0 {
      let glint = powf(max(dot(mirror, light.direction), 0), material.gloss)
      let tint = mix(Vector(repeating: 1), albedo * 1.6, material.metal)
      colour += light.colour * tint * (material.shine * glint * sun)
    }
    if material.metal > 0 {
      let sky = mix(light.below * 0.8, light.above * 2.2, smoothStep(-0.3, 0.5, mirror.y))
      let band =
        0.55 + 0.9 * noise(mirror.x * 3 + 9, mirror.z * 3 + mirror.y * 4 + 9, material.seed)
      colour = mix(colour, albedo * sky * (band * 1.6 * open), material.metal * 0.75)
    }
    return colour
  }
}
