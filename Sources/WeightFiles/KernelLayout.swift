extension [Float] {
  /// The kernel `[places, inputs, outputs]`, as Keras has it, as `[outputs, inputs, places]`, as PyTorch and ONNX
  /// do.
  func withOutputsFirst(places: Int, inputs: Int, outputs: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { target, filled in
      var next = 0
      for output in 0..<outputs {
        for input in 0..<inputs {
          for place in 0..<places {
            target[next] = self[(place * inputs + input) * outputs + output]
            next += 1
          }
        }
      }
      filled = next
    }
  }
}
