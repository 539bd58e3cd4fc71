import Glibc

@inline(__always) func sine(_ x: Float) -> Float { sinf(x) }
@inline(__always) func cosine(_ x: Float) -> Float { cosf(x) }

/// Random numbers at the points of a lattice, `0..<1`.
@inline(__always) func lattice(_ x: Int32, _ y: Int32, _ z: Int32) -> Float {
  var h =
    UInt32(bitPattern: x) &* 374_761_393 &+ UInt32(bitPattern: y) &* 668_265_263
    &+ UInt32(bitPattern: z) &* 2_147_483_647
  h = (h ^ (h >> 13)) &* 1_274_126_177
  h = (h ^ (h >> 16)) &* 2_246_822_519
  return Float(h >> 8) * 0x1p-24
}

/// Value noise: lattice values, smoothly interpolated, `0...1`.
func noise(_ x: Float, _ y: Float, _ seed: Int32) -> Float {
  let (i, j) = (floorInt(x), floorInt(y))
  let (fx, fy) = (x - Float(i), y - Float(j))
  let (u, v) = (fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy))
  return mix(
    mix(lattice(i, j, seed), lattice(i &+ 1, j, seed), u),
    mix(lattice(i, j &+ 1, seed), lattice(i &+ 1, j &+ 1, seed), u), v)
}

/// A sum of octaves of noise, each of twice the frequency and half the height, about `0...1`.
func fractalNoise(_ x: Float, _ y: Float, _ seed: Int32, octaves: Int) -> Float {
  var (x, y, height, sum, total) = (x, y, Float(1), Float(0), Float(0))
  for octave in 0..<octaves {
    sum += height * noise(x, y, seed &+ Int32(octave))
    total += height
    height *= 0.5
    // A turn between octaves hides the lattice.
    (x, y) = (1.6 * x + 1.2 * y + 17.3, -1.2 * x + 1.6 * y + 5.1)
  }
  return sum / total
}

/// The cells around random points: distance to the nearest and the second nearest point, and a
/// random number of the nearest one's cell.
func cells(_ x: Float, _ y: Float, _ seed: Int32) -> (nearest: Float, second: Float, id: Float) {
  let (i, j) = (floorInt(x), floorInt(y))
  var (nearest, second, id) = (Float(9), Float(9), Float(0))
  for dj: Int32 in -1...1 {
    for di: Int32 in -1...1 {
      let (ci, cj) = (i &+ di, j &+ dj)
      let dx = Float(ci) + lattice(ci, cj, seed) - x
      let dy = Float(cj) + lattice(ci, cj, seed &+ 7919) - y
      let d = dx * dx + dy * dy
      if d < nearest {
        (second, nearest) = (nearest, d)
        id = lattice(ci, cj, seed &+ 104_729)
      } else if d < second {
        second = d
      }
    }
  }
  return (nearest.squareRoot(), second.squareRoot(), id)
}
