import Files
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("Weight files that cannot be written")
struct OutputErrorTests {
  static func write(_ count: Int, to url: URL) -> WeightFileError? {
    failure {
      try writeFeatures(
        paths: ["a"], labels: [-1], features: [Float](repeating: 0.5, count: count), shape: [count],
        to: url)
    }
  }

  @Test("are a weight file's errors, in every format")
  func kinds() {
    let nowhere = URL(filePath: "/dev/full")
    let text = "cannot create '/dev/full': it is a device or pipe"
    let errors = [
      Self.write(4, to: nowhere), failure { try Safetensors([:]).write(to: nowhere) },
    ]
    for error in errors {
      #expect(error?.kind == .cannotCreate)
      #expect(error?.message == text)
    }
  }

  @Test(
    "leave the old file and nothing else on a full disk",
    .enabled(if: SmallDisk.isAllowed, "may not mount a tmpfs"))
  func fullDisk() throws {
    try withTemporaryFolder { folder in
      let disk = try SmallDisk(at: folder)
      defer { disk.unmount() }
      let url = folder.appending(path: "x.h5")
      #expect(Self.write(1000, to: url) == nil)
      let before = try Data(contentsOf: url)
      let error = Self.write(1_000_000, to: url)
      #expect(error?.kind == .inputOutput)
      #expect(error?.message.contains("No space left on device") == true)
      #expect(try Data(contentsOf: url) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.h5"])
    }
  }
}
