import Foundation

/// Names of what is not finished yet, beside the name that it will have.
package enum DraftName {
  /// The most bytes of the final name that a draft's name repeats: a name has 255 at most.
  private static let repeated = 120

  /// A hidden name that nobody else has, not even a process of the same number in another container.
  /// What is created under it has to be created exclusively nevertheless.
  /// - Parameter ending: how it ends, by which drafts that were forgotten are found.
  package static func url(beside target: URL, ending: String = "tmp") -> URL {
    var name = target.lastPathComponent
    while name.utf8.count > repeated { name.removeLast() }
    let number = String(UInt64.random(in: 0...(.max)), radix: 36)
    return target.deletingLastPathComponent().appending(path: ".\(name).\(number).\(ending)")
  }
}
