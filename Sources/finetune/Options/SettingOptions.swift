import ArgumentParser
import Files
import TransferLearning

extension Option {
  /// The option that replaces a setting: named, explained and shown as the setting says.
  init<Root: Adjustable, Found: ExpressibleByArgument>(_ path: KeyPath<Root, Found>)
  where Value == Found? {
    let setting = Root.setting(at: path)
    self.init(name: setting.longName, help: setting.help)
  }

  /// The option that replaces a setting which may be off.
  init<Root: Adjustable, Found: ExpressibleByArgument>(_ path: KeyPath<Root, Found?>)
  where Value == Found? {
    let setting = Root.setting(at: path)
    self.init(name: setting.longName, help: setting.help)
  }
}

extension Setting {
  /// The option, for messages.
  var flag: String { "--\(optionName)" }

  fileprivate var longName: NameSpecification { .customLong(optionName) }

  fileprivate var help: ArgumentHelp {
    guard let option else { preconditionFailure("the setting '\(key)' is no option") }
    let text = option.help.replacing(/`(\w+)`/) { match in
      Phase.settings.first { $0.key == match.1 }?.flag ?? String(match.0)
    }
    let standard = Root.self == Phase.self ? Phase.standards[key] : nil
    return ArgumentHelp(
      text + (standard.map { " (default: \($0))" } ?? ""), valueName: option.valueName)
  }

  /// The name given, or the key in words: `learning-rate` for `learningRate`.
  private var optionName: String {
    option?.name
      ?? key.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
  }
}

extension Phase {
  /// What settings are in the plan that is carried out unless another is named, by key; "0" for what is off.
  fileprivate static let standards: [String: String] = {
    let phases = FineTuningPlan.default.phases
    guard let head = phases.first(where: { $0.method == .solve }),
      let tuning = phases.first(where: { $0.method == .sgd })
    else { return [:] }
    var standards: [String: String] = [:]
    for setting in settings where setting.option != nil {
      let phase = setting.option?.use == .head ? head : tuning
      standards[setting.key] = phase.written[setting.key].flatMap(text) ?? "0"
    }
    // A part of another optimizer than the plan's.
    standards["momentum"] = OptimizerRule.sgd().momentum.flatMap { text(.double($0)) }
    return standards
  }()

  /// As it stands in a plan file.
  private var written: [String: JSONValue] {
    guard let bytes = try? CanonicalJSON.line(self) else { return [:] }
    return (try? JSONParser.parse(bytes))?.object ?? [:]
  }

  private static func text(_ value: JSONValue) -> String? {
    if let text = value.string ?? value["name"]?.string { return text }
    if let whole = value.int { return "\(whole)" }
    return value.double.map { "\($0)" }
  }
}

/// An option's value, and whether the user gave it.
struct Defaulted<Value: ExpressibleByArgument>: ExpressibleByArgument {
  let value: Value
  /// `nil` for the default.
  let given: Value?

  init(_ standard: Value) {
    value = standard
    given = nil
  }

  init?(argument: String) {
    guard let value = Value(argument: argument) else { return nil }
    self.value = value
    given = value
  }

  var defaultValueDescription: String { value.defaultValueDescription }

  static var allValueStrings: [String] { Value.allValueStrings }
  static var allValueDescriptions: [String: String] { Value.allValueDescriptions }
  static var defaultCompletionKind: CompletionKind { Value.defaultCompletionKind }
}

extension Defaulted: Sendable where Value: Sendable {}
