import Files
import Foundation

/// The format of a scan's file, little-endian: magic, sha256 of all that follows, key, number of
/// entries; for each its path, its stamp and what was found. Texts have their length before them.
enum ScanFile {
  private static let magic = Array("finetune scan\n".utf8)

  /// - Parameter first: the entries that matter most: those dropped first are others.
  /// - Returns: `nil` if even these are too many.
  static func encode(
    _ entries: [String: ScanRecord.Entry], first: Set<String>, key: [UInt8]
  ) -> [UInt8]? {
    var body = ByteWriter()
    body.append(text: key)
    let counted = body.bytes.count
    body.append(UInt64(0))
    var count: UInt64 = 0
    let ordered = entries.keys.filter(first.contains) + entries.keys.filter { !first.contains($0) }
    for path in ordered {
      guard let entry = entries[path] else { continue }
      let end = body.bytes.count
      body.append(path, entry)
      guard body.bytes.count + 1024 <= ScanCache.largestFile else {
        guard !first.contains(path) else { return nil }
        body.bytes.removeSubrange(end...)
        break
      }
      count += 1
    }
    withUnsafeBytes(of: count.littleEndian) {
      body.bytes.replaceSubrange(counted..<counted + 8, with: $0)
    }
    return magic + ContentDigest(body.bytes).bytes + body.bytes
  }

  /// - Returns: `nil` for bytes that are damaged or of another key.
  static func decode(_ file: Data, key: [UInt8]) -> [String: ScanRecord.Entry]? {
    file.withUnsafeBytes { bytes in
      let start = magic.count + ContentDigest.byteCount
      guard bytes.count >= start, bytes.prefix(magic.count).elementsEqual(magic) else { return nil }
      let body = UnsafeRawBufferPointer(rebasing: bytes[start...])
      guard ContentDigest(body).bytes.elementsEqual(bytes[magic.count..<start]) else { return nil }
      var reader = ByteReader(bytes: body)
      guard let found = reader.bytes(), found.elementsEqual(key), let count = reader.integer(),
        count <= body.count
      else { return nil }
      var entries: [String: ScanRecord.Entry] = [:]
      entries.reserveCapacity(count)
      for _ in 0..<count {
        guard let path = reader.text(), let entry = reader.entry() else { return nil }
        entries[path] = entry
      }
      return reader.isAtEnd ? entries : nil
    }
  }
}

private struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  mutating func append(text: some Collection<UInt8>) {
    append(UInt32(text.count))
    bytes += text
  }

  mutating func append(_ path: String, _ entry: ScanRecord.Entry) {
    append(text: path.utf8)
    append(Int64(entry.stamp.size))
    append(Int64(entry.stamp.modified))
    append(Int64(entry.stamp.changed))
    switch entry.check {
    case .ignored: append(UInt8(0))
    case .skipped(let kind, let reason):
      append(UInt8(1))
      append(text: kind.rawValue.utf8)
      append(text: reason.utf8)
    case .photo(let facts):
      append(UInt8(2))
      append(facts)
    }
  }

  private mutating func append(_ facts: PhotoFacts) {
    append(text: facts.digest.utf8)
    append(Int64(facts.byteCount))
    append(Int64(facts.width))
    append(Int64(facts.height))
    append(text: facts.format.rawValue.utf8)
    append(text: facts.colour.rawValue.utf8)
    append(UInt8(facts.orientation))
    append(UInt8(facts.bitDepth))
    append(UInt8(facts.hasAlpha ? 1 : 0))
    append(UInt8(facts.isProgressive ? 1 : 0))
    append(UInt8(facts.fingerprint == nil ? 0 : 1))
    let fingerprint = facts.fingerprint ?? Fingerprint(coarse: 0)
    append(fingerprint.coarse)
    for index in fingerprint.fine.indices { append(fingerprint.fine[index]) }
    append(UInt32(facts.warnings.count))
    for warning in facts.warnings { append(text: warning.utf8) }
  }
}

/// Takes values off the front of some bytes, never more than there are.
private struct ByteReader {
  private let source: UnsafeRawBufferPointer
  private var position = 0

  init(bytes: UnsafeRawBufferPointer) { source = bytes }

  var isAtEnd: Bool { position == source.count }

  mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
    let size = MemoryLayout<Number>.size
    guard size <= source.count - position else { return nil }
    defer { position += size }
    return Number(littleEndian: source.loadUnaligned(fromByteOffset: position, as: Number.self))
  }

  /// A number that is not negative.
  mutating func integer() -> Int? {
    number(Int64.self).flatMap { $0 >= 0 ? Int($0) : nil }
  }

  mutating func flag() -> Bool? { number(UInt8.self).map { $0 != 0 } }

  mutating func bytes() -> UnsafeRawBufferPointer? {
    guard let length = number(UInt32.self), Int(length) <= source.count - position else {
      return nil
    }
    defer { position += Int(length) }
    return UnsafeRawBufferPointer(rebasing: source[position..<position + Int(length)])
  }

  mutating func text() -> String? { bytes().map { String(decoding: $0, as: UTF8.self) } }

  mutating func entry() -> ScanRecord.Entry? {
    guard let size = integer(), let modified = number(Int64.self), let changed = number(Int64.self),
      let check = check()
    else { return nil }
    return ScanRecord.Entry(
      stamp: FileStamp(size: size, modified: Int(modified), changed: Int(changed)), check: check)
  }

  private mutating func check() -> PhotoCheck? {
    switch number(UInt8.self) {
    case 0: return .ignored
    case 1:
      guard let kind = text().flatMap(PhotoProblem.Kind.init(rawValue:)), let reason = text() else {
        return nil
      }
      return .skipped(kind, reason)
    case 2: return facts().map { .photo($0) }
    default: return nil
    }
  }

  private mutating func facts() -> PhotoFacts? {
    guard let digest = text(), let byteCount = integer(), let width = integer(),
      let height = integer(), let format = text().flatMap(PhotoFacts.Format.init(rawValue:)),
      let colour = text().flatMap(PhotoFacts.Colour.init(rawValue:)),
      let orientation = number(UInt8.self), let bitDepth = number(UInt8.self),
      let hasAlpha = flag(), let isProgressive = flag(), let hasFingerprint = flag(),
      let coarse = number(UInt64.self), let first = number(UInt64.self),
      let second = number(UInt64.self), let third = number(UInt64.self),
      let count = number(UInt32.self)
    else { return nil }
    var warnings: [String] = []
    for _ in 0..<count {
      guard let warning = text() else { return nil }
      warnings.append(warning)
    }
    return PhotoFacts(
      digest: digest, byteCount: byteCount, format: format, width: width, height: height,
      orientation: Int(orientation), colour: colour, bitDepth: Int(bitDepth), hasAlpha: hasAlpha,
      isProgressive: isProgressive, warnings: warnings,
      fingerprint: hasFingerprint
        ? Fingerprint(coarse: coarse, fine: SIMD3(first, second, third)) : nil)
  }
}
