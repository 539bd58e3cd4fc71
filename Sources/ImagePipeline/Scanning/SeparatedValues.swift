/// Rows of fields separated by commas or tabs, read strictly (RFC 4180): a field in quotes may hold
/// separators, line ends and doubled quotes; everything else is taken as it stands, spaces too.
///
/// Lines end with LF or CRLF; empty ones are left out. A mark of UTF-8 at the start is allowed.
struct SeparatedValues {
  struct Row {
    /// Where the row starts, from 1.
    let line: Int
    let fields: [String]
  }

  struct Failure: Error {
    let line: Int
    /// What is wrong and what to do, without the place.
    let message: String
  }

  private(set) var rows: [Row] = []

  private let separator: UInt8
  private var line = 1
  private var start = 1
  private var fields: [String] = []
  private var field: [UInt8] = []
  private var place = Place.fieldStart
  /// Whether the last byte was a carriage return, which only a line feed may follow.
  private var isReturning = false

  private enum Place {
    case fieldStart, plain
    case quoted(line: Int)
    case quoteInQuoted
  }

  private static let (quote, feed, carriage) = (UInt8(0x22), UInt8(0x0A), UInt8(0x0D))

  init(_ bytes: UnsafeRawBufferPointer, separator: UInt8) throws(Failure) {
    self.separator = separator
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw Failure(line: 1, message: "the text is UTF-16; save it as UTF-8")
    }
    for byte in bytes.dropFirst(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0) {
      try take(byte)
    }
    if case .quoted(let opened) = place {
      throw Failure(line: opened, message: "a quote is opened and never closed")
    }
    guard !isReturning else { throw strayReturn }
    if !isAtRowStart { try endRow() }
  }

  private var isAtRowStart: Bool {
    if case .fieldStart = place { return fields.isEmpty }
    return false
  }

  private mutating func take(_ byte: UInt8) throws(Failure) {
    if case .quoted(let opened) = place {
      if byte == Self.quote { place = .quoteInQuoted } else { field.append(byte) }
      if byte == Self.feed {
        line += 1
        guard field.count < 1 << 16 else {
          throw Failure(line: opened, message: "a quote is opened and not closed for 64 KiB")
        }
      }
      return
    }
    if isReturning, byte != Self.feed { throw strayReturn }
    switch byte {
    case Self.feed:
      isReturning = false
      if !isAtRowStart { try endRow() }
      line += 1
      start = line
    case Self.carriage: isReturning = true
    case separator: try endField()
    case Self.quote:
      switch place {
      case .fieldStart: place = .quoted(line: line)
      case .quoteInQuoted:
        field.append(byte)
        place = .quoted(line: line)
      case .plain, .quoted:
        throw Failure(
          line: line,
          message: "a quote inside a field; put the whole field into quotes and double those inside"
        )
      }
    case 0: throw Failure(line: line, message: "a zero byte; it is no text file")
    default:
      if case .quoteInQuoted = place {
        throw Failure(
          line: line, message: "text behind a closing quote; double quotes inside a field")
      }
      place = .plain
      field.append(byte)
    }
  }

  private var strayReturn: Failure {
    Failure(line: line, message: "a carriage return without a line feed; end lines with LF or CRLF")
  }

  private mutating func endField() throws(Failure) {
    guard let text = String(validating: field, as: UTF8.self) else {
      throw Failure(line: start, message: "the text is not UTF-8; save it as UTF-8")
    }
    fields.append(text)
    field.removeAll(keepingCapacity: true)
    place = .fieldStart
  }

  private mutating func endRow() throws(Failure) {
    try endField()
    rows.append(Row(line: start, fields: fields))
    fields = []
  }
}
