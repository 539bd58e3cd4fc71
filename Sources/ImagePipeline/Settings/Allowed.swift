/// What a setting may be, and the words that say so.
package struct Allowed<Value>: Sendable {
  /// What is wrong with the value of the setting of this key; `nil` for nothing.
  package let fault: @Sendable (_ key: String, Value) -> SettingFault?

  package init(_ fault: @escaping @Sendable (_ key: String, Value) -> SettingFault?) {
    self.fault = fault
  }

  /// - Parameter expected: follows "expected".
  package init(_ expected: String, where holds: @escaping @Sendable (Value) -> Bool) {
    self.init { key, value in
      holds(value) ? nil : SettingFault(key, found: "\(value)", expected: expected)
    }
  }

  package static var anything: Allowed { Allowed { _, _ in nil } }
}

extension Allowed where Value: Adjustable {
  /// Whatever has its own settings within their ranges.
  package static var valid: Allowed {
    Allowed { key, value in value.faults.first?.fault.within(key) }
  }
}

extension Allowed<Int> {
  package static func within(_ range: ClosedRange<Int>) -> Self {
    Allowed("\(range.lowerBound) to \(range.upperBound)") { range.contains($0) }
  }

  package static func atLeast(_ bound: Int) -> Self { Allowed("at least \(bound)") { $0 >= bound } }
}

extension Allowed<Double> {
  /// - Parameter unit: stands behind the range.
  package static func within(_ range: ClosedRange<Double>, _ unit: String? = nil) -> Self {
    let words = "\(text(range.lowerBound)) to \(text(range.upperBound))"
    return Allowed(behind(words, unit)) { range.contains($0) }
  }

  /// - Parameter unit: stands behind the range.
  package static func within(_ range: Range<Double>, _ unit: String? = nil) -> Self {
    let words = "\(text(range.lowerBound)) to below \(text(range.upperBound))"
    return Allowed(behind(words, unit)) { range.contains($0) }
  }

  package static func atLeast(_ bound: Double) -> Self {
    Allowed("at least \(text(bound))") { $0 >= bound && $0.isFinite }
  }

  package static func moreThan(_ bound: Double) -> Self {
    Allowed("more than \(text(bound))") { $0 > bound && $0.isFinite }
  }
}

extension Allowed<ClosedRange<Double>> {
  /// - Parameter unit: stands behind the range.
  package static func within(_ range: ClosedRange<Double>, _ unit: String? = nil) -> Self {
    let words = "within \(text(range.lowerBound)) to \(text(range.upperBound))"
    return Allowed(behind(words, unit)) {
      range.contains($0.lowerBound) && range.contains($0.upperBound)
    }
  }

  /// Parts of an area.
  package static var shares: Self {
    Allowed("within 0 to 1, not 0") { $0.lowerBound > 0 && $0.upperBound <= 1 }
  }
}

private func behind(_ words: String, _ unit: String?) -> String {
  unit.map { "\(words) \($0)" } ?? words
}

/// Whole numbers without a fraction.
private func text(_ bound: Double) -> String {
  bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
}
