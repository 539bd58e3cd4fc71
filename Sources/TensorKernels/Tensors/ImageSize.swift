/// Height and width of a network's input, in pixels.
///
/// As text `224` is a square, and `720x1280` is 720 pixels high and 1280 wide; in JSON a square is a number.
public struct ImageSize: Hashable, Sendable, LosslessStringConvertible, ExpressibleByIntegerLiteral
{
  /// In pixels.
  public let height: Int
  /// In pixels.
  public let width: Int

  /// - Parameters:
  ///   - height: in pixels.
  ///   - width: in pixels.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// A square of so many pixels.
  public init(side: Int) { self.init(height: side, width: side) }

  /// A square of so many pixels.
  public init(integerLiteral side: Int) { self.init(side: side) }

  /// The size that a text such as `224` or `720x1280` names; `nil` for any other text.
  public init?(_ text: String) {
    let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, let first = numbers.first, let last = numbers.last,
      numbers.count <= 2
    else { return nil }
    self.init(height: first, width: last)
  }

  /// Whether height and width are the same.
  public var isSquare: Bool { height == width }

  /// The number of pixels.
  package var area: Int { height * width }

  /// As it is written: `224`, or `720x1280`.
  public var description: String { isSquare ? "\(height)" : "\(height)x\(width)" }

  /// As it is read: `720 × 1280`, the height first.
  package var title: String { "\(height) × \(width)" }
}

extension ImageSize: Codable {
  /// - Throws: `DecodingError` unless it is a number or a text such as `720x1280`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let side = try? container.decode(Int.self) {
      self.init(side: side)
      return
    }
    let text = try container.decode(String.self)
    guard let size = ImageSize(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is no size; expected 224 or \"720x1280\"")
    }
    self = size
  }

  /// A number for a square, else a text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if isSquare { try container.encode(height) } else { try container.encode(description) }
  }
}

extension Shape {
  /// Of the photos that a network with this input reads; a sequence counts as a square of its length.
  package var imageSize: ImageSize {
    rank == 3 ? ImageSize(height: self[0], width: self[1]) : ImageSize(side: self[0])
  }
}
