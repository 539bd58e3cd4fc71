/// A JSON value, as a file holds it or is to hold it.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  /// A number with a fraction or an exponent, or an integer beyond `Int`.
  case double(Double)
  case string(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// The shortest decimal that is the same Float32: 1.001e-05, not 1.0010000303736888e-05.
  package static func float(_ value: Float) -> JSONValue {
    .double(Double("\(value)") ?? Double(value))
  }

  /// What an object has under a key; `nil` when it has no such key or this is no object.
  package subscript(key: String) -> JSONValue? { object?[key] }

  /// What a list has at a position; `nil` beyond its end or when this is no list.
  package subscript(position: Int) -> JSONValue? {
    guard let list, list.indices.contains(position) else { return nil }
    return list[position]
  }

  package var object: [String: JSONValue]? {
    if case .object(let values) = self { values } else { nil }
  }

  package var list: [JSONValue]? {
    if case .list(let values) = self { values } else { nil }
  }

  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// An integer, also one that is written as `2.0`.
  package var int: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value)
    default: nil
    }
  }

  /// Any number; Python writes infinities and NaN, too.
  package var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  package var isNull: Bool { self == .null }
}

extension JSONValue: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }
}
