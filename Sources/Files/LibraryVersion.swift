/// A library of others in this process, as it says itself.
package struct LibraryVersion: Codable, Hashable, Sendable, CustomStringConvertible {
  package let name: String
  package let version: String

  package init(_ name: String, _ version: String) {
    self.name = name
    self.version = version
  }

  package var description: String { "\(name) \(version)" }
}
