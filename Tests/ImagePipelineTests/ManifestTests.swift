import Foundation
import ImagePipeline
import TestSupport
import Testing

@Suite("Lists of photos")
struct ManifestTests {
  /// A folder with photos `p/0.jpg` to `p/7.jpg`, all different.
  static func folder(_ lists: [String: String] = [:]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for number in 0..<8 {
      try folder.write("p/\(number).jpg", BlockJPEG(seed: UInt64(number)).bytes())
    }
    for (name, text) in lists { try folder.write(name, Array(text.utf8)) }
    return folder
  }

  @Test("a list gives paths, labels, splits and groups")
  func columns() throws {
    let folder = try Self.folder([
      "list.csv": """
      path,label,split,group,width
      p/0.jpg,cat,train,g1,64
      ./p//1.jpg,"ant, red",train,g1,64
      p/2.jpg,cat,val,,64
      p/3.jpg,cat,validation,g2,64
      "p/4.jpg","ant, red",test,,64

      """
    ])
    let list = folder.url.appending(path: "list.csv")
    #expect(try Photos.splits(in: list) == [.train, .validation, .test])
    #expect(try !Photos.isFlat(list))
    let photos = try Photos.scan(list, pool: pool)
    #expect(photos.root.standardizedFileURL.path == folder.url.standardizedFileURL.path)
    #expect(photos.classes == ["ant, red", "cat"])
    #expect(photos[.train].map(\.path) == ["p/0.jpg", "p/1.jpg"])
    #expect(photos[.train].map(\.label) == [1, 0])
    #expect(photos[.train].map(\.group) == ["g1", "g1"])
    #expect(photos[.validation].map(\.group) == [nil, "g2"])
    #expect(photos[.test].map(\.path) == ["p/4.jpg"])
    #expect(photos.notes.contains { $0.contains("'width'") })
    #expect(photos.notes.contains { $0.contains("'validation'") && $0.contains("'ant, red'") })
    #expect(photos.problems.contains { $0.kind == .absentClass })
  }

  @Test(
    "the split column takes what folders of splits are called",
    arguments: SplitNameTests.names)
  func customarySplits(name: String, split: Split) throws {
    let folder = try Self.folder([
      "list.csv": "path,label,split\np/0.jpg,a,Train\np/1.jpg,b,TRAIN\np/2.jpg,a,\(name)\n"
    ])
    let photos = try Photos.scan(folder.url.appending(path: "list.csv"), pool: pool)
    #expect(photos[split].map(\.path).contains("p/2.jpg"))
    #expect(photos.reading.hasPrefix("a list, divided by its column 'split': "))
  }

  @Test("tabs, quotes, CRLF, a byte order mark and columns in any order are read")
  func dialects() throws {
    let folder = try Self.folder()
    let name = "two\nlines, \"quoted\"\t.jpg"
    try folder.write(name, BlockJPEG(seed: 99).bytes())
    let absolute = folder.url.appending(path: "p/1.jpg").path
    try folder.write(
      "list.tsv",
      [0xEF, 0xBB, 0xBF]
        + Array(
          "Label\tPATH\r\n a\t\(absolute)\r\n\r\nb\t\"two\nlines, \"\"quoted\"\"\t.jpg\"\r\nb\t\"p/2.jpg\""
            .utf8))
    let photos = try Photos.scan(folder.url.appending(path: "list.tsv"), pool: pool)
    #expect(photos.classes == [" a", "b"])
    #expect(Set(photos[.all].map(\.path)) == [absolute, name, "p/2.jpg"])
    #expect(photos.skipped.isEmpty)
  }

  @Test("a path is absolute or not by its first byte, whatever mark is behind it")
  func marks() throws {
    let folder = try Self.folder()
    let name = "\u{301}.jpg"
    try folder.write(name, BlockJPEG(seed: 98).bytes())
    try folder.write("p/\(name)", BlockJPEG(seed: 99).bytes())
    try folder.write("list.csv", Array("path,label\np/./\(name),a\n\(name),b\n/\(name),b\n".utf8))
    let photos = try Photos.scan(folder.url.appending(path: "list.csv"), pool: pool)
    let paths = photos[.all].map { Array($0.path.utf8) }
    #expect(Set(paths) == [Array(name.utf8), Array("p/\(name)".utf8)])
    #expect(photos.skipped.map { Array($0.path.utf8) } == [Array("/\(name)".utf8)])
  }

  @Test("photos that are not there or are none are left out, by name")
  func missingPhotos() throws {
    let folder = try Self.folder([
      "list.csv": "path,label\np/0.jpg,a\np/1.jpg,b\nnowhere.jpg,a\nnote.txt,b\np,b\n",
      "note.txt": "hello",
    ])
    let photos = try Photos.scan(folder.url.appending(path: "list.csv"), pool: pool)
    #expect(photos.skipped.map(\.path) == ["note.txt", "nowhere.jpg", "p"])
    #expect(photos.skipped.allSatisfy { $0.split == .all })
    let kinds = Dictionary(
      photos.problems.map { ($0.path, $0.kind) }, uniquingKeysWith: { first, _ in first })
    #expect(kinds["nowhere.jpg"] == .unreadable)
    #expect(kinds["note.txt"] == .notAnImage)
    #expect(kinds["p"] == .unreadable)
    #expect(photos.ignored.isEmpty)
  }

  @Test(
    "a list that is not in order is refused with its line",
    arguments: [
      ("", "is empty"),
      ("path,label\n", "lists no photo"),
      ("file,label\np/0.jpg,a\n", "line 1"),
      ("path,label,path\np/0.jpg,a,b\n", "line 1"),
      ("path,label\np/0.jpg,a\np/1.jpg\n", "line 3: 1 columns, expected 2"),
      ("path,label\np/0.jpg,a,b\n", "line 2: 3 columns, expected 2"),
      ("path,label\np/0.jpg,\n", "line 2: the label of 'p/0.jpg' is empty"),
      ("path,label\n,a\n", "line 2: the path is empty"),
      ("path,label\np/0.jpg,a\n\np/1.jpg,b\n./p/0.jpg,b\n", "line 5: 'p/0.jpg' is in line 2"),
      (
        "path,label\np/\u{e9}.jpg,a\np/e\u{301}.jpg,b\n",
        "line 3: 'p/e\u{301}.jpg' is the path of line 2 with its letters encoded otherwise"
      ),
      ("path,label,split\np/0.jpg,a,later\n", "line 2: 'later' is no split"),
      ("path,label,split\np/0.jpg,a,train\np/1.jpg,b,\n", "line 3: '' is no split"),
      ("path,label\n\"p/0.jpg,a\np/1.jpg,b\n", "line 2: a quote is opened"),
      ("path,label\np/\"0.jpg,a\n", "line 2: a quote inside"),
      ("path,label\n\"p/0.jpg\" ,a\n", "line 2: text behind a closing quote"),
      ("path,label\n\"a\nb\",a\np/0.jpg,b,c\n", "line 4: 3 columns"),
      ("path,label\rp/0.jpg,a\r", "line 1: a carriage return"),
      ("path,label\np/0\u{0}.jpg,a\n", "line 2: a zero byte"),
      ("path,label,split\np/0.jpg,a,train\np/1.jpg,b,train\np/2.jpg,c,val\n", "line 4: 'c'"),
    ])
  func refusals(text: String, message: String) throws {
    let folder = try Self.folder(["list.csv": text])
    let error = dataError {
      _ = try Photos.scan(folder.url.appending(path: "list.csv"), pool: pool)
    }
    #expect(error?.kind == .bad)
    #expect(error?.message.contains("list.csv") == true)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "none")")
  }

  @Test("other encodings, other files and no file are refused")
  func otherFiles() throws {
    let folder = try Self.folder(["list.txt": "path,label\n"])
    try folder.write("wide.csv", [0xFF, 0xFE, 0x70, 0])
    try folder.write("latin.csv", Array("path,label\n".utf8) + [0x63, 0xE9, 0x2C, 0x61, 0x0A])
    for (name, message) in [
      ("list.txt", "neither a folder"), ("wide.csv", "UTF-16"), ("latin.csv", "line 2"),
    ] {
      let error = dataError { _ = try Photos.splits(in: folder.url.appending(path: name)) }
      #expect(error?.kind == .bad && error?.message.contains(message) == true)
    }
    let none = dataError {
      _ = try Photos.splits(in: folder.url.appending(path: "nowhere.csv"))
    }
    #expect(none?.kind == .missing)
  }

  @Test("the label map of a run holds for a list")
  func givenClasses() throws {
    let folder = try Self.folder(["list.csv": "path,label\np/0.jpg,b\np/1.jpg,c\n"])
    let list = folder.url.appending(path: "list.csv")
    let photos = try Photos.scan(list, classes: ["c", "a", "b"], pool: pool)
    #expect(photos[.all].map(\.label) == [2, 0])
    let error = dataError { _ = try Photos.scan(list, classes: ["a", "b"], pool: pool) }
    #expect(error?.message.contains("line 3: 'c'") == true)
  }

  @Test("a class of which nothing can be read is refused, saying why")
  func emptyClass() throws {
    let folder = try Self.folder(["list.csv": "path,label\np/0.jpg,a\nnowhere.jpg,b\n"])
    let list = folder.url.appending(path: "list.csv")
    let error = dataError { _ = try Photos.scan(list, pool: pool) }
    #expect(error?.kind == .bad)
    #expect(
      error?.message.contains("'b'") == true && error?.message.contains("nowhere.jpg") == true)
    let photos = try Photos.scan(list, isInspection: true, pool: pool)
    #expect(photos.problems.contains { $0.kind == .emptyClass && $0.detail.contains("'b'") })
  }

  @Test("a group in two splits is a leak; a split never divides one")
  func groups() throws {
    let rows = (0..<8).map { "p/\($0).jpg,\($0 % 2 == 0 ? "a" : "b"),\("g\($0 / 2)")" }
    let folder = try Self.folder([
      "list.csv": "path,label,group\n" + rows.joined(separator: "\n"),
      "split.csv": "path,label,group,split\n"
        + zip(rows, [0, 0, 0, 0, 0, 0, 0, 1]).map { "\($0),\($1 == 0 ? "train" : "val")" }
        .joined(separator: "\n"),
    ])
    let photos = try Photos.scan(folder.url.appending(path: "list.csv"), pool: pool)
    let split = photos.splitting(validation: 0.25, seed: 3)
    #expect(split[.validation].count == 2)
    #expect(Set(split[.validation].map(\.group)).count == 1)
    let given = try Photos.scan(folder.url.appending(path: "split.csv"), pool: pool)
    let leak = try #require(given.problems.first { $0.kind == .leak })
    #expect(leak.path == "p/7.jpg")
    #expect(leak.detail.contains("'g3'") && leak.detail.contains("'p/6.jpg'"))
  }
}
