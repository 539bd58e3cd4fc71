import Files

/// A value whose settings are stated in one list, from which its JSON and its checks come.
package protocol Adjustable: Hashable, Sendable {
  /// Where a setting changes something, for values whose settings are options of a program.
  associatedtype Use: Hashable, Sendable = Never
  /// In the order in which they are written, checked and listed.
  static var settings: [Setting<Self>] { get }
}

/// One setting of a value: all that JSON, checks and options have to know of it.
package struct Setting<Root: Adjustable>: Sendable {
  package typealias Source = KeyedDecodingContainer<SettingKey>
  package typealias Target = KeyedEncodingContainer<SettingKey>

  /// As in JSON and in messages.
  package let key: String
  package let path: any PartialKeyPath<Root> & Sendable
  package let option: SettingOption<Root.Use>?
  /// Whether it is a part of another setting's value, which alone stands in JSON.
  package private(set) var isPart = false

  fileprivate let read: @Sendable (Source, inout Root) throws -> Void
  fileprivate let write: @Sendable (Root, inout Target) throws -> Void
  fileprivate let differs: @Sendable (Root, Root) -> Bool
  fileprivate let fault: @Sendable (Root) -> SettingFault?
  /// Reads a value that replaces the setting's own.
  package let readChoice: @Sendable (Source) throws -> any Codable & Sendable
  /// Takes such a value.
  package let override: @Sendable (inout Root, any Codable & Sendable) -> Void

  /// A setting with a default, that of the value which is read into, unless it has to be there.
  /// - Parameter overriding: how a chosen value takes the place of another's; by being set, unless given.
  package init<Value: Codable & Hashable & Sendable>(
    _ key: String, _ path: WritableKeyPath<Root, Value> & Sendable,
    _ allowed: Allowed<Value> = .anything, _ option: SettingOption<Root.Use>? = nil,
    presence: SettingPresence = .optional,
    overriding: @escaping @Sendable (inout Root, Value) -> Void
  ) {
    let name = SettingKey(key)
    self.key = key
    self.path = path
    self.option = option
    read = { source, root in
      guard presence == .required || source.contains(name) else { return }
      if presence == .optional, try source.decodeNil(forKey: name) { return }
      root[keyPath: path] = try source.decode(Value.self, forKey: name)
    }
    write = { root, target in try target.encode(root[keyPath: path], forKey: name) }
    differs = { $0[keyPath: path] != $1[keyPath: path] }
    fault = { allowed.fault(key, $0[keyPath: path]) }
    readChoice = { try $0.decode(Value.self, forKey: name) }
    override = { root, value in if let value = value as? Value { overriding(&root, value) } }
  }

  package init<Value: Codable & Hashable & Sendable>(
    _ key: String, _ path: WritableKeyPath<Root, Value> & Sendable,
    _ allowed: Allowed<Value> = .anything, _ option: SettingOption<Root.Use>? = nil,
    presence: SettingPresence = .optional
  ) {
    self.init(key, path, allowed, option, presence: presence) { $0[keyPath: path] = $1 }
  }

  /// A setting that may be off, which is `nil`, and in JSON a key that is not there.
  /// - Parameter off: what a choice says for it.
  package init<Value: Codable & Hashable & Sendable>(
    _ key: String, optional path: WritableKeyPath<Root, Value?> & Sendable,
    _ allowed: Allowed<Value> = .anything, off: Value? = nil,
    _ option: SettingOption<Root.Use>? = nil
  ) {
    let name = SettingKey(key)
    self.key = key
    self.path = path
    self.option = option
    read = { $1[keyPath: path] = try $0.decodeIfPresent(Value.self, forKey: name) }
    write = { root, target in try target.encodeIfPresent(root[keyPath: path], forKey: name) }
    differs = { $0[keyPath: path] != $1[keyPath: path] }
    fault = { $0[keyPath: path].flatMap { allowed.fault(key, $0) } }
    readChoice = { try $0.decode(Value.self, forKey: name) }
    override = { root, value in
      if let value = value as? Value { root[keyPath: path] = value == off ? nil : value }
    }
  }

  /// The setting as one that stands in JSON only within the value of another, which checks it.
  package var part: Self {
    var setting = self
    setting.isPart = true
    return setting
  }
}

/// Whether JSON may leave a setting out.
package enum SettingPresence: Sendable {
  case required, optional
}

/// How a program offers a setting as an option.
package struct SettingOption<Use: Sendable>: Sendable {
  /// The long name where it is not made of the key, without dashes.
  package let name: String?
  /// A sentence; keys of settings are between backticks.
  package let help: String
  /// What stands for the value, for example `N`.
  package let valueName: String
  package let use: Use

  package init(_ use: Use, _ help: String, _ valueName: String, named name: String? = nil) {
    self.name = name
    self.help = help
    self.valueName = valueName
    self.use = use
  }
}

/// A setting that is out of its range.
package struct SettingFault: Hashable, Sendable, CustomStringConvertible {
  /// Where it stands, for example `schedule.every`.
  package let place: String
  package let found: String
  package let expected: String

  package init(_ place: String, found: String, expected: String) {
    self.place = place
    self.found = found
    self.expected = expected
  }

  package var description: String { "\(place) is \(found), expected \(expected)" }

  /// The fault as one of the value around.
  package func within(_ outer: String, separator: String = ".") -> SettingFault {
    SettingFault(outer + separator + place, found: found, expected: expected)
  }
}

/// The key of a setting.
package struct SettingKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }

  package init(_ key: String) { stringValue = key }
  package init(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }
}

extension Adjustable {
  /// The setting that is kept there.
  package static func setting(at path: PartialKeyPath<Self>) -> Setting<Self> {
    guard let setting = settings.first(where: { $0.path == path }) else {
      preconditionFailure("\(path) is not in the list of settings")
    }
    return setting
  }

  /// Takes what JSON says; it may leave out whatever has a default, but not misspell it.
  /// - Parameters:
  ///   - others: keys that somebody else reads.
  ///   - former: keys that somebody else reads and the message does not recommend.
  package mutating func read(
    from decoder: any Decoder, besides others: [String] = [], accepting former: [String] = []
  ) throws {
    let source = try decoder.container(keyedBy: SettingKey.self)
    let settings = Self.settings.filter { !$0.isPart }
    try source.refuseKeys(otherThan: others + settings.map(\.key), accepting: former)
    for setting in settings { try setting.read(source, &self) }
  }

  /// Writes every setting.
  package func write(to encoder: any Encoder) throws {
    var target = encoder.container(keyedBy: SettingKey.self)
    for setting in Self.settings where !setting.isPart { try setting.write(self, &target) }
  }

  /// Writes what differs from another value.
  package func write(to encoder: any Encoder, otherThan usual: Self) throws {
    var target = encoder.container(keyedBy: SettingKey.self)
    for setting in Self.settings where !setting.isPart && setting.differs(self, usual) {
      try setting.write(self, &target)
    }
  }

  /// The settings that are out of their ranges, each with its key.
  package var faults: [(key: String, fault: SettingFault)] {
    Self.settings.compactMap { setting in setting.fault(self).map { (setting.key, $0) } }
  }
}

extension KeyedDecodingContainer<SettingKey> {
  /// Fails when there is a key that is not among `known`.
  /// - Parameter former: others, which the message does not recommend.
  package func refuseKeys(otherThan known: [String], accepting former: [String] = []) throws {
    for key in allKeys.sorted(by: { $0.stringValue < $1.stringValue })
    where !known.contains(key.stringValue) && !former.contains(key.stringValue) {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: self,
        debugDescription:
          "'\(key.stringValue)' is not a setting; expected one of \(known.joined(separator: ", "))")
    }
  }
}
