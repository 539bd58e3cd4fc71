// Made by Tools/keras/make_goldens.py with Keras 3.15.1 on TensorFlow 2.21.0. Do not edit.

/// What real Keras says about the networks of the zoo, filled with `HashedWeights`.
enum KerasGoldens {
  /// One network's layers as text, hashed.
  struct Structure: Sendable {
    let name: String
    let alpha: Double?
    let imageSize: Int
    let top: Bool
    let layers: Int
    let parameters: Int
    let digest: UInt64
  }

  /// Outputs for two images: every 111th logit and pooled feature, and the largest magnitudes.
  struct Output: Sendable {
    let name: String
    let alpha: Double?
    let imageSize: Int
    let logits: [[Float]]
    let largestLogit: Float
    let features: [[Float]]
    let largestFeature: Float
  }

  static let structures = [
    Structure(
      name: "vgg16", alpha: nil, imageSize: 224, top: true,
      layers: 23, parameters: 138_357_544,
      digest: 0xd621_4a2f_aff6_4b05),
    Structure(
      name: "vgg16", alpha: nil, imageSize: 50, top: false,
      layers: 20, parameters: 14_714_688,
      digest: 0x584f_d9f2_a49c_d9fd),
    Structure(
      name: "resnet50", alpha: nil, imageSize: 224, top: true,
      layers: 177, parameters: 25_636_712,
      digest: 0xfaf7_6652_2dce_4a39),
    Structure(
      name: "resnet50", alpha: nil, imageSize: 75, top: false,
      layers: 176, parameters: 23_587_712,
      digest: 0x6efe_7fc3_5e2a_d004),
    Structure(
      name: "mobilenet", alpha: 1.0, imageSize: 224, top: true,
      layers: 91, parameters: 4_253_864,
      digest: 0x1ff6_f307_40fb_cf8d),
    Structure(
      name: "mobilenet", alpha: 0.25, imageSize: 128, top: true,
      layers: 91, parameters: 475544,
      digest: 0x97ac_5437_2ddb_eb32),
    Structure(
      name: "mobilenet", alpha: 0.6, imageSize: 75, top: false,
      layers: 87, parameters: 1_181_609,
      digest: 0x3e1a_1788_b909_66f5),
    Structure(
      name: "mobilenetv2", alpha: 1.0, imageSize: 224, top: true,
      layers: 156, parameters: 3_538_984,
      digest: 0x0af8_d32b_a283_8616),
    Structure(
      name: "mobilenetv2", alpha: 0.35, imageSize: 96, top: true,
      layers: 156, parameters: 1_691_208,
      digest: 0x694e_578e_b868_7f6e),
    Structure(
      name: "mobilenetv2", alpha: 0.5, imageSize: 75, top: false,
      layers: 155, parameters: 706224,
      digest: 0xe790_8dcd_2856_9e9a),
    Structure(
      name: "mobilenetv2", alpha: 0.75, imageSize: 101, top: false,
      layers: 155, parameters: 1_382_064,
      digest: 0xe4e8_de9e_9666_b528),
    Structure(
      name: "mobilenetv2", alpha: 1.3, imageSize: 130, top: false,
      layers: 155, parameters: 3_766_048,
      digest: 0x5374_df0f_9303_6102),
    Structure(
      name: "mobilenetv2", alpha: 1.4, imageSize: 224, top: false,
      layers: 155, parameters: 4_363_712,
      digest: 0x4ecf_6db3_7aa6_692d),
  ]

  static let outputs = [
    Output(
      name: "mobilenet", alpha: 0.25, imageSize: 96,
      logits: [
        [
          2.717647, -1.341155, 1.137717, 0.6850558, -2.775857, 1.83506, 6.072005, -4.360988,
          -0.3744183, -0.9321225,
        ],
        [
          2.360275, -0.3154563, 1.093471, 1.147322, -1.617179, 0.7344228, 7.361782, -4.257867,
          -1.336481, 0.3328658,
        ],
      ],
      largestLogit: 16.69549,
      features: [
        [0.3670536, 1.031126, 1.185144],
        [0.627117, 1.397811, 2.662978],
      ],
      largestFeature: 6),
    Output(
      name: "mobilenet", alpha: 0.25, imageSize: 75,
      logits: [
        [
          1.909032, 0.707525, 2.882612, 2.633085, -4.286089, 2.914211, 6.996182, -3.435037,
          1.258008, -1.039354,
        ],
        [
          3.838768, -1.7946, 2.072466, 1.118505, -3.278676, 2.453939, 5.940401, -2.436954, 1.122307,
          -2.775303,
        ],
      ],
      largestLogit: 15.03564,
      features: [
        [0.8341293, 0.7148038, 2.326874],
        [0.09714468, 2.043848, 1.698282],
      ],
      largestFeature: 6),
    Output(
      name: "mobilenetv2", alpha: 0.35, imageSize: 96,
      logits: [
        [
          -2.9979, -0.1676781, 1.686654, -0.8227781, -1.08243, 1.756609, -0.7478275, 3.712891,
          -1.330986, 0.5185925,
        ],
        [
          -2.916666, -0.02893461, 1.941092, -0.3664808, -0.7488217, 2.371541, -0.5289415, 3.719033,
          -1.423265, 1.587744,
        ],
      ],
      largestLogit: 7.461135,
      features: [
        [
          1.162991, 5.48249, 1.394036, 1.494949, 0.760563, 0.2325363, 0, 1.728244, 1.015191,
          0.6685373, 4.450899, 0,
        ],
        [
          1.031179, 5.489882, 0.7107658, 1.330704, 1.484852, 0.08213118, 0.005308774, 1.990501,
          1.71233, 0.7965302, 3.295107, 0,
        ],
      ],
      largestFeature: 5.899322),
    Output(
      name: "mobilenetv2", alpha: 0.35, imageSize: 75,
      logits: [
        [
          -2.291436, -0.05277441, 1.602569, 0.3431831, -1.195822, 1.931977, -0.6321444, 3.891378,
          -1.679049, 0.5041562,
        ],
        [
          -3.151761, -0.2313628, 1.525612, -0.2799408, -1.285032, 2.261655, -0.4437624, 3.080318,
          -1.514691, 1.650321,
        ],
      ],
      largestLogit: 6.801169,
      features: [
        [
          0.4263754, 5.746078, 1.138627, 1.966079, 0.50619, 0.03025738, 0.004896325, 1.2384,
          1.362792, 1.170076, 2.682735, 0,
        ],
        [
          1.007724, 5.700641, 1.328581, 1.723728, 0.7034578, 0.1008346, 0.07901628, 1.132849,
          1.698654, 1.326428, 3.339421, 0,
        ],
      ],
      largestFeature: 5.999593),
    Output(
      name: "resnet50", alpha: nil, imageSize: 64,
      logits: [
        [
          -5.012629, 12.30074, -9.008441, -24.67511, -11.1934, 19.30986, 1.1479, 24.92825, 5.176497,
          -11.5631,
        ],
        [
          -5.895606, 12.04234, -9.871824, -25.18158, -10.90048, 19.44555, -0.07434511, 25.99016,
          4.605257, -13.63751,
        ],
      ],
      largestLogit: 57.92473,
      features: [
        [
          10.58662, 0, 0, 1.49347, 6.832193, 1.413682, 8.410679, 3.064427, 11.99377, 19.18278,
          5.277606, 25.2748, 2.494765, 4.85825, 4.7134, 3.532711, 3.566132, 5.581403, 4.088295,
        ],
        [
          9.738707, 0.07468387, 0, 1.36939, 6.707278, 1.325136, 9.307163, 3.131133, 11.72221,
          18.98514, 5.89099, 24.58978, 1.814584, 3.669235, 3.742066, 3.474595, 2.53457, 5.699906,
          3.148076,
        ],
      ],
      largestFeature: 52.52704),
    Output(
      name: "vgg16", alpha: nil, imageSize: 32,
      logits: [
        [
          0.3074614, -0.8551314, -0.6810229, -0.26299, 1.469718, -0.1069446, -0.2418167, 0.08716278,
          -0.02841765, 0.2038875,
        ],
        [
          0.3283723, -0.8000572, -0.5981871, -0.1723838, 1.586002, -0.1257327, -0.2061406,
          0.1152237, -0.06898593, 0.2771531,
        ],
      ],
      largestLogit: 2.407816,
      features: [
        [0.4745653, 0.4677616, 0.1404549, 0.467387, 0.5064011],
        [0.4980395, 0.3817224, 0.1328165, 0.4642975, 0.5126935],
      ],
      largestFeature: 1.548741),
  ]

  /// Of Keras's class names, in order, joined by spaces.
  static let classNamesDigest: UInt64 = 0x0819_7dfa_474b_b288
}
