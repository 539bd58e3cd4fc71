import TensorKernels

/// What a pickle of tensors is made of.
///
/// Lists and dictionaries are numbers into the reader's own arrays: a pickle refers to them while they are filled, and
/// may put them into themselves.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  /// With how deep tuples lie in it.
  case tuple([PickleValue], depth: Int)
  case list(Int)
  case dictionary(Int)
  /// What is called by name; only the few that tensors need are known.
  case name(PickleName)
  case storage(TorchStorage)
  case tensor(TorchTensor)

  var int: Int? { if case .int(let value) = self { value } else { nil } }
  var string: String? { if case .string(let value) = self { value } else { nil } }
  var tuple: [PickleValue]? { if case .tuple(let values, _) = self { values } else { nil } }
  var depth: Int { if case .tuple(_, let depth) = self { depth } else { 0 } }
  var tensor: TorchTensor? { if case .tensor(let tensor) = self { tensor } else { nil } }

  /// A tuple of whole numbers.
  var ints: [Int]? {
    guard let values = tuple?.map(\.int), !values.contains(nil) else { return nil }
    return values.compactMap(\.self)
  }
}

/// The names that a pickle may use. Everything else is refused: a pickle can name any function of Python and have it
/// called, which here nothing ever is.
enum PickleName: Hashable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case storage(ElementType)

  /// - Parameters:
  ///   - module: as Python calls it.
  ///   - name: within it.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", _):
      guard let type = Self.storages[name] else { return nil }
      self = .storage(type)
    default: return nil
    }
  }

  private static let storages: [String: ElementType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .integer(bits: 64),
    "IntStorage": .integer(bits: 32), "ShortStorage": .integer(bits: 16),
    "CharStorage": .integer(bits: 8), "ByteStorage": .integer(bits: 8),
    "BoolStorage": .other("truth values"),
  ]
}

/// Numbers of one type that tensors show parts of.
struct TorchStorage: Hashable {
  /// Its name in the file.
  let key: String
  let type: ElementType
  /// How many numbers it has, as the pickle says.
  let count: Int

  /// What it takes; at most `Int.max / 2`.
  var byteCount: Int { count * type.byteCount }
}

/// A part of a storage as an array.
struct TorchTensor: Hashable {
  let storage: TorchStorage
  /// Of its first number.
  let offset: Int
  let extents: [Int]
  /// By how many numbers of the storage an axis moves on.
  let strides: [Int]

  /// How many numbers it has.
  var count: Int { extents.reduce(1, *) }

  /// The numbers of the storage from its first to its last.
  var range: Range<Int> {
    guard count > 0 else { return offset..<offset }
    return offset..<offset + zip(extents, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 } + 1
  }

  /// Whether its numbers follow one another in the storage.
  var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(extents, strides).reversed() where extent != 1 {
      guard stride == expected else { return false }
      expected *= extent
    }
    return true
  }

  /// `nil` unless all of it lies within the storage and none of its numbers is shown twice.
  init?(_ storage: TorchStorage, offset: Int, extents: [Int], strides: [Int]) {
    guard (0...storage.count).contains(offset), extents.count == strides.count,
      extents.count <= 16, Shape(declared: extents) != nil, strides.allSatisfy({ $0 >= 0 })
    else { return nil }
    self.storage = storage
    self.offset = offset
    self.extents = extents
    self.strides = strides
    guard !extents.contains(0) else { return }
    // Axes from the finest to the coarsest: each moves beyond all that those before it show.
    var reach = 1
    for (extent, stride) in zip(extents, strides).sorted(by: { $0.1 < $1.1 }) where extent > 1 {
      guard stride >= reach else { return nil }
      let (last, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      guard !overflow, last <= storage.count else { return nil }
      reach += last
    }
    guard reach <= storage.count, offset <= storage.count - reach else { return nil }
  }
}

extension ElementType {
  /// Of one number; 1 for what is no number.
  var byteCount: Int {
    switch self {
    case .float64: 8
    case .float32: 4
    case .float16, .bfloat16: 2
    case .integer(let bits): bits / 8
    case .other: 1
    }
  }
}
