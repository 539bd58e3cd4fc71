import Files
import Foundation
import NeuralNetworks
import TensorKernels
import WeightFiles

/// What `body` throws, as a `WeightFileError`; `nil` when it succeeds.
func failure<Result>(_ body: () throws -> Result) -> WeightFileError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? WeightFileError
  }
}

/// Values that differ everywhere and are sane for every role: variances are positive.
func madeUpTensors(_ network: Network) -> [String: Tensor] {
  var tensors: [String: Tensor] = [:]
  for (position, parameter) in network.parameters.enumerated() {
    let values = (0..<parameter.shape.count).map { index -> Float in
      let wave = sin(Float(index) * 0.37 + Float(position))
      let isVariance = parameter.role == .movingVariance || parameter.role == .variance
      return isVariance ? 1 + 0.5 * wave : 0.3 * wave
    }
    tensors[parameter.name] = Tensor(parameter.shape, values)
  }
  return tensors
}

/// MobileNet v1 (Howard et al., 2017, table 1) as the official files name it.
func mobileNet(alpha: Double, hasTop: Bool) throws -> Network {
  func channels(_ count: Int) -> Int { Int(Double(count) * alpha) }
  var network = Network(input: [224, 224, 3])
  func norm(_ name: String) throws {
    try network.add(name + "_bn", BatchNormalization(), to: network.output)
    try network.add(name + "_relu", ActivationLayer(.relu6), to: network.output)
  }
  try network.add(
    "conv1", Convolution2D(channels(32), kernel: 3, stride: 2, padding: .same, bias: false),
    to: network.input)
  try norm("conv1")
  let widths = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
  for (index, width) in widths.enumerated() {
    let block = index + 1
    let stride: Extent = [2, 4, 6, 12].contains(block) ? 2 : 1
    try network.add(
      "conv_dw_\(block)",
      DepthwiseConvolution2D(kernel: 3, stride: stride, padding: .same, bias: false),
      to: network.output)
    try norm("conv_dw_\(block)")
    try network.add(
      "conv_pw_\(block)", Convolution2D(channels(width), kernel: 1, bias: false),
      to: network.output)
    try norm("conv_pw_\(block)")
  }
  try network.add(
    "global_average_pooling2d_1", GlobalAveragePooling2D(keepsDimensions: true),
    to: network.output)
  guard hasTop else { return network }
  try network.add("conv_preds", Convolution2D(1000, kernel: 1), to: network.output)
  try network.add("reshape_2", Reshape([1000]), to: network.output)
  try network.add("act_softmax", ActivationLayer(.softmax), to: network.output)
  return network
}

/// A small residual network with every layer type; its shortcut is added last, so that the order of
/// the nodes is not Keras's.
func everyLayer() throws -> Network {
  var network = Network(input: [17, 19, 3], name: "photo")
  let start = try network.add(
    "stem",
    Convolution2D(
      8, kernel: 3, stride: 2, padding: .explicit(Edges(top: 0, bottom: 1, left: 1, right: 0))),
    to: network.input)
  try network.add("stem_bn", BatchNormalization(epsilon: 1.001e-5, momentum: 0.999), to: start)
  let fork = try network.add("stem_relu", ActivationLayer(.relu6), to: network.output)
  let shortcut = try network.add("zz_short", Convolution2D(12, kernel: 1, bias: false), to: fork)
  try network.add(
    "dw", DepthwiseConvolution2D(kernel: 3, padding: .same, multiplier: 2, activation: .relu),
    to: fork)
  try network.add("dw_bn", BatchNormalization(), to: network.output)
  try network.add("pw", Convolution2D(12, kernel: 1, groups: 2), to: network.output)
  try network.add("short_bn", BatchNormalization(), to: shortcut)
  let (left, right) = (network.node(named: "pw")!, network.output)
  try network.add("sum", Add(), to: left, right)
  try network.add("act", ActivationLayer(.relu), to: network.output)
  try network.add(
    "pool_pad", ZeroPadding2D(Edges(top: 1, bottom: 0, left: 0, right: 2)), to: network.output)
  try network.add("pool", MaxPooling2D(2, stride: 2, padding: .same), to: network.output)
  let pooled = network.output
  try network.add("flat", Flatten(), to: pooled)
  try network.add("fc0", Dense(5, activation: .relu), to: network.output)
  let first = network.output
  try network.add("avg", GlobalAveragePooling2D(keepsDimensions: true), to: pooled)
  try network.add("row", Reshape([12]), to: network.output)
  try network.add("fc1", Dense(5, bias: false), to: network.output)
  try network.add("both", Add(), to: first, network.output)
  try network.add("drop", Dropout(0.25), to: network.output)
  try network.add("predictions", Dense(4, activation: .softmax), to: network.output)
  return network
}

/// Steele, Lea and Flood, 2014.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
