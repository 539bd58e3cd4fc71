import Foundation

/// The first place where two values differ when they are written as JSON.
package struct JSONDifference: Hashable, Sendable {
  /// For example `phases[1].epochs`.
  package let path: String
  package let first: String
  package let second: String

  /// - Returns: `nil` when they are the same.
  package init?<Value: Encodable>(_ first: Value, _ second: Value) {
    func object(_ value: Value) -> Any? {
      guard let data = try? JSONEncoder().encode(value) else { return nil }
      return try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
    }
    guard let found = Self.find(object(first), object(second), at: "") else { return nil }
    self = found
  }

  private init(_ path: String, _ first: Any?, _ second: Any?) {
    func text(_ value: Any?) -> String {
      guard let value, !(value is NSNull) else { return "not set" }
      guard value is [Any] || value is [String: Any],
        let data = try? JSONSerialization.data(withJSONObject: value, options: .sortedKeys)
      else { return "\(value)" }
      return String(decoding: data, as: UTF8.self)
    }
    self.path = path
    self.first = text(first)
    self.second = text(second)
  }

  private static func find(_ first: Any?, _ second: Any?, at path: String) -> JSONDifference? {
    if let first = first as? [String: Any], let second = second as? [String: Any] {
      for key in Set(first.keys).union(second.keys).sorted() {
        let place = path.isEmpty ? key : "\(path).\(key)"
        if let found = find(first[key], second[key], at: place) { return found }
      }
      return nil
    }
    if let first = first as? [Any], let second = second as? [Any], first.count == second.count {
      for (index, pair) in zip(first, second).enumerated() {
        if let found = find(pair.0, pair.1, at: "\(path)[\(index)]") { return found }
      }
      return nil
    }
    let areEqual = (first as? NSObject) == (second as? NSObject)
    return areEqual ? nil : JSONDifference(path, first, second)
  }
}
