import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Where outputs may go")
struct OutputCheckTests {
  /// One letter as two names have it, which are different files here.
  private static let (composed, decomposed) = ("\u{E9}", "e\u{301}")

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in ["data/a/1.jpg", "\(Self.composed)/1.jpg", "\(Self.decomposed)/1.jpg", "other/old"]
    {
      try folder.write(name, [1])
    }
    try folder.link("link", to: "data")
    return folder
  }

  @Test(
    "not into the folder of the photos, however their names are spelt",
    arguments: [
      ("data", "data", true), ("data/x.h5", "data", true), ("data/a/x.h5", "data", true),
      ("data/none/x.h5", "data", true), ("other/../data/x.h5", "data", true),
      ("link/x.h5", "data", true), ("data/x.h5", "link", true),
      ("data/\u{301}x.h5", "data", true), ("data/a/\u{301}x.h5", "data", true),
      ("data/\u{FE0F}none/x.h5", "data", true), ("link/\u{301}x.h5", "data", true),
      ("datax.h5", "data", false), ("data\u{301}x.h5", "data", false), ("other/x", "data", false),
      ("\(Self.composed)/x.h5", Self.composed, true),
      ("\(Self.decomposed)/x.h5", Self.decomposed, true),
      ("\(Self.composed)/x.h5", Self.decomposed, false),
      ("\(Self.decomposed)/x.h5", Self.composed, false),
    ] as [(String, String, Bool)])
  func outside(_ file: String, _ data: String, _ isRefused: Bool) throws {
    let folder = try folder()
    let url = folder.url.appending(path: file)
    if isRefused {
      let error = #expect(throws: UsageError.self) {
        try OutputCheck.requireOutside(file: url, data: folder.path(data))
      }
      #expect(error?.message.contains("would be inside the data") == true)
    } else {
      try OutputCheck.requireOutside(file: url, data: folder.path(data))
    }
  }

  @Test("not beside photos that a list names, in each of their folders")
  func beside() throws {
    let folder = try folder()
    func photos(_ folders: [String]) -> Photos {
      Photos(
        root: folder.url, classes: ["one", "two"],
        splits: [.all: folders.map { Photo(path: "\($0)/1.jpg", label: 0, digest: "") }])
    }
    let both = photos([Self.composed, Self.decomposed])
    for name in [Self.composed, Self.decomposed] {
      let file = folder.url.appending(path: "\(name)/\u{301}page.html")
      #expect(throws: UsageError.self) { try OutputCheck.requireOutside(file: file, photos: both) }
    }
    for file in ["\(Self.decomposed)/page.html", "other/page.html"] {
      try OutputCheck.requireOutside(
        file: folder.url.appending(path: file), photos: photos([Self.composed]))
    }
  }

  @Test(
    "not two into one file",
    arguments: [
      ("x", "x", true), ("x", "./x", true), ("x", "other/../x", true), ("data/x", "link/x", true),
      ("none/x", "none/x", true), ("other/old", "other/hard", true), ("other/old", "soft", true),
      ("\u{301}x", "\u{301}x", true), ("x", "y", false), ("x", "other/x", false),
      ("other/old", "other/new", false), (Self.composed, Self.decomposed, false),
    ] as [(String, String, Bool)])
  func distinct(_ first: String, _ second: String, _ isRefused: Bool) throws {
    let folder = try folder()
    try FileManager.default.linkItem(
      atPath: folder.path("other/old"), toPath: folder.path("other/hard"))
    try folder.link("soft", to: "other/old")
    let (output, sheet) = (folder.path(first), folder.path(second))
    if isRefused {
      let error = #expect(throws: UsageError.self) {
        try OutputCheck.requireDistinct(["--output": output, "--sheet": sheet])
      }
      #expect(error?.message.hasPrefix("--output and --sheet both name '") == true)
    } else {
      try OutputCheck.requireDistinct(["--output": output, "--sheet": sheet])
    }
    try OutputCheck.requireDistinct(["--output": output, "--sheet": nil])
    try OutputCheck.requireDistinct(["--output": nil, "--sheet": sheet])
  }
}
