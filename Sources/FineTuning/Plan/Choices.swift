import Files
import ImagePipeline

/// Values for some of the settings of a value, which take the place of its own.
///
/// In JSON an object with the settings' keys.
package struct Choices<Root: Adjustable>: Codable, Sendable {
  private var values: [String: any Codable & Sendable] = [:]

  package init() {}

  package var isEmpty: Bool { values.isEmpty }

  /// Whether something was chosen for the setting of this key.
  package func contains(_ key: String) -> Bool { values[key] != nil }

  /// What was chosen for a setting.
  package func value<Value>(_ path: KeyPath<Root, Value>) -> Value? {
    values[Root.setting(at: path).key] as? Value
  }

  /// What was chosen for a setting that may be off.
  package func value<Value>(_ path: KeyPath<Root, Value?>) -> Value? {
    values[Root.setting(at: path).key] as? Value
  }

  /// - Parameter value: `nil` chooses nothing.
  package mutating func choose<Value: Codable & Sendable>(
    _ path: KeyPath<Root, Value>, _ value: Value?
  ) {
    values[Root.setting(at: path).key] = value
  }

  /// - Parameter value: `nil` chooses nothing.
  package mutating func choose<Value: Codable & Sendable>(
    _ path: KeyPath<Root, Value?>, _ value: Value?
  ) {
    values[Root.setting(at: path).key] = value
  }

  /// Puts what was chosen in the place of the value's own, in the order of the settings.
  /// - Parameter unused: where settings change something that stays as it is.
  package func apply(to root: inout Root, except unused: Set<Root.Use> = []) {
    for setting in Root.settings {
      if let use = setting.option?.use, unused.contains(use) { continue }
      if let value = values[setting.key] { setting.override(&root, value) }
    }
  }

  /// These choices and others, which win.
  package func merging(_ others: Choices) -> Choices {
    var merged = self
    merged.values.merge(others.values) { _, other in other }
    return merged
  }

  package init(from decoder: any Decoder) throws {
    let source = try decoder.container(keyedBy: SettingKey.self)
    try source.refuseKeys(otherThan: Root.settings.map(\.key))
    for setting in Root.settings where source.contains(SettingKey(setting.key)) {
      values[setting.key] = try setting.readChoice(source)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var target = encoder.container(keyedBy: SettingKey.self)
    for (key, value) in values { try target.encode(value, forKey: SettingKey(key)) }
  }
}
