import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Files of labels")
struct LabelFileTests {
  /// Files that name ants and bees, as people have them.
  static let files: [(what: String, bytes: [UInt8])] = [
    ("lines", "ants\nbees\n"), ("no last newline", "ants\nbees"), ("CRLF", "ants\r\nbees\r\n"),
    ("CR", "ants\rbees\r"), ("CR CR LF", "ants\r\r\nbees\r\r\n"),
    ("a byte order mark", "\u{FEFF}ants\nbees\n"), ("blank lines", "\n ants \n\nbees\n\n \n"),
    ("Teachable Machine", "0 ants\n1 bees\n"), ("its CRLF", "0 ants\r\n1 bees\r\n"),
    ("numbers and colons", "0: ants\n1: bees"), ("numbers and tabs", "0\tants\n1\tbees\n"),
    ("numbers from 1", "1. ants\n2. bees\n"), ("numbers in another order", "1,bees\n0,ants\n"),
    ("a JSON list", #"["ants", "bees"]"#), ("JSON by number", #"{"1": "bees", "0": "ants"}"#),
    ("class_indices", #"{"ants": 0, "bees": 1}"#),
    ("floating numbers", #"{"bees": 1.0, "ants": 0.0}"#),
    ("JSON behind a mark", "\u{FEFF}\r\n [\"ants\",\"bees\"]\r\n"),
    ("id2label", #"{"label2id": {"ants": 0, "bees": 1}, "id2label": {"0": "ants", "1": "bees"}}"#),
    ("labels within", #"{"version": 1, "labels": ["ants", "bees"]}"#),
    ("ImageNet's index", #"{"0": ["n1", "ants"], "1": ["n2", "bees"]}"#),
  ].map { ($0, Array($1.utf8)) }

  private func read(_ bytes: some Sequence<UInt8>, _ name: String = "labels.txt") throws -> [String]
  {
    let folder = try TemporaryFolder()
    return try readLabels(folder.write(name, bytes))
  }

  @Test("labels are read as they come", arguments: files)
  func forms(_ what: String, _ bytes: [UInt8]) throws {
    #expect(try read(bytes) == ["ants", "bees"], "\(what)")
  }

  @Test(
    "UTF-16 with its mark is text, too",
    arguments: [String.Encoding.utf16LittleEndian, .utf16BigEndian])
  func wide(_ encoding: String.Encoding) throws {
    let bytes = try #require("\u{FEFF}0 ants\r\n1 bees\r\n".data(using: encoding))
    #expect(try read(bytes) == ["ants", "bees"])
  }

  @Test(
    "what only looks like a number is part of the name",
    arguments: [
      ["0", "1", "2"], ["1 euro", "2 euro"], ["1 ant", "2 ants"], ["3 ants", "4 bees"],
      ["0 ants", "bees"],
      ["0ants", "x"],
      ["7-spot ladybird", "bee"], ["größe", "蚂蚁"],
    ])
  func names(_ labels: [String]) throws {
    #expect(try read(labels.joined(separator: "\n").utf8) == labels)
  }

  @Test(
    "what names nothing, or no order, is refused with the file's name",
    arguments: [
      ("", "names no label"), ("\n\r\n", "names no label"), ("[]", "names no label"),
      ("{\"ants\": 0, \"bees\": 2}", "otherwise than from 0 to 1"),
      ("{\"ants\": 0, \"bees\": 0}", "otherwise than from 0 to 1"),
      ("{\"ants\": \"x\"}", "neither a number nor a name for 'ants'"),
      ("[1, 2]", "something else than a name"), ("{'ants': 0}", "begins like JSON"),
      ("[\"ants\"", "begins like JSON"), ("\u{0}\u{1}", "no text of labels"),
    ])
  func refusals(_ text: String, _ words: String) throws {
    let error = #expect(throws: DataError.self) { try read(text.utf8, "odd.json") }
    #expect(error?.kind == .bad)
    #expect(error?.message.contains("odd.json") == true)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test("a file that is not there, a folder and bytes that are no text")
  func noFile() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: DataError.self) {
      try readLabels(folder.url.appending(path: "x"))
    }
    #expect(missing?.kind == .missing)
    #expect(throws: DataError.self) { try readLabels(folder.url) }
    #expect(throws: DataError.self) { try read([0xFF, 0xD8, 0xFF, 0xE0]) }
  }

  @Test("real files of labels", .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
  func real() throws {
    let folder = try TestData.url("cases/labels")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count >= 10)
    for name in names {
      let expected = name == "crlf10.txt" ? (0..<10).map { "class\($0)" } : ["ants", "bees"]
      #expect(try readLabels(folder.appending(path: name)) == expected, "\(name)")
    }
    let index = try readLabels(TestData.url("expected/imagenet_class_index.json"))
    #expect(index == ImageNet.classNames)
  }
}
