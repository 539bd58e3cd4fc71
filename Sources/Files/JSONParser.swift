/// Reads JSON that is not trusted: depth and length are bounded, a key may occur only once, and
/// Python's `NaN`, `Infinity` and `-Infinity` are numbers.
package struct JSONParser {
  /// Nesting beyond this is refused; each model inside a model takes about five levels.
  package static let largestDepth = 200
  /// The longest text, in bytes; the configuration of the largest network of Keras has under 4 MiB.
  package static let largestByteCount = 64 << 20

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// - Throws: `FormatError` with the position, a phrase that fits behind "has bad JSON …".
  package static func parse(_ text: some Collection<UInt8>) throws(FormatError) -> JSONValue {
    guard text.count <= largestByteCount else {
      throw FormatError("of \(text.count) bytes, more than the \(largestByteCount) that are read")
    }
    let copy = Array(text)
    let result = copy.withUnsafeBufferPointer { buffer -> Result<JSONValue, FormatError> in
      var parser = JSONParser(bytes: buffer)
      do throws(FormatError) {
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.position < buffer.count { throw parser.failure("more text behind its end") }
        return .success(value)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private func failure(_ what: String) -> FormatError {
    FormatError("with \(what) at byte \(position)")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 32 || (9...10).contains(byte) || byte == 13 { position += 1 }
  }

  /// Whether the text goes on with this character, which is then behind.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(FormatError) -> JSONValue {
    guard depth < Self.largestDepth else {
      throw failure("nesting deeper than \(Self.largestDepth)")
    }
    skipSpace()
    guard let byte = next else { throw failure("its end missing") }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try list(depth)
    case UInt8(ascii: "\""): return .string(try string())
    default: break
    }
    for (word, value) in Self.words where word.elementsEqual(bytes[position...].prefix(word.count))
    {
      position += word.count
      return value
    }
    return try number()
  }

  private static let words: [([UInt8], JSONValue)] = [
    (Array("true".utf8), .bool(true)), (Array("false".utf8), .bool(false)),
    (Array("null".utf8), .null), (Array("NaN".utf8), .double(.nan)),
    (Array("Infinity".utf8), .double(.infinity)), (Array("-Infinity".utf8), .double(-.infinity)),
  ]

  private mutating func object(_ depth: Int) throws(FormatError) -> JSONValue {
    position += 1
    var values: [String: JSONValue] = [:]
    if take("}") { return .object(values) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("a key missing") }
      let key = try string()
      guard take(":") else { throw failure("no colon behind the key '\(key.prefix(60))'") }
      guard values.updateValue(try value(depth: depth + 1), forKey: key) == nil else {
        throw failure("the key '\(key.prefix(60))' twice")
      }
      if take(",") { continue }
      guard take("}") else { throw failure("neither comma nor brace") }
      return .object(values)
    }
  }

  private mutating func list(_ depth: Int) throws(FormatError) -> JSONValue {
    position += 1
    var values: [JSONValue] = []
    if take("]") { return .list(values) }
    while true {
      values.append(try value(depth: depth + 1))
      if take(",") { continue }
      guard take("]") else { throw failure("neither comma nor bracket") }
      return .list(values)
    }
  }

  private mutating func number() throws(FormatError) -> JSONValue {
    let start = position
    var isWhole = true
    while let byte = next {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"):
        isWhole = false
      default:
        return try number(from: start, isWhole)
      }
      position += 1
    }
    return try number(from: start, isWhole)
  }

  private func number(from start: Int, _ isWhole: Bool) throws(FormatError) -> JSONValue {
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    let first = text.first { $0 != "-" }
    guard let first, first.isNumber, !text.hasSuffix(".") else { throw failure("no value") }
    if isWhole, let value = Int(text) { return .int(value) }
    guard let value = Double(text) else { throw failure("no number") }
    return .double(value)
  }

  // MARK: Strings

  private mutating func string() throws(FormatError) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("a string that is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): text += String(try escape()).utf8
      case 0..<32: throw failure("a control character in a string")
      default: text.append(byte)
      }
    }
    throw failure("the end of a string missing")
  }

  private mutating func escape() throws(FormatError) -> Unicode.Scalar {
    guard let byte = next else { throw failure("the end of a string missing") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw failure("an unknown escape")
    }
    var code = try fourDigits()
    if (0xd800..<0xdc00).contains(code) {
      guard next == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      else { throw failure("half a character") }
      position += 2
      let low = try fourDigits()
      guard (0xdc00..<0xe000).contains(low) else { throw failure("half a character") }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure("half a character") }
    return scalar
  }

  private mutating func fourDigits() throws(FormatError) -> UInt32 {
    let digits = bytes[position..<min(position + 4, bytes.count)]
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == 4, text.allSatisfy(\.isHexDigit), let code = UInt32(text, radix: 16)
    else { throw failure("an unknown escape") }
    position += 4
    return code
  }
}
