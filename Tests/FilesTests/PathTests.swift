import Files
import Foundation
import Testing

@Suite("Paths")
struct PathTests {
  @Test(
    "begin at the root by their first byte, and part at each slash",
    arguments: [
      ("/a/b", true, ["a", "b"]), ("a//b/", false, ["a", "b"]), ("", false, []), ("/", true, []),
      ("/\u{301}x", true, ["\u{301}x"]), ("a/\u{301}x", false, ["a", "\u{301}x"]),
      ("../\u{FE0F}x", false, ["..", "\u{FE0F}x"]),
    ] as [(String, Bool, [String])])
  func parts(_ path: String, _ isAbsolute: Bool, _ parts: [String]) {
    #expect(path.isAbsolutePath == isAbsolute)
    #expect(path.pathParts == parts)
    let folder = URL(filePath: "/data/photos", directoryHint: .isDirectory)
    let file = folder.file(at: path).path
    #expect(file.isPath(below: "/data/photos") || path == "" || isAbsolute)
    #expect(!isAbsolute || file.isSamePath(as: path))
  }

  @Test(
    "lead into a folder by its bytes",
    arguments: [
      ("/a/b", "/a", "b"), ("/a/b/c", "/a", "b/c"), ("/a", "/", "a"), ("/a", "/a", nil),
      ("/ab", "/a", nil), ("/a/\u{301}b", "/a", "\u{301}b"), ("/\u{301}b", "/", "\u{301}b"),
      ("/\u{E9}/b", "/e\u{301}", nil),
    ] as [(String, String, String?)])
  func below(_ path: String, _ folder: String, _ rest: String?) {
    #expect(path.path(below: folder).map { Array($0.utf8) } == rest.map { Array($0.utf8) })
    #expect(path.isPath(below: folder) == (rest != nil))
  }
}
