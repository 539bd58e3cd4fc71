import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

@Suite("One input channel")
struct OneChannelTests {
  @Test(
    "the parameters that know the number of channels are the first kernel and colour statistics",
    arguments: [
      ("vgg16", ["block1_conv1/kernel"]), ("resnet50", ["conv1_conv/kernel"]),
      ("xception", ["block1_conv1/kernel"]), ("inceptionv3", ["conv2d/kernel"]),
      ("mobilenetv3large", ["conv/kernel"]), ("efficientnetv2b0", ["stem_conv/kernel"]),
      ("convnexttiny", ["convnext_tiny_stem_conv/kernel"]),
      (
        "efficientnetb0", ["normalization/mean", "normalization/variance", "stem_conv/kernel"]
      ),
    ])
  func inputParameters(_ name: String, _ parameters: [String]) throws {
    let model = try Model.named(name, imageSize: 96, channels: 1, top: .features)
    #expect(model.inputParameters.map(\.name) == parameters)
    #expect(model.network.inputShape == [96, 96, 1])
    // All others are as with three channels.
    let colours = try Model.named(name, imageSize: 96, top: .features)
    let shared = model.network.parameters.filter { !parameters.contains($0.name) }
    #expect(shared == colours.network.parameters.filter { !parameters.contains($0.name) })
  }

  @Test("published weights are offered, and the pictures become grey")
  func grey() throws {
    let model = try Model.named("resnet50", channels: 1, top: .features)
    #expect(model.weightFile?.fileName == "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5")
    #expect(model.preprocessing == Preprocessing.caffe.gray)
    #expect(model.preprocessing.channels == 1)
    #expect(try Model.named("resnet50", channels: 2, top: .features).weightFile == nil)
    #expect(try Model.named("mobilenet", channels: 1, top: .features).readsPhotos)
    #expect(try !Model.named("mobilenet", channels: 2, top: .features).readsPhotos)
    #expect(try !Model.named("sequence1d", top: .features).readsPhotos)
  }

  @Test("a kernel is summed over its inputs, and nothing else is changed")
  func summing() throws {
    let model = try Model.named("vgg16", imageSize: 32, channels: 1, top: .features)
    let kernel = try #require(model.network.parameters.first)
    var values = [Float](repeating: 0, count: 3 * 3 * 3 * 64)
    for index in values.indices { values[index] = Float(index % 17) - 8 }
    let adapted = try #require(model.adapted(Tensor([3, 3, 3, 64], values), to: kernel))
    #expect(adapted.shape == [3, 3, 1, 64])
    for position in 0..<9 {
      for filter in 0..<64 {
        let sum = (0..<3).reduce(Float(0)) { $0 + values[(position * 3 + $1) * 64 + filter] }
        #expect(adapted.values[position * 64 + filter] == sum)
      }
    }
    #expect(
      model.adapted(Tensor([5, 5, 3, 64], [Float](repeating: 0, count: 4800)), to: kernel) == nil)
    #expect(model.adapted(Tensor([3, 64], [Float](repeating: 0, count: 192)), to: kernel) == nil)
    let bias = model.network.parameters[1]
    #expect(model.adapted(Tensor([3], [1, 2, 3]), to: bias) == nil)
    let colours = try Model.named("vgg16", imageSize: 32, top: .features)
    #expect(colours.adapted(Tensor([3, 3, 3, 64], values), to: kernel) == nil)
  }

  @Test("colour statistics become those of grey, also where deviations stand for variances")
  func statistics() throws {
    let model = try Model.named("efficientnetb0", imageSize: 32, channels: 1, top: .features)
    let parameters = model.inputParameters
    let mean = try #require(model.adapted(Tensor([3], [0.485, 0.456, 0.406]), to: parameters[0]))
    #expect(abs(mean.values[0] - 0.449) < 1e-6)
    let expected: Float = 0.226 * 0.226
    for stored: [Float] in [[0.229, 0.224, 0.225], [0.052441, 0.050176, 0.050625]] {
      let variance = try #require(model.adapted(Tensor([3], stored), to: parameters[1]))
      #expect(variance.shape == [1])
      #expect(abs(variance.values[0] - expected) < 1e-6)
    }
  }

  @Test(
    "where Keras rescales grey pictures otherwise, the summed kernel makes up for it",
    arguments: [("efficientnetv2b0", 128.0 / 255 / 0.226), ("efficientnetv2s", 1)])
  func rescaling(_ name: String, _ factor: Double) throws {
    let model = try Model.named(name, imageSize: 32, channels: 1, top: .features)
    let kernel = try #require(model.inputParameters.first)
    var shape = kernel.shape
    shape.dimensions[2] = 3
    let adapted = try #require(
      model.adapted(Tensor(shape, [Float](repeating: 0.5, count: shape.count)), to: kernel))
    #expect(adapted.values.allSatisfy { abs(Double($0) - 1.5 * factor) < 1e-5 })
  }

  @Test(
    "a grey picture gives the same features through one channel as through three equal ones",
    arguments: ["mobilenetv2", "mobilenetv3small", "resnet18", "lenet5"])
  func equivalence(_ name: String) throws {
    let one = try Model.named(name, imageSize: 64, channels: 1, top: .features)
    let three = try Model.named(name, imageSize: 64, top: .features)
    var tensors = HashedWeights.tensors(of: three.network)
    let colours = try features(three.network, tensors, repeated: 3)
    for parameter in one.inputParameters {
      let tensor = try #require(tensors[parameter.name])
      tensors[parameter.name] = one.adapted(tensor, to: parameter)
    }
    let grey = try features(one.network, tensors, repeated: 1)
    let largest = colours.reduce(0) { max($0, abs($1)) }
    #expect(zip(grey, colours).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
  }

  /// Of one grey picture, its value given so many times for each position.
  private func features(_ network: Network, _ tensors: [String: Tensor], repeated: Int) throws
    -> [Float]
  {
    let weights = try NetworkWeights(network, tensors)
    let executor = try makeExecutor(
      network, weights, ExecutionOptions(batchSize: 1), backend: .oneDNN,
      pool: WorkerPool(count: 1))
    let grey = HashedWeights.numbers("grey", count: 64 * 64)
    let input = grey.flatMap { [Float](repeating: $0, count: repeated) }
    var output = [Float](repeating: .nan, count: executor.outputCount)
    try input.withUnsafeBufferPointer { input in
      try output.withUnsafeMutableBufferPointer { output in
        if let from = input.baseAddress, let to = output.baseAddress {
          try executor.infer(from, count: 1, into: to)
        }
      }
    }
    return output
  }
}
