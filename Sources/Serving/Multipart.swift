import Foundation
import NIOCore

/// A body of several parts (RFC 2046 and 7578), as forms send files.
package struct Multipart {
  /// A file of a form, without a copy of its bytes.
  package struct File: Hashable {
    /// As its sender calls it; `nil` for one without a name.
    package let name: String?
    package let bytes: ByteBuffer
  }

  /// What is wrong with a body: a phrase for behind "the form".
  package struct Malformed: Error, Hashable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
  }

  private static let longestBoundary = 70
  private static let longestHeaders = 8192

  /// The boundary of a type `multipart/form-data; boundary=…`; `nil` for another type.
  /// - Throws: `Malformed` for one without a boundary that can be.
  package static func boundary(ofType type: String) throws(Malformed) -> String? {
    let value = HeaderValue(type)
    guard value.first == "multipart/form-data" else { return nil }
    guard let boundary = value["boundary"], (1...longestBoundary).contains(boundary.utf8.count)
    else {
      throw Malformed(reason: "names no boundary of 1 to \(longestBoundary) characters")
    }
    return boundary
  }

  /// The files of a body, in their order; fields that are no files are left out.
  /// - Parameter limit: how many files there may be.
  /// - Throws: `Malformed`.
  package static func files(in body: ByteBuffer, boundary: String, limit: Int) throws(Malformed)
    -> [File]
  {
    let bytes = body.readableBytesView
    let delimiter = Array("\r\n--\(boundary)".utf8)
    // The first delimiter has no line before it where there is no preamble.
    guard
      var place = bytes.starts(with: delimiter.dropFirst(2))
        ? bytes.startIndex + delimiter.count - 2 : bytes.end(of: delimiter, from: bytes.startIndex)
    else { throw Malformed(reason: "does not hold its boundary") }
    var files: [File] = []
    while true {
      // Behind a delimiter there is "--" at the end, else a line's end, perhaps behind blanks.
      if bytes[place...].starts(with: Array("--".utf8)) { return files }
      guard let start = bytes.end(of: Array("\r\n".utf8), from: place),
        bytes[place..<start - 2].allSatisfy({ $0 == 0x20 || $0 == 0x09 })
      else { throw Malformed(reason: "has a boundary that its line does not end with") }
      guard let end = bytes.end(of: delimiter, from: start - 2) else {
        throw Malformed(reason: "ends before its last boundary")
      }
      if let file = try file(in: body, start..<max(start, end - delimiter.count)) {
        files.append(file)
        guard files.count <= limit else {
          throw Malformed(reason: "has more than \(limit) files; send them in several requests")
        }
      }
      place = end
    }
  }

  /// A part, if it is a file.
  private static func file(
    in body: ByteBuffer, _ range: Range<Int>
  ) throws(Malformed) -> File? {
    let bytes = body.readableBytesView
    let blank = Array("\r\n\r\n".utf8)
    // Without headers a part begins with the empty line.
    let end =
      bytes[range].starts(with: blank.prefix(2))
      ? range.lowerBound + 2 : bytes[range].end(of: blank, from: range.lowerBound)
    guard let end else { throw Malformed(reason: "has a part without an empty line in it") }
    guard end - range.lowerBound <= longestHeaders else {
      throw Malformed(reason: "has a part of more than \(longestHeaders) bytes of headers")
    }
    var (name, isFile): (String?, Bool) = (nil, false)
    let headers = String(decoding: bytes[range.lowerBound..<end], as: UTF8.self)
    for line in headers.split(whereSeparator: \.isNewline) {
      let field = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard field.count == 2 else { continue }
      switch field[0].lowercased() {
      case "content-disposition":
        name = HeaderValue(field[1])["filename"]
        isFile = isFile || name != nil
      case "content-type": isFile = isFile || HeaderValue(field[1]).first.hasPrefix("image/")
      default: break
      }
    }
    guard isFile, let content = body.getSlice(at: end, length: range.upperBound - end) else {
      return nil
    }
    return File(name: name.flatMap { $0.isEmpty ? nil : $0 }, bytes: content)
  }
}

/// The value of a header with parameters: `form-data; name="file"; filename="a.jpg"`.
struct HeaderValue {
  /// What stands before the first parameter, in small letters.
  let first: String
  private var parameters: [String: String] = [:]

  init(_ text: some StringProtocol) {
    var pieces: [String] = [""]
    var (isQuoted, isEscaped) = (false, false)
    for scalar in text.unicodeScalars {
      if isQuoted {
        // A browser escapes quotes as %22; others by a backslash, which in paths of Windows stands for itself.
        if isEscaped, scalar != "\"", scalar != "\\" { pieces[pieces.count - 1].append("\\") }
        if !isEscaped, scalar == "\\" {
          isEscaped = true
          continue
        }
        if !isEscaped, scalar == "\"" {
          isQuoted = false
        } else {
          pieces[pieces.count - 1].unicodeScalars.append(scalar)
        }
        isEscaped = false
      } else if scalar == "\"" {
        isQuoted = true
      } else if scalar == ";" {
        pieces.append("")
      } else {
        pieces[pieces.count - 1].unicodeScalars.append(scalar)
      }
    }
    first = pieces[0].trimmingBlanks.lowercased()
    for piece in pieces.dropFirst() {
      let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2 else { continue }
      parameters[pair[0].trimmingBlanks.lowercased()] = pair[1].trimmingBlanks
    }
  }

  /// A parameter, without its quotes.
  subscript(name: String) -> String? { parameters[name] }
}

extension StringProtocol {
  fileprivate var trimmingBlanks: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
    let start = drop(while: isBlank)
    return String(start.reversed().drop(while: isBlank).reversed())
  }
}

extension ByteBufferView {
  /// Where the first `pattern` ends that begins at or behind a place.
  ///
  /// In a time that grows with the bytes alone: a pattern begins with the only line's end that it has, or has two.
  fileprivate func end(of pattern: [UInt8], from start: Int) -> Int? {
    self[start...].withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress else { return nil }
      var place = 0
      while place + pattern.count <= bytes.count {
        guard
          let found = memchr(
            base + place, Int32(pattern[0]), bytes.count - pattern.count - place + 1)
        else { return nil }
        place = UnsafeRawPointer(found) - base
        if memcmp(base + place, pattern, pattern.count) == 0 {
          return start + place + pattern.count
        }
        place += 1
      }
      return nil
    }
  }
}
