import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("PyTorch's names and order")
struct TorchNamesTests {
  /// A network of torch's modules: a convolution, a norm, a depthwise convolution, and a dense layer that reads
  /// a flattened map.
  private static func network() throws -> Network {
    var net = Network(input: [2, 2, 3])
    var x = try net.add(
      "stem.0", Convolution2D(4, kernel: 2, padding: .same, bias: false), to: net.input)
    x = try net.add("stem.1", BatchNormalization(epsilon: 1e-5), to: x)
    x = try net.add("dw", DepthwiseConvolution2D(kernel: 3, padding: .same), to: x)
    x = try net.add("flat", Flatten(), to: x)
    x = try net.add("drop", Dropout(0.5), to: x)
    _ = try net.add("fc", Dense(5), to: x)
    return net
  }

  /// Values that tell their place: thousands of the last index and so on, by PyTorch's axes.
  private static func counted(_ shape: Shape) -> Tensor {
    Tensor(shape, (0..<shape.count).map(Float.init))
  }

  private static let stored: [String: Tensor] = [
    "stem.0.weight": counted([4, 3, 2, 2]), "stem.1.weight": counted([4]),
    "stem.1.bias": counted([4]), "stem.1.running_mean": counted([4]),
    "stem.1.running_var": counted([4]), "dw.weight": counted([4, 1, 3, 3]),
    "dw.bias": counted([4]), "fc.weight": counted([5, 16]), "fc.bias": counted([5]),
  ]

  private func load(_ tensors: [String: Tensor]) throws -> (
    tensors: [String: Tensor], report: LoadReport
  ) {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let url = folder.url.appending(path: "model.safetensors")
    try Safetensors(tensors).write(to: url)
    let network = try Self.network()
    let file = try KerasWeightFile(url)
    #expect(file.layout == .torchSafetensors)
    return try file.load(network.parameters, for: "net", flattening: network.flattenedMaps)
  }

  @Test("kernels are turned around, norms keep their roles, a flattened map has the other order")
  func values() throws {
    let (tensors, report) = try load(Self.stored)
    #expect(report.matched.count == Self.stored.count)
    #expect(report.inferred.isEmpty && report.unused.isEmpty)
    let kernel = try #require(tensors["stem.0/kernel"])
    let depthwise = try #require(tensors["dw/depthwise_kernel"])
    let dense = try #require(tensors["fc/kernel"])
    #expect(kernel.shape == [2, 2, 3, 4])
    #expect(depthwise.shape == [3, 3, 4, 1])
    #expect(dense.shape == [16, 5])
    for (y, x, input, output) in [(0, 0, 0, 0), (1, 0, 2, 3), (0, 1, 1, 2)] {
      #expect(
        kernel.values[((y * 2 + x) * 3 + input) * 4 + output]
          == Float(((output * 3 + input) * 2 + y) * 2 + x))
    }
    #expect(depthwise.values[(2 * 3 + 1) * 4 + 3] == Float((3 * 3 + 2) * 3 + 1))
    // Of the map [2, 2, 4], the place (1, 0) of channel 3 is PyTorch's 3 · 4 + 2 and ours 2 · 4 + 3.
    #expect(dense.values[(2 * 4 + 3) * 5 + 1] == Float(1 * 16 + 3 * 4 + 2))
    for role in ["gamma", "beta", "moving_mean", "moving_variance"] {
      #expect(tensors["stem.1/\(role)"]?.values == [0, 1, 2, 3])
    }
  }

  @Test(
    "what a training program puts around all names is no part of them",
    arguments: ["module.", "model.", "module._orig_mod.", "backbone."])
  func wrapped(_ prefix: String) throws {
    let wrapped = Dictionary(uniqueKeysWithValues: Self.stored.map { (prefix + $0, $1) })
    #expect(try load(wrapped).report.matched.count == Self.stored.count)
  }

  @Test("a tensor that is missing, left over or of other extents is named")
  func problems() throws {
    var without = Self.stored
    without["stem.1.running_var"] = nil
    #expect(throws: WeightFileError.self) { try load(without) }
    var more = Self.stored
    more["stem.2.weight"] = Self.counted([4, 4, 1, 1])
    let error = #expect(throws: WeightFileError.self) { try load(more) }
    #expect(error?.description.contains("'stem.2/kernel', which net does not have") == true)
    var other = Self.stored
    other["stem.0.weight"] = Self.counted([4, 2, 3, 2])
    let misshapen = #expect(throws: WeightFileError.self) { try load(other) }
    #expect(
      misshapen?.description.contains("'stem.0/kernel' is [2, 2, 3, 4] in net but [3, 2, 2, 4]")
        == true)
  }

  @Test("a dense layer may be a kernel over all of its input, and a depthwise one of many groups")
  func alike() throws {
    var tensors = Self.stored
    tensors["fc.weight"] = Self.counted([5, 4, 2, 2])
    let dense = try #require(try load(tensors).tensors["fc/kernel"])
    #expect(dense.shape == [16, 5])
    #expect(dense.values[(2 * 4 + 3) * 5 + 1] == Float(1 * 16 + 3 * 4 + 2))
  }

  @Test("dots that names of DenseNet's modules once had are left out; a factor for all is a norm's")
  func names() throws {
    var net = Network(input: [4, 4, 3])
    let layer = "features.denseblock1.denselayer2"
    var x = try net.add("\(layer).norm1", BatchNormalization(epsilon: 1e-5), to: net.input)
    x = try net.add("\(layer).conv1", Convolution2D(3, kernel: 1, bias: false), to: x)
    _ = try net.add("\(layer).lab", LearnedAffine(), to: x)
    let stored: [String: Tensor] = [
      "\(layer).norm.1.weight": Self.counted([3]), "\(layer).norm.1.bias": Self.counted([3]),
      "\(layer).norm.1.running_mean": Self.counted([3]),
      "\(layer).norm.1.running_var": Self.counted([3]),
      "\(layer).conv.1.weight": Self.counted([3, 3, 1, 1]),
      "\(layer).lab.scale": Tensor([1], [2]), "\(layer).lab.bias": Tensor([1], [7]),
    ]
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "model.safetensors")
    try Safetensors(stored).write(to: url)
    let loaded = try KerasWeightFile(url).load(net.parameters, for: "net")
    #expect(loaded.report.missing.isEmpty && loaded.report.forbiddenUnused.isEmpty)
    #expect(loaded.tensors["\(layer).norm1/moving_variance"]?.values == [0, 1, 2])
    #expect(loaded.tensors["\(layer).conv1/kernel"]?.values == [0, 3, 6, 1, 4, 7, 2, 5, 8])
    #expect(loaded.tensors["\(layer).lab/gamma"]?.values == [2])
    #expect(loaded.tensors["\(layer).lab/beta"]?.values == [7])
  }

  @Test("a layer scale is a factor of its block; the names of ConvNeXt's authors are timm's")
  func convNeXt() throws {
    var net = Network(input: [8, 8, 3])
    var x = try net.add("stem.0", Convolution2D(4, kernel: 4, stride: 4), to: net.input)
    x = try net.add("stem.1", LayerNormalization(), to: x)
    let dw = DepthwiseConvolution2D(kernel: 7, padding: .same)
    var y = try net.add("stages.0.blocks.0.conv_dw", dw, to: x)
    y = try net.add("stages.0.blocks.0.norm", LayerNormalization(), to: y)
    y = try net.add("stages.0.blocks.0.mlp.fc1", Dense(8), to: y)
    y = try net.add("stages.0.blocks.0.mlp.fc2", Convolution2D(4, kernel: 1), to: y)
    y = try net.add("stages.0.blocks.0", LayerScale(), to: y)
    x = try net.add("add", Add(), to: x, y)
    x = try net.add("stages.1.downsample.0", LayerNormalization(), to: x)
    x = try net.add("stages.1.downsample.1", Convolution2D(6, kernel: 2, stride: 2), to: x)
    x = try net.add("pool", GlobalAveragePooling2D(), to: x)
    x = try net.add("head.norm", LayerNormalization(), to: x)
    _ = try net.add("head.fc", Dense(5), to: x)
    let block = [
      "dwconv.weight": Self.counted([4, 1, 7, 7]), "dwconv.bias": Self.counted([4]),
      "norm.weight": Self.counted([4]), "norm.bias": Self.counted([4]),
      "pwconv1.weight": Self.counted([8, 4]), "pwconv1.bias": Self.counted([8]),
      "pwconv2.weight": Self.counted([4, 8]), "pwconv2.bias": Self.counted([4]),
      "gamma": Self.counted([4]),
    ]
    var tensors = Dictionary(uniqueKeysWithValues: block.map { ("stages.0.0.\($0)", $1) })
    for (name, shape) in [
      ("downsample_layers.0.0", [4, 3, 4, 4]), ("downsample_layers.0.1", [4]),
      ("downsample_layers.1.0", [4]), ("downsample_layers.1.1", [6, 4, 2, 2]), ("norm", [6]),
      ("head", [5, 6]),
    ] as [(String, Shape)] {
      tensors["\(name).weight"] = Self.counted(shape)
      tensors["\(name).bias"] = Self.counted([shape[0]])
    }
    let folder = try TemporaryFolder()
    for (file, scale) in [
      ("facebook", "gamma"), ("module", "gamma"), ("torchvision", "layer_scale"),
    ] {
      var stored = tensors
      // torchvision stores factors as [channels, 1, 1].
      if scale == "layer_scale" {
        stored["stages.0.0.gamma"] = nil
        stored["stages.0.0.layer_scale"] = Self.counted([4, 1, 1])
      }
      if file == "module" {
        stored = Dictionary(uniqueKeysWithValues: stored.map { ("module.\($0)", $1) })
      }
      let url = folder.url.appending(path: "\(file).safetensors")
      try Safetensors(stored).write(to: url)
      let (found, report) = try KerasWeightFile(url).load(net.parameters, for: "net")
      #expect(report.matched.count == tensors.count)
      #expect(found["stages.0.blocks.0/gamma"]?.values == [0, 1, 2, 3])
      #expect(found["stages.0.blocks.0.mlp.fc2/kernel"]?.shape == [1, 1, 8, 4])
    }
  }
}
