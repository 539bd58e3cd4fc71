/// A key of whatever name.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// The value, if it is a text.
  func text() throws -> String? { try? singleValueContainer().decode(String.self) }

  func corrupted(_ reason: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: reason))
  }

  /// The object's values; what was written by hand may leave out settings, but not misspell them.
  func container<Key: CodingKey & CaseIterable>(
    refusingKeysOtherThan known: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    let names = Key.allCases.map(\.stringValue)
    let all = try container(keyedBy: AnyKey.self)
    for key in all.allKeys where !names.contains(key.stringValue) {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: all,
        debugDescription:
          "'\(key.stringValue)' is not a setting; expected one of \(names.joined(separator: ", "))")
    }
    return try container(keyedBy: known)
  }
}
