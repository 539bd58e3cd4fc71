import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

extension Keras {
  /// `everyLayer()` by hand.
  static let everyLayer = """
    i = x = keras.Input((17, 19, 3), name='photo')
    x = L.ZeroPadding2D(((0, 1), (1, 0)))(x)
    x = L.Conv2D(8, 3, 2, name='stem')(x)
    x = L.BatchNormalization(epsilon=1.001e-5, name='stem_bn')(x)
    fork = L.ReLU(6.)(x)
    x = L.DepthwiseConv2D(3, padding='same', depth_multiplier=2, activation='relu', name='dw')(fork)
    x = L.BatchNormalization(name='dw_bn')(x)
    x = L.Conv2D(12, 1, groups=2, name='pw')(x)
    s = L.BatchNormalization(name='short_bn')(L.Conv2D(12, 1, use_bias=False, name='zz_short')(fork))
    x = L.ReLU()(L.Add()([x, s]))
    x = L.ZeroPadding2D(((1, 0), (0, 2)))(x)
    p = L.MaxPooling2D(2, 2, 'same')(x)
    a = L.Dense(5, activation='relu', name='fc0')(L.Flatten()(p))
    b = L.Dense(5, use_bias=False, name='fc1')(L.Reshape((12,))(L.GlobalAveragePooling2D(keepdims=True)(p)))
    o = L.Dense(4, activation='softmax', name='predictions')(L.Dropout(.25)(L.Add()([a, b])))
    hand = keras.Model(i, o)
    photos = np.random.default_rng(1).normal(size=(3, 17, 19, 3)).astype('float32')

    """
}

@Suite(
  "Real Keras reads what is written, and the other way round",
  .enabled(if: Keras.isAvailable, "\(Keras.hint)"))
struct KerasTests {
  @Test("A weight file, a whole model and a head")
  func kerasReads() throws {
    let network = try everyLayer()
    let tensors = madeUpTensors(network)
    let logits = HeadFile.Layer(
      name: "head", kernel: Tensor([4, 3], (0..<12).map(Float.init)),
      bias: Tensor([3], [7, 8, 9]))
    let hidden = HeadFile.Layer(
      name: "head_hidden", kernel: Tensor([2, 4], (0..<8).map { Float($0) - 4 }),
      bias: Tensor([4], [1, 2, 3, 4]))
    try withTemporaryFolder { folder in
      try writeKerasWeights(network, tensors, to: folder.appending(path: "w.h5"))
      try writeKerasModel(
        network, named: "every", tensors, metadata: RoundTripTests.metadata,
        to: folder.appending(path: "m.h5"))
      for (name, layers) in [("head", [logits]), ("deep", [hidden, logits])] {
        try writeHead(
          HeadFile(layers: layers, metadata: RoundTripTests.metadata),
          to: folder.appending(path: "\(name).h5"))
      }
      let problem = try Keras.failure(
        of:
          Keras.everyLayer + """
            hand.load_weights('w.h5')
            model = keras.models.load_model('m.h5')
            assert model.name == 'every'
            want, got = hand.predict(photos, verbose=0), model.predict(photos, verbose=0)
            assert got.shape == (3, 4) and np.ptp(want) > .01, want
            assert np.array_equal(want, got), (want, got)
            n = 0
            with h5py.File('w.h5') as f:
                for layer in model.layers:
                    for v in layer.variables:
                        if v.name == 'seed_generator_state': continue
                        role = 'depthwise_kernel' if layer.name == 'dw' and v.name == 'kernel' else v.name
                        assert np.array_equal(v.numpy(), f[layer.name][layer.name][role + ':0'][()]), v.path
                        n += 1
            assert n == \(network.parameters.count), n
            bn = model.get_layer('stem_bn')
            assert (bn.epsilon, bn.momentum) == (1.001e-5, .999)
            model.load_weights('w.h5')
            with h5py.File('m.h5') as f:
                assert [x.decode() for x in f.attrs['labels']] == ['Ameise', '蜂', 'löwenzahn']
                assert f.attrs['preprocessing'] == '{"kind":"signed"}'
                assert f.attrs['image_size'] == 160
            head = keras.Sequential([keras.Input((4,)), L.Dense(3, name='head')])
            head.load_weights('head.h5')
            assert head.layers[0].kernel.numpy().tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
            assert head.layers[0].bias.numpy().tolist() == [7, 8, 9]
            with h5py.File('deep.h5') as f:
                hidden = L.Dense(4, activation=f.attrs['hidden_activation'], name='head_hidden')
            deep = keras.Sequential([keras.Input((2,)), hidden, L.Dropout(.5), L.Dense(3, name='head')])
            deep.load_weights('deep.h5')
            inner = np.maximum([[1. * -4 + 2. * 0 + 1, -3 + 2 + 2, -2 + 4 + 3, -1 + 6 + 4]], 0)
            want = inner @ np.arange(12.).reshape(4, 3) + [7, 8, 9]
            assert np.allclose(deep.predict(np.array([[1., 2.]]), verbose=0), want), want
            """, in: folder)
      #expect(problem == nil)
    }
  }

  @Test("Files that Keras 3 writes, in four precisions")
  func kerasWrites() throws {
    let network = try everyLayer()
    try withTemporaryFolder { folder in
      let problem = try Keras.failure(
        of:
          Keras.everyLayer + """
            from keras.src.legacy.saving import legacy_h5_format as legacy
            rng = np.random.default_rng(2)
            hand.set_weights([rng.uniform(.5, 1.5, w.shape).astype('float32') for w in hand.get_weights()])
            hand.save('model.h5')
            with h5py.File('weights.h5', 'w') as f: legacy.save_weights_to_hdf5_group(f, hand)
            import tensorflow as tf
            bf16 = tf.bfloat16.as_numpy_dtype
            for name, dtype in (('float16', 'float16'), ('float64', 'float64'), ('bfloat16', bf16)):
                with h5py.File(name + '.h5', 'w') as f, h5py.File('weights.h5') as g:
                    g.copy(g['/'], f, 'all')
                    for k, v in g.attrs.items(): f.attrs[k] = v
                    for k in g: g.copy(k, f)
                    del f['all']
                    def change(path, d):
                        if isinstance(d, h5py.Dataset): paths.append(path)
                    paths = []; f.visititems(change)
                    for i, path in enumerate(paths):
                        value = f[path][()].astype(dtype); del f[path]
                        if name == 'bfloat16':
                            f.create_dataset(path, data=value).attrs['dtype'] = 'bfloat16'
                        else:
                            f.create_dataset(path, data=value, compression='gzip' if value.ndim and i % 2 else None, shuffle=value.ndim > 1)
            with open('kernel.bin', 'wb') as f: f.write(hand.get_layer('stem').kernel.numpy().tobytes())
            hand.save_weights('v3.weights.h5')
            hand.save('v3.keras')
            """, in: folder)
      #expect(problem == nil)
      let bytes = try Data(contentsOf: folder.appending(path: "kernel.bin"))
      let kernel = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      for name in ["weights", "model", "float64", "float16", "bfloat16"] {
        let file = try KerasWeightFile(folder.appending(path: "\(name).h5"))
        let (tensors, report) = try file.load(network.parameters, for: "every")
        let isExact = ["weights", "model", "float64"].contains(name)
        let converted = ["weights", "model"].contains(name) ? [] : network.parameters.map(\.name)
        #expect(report.converted.map(\.name) == converted)
        #expect(report.converted.allSatisfy { $0.from == name })
        let read = try #require(tensors["stem/kernel"]).values
        #expect(read.count == kernel.count)
        for (left, right) in zip(read, kernel) {
          #expect(abs(left - right) <= (isExact ? 0 : name == "float16" ? 0x1p-11 : 0x1p-8))
        }
      }
      for name in ["v3.weights.h5", "v3.keras"] {
        let tensors = try KerasWeightFile(folder.appending(path: name))
          .load(network.parameters, for: "every").tensors
        #expect(tensors["stem/kernel"]?.values == kernel)
      }
    }
  }

  /// A base inside a model beside another one, as transfer learning leaves it, in every class of
  /// layer whose numbered tensors must be told apart.
  @Test("Nested models in each format and precision")
  func nested() throws {
    let policies = ["float32", "float16", "bfloat16", "float64", "mixed_bfloat16"]
    try withTemporaryFolder { folder in
      let problem = try Keras.failure(
        of: """
          import json
          def save(policy):
              keras.utils.clear_session()
              keras.config.set_dtype_policy(policy)
              L.Conv2D(1, 1)
              base = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(4, 3), L.BatchNormalization(scale=False),
                  L.Conv2D(4, 3, use_bias=False), L.SeparableConv2D(6, 3, depth_multiplier=2), L.BatchNormalization(center=False),
                  L.DepthwiseConv2D(3, padding='same', use_bias=False), L.BatchNormalization(scale=False, center=False),
                  L.Conv2DTranspose(2, 2)], name='base')
              i = keras.Input((8, 8, 3))
              x = L.Conv1D(3, 2)(L.Reshape((3, 2))(L.GlobalAveragePooling2D(keepdims=True)(L.Conv2D(6, 1)(L.Normalization()(i)))))
              other = keras.Model(i, L.Flatten()(x), name='other')
              i = keras.Input((8, 8, 3))
              x = L.Concatenate()([L.Flatten()(base(L.RandomFlip()(i))), other(i)])
              model = keras.Model(i, L.Dense(2, name='predictions')(L.Dropout(.2)(x)))
              rng = np.random.default_rng(3)
              for v in model.variables:
                  if 'float' in v.dtype: v.assign(rng.uniform(.5, 1.5, v.shape))
              base.trainable = False
              base.layers[3].trainable = True
              model.compile('sgd', 'mse')
              model.save(policy + '.keras'); model.save(policy + '.h5'); model.save_weights(policy + '.weights.h5')
              rows, bytes = [], b''
              def walk(m, path):
                  nonlocal bytes
                  for l in m.layers:
                      if hasattr(l, 'layers'): walk(l, path + [l.name]); continue
                      for v in l.variables:
                          if 'float' not in v.dtype: continue
                          role = 'depthwise_kernel' if isinstance(l, L.DepthwiseConv2D) else v.name
                          rows.append(['/'.join(path + [l.name]), role] + list(v.shape))
                          bytes += keras.ops.convert_to_numpy(keras.ops.cast(v, 'float32')).tobytes()
              walk(model, [])
              open(policy + '.json', 'w').write(json.dumps(rows)); open(policy + '.bin', 'wb').write(bytes)
          for policy in '\(policies.joined(separator: " "))'.split(): save(policy)
          """, in: folder)
      #expect(problem == nil)
      for policy in policies { try checkNested(policy, in: folder) }
    }
  }

  private func checkNested(_ policy: String, in folder: URL) throws {
    let rows = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appending(path: "\(policy).json")))
        as? [[Any]])
    let parameters = try rows.map { row in
      let role = try #require(
        [
          Parameter.Role.kernel, .depthwiseKernel, .pointwiseKernel, .bias, .gamma, .beta,
          .movingMean, .movingVariance, .mean, .variance,
        ].first { $0.kerasName == row[1] as? String })
      return Parameter(
        node: try #require(row[0] as? String), role: role,
        shape: Shape(row.dropFirst(2).compactMap { $0 as? Int }))
    }
    #expect(parameters.count == 25)
    let values = try Data(contentsOf: folder.appending(path: "\(policy).bin")).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
    for name in ["keras", "h5", "weights.h5"] {
      let file = try KerasWeightFile(folder.appending(path: "\(policy).\(name)"))
      #expect(file.isNested)
      #expect((file.architecture != nil) == (name != "weights.h5"))
      let (tensors, report) = try file.load(parameters, for: "model")
      #expect(parameters.flatMap { tensors[$0.name]?.values ?? [] } == values)
      let isFloat32 = policy == "float32" || policy == "mixed_bfloat16"
      #expect(report.converted.map(\.from) == (isFloat32 ? [] : parameters.map { _ in policy }))
      // Only the count of Normalization is left, and the state of dropout in some versions.
      #expect(report.forbiddenUnused.isEmpty)
      // The base alone, whatever is around it; its automatic names are counted from another start.
      let inner = parameters.filter { $0.node.hasPrefix("base/") }.map {
        Parameter(
          node: String($0.node.dropFirst(5)).replacing("conv2d_1", with: "conv2d").replacing(
            "conv2d_2", with: "conv2d_1"), role: $0.role, shape: $0.shape)
      }
      let alone = try file.load(inner, for: "base")
      #expect(alone.report.innerModel == "base")
      #expect(alone.report.renumbered == ["conv2d_1…conv2d_2 for conv2d…conv2d_1"])
      #expect(
        inner.flatMap { alone.tensors[$0.name]?.values ?? [] }
          == parameters.filter { $0.node.hasPrefix("base/") }
          .flatMap { tensors[$0.name]?.values ?? [] })
    }
  }

  @Test(
    "The official MobileNet file, read and written again, is the same model to Keras",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"), arguments: [false, true])
  func officialAgain(hasTop: Bool) throws {
    let network = try mobileNet(alpha: 0.25, hasTop: hasTop)
    let url = try TestData.url(hasTop ? RealFileTests.top : RealFileTests.noTop)
    let tensors = try KerasWeightFile(url).load(network.parameters, for: "mobilenet").tensors
    try withTemporaryFolder { folder in
      try writeKerasWeights(network, tensors, to: folder.appending(path: "again.h5"))
      let problem = try Keras.failure(
        of:
          """
          def make(): return keras.applications.MobileNet(alpha=.25, weights=None, include_top=\(hasTop ? "True" : "False"), input_shape=(224, 224, 3))
          a, b = make(), make()
          a.load_weights('\(url.path)'); b.load_weights('again.h5')
          assert all(np.array_equal(x, y) for x, y in zip(a.get_weights(), b.get_weights()))
          """, in: folder)
      #expect(problem == nil)
    }
  }

  @Test("A features file")
  func features() throws {
    try withTemporaryFolder { folder in
      try writeFeatures(
        paths: ["a/ö.jpg", "b.png"], labels: [-1, 3], features: [1, 2, 3, 4, 5, 6], shape: [3],
        notes: ["base": "mobilenetv2"], to: folder.appending(path: "f.h5"))
      let problem = try Keras.failure(
        of:
          """
          with h5py.File('f.h5') as f:
              assert list(f['path'].asstr()[()]) == ['a/ö.jpg', 'b.png']
              assert f['label'][()].tolist() == [-1, 3]
              assert f['features'].dtype == np.float32 and f['features'][()].tolist() == [[1, 2, 3], [4, 5, 6]]
              assert f.attrs['base'] == 'mobilenetv2'
          """, in: folder)
      #expect(problem == nil)
    }
  }
}
