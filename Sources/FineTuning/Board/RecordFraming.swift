import Foundation

/// How records follow each other in a TFRecord file: length, its checksum, the bytes, theirs.
///
/// Numbers are little-endian: 8 bytes of length, 4 of each checksum. Checksums are masked, because a
/// checksum over bytes that hold checksums is weak.
package enum RecordFraming {
  package static func frame(_ payload: Data) -> Data {
    var record = Data(capacity: payload.count + 16)
    let length = littleEndian(UInt64(payload.count))
    record += length
    record += littleEndian(masked(CRC32C.checksum(length)))
    record += payload
    record += littleEndian(masked(CRC32C.checksum(payload)))
    return record
  }

  package static func masked(_ checksum: UInt32) -> UInt32 {
    (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }
}
