import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import TransferLearning
import WeightFiles

/// The files in `Tools/Fuzz`: those that fuzzers begin with, and those that they found and that were mended.
@Suite("Files of the fuzzers")
struct CorpusTests {
  /// By targets' names, as far as a reader is anybody else's business than its module's.
  static let readers: [String: @Sendable (URL) throws -> Void] = {
    var readers: [String: @Sendable (URL) throws -> Void] = [
      "configuration": { file in
        let architecture = try JSONParser.parse(Data(contentsOf: file))
        _ = try KerasModel(architecture: architecture, kerasVersion: nil, file: "it")
      },
      "timm": { _ = try TimmConfiguration(contentsOf: $0) },
      "json": { _ = try JSONParser.parse(Data(contentsOf: $0)) },
      "plan": { _ = try FineTuningPlan(contentsOf: $0) },
      "labels": { _ = try readLabels($0) },
      "head": { _ = try readHead($0) },
      "checkpoint": { _ = try Checkpoint(contentsOf: $0, base: [:]) },
    ]
    for name in ["hdf5", "keras", "safetensors", "torch"] {
      readers[name] = { file in
        let weights = try KerasWeightFile(file)
        if weights.architecture != nil {
          let model = try KerasModel(weights)
          _ = try model.load(weights)
        }
      }
    }
    for name in ["jpeg", "png", "gif", "bmp", "tiff", "webp", "heic", "avif"] {
      readers[name] = { file in
        _ = try PhotoFacts(contentsOf: file, maximumPixels: 1 << 20)
        let image = try decodeImage(contentsOf: file, maximumPixels: 1 << 20)
        #expect(image.pixels.count == image.width * image.height * 3)
      }
    }
    return readers
  }()

  static let fuzz = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Tools/Fuzz")

  static func files(_ folder: String, _ target: String) -> [URL] {
    let url = fuzz.appending(path: folder).appending(path: target)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.sorted().map { url.appending(path: $0) }
  }

  @Test("that they begin with are whole", arguments: readers.keys.sorted())
  func whole(target: String) throws {
    let read = try #require(Self.readers[target])
    let files = Self.files("corpus", target)
    #expect(!files.isEmpty)
    for file in files {
      #expect(throws: Never.self, "\(file.lastPathComponent)") { try read(file) }
    }
  }

  @Test("of HEIC's tiles are put together")
  func tiles() throws {
    let folder = Self.fuzz.appending(path: "corpus/heic")
    let tile = try decodeImage(contentsOf: folder.appending(path: "colour"))
    let whole = try decodeImage(contentsOf: folder.appending(path: "tiles"))
    let (side, cut) = (64, 8)
    #expect(tile.width == side && tile.height == side)
    try #require(whole.width == 2 * side - cut && whole.height == 2 * side - cut)
    // Other versions of libheif interpolate colours otherwise, and over the edges of tiles.
    let isTiled = (0..<whole.height).allSatisfy { row in
      (0..<whole.width).allSatisfy { column in
        let (y, x) = (row % side, column % side)
        guard [y, x].allSatisfy((2..<side - cut - 2).contains) else { return true }
        return (0..<3).allSatisfy { channel in
          let found = whole.pixels[(row * whole.width + column) * 3 + channel]
          let expected = tile.pixels[(y * side + x) * 3 + channel]
          return abs(Int(found) - Int(expected)) <= 2
        }
      }
    }
    #expect(isTiled)
  }

  @Test("that they found are read, or are an error, and nothing else")
  func mended() {
    for (target, read) in Self.readers {
      for file in Self.files("mended", target) {
        if file.lastPathComponent.hasPrefix("bad-") {
          #expect(throws: (any Error).self, "\(file.lastPathComponent)") { try read(file) }
        } else {
          try? read(file)
        }
      }
    }
  }

  @Test("have no chunk that is believed to hold more than it does")
  func shortChunk() throws {
    let file = try KerasWeightFile(Self.fuzz.appending(path: "mended/hdf5/chunk-sides.h5"))
    let parameter = Parameter(node: "a", role: .kernel, shape: [3, 4])
    let error = #expect(throws: WeightFileError.self) {
      _ = try file.load([parameter], for: "it")
    }
    #expect(error?.kind == .bad)
    let message = error?.message ?? "no error"
    #expect(message.contains("does not give the 48048 bytes that it should"), "\(message)")
  }

  @Test("have no head of safetensors with values that are no numbers")
  func numbers() {
    let file = Self.fuzz.appending(path: "mended/head/bad-nan.safetensors")
    let error = #expect(throws: WeightFileError.self) { _ = try readHead(file) }
    #expect(error?.kind == .bad)
    let message = error?.message ?? "no error"
    #expect(message.contains("holds NaN or infinite values in 'head/kernel'"), "\(message)")
  }

  @Test("have their chunks in each of the ways of HDF5 1.10 that need no index")
  func chunks() throws {
    let file = try KerasWeightFile(Self.fuzz.appending(path: "corpus/hdf5/chunks.h5"))
    let parameters = ["single", "packed", "implicit"].map {
      Parameter(node: $0, role: .kernel, shape: [8, 8])
    }
    let tensors = try file.load(parameters, for: "it").tensors
    let first = try #require(tensors["single/kernel"])
    #expect(Set(first.values).count > 60, "these are numbers of their own")
    for parameter in parameters { #expect(tensors[parameter.name] == first, "\(parameter.name)") }
  }
}
