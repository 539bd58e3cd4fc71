import Foundation
import Glibc
import ImagePipeline
import TestSupport
import Testing

/// Every file of other decoders' test suites. With `FINETUNE_ODD_IMAGES` set to a folder (see
/// `Tools/odd-images.sh`) the pictures and a table are written there.
@Suite("Odd images", .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct OddImageTests {
  /// What became of one file.
  private struct Outcome {
    let path: String
    let kind: String
    var image: Image?
    var facts: PhotoFacts?
    var error: ImageError?
    /// Mean absolute difference from the reference, in levels; `nil` without one.
    var difference: Double?
    var seconds: Double
  }

  @Test("each is decoded as its reference says, or refused with a reason, within a second")
  func all() throws {
    let root = try TestData.url("odd-images")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted()
    let files = paths.filter { (try? isFile(root.appending(path: $0))) == true }
    #expect(files.count > 150)
    var outcomes: [Outcome] = []
    for path in files {
      let outcome = try read(path, below: root)
      outcomes.append(outcome)
      #expect(outcome.seconds < 1, "\(path)")
      if let error = outcome.error {
        let images = [ImageError.Kind.truncated, .corrupt, .unsupported]
        let isImage = path.hasSuffix(".jpg") || path.hasSuffix(".png")
        #expect(isImage ? images.contains(error.kind) : error.kind == .notAnImage, "\(path)")
        #expect(!error.message.isEmpty && !error.message.contains("\n"), "\(path)")
      }
      if let difference = outcome.difference { #expect(difference <= 1, "\(path)") }
      // What the scan says of a file is what decoding it says.
      if let image = outcome.image {
        #expect(outcome.facts?.width == image.width && outcome.facts?.height == image.height)
      } else {
        #expect(outcome.facts == nil)
      }
    }
    #expect(outcomes.count { $0.difference != nil } >= 36)
    #expect(outcomes.count { $0.image != nil } >= 150)
    if let output = ProcessInfo.processInfo.environment["FINETUNE_ODD_IMAGES"] {
      try write(outcomes, to: URL(filePath: output, directoryHint: .isDirectory))
    }
  }

  /// The files that every libjpeg of 8 bits refuses, and why.
  static let refused: [(String, ImageError.Kind, String)] = [
    ("libjpeg-turbo/testimages/monkey12.jpg", .unsupported, "12 bits a channel"),
    ("jpeg-decoder/tests/reftest/images/lossless/1/lossless16bit.jpg", .unsupported, "convert"),
    ("pillow/Tests/images/truncated_jpeg.jpg", .truncated, "Premature end"),
    ("pillow/Tests/images/ultrahdr.jpg", .truncated, "Premature end"),
    ("jpeg-decoder/tests/reftest/images/partial_progressive.jpg", .corrupt, "premature end"),
    ("pillow/Tests/images/hopper_bad_exif.jpg", .corrupt, "bad Huffman code"),
  ]

  @Test("refusals name what is wrong", arguments: refused)
  func refusals(path: String, kind: ImageError.Kind, reason: String) throws {
    let file = try TestData.url("odd-images/\(path)")
    let error = #expect(throws: ImageError.self) { try PhotoFacts(contentsOf: file) }
    #expect(error?.kind == kind && error?.message.contains(reason) == true)
  }

  private func isFile(_ url: URL) throws -> Bool {
    try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
  }

  private func read(_ path: String, below root: URL) throws -> Outcome {
    let file = root.appending(path: path)
    var outcome = Outcome(path: path, kind: try kind(of: file), seconds: 0)
    let start = processorTime()
    do throws(ImageError) {
      outcome.image = try decodeImage(contentsOf: file)
    } catch {
      outcome.error = error
    }
    outcome.seconds = processorTime() - start
    outcome.facts = try? PhotoFacts(contentsOf: file)
    let reference = file.deletingPathExtension().appendingPathExtension("png")
    if let image = outcome.image, path.hasSuffix(".jpg"),
      FileManager.default.fileExists(atPath: reference.path)
    {
      let expected = try decodeImage(contentsOf: reference)
      #expect((image.width, image.height) == (expected.width, expected.height), "\(path)")
      let sum = zip(image.pixels, expected.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      outcome.difference = Double(sum) / Double(image.pixels.count)
    }
    return outcome
  }

  /// Of this thread, in seconds: other tests run at the same time.
  private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// What a file is, by its frame header, whether or not it can be decoded.
  private func kind(of file: URL) throws -> String {
    let bytes = [UInt8](try Data(contentsOf: file))
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]), bytes.count > 25 {
      let types: [UInt8: String] = [
        0: "grey", 2: "RGB", 3: "palette", 4: "grey and alpha", 6: "RGB and alpha",
      ]
      return "PNG, \(bytes[24]) bits, \(types[bytes[25]] ?? "?")"
    }
    guard bytes.starts(with: [0xFF, 0xD8]) else { return "no image" }
    var position = 2
    while position + 9 < bytes.count {
      let marker = bytes[position + 1]
      guard bytes[position] == 0xFF, marker != 0, marker != 0xFF else {
        position += 1
        continue
      }
      if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
        let process =
          switch marker {
          case 0xC0: "baseline"
          case 0xC1: "extended"
          case 0xC2: "progressive"
          case 0xC3: "lossless"
          case 0xC9, 0xCA: "arithmetic"
          default: "other"
          }
        return "JPEG, \(bytes[position + 4]) bits, \(process), \(bytes[position + 9]) components"
      }
      position += 2 + Int(bytes[position + 2]) << 8 + Int(bytes[position + 3])
    }
    return "JPEG without a frame"
  }

  /// The pictures as PPM, a table by kind, and the peak of memory.
  private func write(_ outcomes: [Outcome], to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var table = "| kind | files | decoded | refused | worst difference |\n| --- " as String
    table += "| --: | --: | --: | --: |\n"
    for (kind, group) in Dictionary(grouping: outcomes, by: \.kind).sorted(by: { $0.key < $1.key })
    {
      let worst = group.compactMap(\.difference).max().map { String(format: "%.2f", $0) } ?? "–"
      let decoded = group.count { $0.image != nil }
      table += "| \(kind) | \(group.count) | \(decoded) | \(group.count - decoded) | \(worst) |\n"
    }
    for outcome in outcomes {
      if let error = outcome.error { table += "\n\(outcome.path): \(error.message)" }
      for warning in outcome.facts?.warnings ?? [] { table += "\n\(outcome.path) read: \(warning)" }
      guard let image = outcome.image else { continue }
      let name = outcome.path.replacing("/", with: "__") + ".ppm"
      let header = "P6\n\(image.width) \(image.height)\n255\n"
      try Data(Array(header.utf8) + image.pixels).write(to: folder.appending(path: name))
    }
    let slowest = outcomes.map(\.seconds).max() ?? 0
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let peak = usage.ru_maxrss >> 10
    table += "\n\nSlowest \(String(format: "%.3f", slowest)) s, peak \(peak) MiB.\n"
    try table.write(to: folder.appending(path: "table.md"), atomically: true, encoding: .utf8)
    #expect(peak < 1024, "MiB")
  }
}
