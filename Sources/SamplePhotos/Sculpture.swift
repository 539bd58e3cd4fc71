/// An object as a list of solids, each added to what the earlier ones made or cut from it.
struct Sculpture {
  struct Part {
    var solid: Solid
    var at: Vector
    var turned: Rotation
    var isTurned: Bool
    var material: Int
    /// Width over which the part melts into the others.
    var blend: Float
    /// Thickness added all round, which rounds the edges.
    var rounding: Float
    /// Repeats the part at the mirrored place: x → −x, z → −z.
    var mirrorX, mirrorZ: Bool
    /// Lifts the part by `bend`·z², as a leaf or a spoon is bent.
    var bend: Float
    var isCut: Bool

    /// A radius around `at` that the part does not leave.
    private(set) var extent: Float = 0

    mutating func measure() {
      let reach = Vector(
        solid.reach(Vector(1, 0, 0)),
        max(solid.reach(Vector(0, 1, 0)), solid.reach(Vector(0, -1, 0))),
        solid.reach(Vector(0, 0, 1)))
      extent = length(reach + Vector(0, abs(bend) * reach.z * reach.z, 0)) + rounding
    }

    /// The distance to the object made of `d` and this part.
    ///
    /// Parts too far away to matter are not computed, which is most of them most of the time.
    @inline(__always) func joined(to d: Float, at point: Vector) -> Float {
      var p = point
      if mirrorX { p.x = abs(p.x) }
      if mirrorZ { p.z = abs(p.z) }
      p -= at
      let matters = isCut ? extent - d : extent + d + blend
      if matters < 0 ? isCut : dot(p, p) > matters * matters { return d }
      if isTurned { p = turned.inward(p) }
      if bend != 0 { p.y -= bend * p.z * p.z }
      let own = solid.distance(p) - rounding
      if isCut { return max(d, -own) }
      if blend == 0 { return min(d, own) }
      let h = max(blend - abs(d - own), 0)
      return min(d, own) - h * h / (4 * blend)
    }
  }

  /// How the object may rest.
  enum Pose {
    /// As it was built, turned about the vertical only.
    case standing
    /// Rolled over about its x axis by a quarter turn, as a bottle that fell.
    case lying
    /// The same, but with one of four sides down, as a book on its edge.
    case tipped
    /// Flat, as built, seen rather from above.
    case flat
  }

  private(set) var parts: [Part] = []
  var materials: [Material]
  var poses: [Pose] = [.standing]

  init(_ materials: [Material]) { self.materials = materials }

  /// Adds a part; parameters as in `Part`.
  mutating func add(
    _ solid: Solid, at: Vector = .zero, turned: Rotation? = nil, material: Int = 0,
    blend: Float = 0, rounding: Float = 0, mirrorX: Bool = false, mirrorZ: Bool = false,
    bend: Float = 0
  ) {
    parts.append(
      Part(
        solid: solid, at: at, turned: turned ?? .none, isTurned: turned != nil,
        material: min(material, materials.count - 1), blend: blend, rounding: rounding,
        mirrorX: mirrorX, mirrorZ: mirrorZ, bend: bend, isCut: false))
    parts[parts.count - 1].measure()
  }

  /// Cuts a part away from all that was added before it.
  mutating func cut(
    _ solid: Solid, at: Vector = .zero, turned: Rotation? = nil, material: Int = 0,
    mirrorX: Bool = false, mirrorZ: Bool = false, bend: Float = 0
  ) {
    add(
      solid, at: at, turned: turned, material: material, mirrorX: mirrorX, mirrorZ: mirrorZ,
      bend: bend)
    parts[parts.count - 1].isCut = true
  }

  /// How far the object reaches from the origin along a unit vector, at most.
  func reach(_ direction: Vector) -> Float {
    var best = -Float.infinity
    for part in parts where !part.isCut {
      // A mirrored part reaches equally far on both sides.
      for signX: Float in part.mirrorX ? [1, -1] : [1] {
        for signZ: Float in part.mirrorZ ? [1, -1] : [1] {
          let u = Vector(direction.x * signX, direction.y, direction.z * signZ)
          let own = part.isTurned ? part.turned.inward(u) : u
          let along = part.solid.reach(Vector(0, 0, 1))
          let lift = part.bend * along * along * own.y
          best = max(best, dot(part.at, u) + part.solid.reach(own) + part.rounding + max(lift, 0))
        }
      }
    }
    return best
  }

  /// A sphere around the object.
  func bounds() -> (centre: Vector, radius: Float) {
    var (low, high) = (Vector.zero, Vector.zero)
    for axis in 0..<3 {
      var u = Vector.zero
      u[axis] = 1
      high[axis] = reach(u)
      low[axis] = -reach(-u)
    }
    let centre = (low + high) / 2
    // The box's own sphere is too large for most objects; the reach in many directions is not.
    var radius: Float = 0
    let golden: Float = 2.39996323
    let count = 200
    for index in 0..<count {
      let y = 1 - 2 * (Float(index) + 0.5) / Float(count)
      let r = (1 - y * y).squareRoot()
      let u = Vector(r * cosine(golden * Float(index)), y, r * sine(golden * Float(index)))
      radius = max(radius, reach(u) - dot(centre, u))
    }
    return (centre, radius * 1.03)
  }
}
