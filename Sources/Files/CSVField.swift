extension String {
  /// As a field of a line of CSV (RFC 4180): quoted where it has to be.
  package var csvField: String {
    utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
      ? "\"\(replacing("\"", with: "\"\""))\"" : self
  }
}
