/// How the numbers of a tensor are stored.
public enum ElementType: Hashable, Sendable, CustomStringConvertible {
  /// IEEE 754 single precision: read as it is.
  case float32
  /// IEEE 754 double precision: rounded when it is read.
  case float64
  /// IEEE 754 half precision.
  case float16
  /// The upper half of a `float32`.
  case bfloat16
  /// Counters and states of random generators; never a weight.
  case integer(bits: Int)
  /// Something else that is no weight: strings, compounds.
  case other(String)

  /// In words for messages, for example `float16` or `64-bit integers`.
  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .integer(let bits): "\(bits)-bit integers"
    case .other(let name): name
    }
  }

  /// Whether it can be converted to Float32.
  var isFloat: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16: true
    case .integer, .other: false
    }
  }

  var isInteger: Bool { if case .integer = self { true } else { false } }
}
