import Files

/// Reads a pickle (Python's protocols 2 to 5) that holds tensors, and nothing that could do anything.
///
/// A pickle is a program for a machine with a stack. This machine has lists, dictionaries, tuples, numbers, texts, and
/// the names of `PickleName`; "calling" one of these makes a value of the kind that it stands for. There is no
/// other name and no other call, so that nothing can be run. What is read is bounded in bytes, steps, depth and
/// references.
struct PickleReader: ~Copyable {
  private let bytes: [UInt8]
  /// The next byte.
  private(set) var position: Int
  private var steps = 0
  private var stack: [PickleValue] = []
  /// Where on the stack marks lie.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var lists: [[PickleValue]] = []
  private var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  /// What storages are called by, with their types and sizes.
  private(set) var storages: [String: TorchStorage] = [:]

  /// A pickle of today's largest networks has less than a hundredth of it.
  static let largestByteCount = 64 << 20
  private static let largestStepCount = 4_000_000
  private static let largestDepth = 200
  private static let largestTextByteCount = 1 << 16

  /// - Parameter start: of the pickle among the bytes.
  init(_ bytes: [UInt8], from start: Int = 0) {
    self.bytes = bytes
    position = start
  }

  /// Reads one pickle and what it leaves on the stack.
  mutating func read() throws(FormatError) -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      steps += 1
      guard steps <= Self.largestStepCount else {
        throw FormatError(
          "has a pickle of more than \(Self.largestStepCount) steps, which is refused")
      }
      let code = try byte()
      if code == UInt8(ascii: ".") { break }
      guard try step(code) else {
        throw FormatError(
          "has the step \(code) in its pickle, which tensors do not need, and is refused")
      }
    }
    guard let result = stack.popLast(), stack.isEmpty, marks.isEmpty else { throw Self.malformed }
    return result
  }

  /// The pairs of a dictionary whose keys are texts.
  func items(ofDictionary index: Int) -> [(key: String, value: PickleValue)] {
    dictionaries[index].compactMap { item in item.key.string.map { ($0, item.value) } }
  }

  /// The elements of a list; `nil` for other values.
  func elements(of value: PickleValue) -> [PickleValue]? {
    guard case .list(let index) = value else { return nil }
    return lists[index]
  }

  static let malformed = FormatError(
    "has a pickle that does not hold together; it is damaged, download or copy it again")

  private static let tooDeep = FormatError(
    "is nested more than \(largestDepth) deep, which is refused")

  // MARK: Steps

  /// - Returns: false for a step that is not known.
  private mutating func step(_ code: UInt8) throws(FormatError) -> Bool {
    switch Character(UnicodeScalar(code)) {
    case "\u{80}": try skip(1)  // the protocol's number
    case "\u{95}": try skip(8)  // the length of what follows
    case "(":
      guard marks.count < Self.largestDepth else { throw Self.tooDeep }
      marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "2": push(try top())
    default:
      // With `||` the error would lose its type.
      if try pushLiteral(code) { return true }
      if try makeContainer(code) { return true }
      if try remember(code) { return true }
      return try call(code)
    }
    return true
  }

  /// Numbers and texts.
  private mutating func pushLiteral(_ code: UInt8) throws(FormatError) -> Bool {
    switch Character(UnicodeScalar(code)) {
    case "N": push(.none)
    case "\u{88}": push(.bool(true))
    case "\u{89}": push(.bool(false))
    case "J": push(.int(Int(Int32(truncatingIfNeeded: try little(4)))))
    case "K": push(.int(try little(1)))
    case "M": push(.int(try little(2)))
    case "\u{8a}": push(try long(try little(1)))
    case "G":
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      push(.double(Double(bitPattern: bits)))
    case "X", "T": push(.string(try text(try little(4))))
    case "\u{8c}", "U": push(.string(try text(try little(1))))
    case "\u{8d}": push(.string(try text(try little(8))))
    default: return false
    }
    return true
  }

  private mutating func makeContainer(_ code: UInt8) throws(FormatError) -> Bool {
    switch Character(UnicodeScalar(code)) {
    case "}": push(newDictionary())
    case "]":
      lists.append([])
      push(.list(lists.count - 1))
    case ")": push(.tuple([], depth: 1))
    case "t": push(try tuple(of: try popToMark()))
    case "\u{85}", "\u{86}", "\u{87}": push(try tuple(of: try pop(Int(code) - 0x84)))
    case "a": try append([try pop()])
    case "e": try append(try popToMark())
    case "s": try set(try pop(2))
    case "u": try set(try popToMark())
    default: return false
    }
    return true
  }

  private mutating func remember(_ code: UInt8) throws(FormatError) -> Bool {
    switch Character(UnicodeScalar(code)) {
    case "q": memo[try little(1)] = try top()
    case "r": memo[try little(4)] = try top()
    case "\u{94}": memo[memo.count] = try top()
    case "h": push(try remembered(try little(1)))
    case "j": push(try remembered(try little(4)))
    default: return false
    }
    return true
  }

  private mutating func call(_ code: UInt8) throws(FormatError) -> Bool {
    switch Character(UnicodeScalar(code)) {
    case "c":
      let module = try line()
      push(.name(try known(module, try line())))
    case "\u{93}":
      let parts = try pop(2)
      guard let module = parts[0].string, let name = parts[1].string else { throw Self.malformed }
      push(.name(try known(module, name)))
    case "R":
      let parts = try pop(2)
      guard case .name(let name) = parts[0], let arguments = parts[1].tuple else {
        throw Self.malformed
      }
      push(try made(name, arguments))
    case "Q": push(.storage(try storage(try pop())))
    case "b":
      // What is set on an ordered dictionary: notes about versions of modules.
      _ = try pop()
      guard case .dictionary = try top() else { throw Self.malformed }
    default: return false
    }
    return true
  }

  // MARK: What a name stands for

  private func known(_ module: String, _ name: String) throws(FormatError) -> PickleName {
    if let known = PickleName(module: module, name: name) { return known }
    let asked = "\(module).\(name)".filter { $0.isASCII && !$0.isNewline }.prefix(60)
    throw FormatError(
      "asks for '\(asked)', which is no tensor, and is refused, as that could run a program; "
        + "in PyTorch, save model.state_dict() alone")
  }

  private mutating func made(_ name: PickleName, _ arguments: [PickleValue]) throws(FormatError)
    -> PickleValue
  {
    switch name {
    case .orderedDictionary:
      let dictionary = newDictionary()
      guard let pairs = arguments.first else { return dictionary }
      guard arguments.count == 1, let list = elements(of: pairs) else { throw Self.malformed }
      for pair in list {
        guard let pair = pair.tuple ?? elements(of: pair), pair.count == 2 else {
          throw Self.malformed
        }
        try set(pair, in: dictionary)
      }
      return dictionary
    case .rebuildParameter:
      guard let tensor = arguments.first?.tensor else { throw Self.malformed }
      return .tensor(tensor)
    case .rebuildTensor: return .tensor(try Self.tensor(arguments))
    case .storage: throw Self.malformed
    }
  }

  /// Storage, offset, extents, strides; what follows is about gradients.
  private static func tensor(_ arguments: [PickleValue]) throws(FormatError) -> TorchTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      let offset = arguments[1].int, let extents = arguments[2].ints,
      let strides = arguments[3].ints
    else { throw malformed }
    guard let tensor = TorchTensor(storage, offset: offset, extents: extents, strides: strides)
    else {
      let shape = "[\(extents.prefix(8).map { "\($0)" }.joined(separator: ", "))]"
      throw FormatError(
        "has a tensor \(shape) from number \(offset) on of a storage of \(storage.count), which "
          + "does not hold it")
    }
    return tensor
  }

  /// `("storage", type, key, device, count)`, in older files with a view of it that is always `None`.
  private mutating func storage(_ value: PickleValue) throws(FormatError) -> TorchStorage {
    guard let parts = value.tuple, parts.count == 5 || parts.count == 6,
      parts[0].string == "storage", case .name(.storage(let type)) = parts[1],
      let key = parts[2].string, let count = parts[4].int
    else { throw Self.malformed }
    if parts.count == 6, case .none = parts[5] {
    } else if parts.count == 6 {
      throw FormatError("has a storage that is a part of another, which is not read")
    }
    guard count >= 0, count <= Int.max / 16 else {
      throw FormatError("declares an impossible size for the storage '\(key.prefix(40))'")
    }
    let storage = TorchStorage(key: key, type: type, count: count)
    if let other = storages[key], other != storage {
      throw FormatError(
        "calls its storage '\(key.prefix(40))' \(other.count) numbers of \(other.type) and "
          + "\(storage.count) of \(storage.type)")
    }
    storages[key] = storage
    return storage
  }

  // MARK: Stack

  private mutating func newDictionary() -> PickleValue {
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  private func tuple(of values: [PickleValue]) throws(FormatError) -> PickleValue {
    let depth = 1 + values.reduce(0) { max($0, $1.depth) }
    guard depth <= Self.largestDepth else { throw Self.tooDeep }
    return .tuple(values, depth: depth)
  }

  private mutating func append(_ values: [PickleValue]) throws(FormatError) {
    guard case .list(let index) = try top() else { throw Self.malformed }
    lists[index] += values
  }

  private mutating func set(_ values: [PickleValue]) throws(FormatError) {
    guard values.count.isMultiple(of: 2) else { throw Self.malformed }
    let target = try top()
    for start in stride(from: 0, to: values.count, by: 2) {
      try set(Array(values[start..<start + 2]), in: target)
    }
  }

  private mutating func set(_ pair: [PickleValue], in target: PickleValue) throws(FormatError) {
    guard case .dictionary(let index) = target else { throw Self.malformed }
    dictionaries[index].append((pair[0], pair[1]))
  }

  private mutating func push(_ value: PickleValue) { stack.append(value) }

  private func top() throws(FormatError) -> PickleValue {
    guard let last = stack.last, stack.count > marks.last ?? 0 else { throw Self.malformed }
    return last
  }

  private mutating func pop() throws(FormatError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  /// The last values, oldest first.
  private mutating func pop(_ count: Int) throws(FormatError) -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else { throw Self.malformed }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(FormatError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw Self.malformed }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private func remembered(_ key: Int) throws(FormatError) -> PickleValue {
    guard let value = memo[key] else { throw Self.malformed }
    return value
  }

  // MARK: Bytes

  private mutating func byte() throws(FormatError) -> UInt8 {
    guard position < bytes.count else {
      throw FormatError(
        "is cut short within its pickle, or the pickle has more than the \(Self.largestByteCount) "
          + "bytes that are read")
    }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func take(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw Self.malformed }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func skip(_ count: Int) throws(FormatError) { _ = try take(count) }

  /// An unsigned number; one beyond `Int` is none that could be meant.
  private mutating func little(_ count: Int) throws(FormatError) -> Int {
    let value = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let value = Int(exactly: value) else { throw Self.malformed }
    return value
  }

  /// A signed number of some bytes. Longer ones than a word are kept as what they are in a file of PyTorch's: its
  /// mark at the beginning, in digits.
  private mutating func long(_ count: Int) throws(FormatError) -> PickleValue {
    let digits = try take(count)
    guard count <= 8 else {
      return .string(
        digits.reversed().map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined())
    }
    var value = digits.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if count > 0, count < 8, digits[digits.endIndex - 1] & 0x80 != 0 {
      value |= UInt64.max << (8 * UInt64(count))
    }
    return .int(Int(Int64(bitPattern: value)))
  }

  private mutating func text(_ count: Int) throws(FormatError) -> String {
    guard count <= Self.largestTextByteCount else {
      throw FormatError("has a text of \(count) bytes in its pickle, which is refused")
    }
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw Self.malformed
    }
    return text
  }

  /// Up to the end of a line, without it.
  private mutating func line() throws(FormatError) -> String {
    guard let end = bytes[position...].prefix(1024).firstIndex(of: UInt8(ascii: "\n")) else {
      throw Self.malformed
    }
    let line = try text(end - position)
    position = end + 1
    return line
  }
}
