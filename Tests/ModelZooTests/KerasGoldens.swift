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
          2.452009, -1.006145, -1.135873, 1.304288, -2.109797, 1.890847, 7.828223, -1.531736,
          0.1916222, 0.6125478,
        ],
        [
          2.180543, -1.962811, -1.980355, 0.8779737, -1.775784, 0.9067294, 7.868597, -0.5043179,
          0.36894, 1.066388,
        ],
      ],
      largestLogit: 15.10694,
      features: [
        [0, 1.798379, 1.194459],
        [0.07807607, 1.524597, 1.226319],
      ],
      largestFeature: 6),
    Output(
      name: "mobilenet", alpha: 0.25, imageSize: 75,
      logits: [
        [
          3.666132, -0.4557787, -0.3691103, 0.5666149, -2.042928, 1.75353, 6.215972, -0.8189518,
          2.192225, -0.4024817,
        ],
        [
          3.814355, -0.3483467, -1.395727, 0.5884727, -2.881827, 1.317147, 6.843357, -0.4935801,
          1.721618, -0.3163454,
        ],
      ],
      largestLogit: 15.03169,
      features: [
        [0, 0.6160251, 1.519438],
        [0, 1.011129, 1.539815],
      ],
      largestFeature: 6),
    Output(
      name: "mobilenetv2", alpha: 0.35, imageSize: 96,
      logits: [
        [
          -2.324625, 0.6773173, 1.578461, -0.7870165, -1.362612, 1.403223, -0.6982936, 3.891572,
          -1.632723, 0.8747261,
        ],
        [
          -2.480176, 0.26029, 1.317531, -0.755308, -1.750358, 1.925189, -0.9008196, 3.884434,
          -1.661971, 0.5828441,
        ],
      ],
      largestLogit: 7.118987,
      features: [
        [
          0.1952332, 5.940194, 0.8686495, 0.8294203, 1.290686, 0.1662928, 0, 1.299841, 0.829155,
          0.7882068, 4.101462, 0,
        ],
        [
          0.2352739, 5.892258, 0.8036321, 0.7880741, 1.297668, 0.05019873, 0, 1.48437, 0.9317063,
          0.8725762, 3.734477, 0,
        ],
      ],
      largestFeature: 6),
    Output(
      name: "mobilenetv2", alpha: 0.35, imageSize: 75,
      logits: [
        [
          -2.418969, 0.7960598, 1.752689, -0.5380818, -1.598365, 1.724025, -0.7887765, 3.28384,
          -1.779196, 0.1736567,
        ],
        [
          -2.205094, 0.6536979, 1.389443, -0.4211877, -1.500152, 1.407921, -0.6052411, 3.654825,
          -1.868716, 0.4112375,
        ],
      ],
      largestLogit: 7.552197,
      features: [
        [
          0.4452513, 5.980425, 0.9790784, 1.143454, 1.327373, 0.3384158, 0, 1.22691, 1.379475,
          0.905467, 3.433646, 0,
        ],
        [
          0.270295, 5.911276, 0.8468434, 1.522915, 1.014834, 0.223958, 0, 0.781293, 1.335878,
          1.11614, 3.638741, 0,
        ],
      ],
      largestFeature: 6),
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
