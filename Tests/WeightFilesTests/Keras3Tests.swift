import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("Keras 3's layout")
struct Keras3Tests {
  typealias Object = Keras3File.Object

  static let dense = [
    Parameter(node: "d", role: .kernel, shape: [2, 3]),
    Parameter(node: "d", role: .bias, shape: [3]),
  ]
  static func norm(_ node: String, _ roles: [Parameter.Role]) -> [Parameter] {
    roles.map { Parameter(node: node, role: $0, shape: [3]) }
  }
  static let all: [Parameter.Role] = [.gamma, .beta, .movingMean, .movingVariance]

  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let objects: [Object]
    let parameters: [Parameter]
    /// By parameter name, the first value of its tensor.
    let first: [String: Float]

    init(
      _ description: String, _ objects: [Object], _ parameters: [Parameter],
      _ first: [String: Float]
    ) {
      testDescription = description
      self.objects = objects
      self.parameters = parameters
      self.first = first
    }
  }

  static let good: [Case] = [
    Case(
      "a layer under its own name",
      [Object("layers/dense_7", "d", [count([2, 3], from: 1), count([3], from: 9)])],
      dense, ["d/kernel": 1, "d/bias": 9]),
    Case(
      "the order of numbers, not of letters; layers without tensors; the optimizer's state",
      [
        Object("", "model"), Object("layers/input_layer", "i"),
        Object("optimizer", "adam", [count([5], from: 0)]),
        Object("layers/dense", "a", [count([2, 3], from: 1)]),
        Object("layers/dense_10", "c", [count([2, 3], from: 3)]),
        Object("layers/dense_2", "b", [count([2, 3], from: 2)]),
      ],
      ["a", "b", "c"].map { Parameter(node: $0, role: .kernel, shape: [2, 3]) },
      ["a/kernel": 1, "b/kernel": 2, "c/kernel": 3]),
    Case(
      "a whole norm",
      [Object("layers/batch_normalization", "n", (0..<4).map { count([3], from: Float($0)) })],
      norm("n", all),
      ["n/gamma": 0, "n/beta": 1, "n/moving_mean": 2, "n/moving_variance": 3]),
    Case(
      "a norm without gamma and beta",
      [Object("layers/batch_normalization", "n", (0..<2).map { count([3], from: Float($0)) })],
      norm("n", [.movingMean, .movingVariance]), ["n/moving_mean": 0, "n/moving_variance": 1]),
    Case(
      "a norm of three vectors in a network without gamma",
      [Object("layers/batch_normalization", "n", (0..<3).map { count([3], from: Float($0)) })],
      norm("n", [.beta, .movingMean, .movingVariance]),
      ["n/beta": 0, "n/moving_mean": 1, "n/moving_variance": 2]),
    Case(
      "a norm of three vectors in a network without beta",
      [Object("layers/batch_normalization", "n", (0..<3).map { count([3], from: Float($0)) })],
      norm("n", [.gamma, .movingMean, .movingVariance]),
      ["n/gamma": 0, "n/moving_mean": 1, "n/moving_variance": 2]),
    Case(
      "a depthwise kernel",
      [
        Object(
          "layers/depthwise_conv2d", "w", [count([3, 3, 2, 1], from: 5), count([2], from: 7)])
      ],
      [
        Parameter(node: "w", role: .depthwiseKernel, shape: [3, 3, 2, 1]),
        Parameter(node: "w", role: .bias, shape: [2]),
      ], ["w/depthwise_kernel": 5, "w/bias": 7]),
    Case(
      "an inner model, and a head around it",
      [
        Object("layers/functional", "base"),
        Object(
          "layers/functional/layers/dense", "d", [count([2, 3], from: 1), count([3], from: 9)]),
        Object("layers/dense", "head", [count([3, 7], from: 4), count([7], from: 5)]),
      ], dense, ["d/kernel": 1, "d/bias": 9]),
    Case(
      "two inner models with layers of one name, told apart by their paths",
      [
        Object("layers/functional", "a"), Object("layers/functional_1", "b"),
        Object("layers/functional/layers/dense", "d", [count([2, 3], from: 1)]),
        Object("layers/functional_1/layers/dense", "d", [count([2, 3], from: 2)]),
        Object("layers/dense", "d", [count([2, 3], from: 3)]),
      ],
      ["d", "a/d", "b/d"].map { Parameter(node: $0, role: .kernel, shape: [2, 3]) },
      ["d/kernel": 3, "a/d/kernel": 1, "b/d/kernel": 2]),
    Case(
      "automatic names counted from another start",
      (0..<3).map {
        Object(
          "layers/conv2d" + ($0 == 0 ? "" : "_\($0)"), "conv2d_\($0 + 41)",
          [count([1, 1, 2, 2], from: Float($0))])
      },
      ["conv2d", "conv2d_1", "conv2d_2"].map {
        Parameter(node: $0, role: .kernel, shape: [1, 1, 2, 2])
      }, ["conv2d/kernel": 0, "conv2d_1/kernel": 1, "conv2d_2/kernel": 2]),
  ]

  @Test("is read", arguments: good)
  func reads(_ case: Case) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.weights.h5")
      Keras3File.make(url, `case`.objects)
      let (tensors, report) = try KerasWeightFile(url).load(`case`.parameters, for: "net")
      #expect(report.layout == .keras3Weights)
      #expect(report.matched.count == `case`.parameters.count)
      #expect(tensors.mapValues { $0.values[0] } == `case`.first)
    }
  }

  struct Refusal: CustomTestStringConvertible {
    let testDescription: String
    let message: String
    let objects: [Object]
    let parameters: [Parameter]

    init(
      _ description: String, _ message: String, _ objects: [Object],
      _ parameters: [Parameter] = dense
    ) {
      testDescription = description
      self.message = message
      self.objects = objects
      self.parameters = parameters
    }
  }

  static let whole = [count([2, 3], from: 1), count([3], from: 9)]

  static let bad: [Refusal] = [
    Refusal(
      "a renamed layer",
      "has none of the 2 tensors of net, which needs 'd/kernel', 'd/bias'; it holds 'e/kernel', 'e/bias'; ",
      [Object("layers/dense", "e", whole)]),
    Refusal(
      "a tensor of another shape", "'d/kernel' is [2, 3] in net but [2, 4] in 'x.weights.h5'",
      [Object("layers/dense", "d", [count([2, 4], from: 1), count([3], from: 9)])]),
    Refusal(
      "a missing tensor", "lacks 'd/bias' of net",
      [Object("layers/dense", "d", [count([2, 3], from: 1)])]),
    Refusal(
      "an extra layer", "holds 'e/kernel', which net does not have",
      [Object("layers/dense", "d", whole), Object("layers/dense_1", "e", [whole[0]])]),
    Refusal(
      "an extra layer inside the inner model", "holds 'e/kernel', which net does not have",
      [
        Object("layers/functional", "base"), Object("layers/functional/layers/dense", "d", whole),
        Object("layers/functional/layers/dense_1", "e", [whole[0]]),
      ]),
    Refusal(
      "the same name in two inner models",
      "has 'd/kernel' more than once: /layers/functional/layers/dense/vars/0 and /layers/functional_1",
      [
        Object("layers/functional", "a"), Object("layers/functional_1", "b"),
        Object("layers/functional/layers/dense", "d", whole),
        Object("layers/functional_1/layers/dense", "d", whole),
      ]),
    Refusal(
      "a norm of three vectors where the network has four",
      "lacks 'n/gamma', 'n/beta' of net",
      [Object("layers/batch_normalization", "n", (0..<3).map { count([3], from: Float($0)) })],
      norm("n", all)),
    Refusal(
      "a class that nobody knows",
      "has none of the 2 tensors of net, which needs 'd/kernel', 'd/bias'; it holds 'd/0', 'd/1'",
      [Object("layers/my_layer", "d", whole)]),
    Refusal(
      "layers without names", "does not tell the names of its layers",
      [Object("layers/dense", nil, whole)]),
    Refusal(
      "numbers that are not all there",
      "lacks some of the numbered tensors of '/layers/dense/vars'",
      [Object("layers/dense", "d", whole), Object("layers/dense/vars/3", "x")]),
    Refusal(
      "automatic names of which one layer has another shape",
      "'dense_1/kernel' is [3, 4] in net but [2, 3] in 'x.weights.h5'",
      ["dense", "dense_1"].map { (name: String) -> Object in
        Object("layers/\(name)", name, [count([2, 3], from: 1)])
      },
      [
        Parameter(node: "dense", role: .kernel, shape: [2, 3]),
        Parameter(node: "dense_1", role: .kernel, shape: [3, 4]),
      ]),
    Refusal(
      "automatic names whose order is not that of the network",
      "has none of the 2 tensors of net",
      [("dense", "dense_6"), ("dense_1", "dense_5")].map {
        (group: String, name: String) -> Object in
        Object("layers/\(group)", name, [count([2, 3], from: 1)])
      },
      ["dense", "dense_1"].map { Parameter(node: $0, role: .kernel, shape: [2, 3]) }),
    Refusal(
      "automatic names that are not shifted by one number", "has none of the 2 tensors of net",
      [5, 7].map { Object("layers/dense_\($0)", "dense_\($0)", [count([2, 3], from: 1)]) },
      ["dense", "dense_1"].map { Parameter(node: $0, role: .kernel, shape: [2, 3]) }),
    Refusal(
      "a number that is none", "holds NaN or infinite values in 'd/bias' (/layers/dense/vars/1)",
      [Object("layers/dense", "d", [whole[0], ([3], [1, .nan, 3])])]),
  ]

  @Test("is refused in one sentence where something is unaccounted for", arguments: bad)
  func refuses(_ case: Refusal) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.weights.h5")
      Keras3File.make(url, `case`.objects)
      let error = failure { try KerasWeightFile(url).load(`case`.parameters, for: "net") }
      #expect(error?.kind == .bad)
      let message = error?.message ?? "no error"
      #expect(
        message.hasPrefix(`case`.message) || message.hasPrefix("'x.weights.h5' \(`case`.message)"),
        "\(message)")
      #expect(!message.contains("\n"))
    }
  }

  @Test("has counters that are no weights: they may be left over")
  func counters() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.weights.h5")
      Keras3File.make(
        url, [Object("layers/dense", "d", Self.whole), Object("layers/dropout", "o")]
      ) { file in
        file.group("/layers/dropout/seed_generator")
        file.group("/layers/dropout/seed_generator/vars")
        file.integers("/layers/dropout/seed_generator/vars/0", [7, 8])
      }
      let report = try KerasWeightFile(url).load(Self.dense, for: "net").report
      #expect(report.unused == ["seed_generator/0"])
      #expect(report.description.contains("unused of the file 1: seed_generator/0"))
    }
  }

  @Test("A report says what was not simply matched")
  func report() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x.weights.h5")
      Keras3File.make(
        url,
        [
          Object("layers/functional", "base"),
          Object("layers/functional/layers/conv2d", "conv2d_8", [count([1, 1, 3, 2], from: 1)]),
          Object(
            "layers/functional/layers/batch_normalization", "n",
            (0..<3).map { count([3], from: Float($0)) }),
          Object("layers/dense", "head", [Self.whole[0]]),
        ])
      let parameters =
        [Parameter(node: "conv2d", role: .kernel, shape: [1, 1, 1, 2])]
        + Self.norm("n", [.beta, .movingMean, .movingVariance])
      let file = try KerasWeightFile(url)
      let (tensors, report) = try file.load(
        parameters, for: "net",
        adaptation: ChannelAdaptation(["conv2d/kernel"]) { tensor, parameter in
          let values = tensor.values
          return Tensor(
            parameter.shape, (0..<2).map { values[$0] + values[$0 + 2] + values[$0 + 4] })
        })
      // [1, 2], [3, 4], [5, 6] for the three colours.
      #expect(tensors["conv2d/kernel"] == Tensor([1, 1, 1, 2], [9, 12]))
      #expect(report.adapted == ["conv2d/kernel"])
      #expect(report.innerModel == "base")
      #expect(report.renumbered == ["conv2d_8…conv2d_8 for conv2d…conv2d"])
      #expect(report.unused == ["head/kernel"])
      #expect(report.inferred.count == 1)
      #expect(
        report.description.contains("first kernel 'conv2d/kernel' summed over its 3 input channels")
      )
      #expect(failure { try file.load(parameters, for: "net") }?.kind == .bad)
    }
  }
}
