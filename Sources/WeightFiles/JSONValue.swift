import Foundation

/// JSON to be written, with its keys in one order.
enum JSONValue: Encodable {
  case null
  case bool(Bool)
  case int(Int)
  case float(Float)
  case string(String)
  case list([JSONValue])
  case object([String: JSONValue])

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    // The shortest decimal that is the same Float32: 1.001e-05, not 1.0010000303736888e-05.
    case .float(let value): try container.encode(Double("\(value)") ?? Double(value))
    case .string(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }

  /// One line of text, the same for the same value.
  func text() throws(WeightFileError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw WeightFileError(.bad, "a network's configuration cannot be written as JSON: \(error)")
    }
  }
}
