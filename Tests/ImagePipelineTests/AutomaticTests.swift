import Files
import ImagePipeline
import TensorKernels
import Testing

@Suite("RandAugment, TrivialAugment and erasing")
struct AutomaticTests {
  private typealias Effect = AutomaticOperation.Effect

  @Test("each operation does at half strength what the papers' tables say, one way and the other")
  func tables() {
    let rand: [(AutomaticOperation, Double, Effect)] = [
      (.identity, 1, .nothing), (.shearX, 1, .move(.shearX(0.15))),
      (.shearX, -1, .move(.shearX(-0.15))), (.shearY, 1, .move(.shearY(0.15))),
      (.translateX, 1, .move(.translation(x: 75.0 / 331, y: 0))),
      (.translateY, -1, .move(.translation(x: 0, y: -75.0 / 331))),
      (.rotate, 1, .move(.rotation(degrees: 15))), (.rotate, -1, .move(.rotation(degrees: -15))),
      (.brightness, 1, .colour(.brightness(1.45))), (.color, -1, .colour(.saturation(0.55))),
      (.contrast, 1, .colour(.contrast(1.45))), (.sharpness, -1, .colour(.sharpness(0.55))),
      (.posterize, 1, .colour(.posterize(bits: 6))),
      (.solarize, 1, .colour(.solarize(threshold: 128))),
      (.autocontrast, 1, .colour(.autocontrast)), (.equalize, 1, .colour(.equalize)),
    ]
    #expect(Set(rand.map(\.0)).count == 14 && AutomaticOperation.allCases.count == 14)
    for (operation, sign, effect) in rand {
      #expect(operation.effect(in: .randAugment, strength: 0.5, sign: sign) == effect)
    }
    let wide: [(AutomaticOperation, Effect)] = [
      (.shearX, .move(.shearX(0.99))), (.translateX, .move(.translation(x: 32.0 / 224, y: 0))),
      (.rotate, .move(.rotation(degrees: 135))), (.brightness, .colour(.brightness(1.99))),
      (.posterize, .colour(.posterize(bits: 2))), (.solarize, .colour(.solarize(threshold: 0))),
    ]
    for (operation, effect) in wide {
      #expect(operation.effect(in: .wide, strength: 1, sign: 1) == effect)
    }
    #expect(
      AutomaticOperation.color.effect(in: .wide, strength: 0, sign: -1) == .colour(.saturation(1)))
    #expect(
      AutomaticOperation.solarize.effect(in: .wide, strength: 0, sign: 1)
        == .colour(.solarize(threshold: 256)))
  }

  private func plan(_ recipe: Augmentation, _ index: Int) -> ViewPlan {
    var random = CounterRandom(seed: 6, epoch: 0, index: UInt64(index))
    return PhotoView.training(recipe).plan(width: 300, height: 200, size: 64, random: &random)
  }

  @Test("all fourteen operations come about equally often, all strengths with TrivialAugment")
  func frequencies() {
    var recipe = Augmentation.none
    recipe.crop = .whole  // so that every shift leaves the photo
    recipe.randAugment = .init(operations: 2, magnitude: 15)
    var (equalized, moved, coloured) = (0, 0, 0)
    for index in 0..<2800 {
      let plan = plan(recipe, index)
      equalized += plan.colours.count { $0 == .equalize }
      coloured += plan.colours.count
      if case .transformed = plan.geometry { moved += 1 }
    }
    // Two of fourteen chances each; eight of fourteen are colours; moves are five
    // of fourteen, so 59 % of the views are moved.
    #expect((340...460).contains(equalized), "\(equalized)")
    #expect((3050...3350).contains(coloured), "\(coloured)")
    #expect((1500...1750).contains(moved), "\(moved)")
    recipe.randAugment = nil
    recipe.trivialAugment = true
    var factors: Set<ColourOperation> = []
    for index in 0..<14_000 {
      let colours = plan(recipe, index).colours
      #expect(colours.count <= 1)
      if case .brightness? = colours.first { factors.formUnion(colours) }
    }
    #expect(factors.count == 61)  // 30 strengths either way, and none
  }

  @Test("the colour parts come in their order, each with a factor in its range")
  func order() {
    var recipe = Augmentation.none
    recipe.brightness = 0.4
    recipe.contrast = 0.3
    recipe.saturation = 0.2
    recipe.hue = 0.1
    recipe.grayscale = 1
    recipe.blur = .init(probability: 1, sigma: 1...2)
    for index in 0..<300 {
      let colours = plan(recipe, index).colours
      guard colours.count == 6, case .brightness(let brightness) = colours[0],
        case .contrast(let contrast) = colours[1], case .saturation(let saturation) = colours[2],
        case .hue(let hue) = colours[3], case .blur(let sigma) = colours[5]
      else {
        Issue.record("\(colours)")
        continue
      }
      #expect((0.6...1.4).contains(brightness) && (0.7...1.3).contains(contrast))
      #expect((0.8...1.2).contains(saturation) && (-0.1...0.1).contains(hue))
      #expect(colours[4] == .grayscale)
      #expect(((64 / 224.0)...(128 / 224.0)).contains(sigma))
    }
  }

  @Test("grey, blurred and erased as often as asked for")
  func probabilities() {
    var recipe = Augmentation.none
    recipe.grayscale = 0.2
    recipe.blur = .init(probability: 0.3)
    recipe.erasing = .init(probability: 0.4)
    let plans = (0..<2000).map { plan(recipe, $0) }
    #expect((340...460).contains(plans.count { $0.colours.contains(.grayscale) }))
    #expect((530...670).contains(plans.count { $0.colours.count { $0 != .grayscale } == 1 }))
    #expect((730...870).contains(plans.count { $0.erased != nil }))
  }

  @Test("erased rectangles have areas and shapes in their ranges, all over the view")
  func erasedBoxes() throws {
    var recipe = Augmentation.none
    recipe.erasing = .init(probability: 1)
    var (smallest, largest, mean) = (1.0, 0.0, 0.0)
    for index in 0..<2000 {
      let box = try #require(plan(recipe, index).erased)
      #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 64 && box.y + box.height <= 64)
      let area = Double(box.width * box.height) / 4096
      (smallest, largest) = (min(smallest, area), max(largest, area))
      mean += Double(box.x) + Double(box.width) / 2
      let aspect = Double(box.height) / Double(box.width)
      #expect((0.25...4).contains(aspect))
    }
    #expect((0.015...0.03).contains(smallest) && (0.3...0.345).contains(largest))
    #expect(abs(mean / 2000 - 32) < 1)
  }

  @Test(
    "the rectangle is filled, and nothing around it", arguments: Augmentation.Erasing.Fill.allCases)
  func fill(fill: Augmentation.Erasing.Fill) throws {
    let image = Image.gradient(300, 200)
    var recipe = Augmentation.none
    recipe.erasing = .init(probability: 1, fill: fill)
    let whole = image.view(.training(.none), size: 64)
    let view = image.view(.training(recipe), size: 64, seed: 6, index: 3)
    let box = try #require(plan(recipe, 3).erased)
    var colours: Set<[Int]> = []
    for y in 0..<64 {
      for x in 0..<64 {
        if (box.x..<box.x + box.width).contains(x), (box.y..<box.y + box.height).contains(y) {
          colours.insert(view[x, y])
        } else {
          #expect(view[x, y] == whole[x, y])
        }
      }
    }
    switch fill {
    case .black: #expect(colours == [[0, 0, 0]])
    case .mean: #expect(colours == [[124, 116, 104]])
    case .noise: #expect(colours.count > box.width * box.height * 9 / 10)
    }
  }
}
