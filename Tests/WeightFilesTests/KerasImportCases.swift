import Foundation
import TestSupport

/// A model in Keras, to be built again from the files that Keras writes of it.
struct KerasImportCase: Sendable {
  let name: String
  /// Python that defines `m`.
  let python: String
  /// Sentences that the user should be told.
  var notes = 0
  var preprocessesItself = false
  /// Whether Keras has words for all of it in a configuration.
  var isExpressible = true

  static let all = [
    KerasImportCase(
      name: "sequential",
      python: """
        m = keras.Sequential([keras.Input((20, 18, 3)),
            L.Conv2D(8, 3, 2, 'same', activation='relu'), L.BatchNormalization(), L.MaxPooling2D(),
            L.Conv2D(6, (3, 2), padding='same', dilation_rate=2, groups=2, activation='tanh'),
            L.SeparableConv2D(9, 3, padding='same', depth_multiplier=2, activation='swish'),
            L.AveragePooling2D(3, 1, 'same'), L.BatchNormalization(scale=False, epsilon=1e-5),
            L.BatchNormalization(center=False), L.GlobalAveragePooling2D(), L.Dropout(.3),
            L.Dense(5, activation='softmax')])
        """),
    KerasImportCase(
      name: "functional with all ways to merge",
      python: """
        i = keras.Input((12, 12, 3)); a = L.Conv2D(8, 3, padding='same')(i); b = L.Conv2D(8, 1)(i)
        x = L.LeakyReLU(negative_slope=.2)(L.Add()([a, b, a])); y = L.ReLU(4.)(L.Subtract()([a, b]))
        z = L.ELU(alpha=.7)(L.Average()([x, y, b])); s = L.GlobalAveragePooling2D(keepdims=True)(z)
        s = L.Conv2D(8, 1, activation='hard_sigmoid')(s); z = L.Multiply()([z, s])
        z = L.Concatenate()([z, L.Multiply()([x, y, a])]); w = L.Concatenate(axis=1)([z, z])
        w = L.GlobalMaxPooling2D()(w); m = keras.Model(i, L.Dense(3)(w))
        """),
    KerasImportCase(
      name: "a functional model inside a Sequential",
      python: """
        i = keras.Input((16, 16, 3)); x = L.Conv2D(4, 3, activation='relu', name='conv')(i)
        base = keras.Model(i, L.BatchNormalization()(x), name='base')
        m = keras.Sequential([keras.Input((16, 16, 3)), L.RandomFlip('horizontal'), L.RandomRotation(.1),
            L.Rescaling(1 / 127.5, offset=-1), base, L.GlobalAveragePooling2D(),
            L.GaussianNoise(.1), L.Dense(1, activation='sigmoid')])
        """, notes: 3, preprocessesItself: true),
    KerasImportCase(
      name: "layers of one name in two inner models",
      python: """
        def tower(name):
            i = keras.Input((9, 9, 2)); x = L.Conv2D(3, 3, name='conv')(i)
            x = L.BatchNormalization(name='norm')(x)
            return keras.Model(i, keras.Sequential([L.Conv2D(3, 1, name='conv')], name='deep')(x), name=name)
        i = keras.Input((9, 9, 2)); a, b = tower('left')(i), tower('right')(i)
        x = L.Flatten()(L.Concatenate()([a, b])); m = keras.Model(i, L.Dense(4, name='conv')(x))
        """),
    KerasImportCase(
      name: "transfer learning as in Keras's guides",
      python: """
        base = keras.applications.MobileNetV2((96, 96, 3), alpha=.35, include_top=False, weights=None)
        i = keras.Input((96, 96, 3)); x = keras.applications.mobilenet_v2.preprocess_input(i)
        x = L.Dropout(.2)(L.GlobalAveragePooling2D()(base(x, training=False)))
        m = keras.Model(i, L.Dense(5, activation='softmax')(x))
        """, preprocessesItself: true),
    KerasImportCase(
      name: "MobileNetV3",
      python:
        "m = keras.applications.MobileNetV3Small((64, 64, 3), weights=None, classes=7)",
      preprocessesItself: true),
    KerasImportCase(
      name: "ConvNeXt with stochastic depth",
      python: """
        from keras.src.applications.convnext import ConvNeXt
        m = ConvNeXt([1, 2, 1, 1], [8, 12, 16, 24], drop_path_rate=.2, layer_scale_init_value=.3, input_shape=(64, 64, 3),
            classes=7, name='small')
        """, preprocessesItself: true),
    KerasImportCase(
      name: "EfficientNet inside",
      python: """
        base = keras.applications.EfficientNetB0(include_top=False, input_shape=(64, 64, 3), weights=None)
        m = keras.Sequential([keras.Input((64, 64, 3)), base, L.GlobalAveragePooling2D(), L.Dense(3)])
        """, preprocessesItself: true),
    KerasImportCase(
      name: "sequences",
      python: """
        m = keras.Sequential([keras.Input((40, 4)), L.Conv1D(8, 3, padding='causal', dilation_rate=2),
            L.ZeroPadding1D((1, 2)), L.LeakyReLU(), L.MaxPooling1D(2), L.SeparableConv1D(8, 3, padding='same'),
            L.DepthwiseConv1D(3, depth_multiplier=2, activation='relu'), L.UpSampling1D(2), L.Cropping1D((1, 3)),
            L.Conv1DTranspose(6, 3, strides=2, padding='same'), L.SpatialDropout1D(.1), L.AveragePooling1D(3, 2, 'same'),
            L.Conv1D(6, 3, 2, groups=2), L.Dense(7, activation='gelu'), L.GlobalAveragePooling1D(), L.Dense(3)])
        """),
    KerasImportCase(
      name: "volumes",
      python: """
        m = keras.Sequential([keras.Input((8, 9, 10, 2)), L.Conv3D(4, (3, 2, 3), padding='same', activation='relu'),
            L.ZeroPadding3D(((1, 0), (0, 2), (2, 1))), L.MaxPooling3D((2, 2, 1)), L.Cropping3D(((0, 1), (1, 0), (1, 1))),
            L.UpSampling3D((1, 2, 2)), L.Conv3D(6, 2, (1, 2, 3)), L.BatchNormalization(), L.AveragePooling3D(2, 1),
            L.Dense(5, activation='relu'), L.GlobalMaxPooling3D(), L.Dense(3)])
        """),
    KerasImportCase(
      name: "borders, enlarging and normalising",
      python: """
        m = keras.Sequential([keras.Input((10, 12, 3)), L.Normalization(),
            L.Normalization(mean=[.1, .2, .3], variance=[.5, 2., 4.]), L.ZeroPadding2D(((1, 2), (0, 3))),
            L.Cropping2D(((0, 1), (2, 1))), L.Conv2DTranspose(6, 3, 2, 'same', activation='relu'),
            L.UpSampling2D((2, 1)), L.UpSampling2D(2, interpolation='bilinear'),
            L.DepthwiseConv2D((3, 2), 2, depth_multiplier=2, padding='same'), L.Dense(4, activation='relu'),
            L.Conv2DTranspose(3, (2, 3), (3, 2)), L.AveragePooling2D(4), L.Reshape((-1, 6)), L.Flatten(),
            L.Rescaling([.5], [.25]), L.Dense(3)])
        """, preprocessesItself: true),
    KerasImportCase(
      name: "every activation",
      python: """
        i = keras.Input((5, 5, 3)); x = L.Conv2D(4, 1)(i); names = '''relu relu6 elu selu tanh sigmoid
            hard_sigmoid silu hard_silu gelu softplus softsign exponential mish softmax leaky_relu linear'''.split()
        x = L.Concatenate()([L.Activation(n)(x) for n in names] + [L.Softmax()(x)]
            + [L.Conv2D(2, 1, activation=L.LeakyReLU(negative_slope=.3))(x), L.PReLU()(x) if 0 else L.ReLU(negative_slope=.1)(x)])
        m = keras.Model(i, L.Dense(3)(L.Flatten()(x)))
        """),
    KerasImportCase(
      name: "operations",
      python: """
        from keras import ops
        from keras.src.applications.inception_resnet_v2 import CustomScaleLayer
        i = keras.Input((8, 8, 3)); x = keras.applications.densenet.preprocess_input(i)
        x = L.Conv2D(4, 3)(x * 2 - np.array([.1, .2, .3], 'float32')); y = L.Conv2D(4, 1)(2 - x)
        x = ops.relu(x) - y; x = CustomScaleLayer(.17)([x, -y]); x = ops.leaky_relu(x, .3) / 3
        x = ops.concatenate([x, y], -1) if 0 else x; x = x + ops.gelu(y) * ops.hard_sigmoid(y)
        m = keras.Model(i, L.Dense(2)(ops.mean(x, axis=(1, 2))))
        """, preprocessesItself: true, isExpressible: false),
    KerasImportCase(
      name: "preprocessing of VGG and ResNet inside",
      python: """
        i = keras.Input((9, 9, 3)); x = keras.applications.resnet50.preprocess_input(i)
        x = L.Conv2D(4, 3, 2, name='first')(x); m = keras.Model(i, L.Dense(2)(L.Flatten()(x)))
        """, preprocessesItself: true),
    KerasImportCase(
      name: "norms of each example, rectifiers with settings, and the larger and smaller of two",
      python: """
        i = keras.Input((10, 12, 3)); x = L.Conv2D(8, 3, padding='same')(i); a = L.PReLU(shared_axes=[1, 2])(x)
        b = L.LayerNormalization()(L.ReLU(threshold=.2, negative_slope=.1)(x)); c = L.GroupNormalization(4)(x)
        x = L.Maximum()([a, b, c]); y = L.Minimum()([a, c]); y = L.UnitNormalization()(L.PReLU()(y))
        x = L.Concatenate()([L.ReLU(2., threshold=.1)(x), y]); x = L.Permute((3, 1, 2))(x)
        x = L.LayerNormalization(center=False)(x); x = L.Permute((2, 3, 1))(x)
        m = keras.Model(i, L.Dense(3)(L.GlobalAveragePooling2D()(L.GroupNormalization(-1, scale=False)(x))))
        """),
    // Keras 3 reads only the first axis back from a .h5, also from its own.
    KerasImportCase(
      name: "norms over several axes",
      python: """
        i = keras.Input((5, 6, 3)); x = L.LayerNormalization(axis=[2, 3], center=False)(L.Conv2D(4, 3)(i))
        x = L.LayerNormalization(axis=[-3, -2, -1], epsilon=.1)(x); m = keras.Model(i, L.Dense(3)(L.Flatten()(x)))
        """, isExpressible: false),
    KerasImportCase(
      name: "sizes inside a network",
      python: """
        m = keras.Sequential([keras.Input((20, 14, 3)), L.Resizing(16, 16), L.Rescaling(1 / 255), L.CenterCrop(12, 10),
            L.Conv2D(6, 3, activation='relu'), L.Resizing(7, 9, interpolation='nearest'),
            L.Resizing(8, 8, crop_to_aspect_ratio=True), L.Conv2D(4, 3), L.GlobalAveragePooling2D(), L.Dense(3)])
        """, preprocessesItself: true),
    KerasImportCase(
      name: "sizes in an image's own shape, with something beside it",
      python: """
        m = keras.Sequential([keras.Input((20, 13, 3)), L.Resizing(11, 18, pad_to_aspect_ratio=True, fill_value=9.),
            L.Rescaling(1 / 255), L.Resizing(19, 20, antialias=True), L.Conv2D(6, 3, activation='relu'),
            L.Resizing(12, 12, pad_to_aspect_ratio=True), L.Resizing(14, 5, interpolation='nearest', antialias=True),
            L.Resizing(16, 17, pad_to_aspect_ratio=True), L.Conv2D(4, 3), L.GlobalAveragePooling2D(), L.Dense(3)])
        """, preprocessesItself: true),
    KerasImportCase(
      name: "layers and a model with weights called several times",
      python: """
        i = keras.Input((10, 10, 3)); conv = L.Conv2D(6, 3, padding='same', name='conv')
        first = conv(i); norm = L.BatchNormalization(name='norm'); s = keras.Input((10, 10, 6))
        inner = keras.Model(s, L.Conv2D(6, 1, name='point')(norm(s)), name='inner')
        x = inner(first); y = inner(L.AveragePooling2D(3, 1, 'same')(first)); z = L.Concatenate()([x, y, inner(x)])
        d = L.Dense(4, name='d'); z = L.Dense(4)(L.GlobalAveragePooling2D()(z)); m = keras.Model(i, d(L.ReLU()(d(z))))
        """, isExpressible: false),
    KerasImportCase(
      name: "a layer without weights called twice, and branches that lead nowhere",
      python: """
        i = keras.Input((6, 6, 2)); relu = L.ReLU(name='relu'); x = relu(L.Conv2D(4, 3, name='a')(i))
        inner_in = keras.Input((4, 4, 4)); k = L.Conv2D(3, 1, name='used')(inner_in)
        inner = keras.Model(inner_in, [k, L.Conv2D(5, 1, name='unused')(inner_in)], name='inner')
        x = relu(inner(x)[0]); m = keras.Model(i, L.Dense(2)(L.Flatten()(x)))
        """, notes: 1),
  ]

  /// Python that fills `m` with sane values, and stores files, an input and the outputs.
  static func script(_ cases: [KerasImportCase]) -> String {
    let models = cases.enumerated().map { index, one in
      """
      keras.backend.clear_session()
      \(one.python)
      store(m, \(index), \(one.preprocessesItself ? "0, 255" : "-1, 1"))

      """
    }
    return """
      rng = np.random.default_rng(7)
      def value(w):
          if w.name == 'count': return np.array(9)
          if not w.shape: return w.numpy()
          if w.name in ('gamma', 'moving_variance', 'variance'): return rng.uniform(.5, 1.5, w.shape)
          fan = np.prod(w.shape[:-1]) if len(w.shape) > 1 else 16
          return rng.normal(size=w.shape) * (1.5 / fan) ** .5
      def store(m, k, low, high):
          for w in m.variables:
              if 'seed_generator' not in w.path: w.assign(value(w))
          for l in m._flatten_layers():
              if isinstance(l, L.Normalization): l.finalize_state()
          m.save(f'{k}.keras'); m.save(f'{k}.h5')
          x = rng.uniform(low, high, (2,) + m.input_shape[1:]).astype('float32')
          x.tofile(f'{k}.input'); y = m.predict(x, verbose=0); assert np.ptp(y) > 1e-3, y; y.tofile(f'{k}.output')

      """ + models.joined()
  }
}
