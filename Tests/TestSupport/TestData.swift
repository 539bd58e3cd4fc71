import Foundation

/// Real weights and photos for tests, which are not part of the project.
///
/// They are looked for in `$FINETUNE_TEST_DATA`, then in `../shared/data` beside the checkout. Tests
/// that need them say `.enabled(if: TestData.isAvailable, TestData.hint)`.
public enum TestData {
  /// The folder, if this machine has it.
  public static let folder: URL? = {
    if let path = ProcessInfo.processInfo.environment["FINETUNE_TEST_DATA"] {
      return URL(filePath: path, directoryHint: .isDirectory)
    }
    let beside = URL(filePath: #filePath)  // Tests/TestSupport/TestData.swift
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "shared/data", directoryHint: .isDirectory)
    return FileManager.default.fileExists(atPath: beside.path) ? beside : nil
  }()

  public static var isAvailable: Bool { folder != nil }

  public static let hint = "needs the real weights and photos: set FINETUNE_TEST_DATA"

  /// A file or folder inside it.
  public static func url(_ path: String) throws -> URL {
    guard let folder else { throw Missing(path: path) }
    return folder.appending(path: path)
  }

  public struct Missing: Error {
    let path: String
  }
}
