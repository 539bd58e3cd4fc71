import Files
import Foundation

/// Where a result goes part by part: standard output, or a file that appears whole at the end.
struct ResultTarget {
  /// `nil` for standard output.
  private let draft: DraftFile?

  /// - Parameters:
  ///   - file: its path; `nil` for standard output.
  ///   - interruption: which then takes the draft away.
  /// - Throws: `FileError` when it cannot be created.
  init(_ file: String?, _ interruption: Interruption) throws {
    draft = try file.map { try interruption.prepareDraft(of: $0) }
  }

  /// - Throws: `FileError`; `CommandFailure` as `Output.printPart`.
  func put(_ text: String) throws {
    if let draft { try draft.append(text) } else { try Output.printPart(text) }
  }

  /// Moves the file into place.
  /// - Throws: `FileError`.
  func finish() throws { try draft?.moveIntoPlace() }
}
