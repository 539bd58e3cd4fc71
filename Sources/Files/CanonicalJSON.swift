import Foundation

/// JSON in one form, so that equal values are equal bytes: keys in alphabetical order, slashes as they
/// are.
package enum CanonicalJSON {
  /// An encoder of one line, for those who set it further.
  package static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  /// One line, without its end.
  package static func line(_ value: some Encodable) throws -> Data { try encoder.encode(value) }

  /// Several indented lines, for people too, with the last one's end.
  package static func page(_ value: some Encodable) throws -> Data {
    let encoder = encoder
    encoder.outputFormatting.insert(.prettyPrinted)
    return try encoder.encode(value) + Data("\n".utf8)
  }
}
