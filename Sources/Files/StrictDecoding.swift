/// A key of whatever name.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// The value, if it is a text.
  package func text() throws -> String? { try? singleValueContainer().decode(String.self) }

  package func corrupted(_ reason: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: reason))
  }

  /// Fails when the object has a key that is not among `known`: what was written by hand may leave out
  /// settings, but not misspell them.
  /// - Parameter accepting: others, which the message does not recommend.
  package func refuseKeys(otherThan known: [String], accepting former: [String] = []) throws {
    let all = try container(keyedBy: AnyKey.self)
    let accepted = Set(known + former)
    for key in all.allKeys.sorted(by: { $0.stringValue < $1.stringValue })
    where !accepted.contains(key.stringValue) {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: all,
        debugDescription:
          "'\(key.stringValue)' is not a setting; expected one of \(known.joined(separator: ", "))")
    }
  }

  /// The object's values; fails when it has a key that is not among `known`.
  package func container<Key: CodingKey & CaseIterable>(
    refusingKeysOtherThan known: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    try refuseKeys(otherThan: Key.allCases.map(\.stringValue))
    return try container(keyedBy: known)
  }
}

extension DecodingError {
  /// Where in the file, and what is wrong, in one line.
  package var reason: String {
    func place(_ context: Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      return path.isEmpty ? "" : " at \(path.joined(separator: "."))"
    }
    switch self {
    case .keyNotFound(let key, let context): return "no '\(key.stringValue)'\(place(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      return "\(context.debugDescription)\(place(context))"
    @unknown default: return "\(self)"
    }
  }
}
