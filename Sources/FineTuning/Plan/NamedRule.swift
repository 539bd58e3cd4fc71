import Files
import ImagePipeline

/// One of a few rules, which may have settings of its own.
///
/// As JSON: a name, for the rule with its defaults, or an object with its `name` and whatever differs.
protocol NamedRule: Codable, Hashable, Sendable {
  /// What each of them is called in messages.
  static var noun: String { get }
  /// The rules with their defaults.
  static var defaults: [Self] { get }
  var name: String { get }
  /// Its settings; `nil` for none.
  var numbers: (any Adjustable)? { get }
  /// Reads those that differ, as `reading`; nothing without any.
  mutating func readNumbers(from decoder: any Decoder) throws
}

extension NamedRule {
  static func read(from decoder: any Decoder) throws -> Self {
    let single = try decoder.singleValueContainer()
    func named(_ name: String) throws -> Self {
      guard let rule = defaults.first(where: { $0.name == name }) else {
        let names = defaults.map { "'\($0.name)'" }.joined(separator: ", ")
        throw DecodingError.dataCorruptedError(
          in: single,
          debugDescription: "'\(name)' is no \(noun); expected one of \(names)")
      }
      return rule
    }
    if let name = try? single.decode(String.self) { return try named(name) }
    let source = try decoder.container(keyedBy: SettingKey.self)
    var rule = try named(try source.decode(String.self, forKey: SettingKey("name")))
    if rule.numbers == nil { try source.refuseKeys(otherThan: ["name"]) }
    try rule.readNumbers(from: decoder)
    return rule
  }

  /// Writes a rule without settings as its name.
  func write(to encoder: any Encoder) throws {
    guard let numbers else {
      var container = encoder.singleValueContainer()
      return try container.encode(name)
    }
    var target = encoder.container(keyedBy: SettingKey.self)
    try target.encode(name, forKey: SettingKey("name"))
    try numbers.write(to: encoder)
  }
}

extension Adjustable {
  /// The numbers of a rule with those that JSON gives beside its name.
  func reading(_ decoder: any Decoder) throws -> Self {
    var numbers = self
    try numbers.read(from: decoder, besides: ["name"])
    return numbers
  }
}

extension Allowed where Value: NamedRule {
  /// Any rule whose settings are within their ranges.
  static var valid: Allowed {
    Allowed { key, rule in rule.numbers?.faults.first?.fault.within(key) }
  }
}
