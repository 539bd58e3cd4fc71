/// A point, direction or colour. In the scene y points up; lengths are arbitrary.
typealias Vector = SIMD3<Float>

@inline(__always) func dot(_ a: Vector, _ b: Vector) -> Float { a.x * b.x + a.y * b.y + a.z * b.z }

@inline(__always) func length(_ a: Vector) -> Float { dot(a, a).squareRoot() }

@inline(__always) func length(_ x: Float, _ y: Float) -> Float { (x * x + y * y).squareRoot() }

@inline(__always) func normalized(_ a: Vector) -> Vector { a / max(length(a), 1e-20) }

@inline(__always) func cross(_ a: Vector, _ b: Vector) -> Vector {
  Vector(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

@inline(__always) func clamp(_ x: Float, _ low: Float, _ high: Float) -> Float {
  min(max(x, low), high)
}

@inline(__always) func mix(_ a: Float, _ b: Float, _ t: Float) -> Float { a + (b - a) * t }

@inline(__always) func mix(_ a: Vector, _ b: Vector, _ t: Float) -> Vector { a + (b - a) * t }

/// 0 below `low`, 1 above `high`, smooth between.
@inline(__always) func smoothStep(_ low: Float, _ high: Float, _ x: Float) -> Float {
  let t = clamp((x - low) / (high - low), 0, 1)
  return t * t * (3 - 2 * t)
}

/// The largest integer not above `x`; `Float.rounded(.down)` is a call on plain x86-64.
@inline(__always) func floorInt(_ x: Float) -> Int32 {
  let whole = Int32(clamp(x, -1e9, 1e9))
  return whole &- (Float(whole) > x ? 1 : 0)
}

/// The part of `x` above its floor, `0..<1`.
@inline(__always) func fraction(_ x: Float) -> Float { x - Float(floorInt(x)) }

/// A rotation, as the three axes of the turned body in the outer frame.
struct Rotation {
  var x = Vector(1, 0, 0)
  var y = Vector(0, 1, 0)
  var z = Vector(0, 0, 1)

  static let none = Rotation()

  /// A turn by `angle` radians about an axis.
  static func about(_ axis: Vector, _ angle: Float) -> Rotation {
    let (s, c) = (sine(angle), cosine(angle))
    let u = normalized(axis)
    func turn(_ v: Vector) -> Vector { v * c + cross(u, v) * s + u * (dot(u, v) * (1 - c)) }
    return Rotation(x: turn(Vector(1, 0, 0)), y: turn(Vector(0, 1, 0)), z: turn(Vector(0, 0, 1)))
  }

  static func aboutX(_ angle: Float) -> Rotation { about(Vector(1, 0, 0), angle) }
  static func aboutY(_ angle: Float) -> Rotation { about(Vector(0, 1, 0), angle) }
  static func aboutZ(_ angle: Float) -> Rotation { about(Vector(0, 0, 1), angle) }

  /// From the turned body's frame to the outer one.
  @inline(__always) func outward(_ v: Vector) -> Vector { x * v.x + y * v.y + z * v.z }

  /// From the outer frame to the turned body's.
  @inline(__always) func inward(_ v: Vector) -> Vector { Vector(dot(x, v), dot(y, v), dot(z, v)) }

  /// First `other`, then this one.
  func after(_ other: Rotation) -> Rotation {
    Rotation(x: outward(other.x), y: outward(other.y), z: outward(other.z))
  }
}
