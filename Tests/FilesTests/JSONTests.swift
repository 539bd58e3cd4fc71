import Files
import Foundation
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("is the same bytes for the same value")
  func canonical() throws {
    let value: JSONValue = .object(["b/c": .list([.int(1), .null]), "a": .float(0.1)])
    #expect(
      String(decoding: try CanonicalJSON.line(value), as: UTF8.self) == #"{"a":0.1,"b/c":[1,null]}"#
    )
    let page = String(decoding: try CanonicalJSON.page(value), as: UTF8.self)
    #expect(page.hasPrefix("{\n  \"a\" : 0.1,\n") && page.hasSuffix("\n}\n"))
    #expect(
      try JSONParser.parse(page.utf8)
        == .object(["b/c": .list([.int(1), .null]), "a": .double(0.1)]))
  }

  @Test(
    "that is bad is refused with its place",
    arguments: [
      ("{\"a\":1,\"a\":2}", "with the key 'a' twice at byte 12"),
      ("[1", "with neither comma nor bracket at byte 2"),
      ("[1] 2", "with more text behind its end at byte 4"),
      ("\"\\ud800\"", "with half a character at byte 7"),
      (String(repeating: "[", count: 201), "with nesting deeper than 200 at byte 200"),
    ])
  func bad(text: String, reason: String) {
    let error = #expect(throws: FormatError.self) { try JSONParser.parse(text.utf8) }
    #expect(error?.message == reason)
  }

  private struct Settings: Decodable {
    enum CodingKeys: CodingKey, CaseIterable { case rate, size }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(refusingKeysOtherThan: CodingKeys.self)
      _ = try values.decodeIfPresent(Int.self, forKey: .size)
    }
  }

  @Test(
    "of settings may leave some out, but not misspell them",
    arguments: [
      ("{}", nil), ("{\"size\": 2}", nil),
      (
        "{\"sise\": 2, \"other\": 1}",
        "'other' is not a setting; expected one of rate, size at other"
      ),
    ] as [(String, String?)])
  func strict(text: String, reason: String?) {
    var found: String?
    do { _ = try JSONDecoder().decode(Settings.self, from: Data(text.utf8)) } catch let error
      as DecodingError
    {
      found = error.reason
    } catch { found = "\(error)" }
    #expect(found == reason)
  }
}
