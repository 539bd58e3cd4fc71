import Foundation

/// Reads event files with nothing of the code that writes them: framing, checksums bit by bit, and as
/// much of the wire format of protocol buffers as occurs.
enum EventFileReader {
  struct Failure: Error { let reason: String }

  /// A value of a summary.
  struct Value {
    var step: Int
    var tag: String
    var number: Float?
    var image: Message?
    var histogram: Message?
    var text: String?
  }

  /// The records of a file; what is cut off at its end is left out.
  static func records(_ file: Data) throws -> [Data] {
    var rest = [UInt8](file)[...]
    var records: [Data] = []
    while rest.count >= 12 {
      let length = number(rest.prefix(8))
      try check(rest.prefix(8), against: rest.dropFirst(8).prefix(4))
      guard rest.count >= 16 + length else { break }
      let payload = rest.dropFirst(12).prefix(length)
      try check(payload, against: rest.dropFirst(12 + length).prefix(4))
      records.append(Data(payload))
      rest = rest.dropFirst(16 + length)
    }
    return records
  }

  /// All values of a file, in order.
  static func values(_ file: Data) throws -> [Value] {
    try records(file).flatMap { record -> [Value] in
      let event = try Message(record)
      guard let summary = event.messages(5).first else { return [] }
      return summary.messages(1).map { value in
        Value(
          step: event.integer(2), tag: value.text(1) ?? "", number: value.float(2),
          image: value.messages(4).first, histogram: value.messages(5).first,
          text: value.messages(8).first?.text(8))
      }
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func check(_ bytes: ArraySlice<UInt8>, against stored: ArraySlice<UInt8>) throws {
    // Long division by x³² + … + 1 (0x1EDC6F41), the lowest bit of each byte first.
    var remainder: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      for bit in 0..<8 {
        let top = remainder >> 31 ^ UInt32(byte >> bit & 1)
        remainder = remainder << 1 ^ (top == 1 ? 0x1EDC_6F41 : 0)
      }
    }
    remainder = ~remainder
    let reversed = (0..<32).reduce(UInt32(0)) { $0 | (remainder >> $1 & 1) << (31 - $1) }
    let masked = UInt32(
      truncatingIfNeeded: UInt64(reversed >> 15 | reversed << 17) + 0xa282_ead8)
    guard UInt32(number(stored)) == masked else { throw Failure(reason: "a checksum is wrong") }
  }
}

/// The fields of a message of protocol buffers.
struct Message {
  private enum Field {
    case integer(UInt64)
    case bytes(Data)
  }
  private var fields: [(number: Int, field: Field)] = []

  init(_ data: Data) throws {
    var rest = [UInt8](data)[...]
    func varint() throws -> UInt64 {
      var (value, shift) = (UInt64(0), UInt64(0))
      while let byte = rest.popFirst() {
        value |= UInt64(byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 { return value }
      }
      throw EventFileReader.Failure(reason: "a number is cut off")
    }
    while !rest.isEmpty {
      let key = try varint()
      let number = Int(key >> 3)
      switch key & 7 {
      case 0: fields.append((number, .integer(try varint())))
      case 1, 2, 5:
        let length = key & 7 == 1 ? 8 : key & 7 == 5 ? 4 : Int(try varint())
        guard rest.count >= length else {
          throw EventFileReader.Failure(reason: "a field is cut off")
        }
        fields.append((number, .bytes(Data(rest.prefix(length)))))
        rest = rest.dropFirst(length)
      default: throw EventFileReader.Failure(reason: "wire type \(key & 7)")
      }
    }
  }

  func bytes(_ number: Int) -> [Data] {
    fields.compactMap { field in
      guard field.number == number, case .bytes(let data) = field.field else { return nil }
      return data
    }
  }

  func messages(_ number: Int) -> [Message] { bytes(number).compactMap { try? Message($0) } }

  func text(_ number: Int) -> String? {
    bytes(number).first.map { String(decoding: $0, as: UTF8.self) }
  }

  /// 0 where there is none, as protocol buffers have it.
  func integer(_ number: Int) -> Int {
    for field in fields where field.number == number {
      if case .integer(let value) = field.field { return Int(value) }
    }
    return 0
  }

  /// A scalar that is 0 is written where it is one of several kinds.
  func float(_ number: Int) -> Float? {
    bytes(number).first.map { bytes in
      Float(bitPattern: bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  /// A single double or a packed list of them.
  func doubles(_ number: Int) -> [Double] {
    guard let data = bytes(number).first else { return [] }
    return stride(from: 0, to: data.count, by: 8).map { first in
      Double(
        bitPattern: data.dropFirst(first).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
  }
}
