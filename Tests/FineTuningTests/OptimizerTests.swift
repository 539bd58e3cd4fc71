import FineTuning
import Foundation
import NeuralNetworks
import TensorKernels
import Testing

/// A parameter with its state, stepped by gradients that a formula gives.
struct SteppedParameter {
  let parameter: Parameter
  let optimizer: Optimizer
  var values: [Float]
  var step = 0

  init(
    _ optimizer: Optimizer, role: Parameter.Role = .kernel, count: Int = 7, node: String = "n"
  ) {
    parameter = Parameter(node: node, role: role, shape: [count])
    self.optimizer = optimizer
    values = (0..<count).map { Float(($0 * 7) % 11 - 5) / 10 }
  }

  static func gradient(_ step: Int, _ count: Int) -> [Float] {
    (0..<count).map { Float(($0 * 5 + step * 3) % 13 - 6) / 8 }
  }

  mutating func advance(_ state: OptimizerState, rate: Double, scale: Float = 1) {
    let gradient = Self.gradient(step, values.count)
    values.withUnsafeMutableBufferPointer { values in
      gradient.withUnsafeBufferPointer {
        optimizer.step(
          parameter, values: values, gradient: $0, state: state, rate: rate, scale: scale)
      }
    }
    step += 1
  }
}

@Suite("Optimizers")
struct OptimizerTests {
  static let cases: [(golden: String, rule: OptimizerRule, decay: Double, rateFactor: Double)] = [
    ("sgd", .sgd(nesterov: false), 0.1, 1), ("nesterov", .sgd(), 0.1, 1),
    ("plain", .sgd(momentum: 0, nesterov: false), 0, 1), ("adamw", .adamW(), 0.1, 1),
    ("adamwShort", .adamW(beta1: 0.5, beta2: 0.8, epsilon: 1e-3), 0, 1),
    ("lars", .lars(), 0.1, 10),
  ]

  @Test("do in 20 steps what PyTorch does, LARS what its paper says", arguments: cases)
  func goldens(name: String, rule: OptimizerRule, decay: Double, rateFactor: Double) throws {
    let golden = try #require(optimizerGoldens[name])
    for (role, expected) in [(Parameter.Role.kernel, golden.kernel), (.bias, golden.bias)] {
      var stepped = SteppedParameter(Optimizer(rule, weightDecay: decay), role: role)
      let state = OptimizerState([stepped.parameter], rule: rule)
      for step in 0..<20 {
        let rate = 0.05 * (1 + cos(Double.pi * Double(step) / 20)) / 2
        stepped.advance(state, rate: rateFactor * rate)
      }
      for index in expected.indices {
        let error = abs(Double(stepped.values[index]) - expected[index])
        #expect(error < 2e-6 * max(1, abs(expected[index])), "\(role) \(index): off by \(error)")
      }
    }
  }

  @Test("do the same to long parameters as a plain loop", arguments: [1, 8, 15, 16, 67, 1000])
  func lengths(count: Int) {
    let gradient = SteppedParameter.gradient(1, count)
    let start = gradient.map { $0 * 0.7 + 0.1 }
    let first = (0..<count).map { Float($0 % 9) / 8 - 0.5 }
    // Away from zero, by whose root Adam would divide.
    let second = (0..<count).map { Float($0 % 6) / 7 + 0.1 }
    func run(
      _ body: (
        UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>,
        UnsafeMutableBufferPointer<Float>, UnsafeBufferPointer<Float>
      ) -> Void
    ) -> [[Float]] {
      var (w, m, v) = (start, first, second)
      w.withUnsafeMutableBufferPointer { w in
        m.withUnsafeMutableBufferPointer { m in
          v.withUnsafeMutableBufferPointer { v in
            gradient.withUnsafeBufferPointer { body(w, m, v, $0) }
          }
        }
      }
      return [w, m, v]
    }
    func expect(_ found: [[Float]], _ expected: [[Double]], _ what: String) {
      for (found, expected) in zip(found, expected) {
        let worst = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0
        #expect(worst < 1e-6, "\(what), \(count) elements")
      }
    }
    let g = gradient.map { 0.5 * Double($0) }
    let (w, m, v) = (start.map(Double.init), first.map(Double.init), second.map(Double.init))

    let adam = run {
      GradientDescent.adamW(
        $0, mean: $1, square: $2, gradient: $3, scale: 0.5, rate: 0.01, beta1: 0.9, beta2: 0.99,
        epsilon: 1e-6, decay: 0.1, step: 3)
    }
    let mean = (0..<count).map { 0.9 * m[$0] + 0.1 * g[$0] }
    let square = (0..<count).map { 0.99 * v[$0] + 0.01 * g[$0] * g[$0] }
    expect(
      adam,
      [
        (0..<count).map {
          let corrected = (square[$0] / (1 - pow(0.99, 3))).squareRoot() + 1e-6
          return 0.999 * w[$0] - 0.01 * mean[$0] / (1 - pow(0.9, 3)) / corrected
        }, mean, square,
      ], "AdamW")

    let lars = run { w, m, _, gradient in
      GradientDescent.lars(
        w, velocity: m, gradient: gradient, scale: 0.5, rate: 0.02, momentum: 0.9, decay: 0.1)
    }
    let speed = (0..<count).map { 0.9 * m[$0] + 0.02 * (g[$0] + 0.1 * w[$0]) }
    expect(lars, [zip(w, speed).map { $0 - $1 }, speed], "LARS")

    let sgd = run { w, m, _, gradient in
      GradientDescent.step(
        w, velocity: m, gradient: gradient, scale: 0.5, rate: 0.02, momentum: 0.9, decay: 0.1,
        nesterov: true)
    }
    let slope = (0..<count).map { g[$0] + 0.1 * w[$0] }
    let velocity = (0..<count).map { 0.9 * m[$0] + slope[$0] }
    expect(
      sgd,
      [(0..<count).map { w[$0] - 0.02 * (slope[$0] + 0.9 * velocity[$0]) }, velocity], "SGD")

    let average = run { w, m, _, _ in
      GradientDescent.average(w, with: UnsafeBufferPointer(m), rest: 0.25)
    }
    expect(average, [zip(w, m).map { 0.75 * $0 + 0.25 * $1 }], "average")

    let sum = start.withUnsafeBufferPointer { GradientDescent.sumOfSquares($0) }
    #expect(abs(sum - w.reduce(0) { $0 + $1 * $1 }) <= 1e-12 * sum)
  }

  @Test("LARS takes the plain rate where weights or gradients are zero")
  func larsAtZero() {
    var stepped = SteppedParameter(Optimizer(.lars(momentum: 0)))
    stepped.values = [Float](repeating: 0, count: 7)
    stepped.advance(OptimizerState([stepped.parameter], rule: .lars()), rate: 0.5)
    #expect(stepped.values == SteppedParameter.gradient(0, 7).map { -0.5 * $0 })
  }

  @Test("continue from saved tensors to the same bits", arguments: OptimizerRule.defaults)
  func saved(rule: OptimizerRule) throws {
    var whole = SteppedParameter(Optimizer(rule, weightDecay: 0.01), count: 33)
    let state = OptimizerState([whole.parameter], rule: rule)
    for _ in 0..<3 { whole.advance(state, rate: 0.01) }
    let saved = state.tensors
    var resumed = whole
    for _ in 0..<2 { whole.advance(state, rate: 0.01) }

    let other = OptimizerState([whole.parameter], rule: rule)
    try other.restore(saved)
    for _ in 0..<2 { resumed.advance(other, rate: 0.01) }
    #expect(whole.values == resumed.values)
    #expect(other.tensors == state.tensors)
  }

  @Test("refuse tensors that are missing, left over or of another shape, and change nothing")
  func refusals() throws {
    let parameter = Parameter(node: "head", role: .kernel, shape: [2, 3])
    let state = OptimizerState([parameter], rule: .adamW())
    let good = state.tensors
    #expect(Set(good.keys) == ["head/kernel/mean", "head/kernel/square", "head/kernel/steps"])
    var missing = good
    missing["head/kernel/square"] = nil
    var long = good
    long["conv/kernel/mean"] = Tensor([1], [0])
    var reshaped = good
    reshaped["head/kernel/mean"] = Tensor([3, 2], [1, 2, 3, 4, 5, 6])
    for (tensors, name) in [
      (missing, "head/kernel/square"), (long, "conv/kernel/mean"), (reshaped, "head/kernel/mean"),
    ] {
      let error = #expect(throws: OptimizerStateError.self) { try state.restore(tensors) }
      #expect(error?.description.contains(name) == true)
      #expect(state.tensors == good)
    }
  }

  @Test("keep what they know of a parameter across an unfreezing, not across a change of rule")
  func continuing() throws {
    let head = Parameter(node: "head", role: .bias, shape: [2])
    let conv = Parameter(node: "conv", role: .bias, shape: [3])
    let first = OptimizerState([head])
    try first.restore(["head/bias/velocity": Tensor([2], [0, 5])])
    let second = OptimizerState([conv, head], continuing: first)
    #expect(second.tensors["head/bias/velocity"]?.values == [0, 5])
    #expect(second.tensors["conv/bias/velocity"]?.values == [0, 0, 0])
    // LARS's velocity has the rate inside.
    let third = OptimizerState([head], rule: .lars(), continuing: second)
    #expect(third.tensors["head/bias/velocity"]?.values == [0, 0])
    second.reset()
    #expect(second.tensors["head/bias/velocity"]?.values == [0, 0])
  }

  @Test("AdamW corrects the means of a parameter that is unfrozen late by its own steps")
  func late() {
    var early = SteppedParameter(Optimizer(.adamW()), node: "early")
    var late = SteppedParameter(Optimizer(.adamW()), node: "late")
    let first = OptimizerState([early.parameter], rule: .adamW())
    for _ in 0..<50 { early.advance(first, rate: 0.01) }
    let second = OptimizerState(
      [early.parameter, late.parameter], rule: .adamW(), continuing: first)
    let before = late.values
    late.advance(second, rate: 0.01)
    // The first step is as long as the rate, whatever the gradient.
    for (index, gradient) in SteppedParameter.gradient(0, 7).enumerated() where gradient != 0 {
      #expect(abs(abs(late.values[index] - before[index]) - 0.01) < 1e-5)
    }
    #expect(second.tensors["early/kernel/steps"]?.values == [50])
    #expect(second.tensors["late/kernel/steps"]?.values == [1])
  }

  @Test("survive the way through JSON, and are known by their names")
  func json() throws {
    for rule in OptimizerRule.defaults + [.sgd(momentum: 0.5, nesterov: false)] {
      let data = try JSONEncoder().encode([rule])
      #expect(try JSONDecoder().decode([OptimizerRule].self, from: data) == [rule])
    }
    func read(_ text: String) throws -> OptimizerRule? {
      try JSONDecoder().decode([OptimizerRule].self, from: Data(text.utf8)).first
    }
    #expect(try read(#"["adamw"]"#) == .adamW())
    #expect(try read(#"[{"name": "lars", "trust": 0.02}]"#) == .lars(trust: 0.02))
    #expect(throws: DecodingError.self) { try read(#"["adam"]"#) }
    #expect(throws: DecodingError.self) { try read(#"[{"name": "sgd", "beta1": 0.9}]"#) }
  }
}

@Suite("The running average of weights")
struct ExponentialMovingAverageTests {
  private func weights() throws -> (NetworkWeights, [Parameter]) {
    var network = Network(input: [3])
    try network.add("dense", Dense(2), to: network.output)
    let tensors = network.initialTensors(seed: 1)
    return (try NetworkWeights(network, tensors), network.parameters)
  }

  @Test("follows the weights slowly, at first faster")
  func formula() throws {
    let (weights, parameters) = try weights()
    let average = ExponentialMovingAverage(
      decay: 0.5, parameters, beginning: weights.tensors())
    var expected = try #require(weights.tensor(named: "dense/kernel")).values.map(Double.init)
    for number in 1...12 {
      let now = (0..<6).map { Float($0 * number % 5) }
      weights.replace("dense/kernel", with: Tensor([3, 2], now))
      average.update(weights)
      let decay = min(0.5, (1 + Double(number)) / (10 + Double(number)))
      for index in 0..<6 {
        expected[index] = decay * expected[index] + (1 - decay) * Double(now[index])
      }
    }
    #expect(average.updateCount == 12)
    let found = try #require(average.weights["dense/kernel"])
    for index in 0..<6 { #expect(abs(Double(found.values[index]) - expected[index]) < 1e-5) }
  }

  @Test("of weights that stay is these weights, bit for bit")
  func constant() throws {
    let (weights, parameters) = try weights()
    let average = ExponentialMovingAverage(
      decay: 0.999, parameters, beginning: weights.tensors())
    for _ in 0..<100 { average.update(weights) }
    #expect(average.weights == weights.tensors())
  }

  @Test("continues from saved tensors, and refuses those of something else")
  func saved() throws {
    let (weights, parameters) = try weights()
    let first = ExponentialMovingAverage(decay: 0.9, parameters, beginning: weights.tensors())
    weights.replace("dense/bias", with: Tensor([2], [3, -3]))
    first.update(weights)
    let second = ExponentialMovingAverage(decay: 0.9, parameters, beginning: weights.tensors())
    try second.restore(first.tensors)
    first.update(weights)
    second.update(weights)
    #expect(first.tensors == second.tensors)
    var other = first.tensors
    other["dense/bias"] = nil
    #expect(throws: OptimizerStateError.self) { try second.restore(other) }
  }
}
