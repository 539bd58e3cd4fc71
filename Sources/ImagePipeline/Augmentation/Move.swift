import Glibc

/// A move of what a view shows: which place of the view before it each place shows, both counted from the
/// centre; x0 in widths and y0 in heights of the view, the other factors of pixels.
///
/// A place (x, y) shows (xx x + xy y + x0, yx x + yy y + y0).
package struct Move: Hashable {
  package var xx = 1.0
  package var xy = 0.0
  package var x0 = 0.0
  package var yx = 0.0
  package var yy = 1.0
  package var y0 = 0.0

  package static let none = Move()

  /// Left and right exchanged.
  package static let mirror = Move(xx: -1)

  /// Turned clockwise.
  package static func rotation(degrees: Double) -> Move {
    let angle = degrees * Double.pi / 180
    return Move(xx: cos(angle), xy: sin(angle), yx: -sin(angle), yy: cos(angle))
  }

  package static func scale(_ factor: Double) -> Move { Move(xx: 1 / factor, yy: 1 / factor) }

  /// What is `amount` below the centre moves right by `amount` · `slope`.
  package static func shearX(_ slope: Double) -> Move { Move(xy: -slope) }
  package static func shearY(_ slope: Double) -> Move { Move(yx: -slope) }
  package static func translation(x: Double, y: Double) -> Move { Move(x0: -x, y0: -y) }

  /// This move and then another.
  package func then(_ next: Move) -> Move {
    Move(
      xx: xx * next.xx + xy * next.yx, xy: xx * next.xy + xy * next.yy,
      x0: xx * next.x0 + xy * next.y0 + x0,
      yx: yx * next.xx + yy * next.yx, yy: yx * next.xy + yy * next.yy,
      y0: yx * next.x0 + yy * next.y0 + y0)
  }

  /// Rows stay rows, and what is above stays above.
  package var isUpright: Bool { xy == 0 && yx == 0 && yy > 0 }
}
