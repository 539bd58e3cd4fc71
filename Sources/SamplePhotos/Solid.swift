import Glibc

/// A shape as the distance to its surface, negative inside (after Quilez, "Distance functions").
///
/// All are centred on the origin. Flat outlines lie in the xz plane and are extruded along y by
/// ± `half`; solids of revolution turn about y.
enum Solid {
  case sphere(Float)
  case ellipsoid(Vector)
  /// Half extents.
  case box(Vector)
  case cylinder(radius: Float, half: Float)
  case frustum(bottom: Float, top: Float, half: Float)
  case capsule(radius: Float, half: Float)
  case torus(ring: Float, tube: Float)
  /// Part of a torus in the xy plane, from −`aperture` to `aperture` about +y.
  case arc(ring: Float, tube: Float, aperture: Float)
  /// A regular prism; `radius` to the middle of a side.
  case prism(sides: Float, radius: Float, half: Float)
  case star(points: Float, outer: Float, inner: Float, half: Float)
  /// The overlap of two discs, `length` along z and `width` along x, both half.
  case lens(length: Float, width: Float, half: Float)
  case heart(size: Float, half: Float)
  case gear(teeth: Float, radius: Float, tooth: Float, half: Float)
  /// A cylinder with a screw thread.
  case thread(radius: Float, half: Float, pitch: Float, depth: Float)

  func distance(_ p: Vector) -> Float {
    switch self {
    case .sphere(let radius): return length(p) - radius
    case .ellipsoid(let r):
      let k0 = length(p / r)
      return k0 < 1e-6 ? -min(r.x, r.y, r.z) : k0 * (k0 - 1) / length(p / (r * r))
    case .box(let half):
      let q = Vector(abs(p.x), abs(p.y), abs(p.z)) - half
      return length(Vector(max(q.x, 0), max(q.y, 0), max(q.z, 0))) + min(max(q.x, q.y, q.z), 0)
    case .cylinder(let radius, let half): return extruded(length(p.x, p.z) - radius, p.y, half)
    case .frustum(let bottom, let top, let half):
      let q = length(p.x, p.z)
      let (kx, ky) = (top - bottom, 2 * half)
      let (ax, ay) = (q - min(q, p.y < 0 ? bottom : top), abs(p.y) - half)
      let t = clamp(((top - q) * kx + (half - p.y) * ky) / (kx * kx + ky * ky), 0, 1)
      let (bx, by) = (q - top + kx * t, p.y - half + ky * t)
      let d = min(ax * ax + ay * ay, bx * bx + by * by).squareRoot()
      return bx < 0 && ay < 0 ? -d : d
    case .capsule(let radius, let half):
      return length(Vector(p.x, p.y - clamp(p.y, -half, half), p.z)) - radius
    case .torus(let ring, let tube): return length(length(p.x, p.z) - ring, p.y) - tube
    case .arc(let ring, let tube, let aperture):
      let (s, c, x) = (sine(aperture), cosine(aperture), abs(p.x))
      let k = c * x > s * p.y ? x * s + p.y * c : length(x, p.y)
      return max(dot(p, p) + ring * ring - 2 * ring * k, 0).squareRoot() - tube
    case .prism(let sides, let radius, let half):
      let sector = 2 * Float.pi / sides
      let angle = atan2f(p.z, p.x)
      let folded = angle - sector * rintf(angle / sector)
      let r = length(p.x, p.z)
      let (x, z) = (r * cosine(folded), abs(r * sine(folded)))
      let side = radius * tanf(sector / 2)
      let d = z > side && x > radius ? length(x - radius, z - side) : x - radius
      return extruded(d, p.y, half)
    case .star(let points, let outer, let inner, let half):
      let sector = Float.pi / points
      var angle = abs(atan2f(p.x, p.z))
      angle = abs(angle - 2 * sector * rintf(angle / (2 * sector)))
      let r = length(p.x, p.z)
      let (x, y) = (r * cosine(angle), r * sine(angle))
      // The edge from the point at (outer, 0) to the notch at `sector`.
      let (nx, ny) = (inner * cosine(sector), inner * sine(sector))
      let (ex, ey) = (nx - outer, ny)
      let t = clamp(((x - outer) * ex + y * ey) / (ex * ex + ey * ey), 0, 1)
      let d = length(x - outer - ex * t, y - ey * t)
      return extruded(ex * y - ey * (x - outer) > 0 ? -d : d, p.y, half)
    case .lens(let long, let wide, let half):
      let d = (long * long - wide * wide) / (2 * wide)
      let radius = d + wide
      let (x, z) = (abs(p.x), abs(p.z))
      let flat =
        (z - long) * d > x * long ? length(x, z - long) : length(x + d, z) - radius
      return extruded(flat, p.y, half)
    case .heart(let size, let half):
      let (x, y) = (abs(p.x) / size, p.z / size + 0.55)
      var d: Float
      if y + x > 1 {
        d = length(x - 0.25, y - 0.75) - 0.35355339
      } else {
        let m = 0.5 * max(x + y, 0)
        d = min(length(x, y - 1), length(x - m, y - m))
        if x < y { d = -d }
      }
      return extruded(d * size, p.y, half)
    case .gear(let teeth, let radius, let tooth, let half):
      let sector = 2 * Float.pi / teeth
      let angle = atan2f(p.z, p.x)
      let folded = angle - sector * rintf(angle / sector)
      let r = length(p.x, p.z)
      let (x, z) = (r * cosine(folded), abs(r * sine(folded)))
      let (bx, bz) = (abs(x - radius) - tooth, z - radius * sector * 0.24)
      let block = length(max(bx, 0), max(bz, 0)) + min(max(bx, bz), 0)
      return extruded(min(r - radius, block), p.y, half)
    case .thread(let radius, let half, let pitch, let depth):
      let turn = p.y / pitch + atan2f(p.z, p.x) / (2 * .pi)
      let ridge = abs(fraction(turn) - 0.5) * 2 * depth
      return 0.7 * extruded(length(p.x, p.z) - radius + ridge, p.y, half)
    }
  }

  /// The extent along a unit vector: how far the shape reaches in that direction, at most.
  func reach(_ u: Vector) -> Float {
    func disc(_ radius: Float, _ half: Float) -> Float {
      radius * max(1 - u.y * u.y, 0).squareRoot() + half * abs(u.y)
    }
    /// The furthest of the corners of a regular polygon, `from` being the first one's place in steps.
    func corners(_ count: Float, _ radius: Float, from first: Float, _ x: Float, _ z: Float)
      -> Float
    {
      let step = 2 * Float.pi / count
      let steps = rintf(atan2f(z, x) / step - first) + first
      return radius * (x * cosine(steps * step) + z * sine(steps * step))
    }
    switch self {
    case .sphere(let radius): return radius
    case .ellipsoid(let r): return length(r * u)
    case .box(let half): return half.x * abs(u.x) + half.y * abs(u.y) + half.z * abs(u.z)
    case .cylinder(let radius, let half): return disc(radius, half)
    case .frustum(let bottom, let top, let half):
      let across = max(1 - u.y * u.y, 0).squareRoot()
      return max(bottom * across - half * u.y, top * across + half * u.y)
    case .capsule(let radius, let half): return radius + half * abs(u.y)
    case .torus(let ring, let tube): return ring * max(1 - u.y * u.y, 0).squareRoot() + tube
    case .arc(let ring, let tube, _): return ring * max(1 - u.z * u.z, 0).squareRoot() + tube
    case .prism(let sides, let radius, let half):
      return corners(sides, radius / cosine(.pi / sides), from: 0.5, u.x, u.z) + half * abs(u.y)
    case .star(let points, let outer, _, let half):
      return corners(points, outer, from: 0, u.z, u.x) + half * abs(u.y)
    case .lens(let long, let wide, let half):
      return length(Vector(wide, 0, long) * u) + half * abs(u.y)
    case .heart(let size, let half):
      let lobes = 0.25 * abs(u.x) + 0.2 * u.z + 0.35355339 * length(u.x, u.z)
      return size * max(lobes, -0.55 * u.z) + half * abs(u.y)
    case .gear(_, let radius, let tooth, let half): return disc(radius + tooth, half)
    case .thread(let radius, let half, _, _): return disc(radius, half)
    }
  }
}

/// The distance to a flat outline of distance `flat`, extruded by ± `half` along y.
@inline(__always)
private func extruded(_ flat: Float, _ y: Float, _ half: Float) -> Float {
  let high = abs(y) - half
  return min(max(flat, high), 0) + length(max(flat, 0), max(high, 0))
}
