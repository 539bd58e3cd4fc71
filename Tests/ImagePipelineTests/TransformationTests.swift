import Files
import Foundation
import ImagePipeline
import TensorKernels
import Testing

@Suite("Affine views")
struct TransformationTests {
  /// The definition in double precision: the mean over points spread evenly in the pixel of the photo
  /// interpolated between the centres of its pixels.
  private func naive(_ image: Image, _ map: Transformation) -> [Double] {
    let (across, down) = map.points
    func mirrored(_ place: Int, _ size: Int) -> Int {
      var place = place
      while !(0..<size).contains(place) { place = place < 0 ? -1 - place : 2 * size - 1 - place }
      return place
    }
    func pixel(_ x: Int, _ y: Int) -> [Double] {
      let isInside = (0..<image.width).contains(x) && (0..<image.height).contains(y)
      guard isInside || map.border == .reflect else { return [124, 116, 104] }
      return image[mirrored(x, image.width), mirrored(y, image.height)].map(Double.init)
    }
    func sample(_ x: Double, _ y: Double) -> [Double] {
      let (left, top) = ((x - 0.5).rounded(.down), (y - 0.5).rounded(.down))
      let (fx, fy) = (x - 0.5 - left, y - 0.5 - top)
      let (i, j) = (Int(left), Int(top))
      return (0..<3).map {
        (pixel(i, j)[$0] * (1 - fx) + pixel(i + 1, j)[$0] * fx) * (1 - fy)
          + (pixel(i, j + 1)[$0] * (1 - fx) + pixel(i + 1, j + 1)[$0] * fx) * fy
      }
    }
    var result: [Double] = []
    for v in 0..<map.height {
      for u in 0..<map.width {
        var sum = [0.0, 0, 0]
        for j in 0..<down {
          for i in 0..<across {
            let pu = Double(u) + (Double(i) + 0.5) / Double(across)
            let pv = Double(v) + (Double(j) + 0.5) / Double(down)
            let colour = sample(
              map.xu * pu + map.xv * pv + map.x, map.yu * pu + map.yv * pv + map.y)
            for channel in 0..<3 { sum[channel] += colour[channel] / Double(across * down) }
          }
        }
        result += sum
      }
    }
    return result
  }

  private static let moves: [Move] = [
    .rotation(degrees: 30), .rotation(degrees: -171), .shearX(0.4), .shearY(-0.3),
    .scale(0.6).then(.rotation(degrees: 5)), .translation(x: 0.4, y: -0.7),
    Move.mirror.then(.rotation(degrees: 12)).then(.scale(1.8)).then(.shearX(0.1)),
  ]

  @Test(
    "equal the definition", arguments: moves, [Augmentation.Border.reflect, .mean])
  func definition(move: Move, border: Augmentation.Border) {
    for (width, height, box) in [
      (40, 30, Box(left: 3, top: 2, right: 35, bottom: 28)),
      (90, 70, Box(left: 10, top: 5, right: 80, bottom: 66)),
      (9, 5, Box(left: 0, top: 0, right: 9, bottom: 5)),
    ] {
      let image = Image.pattern(width, height)
      let map = Transformation(Resampling(box, width: 16, height: 16), move, border: border)
      let result = image.transformed(map)
      let worst = zip(result.pixels, naive(image, map)).map { abs(Double($0) - $1) }.max() ?? 999
      #expect(worst < 0.51, "\(width)×\(height): \(worst)")
    }
  }

  @Test("the photo of a position shows where each pixel of a view comes from", arguments: moves)
  func positions(move: Move) {
    // Red rises by 2 a pixel to the right, green downwards: interpolation leaves them linear.
    var pixels: [UInt8] = []
    for y in 0..<120 { for x in 0..<120 { pixels += [UInt8(2 * x), UInt8(2 * y), 7] } }
    let image = Image(width: 120, height: 120, pixels: pixels)
    let side = 20
    let part = Resampling(
      Box(left: 50, top: 45, right: 75, bottom: 70), width: side, height: side)
    let view = image.transformed(Transformation(part, move, border: .reflect))
    for v in 0..<side {
      for u in 0..<side {
        // In sides of the square, from its centre.
        let (x, y) = (
          (Double(u) + 0.5) / Double(side) - 0.5, (Double(v) + 0.5) / Double(side) - 0.5
        )
        let photoX = 62.5 + 25 * (move.xx * x + move.xy * y + move.x0)
        let photoY = 57.5 + 25 * (move.yx * x + move.yy * y + move.y0)
        #expect(abs(Double(view[u, v][0]) - 2 * (photoX - 0.5)) < 0.52)
        #expect(abs(Double(view[u, v][1]) - 2 * (photoY - 0.5)) < 0.52)
      }
    }
  }

  @Test("moves are what they are called")
  func meaning() {
    func place(_ move: Move, _ x: Double, _ y: Double) -> [Double] {
      [move.xx * x + move.xy * y + move.x0, move.yx * x + move.yy * y + move.y0]
        .map { ($0 * 1e6).rounded() / 1e6 }
    }
    // What a place of the view shows: a quarter turn clockwise brings the left edge to the top.
    #expect(place(.rotation(degrees: 90), 0, -0.5) == [-0.5, 0])
    #expect(place(.scale(2), 0.5, -0.5) == [0.25, -0.25])
    #expect(place(.shearX(0.5), 0.25, 0.5) == [0, 0.5])
    #expect(place(.shearY(0.5), 0.5, 0.25) == [0.5, 0])
    #expect(place(.translation(x: 0.1, y: 0.2), 0.1, 0.2) == [0, 0])
    #expect(place(.mirror, 0.3, 0.2) == [-0.3, 0.2])
    // First shifted to the right, then turned: the shift points down.
    #expect(place(Move.translation(x: 0.2, y: 0).then(.rotation(degrees: 90)), 0, 0.2) == [0, 0])
  }

  @Test("a turn of hardly anything is nearly the resampling of rows and columns")
  func nearlyUpright() throws {
    let image = Image.gradient(200, 160)
    for (right, bottom) in [(180, 150), (60, 70)] {
      let box = Box(left: 20, top: 10, right: Float(right), bottom: Float(bottom))
      let part = Resampling(box, width: 48, height: 48)
      let view = image.transformed(
        Transformation(part, .rotation(degrees: 1e-9), border: .reflect))
      let upright = image.resized(width: 48, height: 48, box: box)
      let worst = zip(view.pixels, upright.pixels).map { abs(Int($0) - Int($1)) }.max()
      #expect(try #require(worst) <= 1)
    }
  }

  @Test("enlarging and moving within the photo stays with the resampling of rows and columns")
  func uprightMoves() {
    var recipe = Augmentation.none
    recipe.crop = .resized(area: 0.3...0.4)
    recipe.scale = 0.1
    recipe.flip = 0.5
    recipe.translation = 0.05
    var upright = 0
    for index in 0..<200 {
      var random = CounterRandom(seed: 3, epoch: 0, index: UInt64(index))
      let plan = PhotoView.training(recipe).plan(
        width: 400, height: 300, size: 64, random: &random)
      switch plan.geometry {
      case .upright(let resampling), .padded(let resampling, _, _):
        upright += 1
        #expect(resampling.box.left >= 0 && resampling.box.right <= 400)
        #expect(resampling.box.top >= 0 && resampling.box.bottom <= 300)
      case .transformed(let map):
        let corners = [
          map.x, map.y, map.x + 64 * map.xu - 400, map.y + 64 * map.yv - 300,
          map.x + 64 * map.xu, map.x - 400,
        ]
        #expect(
          corners[0...1].contains { $0 < 0 } || corners[2...].contains { $0 > 0 } || map.xu < 0)
      }
    }
    #expect(upright > 100)
  }

  @Test("a mirrored view is the mirror image first and moved then")
  func mirroredMove() {
    // The same draws with and without the mirror: a shift to the right stays one.
    let image = Image.gradient(100, 100)
    var recipe = Augmentation.none
    recipe.crop = .whole
    recipe.scale = 0.2
    recipe.translation = 0.1
    recipe.border = .mean
    var mirrored = recipe
    mirrored.flip = 1
    let flippedImage = image.flippedHorizontally()
    for index in 0..<40 {
      // A flip takes one draw: with a probability too small to happen it takes it too.
      recipe.flip = 1e-300
      let plain = flippedImage.view(.training(recipe), size: 32, index: index)
      let turned = image.view(.training(mirrored), size: 32, index: index)
      let worst = zip(plain.pixels, turned.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 99
      #expect(worst <= 1, "\(worst)")
    }
  }
}
