import NIOCore
import Serving
import Testing

@Suite("Forms of several parts")
struct MultipartTests {
  private func files(_ text: String, boundary: String = "b", limit: Int = 10) throws
    -> [String]
  {
    try Multipart.files(in: ByteBuffer(string: text), boundary: boundary, limit: limit).map {
      "\($0.name ?? "-"): \(String(buffer: $0.bytes))"
    }
  }

  private static let file = "Content-Disposition: form-data; name=\"f\"; filename=\"a.jpg\"\r\n\r\n"

  @Test(
    "give their files, with their names, in order",
    arguments: [
      ("--b\r\n\(file)x\r\n--b--\r\n", ["a.jpg: x"]),
      ("--b\r\n\(file)x\r\n--b--", ["a.jpg: x"]),
      ("--b \t\r\n\(file)x\r\n--b--", ["a.jpg: x"]),
      ("before\r\n--b\r\n\(file)x\r\n--b--\r\nafter", ["a.jpg: x"]),
      ("--b\r\n\(file)x\r\n--b\r\n\(file)y\r\n--b--", ["a.jpg: x", "a.jpg: y"]),
      ("--b\r\n\(file)\r\n--b--", ["a.jpg: "]),
      ("--b\r\n\(file)x--b\r\n--\r\n--b--", ["a.jpg: x--b\r\n--"]),
      ("--b\r\n\r\nplain\r\n--b--", []),
      ("--b--", []),
      ("--b\r\ncontent-disposition:form-data;filename=bare.png\r\n\r\nx\r\n--b--", ["bare.png: x"]),
      ("--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--", ["-: x"]),
      ("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", []),
      (
        "--b\r\nContent-Disposition: form-data; filename=\"a;b=\\\"c\\\".jpg\"\r\n\r\nx\r\n--b--",
        ["a;b=\"c\".jpg: x"]
      ),
      (
        "--b\r\nContent-Disposition: form-data; filename=\"C:\\dir\\ä.jpg\"\r\n\r\nx\r\n--b--",
        ["C:\\dir\\ä.jpg: x"]
      ),
    ])
  func good(text: String, expected: [String]) throws {
    #expect(try files(text) == expected)
  }

  @Test(
    "that are broken are refused",
    arguments: [
      ("", "does not hold its boundary"), ("--c\r\n", "does not hold its boundary"),
      ("--b", "has a boundary that its line does not end with"),
      ("--bc\r\n\(file)x\r\n--b--", "has a boundary that its line does not end with"),
      ("--b\r\n\(file)x", "ends before its last boundary"),
      ("--b\r\n\(file)x\r\n--b", "has a boundary that its line does not end with"),
      ("--b\r\nno blank line\r\n--b--", "has a part without an empty line in it"),
      ("--b\r\n--b--", "has a part without an empty line in it"),
      (
        "--b\r\nA: \(String(repeating: "x", count: 9000))\r\n\r\nx\r\n--b--",
        "has a part of more than 8192 bytes of headers"
      ),
    ])
  func broken(text: String, reason: String) {
    #expect(throws: Multipart.Malformed(reason: reason)) { try files(text) }
  }

  @Test("may hold so many files and no more")
  func limit() throws {
    let text = String(repeating: "--b\r\n\(Self.file)x\r\n", count: 3) + "--b--"
    #expect(try files(text, limit: 3).count == 3)
    #expect(throws: Multipart.Malformed.self) { try files(text, limit: 2) }
  }

  @Test(
    "are known by their type, which names a boundary",
    arguments: [
      ("multipart/form-data; boundary=abc", "abc"),
      ("Multipart/Form-Data; charset=utf-8; Boundary=\"a b;c\"", "a b;c"),
      ("image/jpeg", nil), ("", nil), ("multipart/mixed; boundary=abc", nil),
    ] as [(String, String?)])
  func types(type: String, boundary: String?) throws {
    #expect(try Multipart.boundary(ofType: type) == boundary)
  }

  @Test(
    "whose type names none, or one that is too long, are refused",
    arguments: [
      "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
      "multipart/form-data; boundary=\(String(repeating: "x", count: 71))",
    ])
  func wrongTypes(type: String) {
    #expect(throws: Multipart.Malformed.self) { try Multipart.boundary(ofType: type) }
  }
}
