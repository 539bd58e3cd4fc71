/// A sentence for people in which each remedy is a value.
///
/// `description` names remedies in the words of the libraries. A program puts them in its own:
/// `sentence.text { $0.option }`. A literal becomes a sentence: `"the rate is too high; take \(.lowerRate)"`.
public struct Sentence: Hashable, Sendable {
  private enum Part: Hashable, Sendable {
    case text(String)
    case remedy(Remedy)
  }

  private var parts: [Part] = []

  /// A text that names no remedy.
  public init(_ text: String) { append(text) }

  /// What a reader can do, in the order of the text.
  public var remedies: [Remedy] {
    parts.compactMap { if case .remedy(let remedy) = $0 { remedy } else { nil } }
  }

  /// The whole text.
  /// - Parameter words: for each remedy, what fits where `Remedy.description` would stand.
  public func text(_ words: (Remedy) -> String) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .remedy(let remedy): words(remedy)
      }
    }.joined()
  }

  package static func + (left: Sentence, right: Sentence) -> Sentence {
    var sum = left
    sum.append(right)
    return sum
  }

  /// Texts side by side are one, so that the same sentence is equal however it was put together.
  fileprivate mutating func append(_ text: String) {
    guard !text.isEmpty else { return }
    if case .text(let last) = parts.last {
      parts[parts.count - 1] = .text(last + text)
    } else {
      parts.append(.text(text))
    }
  }

  fileprivate mutating func append(_ other: Sentence) {
    for part in other.parts {
      switch part {
      case .text(let text): append(text)
      case .remedy: parts.append(part)
      }
    }
  }

  fileprivate mutating func append(_ remedy: Remedy) { parts.append(.remedy(remedy)) }
}

extension Sentence: CustomStringConvertible {
  /// In the words of the libraries.
  public var description: String { text(\.description) }
}

extension Sentence: ExpressibleByStringInterpolation {
  /// A literal without interpolations, as a text that names no remedy.
  public init(stringLiteral text: String) { self.init(text) }

  /// A literal with interpolations, its remedies kept as values.
  public init(stringInterpolation: Interpolation) { self = stringInterpolation.sentence }

  /// Takes the parts of a literal: texts, sentences, remedies and whatever else has a description.
  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var sentence = Sentence("")

    /// An empty literal; the expected sizes are of no use here.
    public init(literalCapacity: Int, interpolationCount: Int) {}

    /// Appends what stands between two interpolations.
    public mutating func appendLiteral(_ text: String) { sentence.append(text) }

    /// Appends a remedy, which stays one: `\(.lowerRate)`.
    public mutating func appendInterpolation(_ remedy: Remedy) { sentence.append(remedy) }

    /// Appends another sentence with its remedies.
    public mutating func appendInterpolation(_ other: Sentence) { sentence.append(other) }

    /// Appends any other value by its description.
    public mutating func appendInterpolation<Value>(_ value: Value) { sentence.append("\(value)") }
  }
}

extension Sentence {
  /// A text in the libraries' words, in which the remedies are found again; what `description` and
  /// `remedies` were of a sentence gives that sentence.
  package init(_ text: String, remedies: [Remedy]) {
    var rest = text[...]
    for remedy in remedies {
      guard let place = rest.firstRange(of: remedy.description) else { continue }
      append(String(rest[..<place.lowerBound]))
      append(remedy)
      rest = rest[place.upperBound...]
    }
    append(String(rest))
  }
}

/// An error that says in one sentence what is wrong and, where something is known to help, what.
public protocol Remediable: Error, CustomStringConvertible {
  /// What is wrong, with the remedies in their places.
  var sentence: Sentence { get }
}

extension Remediable {
  /// The sentence in the words of the libraries.
  public var message: String { sentence.description }
  /// The same as `message`.
  public var description: String { message }
}
