import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite(
  "Networks of the zoo, exported, are Keras's own models to real Keras",
  .enabled(if: Keras.isAvailable, "\(Keras.hint)"), .serialized)
struct WeightsOfZooTests {
  @Test(
    "with classifier, as weights and as a whole model",
    arguments: [
      ("mobilenet", "MobileNet(alpha=.25, "), ("mobilenetv2", "MobileNetV2(alpha=.35, "),
      ("resnet50", "ResNet50("), ("vgg16", "VGG16("),
    ])
  func exported(name: String, call: String) throws {
    let alpha = call.contains("alpha=.25") ? 0.25 : call.contains("alpha") ? 0.35 : nil
    let model = try Model.named(
      name, alpha: alpha, imageSize: name == "vgg16" ? 224 : 64, top: .imageNet)
    var tensors: [String: Tensor] = [:]
    for (position, parameter) in model.network.parameters.enumerated() {
      let fan = Float(parameter.shape.count / parameter.shape.channels)
      let values = (0..<parameter.shape.count).map { index -> Float in
        let wave = sin(Float(index % 9973) * 0.7 + Float(position))
        switch parameter.role {
        case .movingVariance, .variance, .gamma: return 1 + 0.3 * wave
        case .kernel, .depthwiseKernel, .pointwiseKernel: return wave * 2 / fan.squareRoot()
        default: return 0.1 * wave
        }
      }
      tensors[parameter.name] = Tensor(parameter.shape, values)
    }
    let temporary = try TemporaryFolder()
    defer { withExtendedLifetime(temporary) {} }
    let folder = temporary.url
    try writeKerasWeights(model.network, tensors, to: folder.appending(path: "w.h5"))
    try writeKerasModel(
      model.network, named: name, tensors,
      metadata: ModelMetadata(
        labels: ["a"], preprocessing: "{}", baseName: name, baseDigest: "",
        imageSize: model.imageSize,
        resize: "crop"), to: folder.appending(path: "m.h5"))
    let problem = try Keras.failure(
      of: """
        a = keras.applications.\(call)weights=None, input_shape=(\(model.imageSize), \(model.imageSize), 3))
        a.load_weights('w.h5')
        n = 0
        with h5py.File('w.h5') as f:
            assert [l.name for l in a.layers if l.weights] == [x.decode() for x in f.attrs['layer_names'] if len(f[x].attrs['weight_names'])]
            for layer in a.layers:
                for v in layer.variables:
                    if v.name == 'seed_generator_state': continue
                    role = 'depthwise_kernel' if isinstance(layer, L.DepthwiseConv2D) and v.name == 'kernel' else v.name
                    assert np.array_equal(v.numpy(), f[layer.name][layer.name][role + ':0'][()]), v.path
                    n += 1
        assert n == \(model.network.parameters.count), n
        b = keras.models.load_model('m.h5')
        x = np.random.default_rng(1).normal(size=(2, \(model.imageSize), \(model.imageSize), 3)).astype('float32')
        want, got = a.predict(x, verbose=0), b.predict(x, verbose=0)
        assert got.shape == (2, 1000) and np.ptp(want) > 1e-6, want
        assert np.abs(want - got).max() <= 1e-6 * np.abs(want).max(), (want, got)
        """, in: folder)
    #expect(problem == nil)
  }
}
