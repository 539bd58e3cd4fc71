/// The header of an answer of HTTP, line by line.
struct HTTPAnswer {
  private(set) var status = 0
  /// By lower-case name; of several of a name the last.
  private var fields: [String: String] = [:]

  /// Takes a line; one that begins another answer puts it in this one's place.
  /// - Returns: whether it was the last line of the header of the answer itself, which those of status 1xx
  ///   only announce.
  mutating func add(_ line: String) -> Bool {
    let line = line.trimmingSuffix { $0.isNewline }
    if line.hasPrefix("HTTP/") {
      self = HTTPAnswer()
      let words = line.split(separator: " ")
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].trimmingPrefix { $0 == " " || $0 == "\t" }
      fields[line[..<colon].lowercased()] = String(value.trimmingSuffix { $0 == " " || $0 == "\t" })
    }
    return line.isEmpty && !(100..<200).contains(status)
  }

  /// The value of a field, whatever the case of its name.
  subscript(name: String) -> String? { fields[name.lowercased()] }

  /// Where the content is, if it is elsewhere.
  var redirection: String? {
    [301, 302, 303, 307, 308].contains(status) ? self["Location"] : nil
  }
}

extension Substring {
  fileprivate func trimmingSuffix(while holds: (Character) -> Bool) -> Substring {
    var text = self
    while let last = text.last, holds(last) { text.removeLast() }
    return text
  }
}

extension String {
  fileprivate func trimmingSuffix(while holds: (Character) -> Bool) -> Substring {
    self[...].trimmingSuffix(while: holds)
  }
}
