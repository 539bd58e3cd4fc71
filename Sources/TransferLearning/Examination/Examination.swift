import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// What the program finds on this machine, and whether it can train here. Nothing is asked of a network.
package struct Examination: Encodable, Sendable {
  /// Of the release.
  package let version: String
  /// Of the sources; `nil` for a developer's build.
  package let commit: String?
  package let libraries: [LibraryVersion]
  package let processor: Processor
  package let kernels: [Kernels]
  package let threads: Threads
  package let memory: Memory
  /// Formats of photos that libraries decode which may lack it.
  package let formats: Formats
  package let cache: Cache
  package let weights: Weights
  /// Where trainings write unless they are told otherwise.
  package let runs: Place
  /// What is in the way, or worth knowing.
  package private(set) var findings: [Finding]

  /// Looks at all of it.
  /// - Parameters:
  ///   - runs: where trainings are to write.
  ///   - checksWeights: whether weight files are compared with their digests, which reads them all.
  package init(
    runs: URL = URL(filePath: FineTuningJob.customaryFolder), checksWeights: Bool = false
  ) {
    version = Toolkit.version
    commit = Toolkit.commit
    libraries = Toolkit.libraries
    processor = Processor()
    (kernels, findings) = Kernels.tried()
    threads = Threads()
    memory = Memory()
    formats = Formats()
    let store = WeightStore(isOffline: true)
    cache = Cache(CacheContent())
    weights = Weights(of: store, checksDigests: checksWeights)
    self.runs = Place(runs)
    findings += threads.findings + memory.findings + formats.findings
    findings += cache.findings + weights.findings + self.runs.findings
  }

  /// The gravest finding that forbids a training.
  package var problem: Finding? { findings.first { $0.kind.isInTheWay } }
}

extension Examination {
  /// Something that is not as it should be.
  package struct Finding: Encodable, Sendable {
    package enum Kind: String, Encodable, Sendable {
      /// A library does not compute what it should.
      case wrongNumbers
      /// Outputs cannot be created.
      case cannotCreate
      /// A weight file is not what was published under its name.
      case damaged
      /// Training is possible, but not as good as it could be.
      case advice

      package var isInTheWay: Bool { self != .advice }
    }

    package let kind: Kind
    /// What it is, and what to do.
    package let sentence: Sentence

    private enum CodingKeys: CodingKey { case kind, text }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(kind, forKey: .kind)
      try container.encode(sentence.description, forKey: .text)
    }
  }

  /// A folder, and whether something can be made in it.
  package struct Place: Encodable, Sendable {
    package let path: String
    package let isWritable: Bool
    /// Bytes that its file system has left; `nil` where it does not tell.
    package let free: Int?
    /// Why nothing can be made there.
    private let reason: String?

    private enum CodingKeys: CodingKey { case path, isWritable, free }

    /// - Parameter folder: need not exist.
    init(_ folder: URL) {
      path = folder.relativePath
      let new = folder.appending(path: "examination-\(getpid())")
      do throws(FileError) {
        try OutputCheck.requireNew(folder: new)
        reason = nil
      } catch {
        reason = "\(error)".replacing("'\(new.path)'", with: "anything in '\(folder.path)'")
      }
      isWritable = reason == nil
      free = DiskSpace.free(near: folder)
    }

    fileprivate var findings: [Finding] {
      reason.map {
        [
          Finding(
            kind: .cannotCreate, sentence: "\($0); work in another folder, or name \(.otherOutput)")
        ]
      } ?? []
    }
  }

  /// What is kept to save work.
  package struct Cache: Encodable, Sendable {
    package let content: CacheContent
    package let place: Place

    init(_ content: CacheContent) {
      self.content = content
      place = Place(URL(filePath: content.folder))
    }

    /// Training goes on without it.
    fileprivate var findings: [Finding] {
      guard !place.isWritable else { return [] }
      return [
        Finding(
          kind: .advice,
          sentence: Sentence(
            "nothing can be kept in '\(content.folder)', so features are computed anew each time; set"
              + " FINETUNE_CACHE to a folder that can be written to"))
      ]
    }
  }

  /// Published weight files that are at hand.
  package struct Weights: Encodable, Sendable {
    /// Where they are looked for, in this order.
    package let folders: [String]
    package let files: [String]
    /// Those whose digest is another one than published; `nil` where they were not compared.
    package let damaged: [String]?

    init(of store: WeightStore, checksDigests: Bool) {
      folders = (store.folders + [store.hubFolder, store.torchFolder]).map(\.path)
      files = WeightCatalogue.rows(in: store).compactMap(\.path)
      guard checksDigests else {
        damaged = nil
        return
      }
      damaged = files.filter { file in
        guard let found = try? WeightVerification(URL(filePath: file)) else { return true }
        if case .damaged = found.outcome { return true }
        return false
      }
    }

    fileprivate var findings: [Finding] {
      (damaged ?? []).map {
        Finding(
          kind: .damaged,
          sentence: Sentence(
            "'\($0)' is not the file that was published under this name; remove it, and it is downloaded"
              + " again when it is needed"))
      }
    }
  }

  /// What decodes the formats of phones and of the web.
  package struct Formats: Encodable, Sendable {
    package let heic = ImageLibraries.decodesHEIC
    package let avif = ImageLibraries.decodesAVIF

    fileprivate var findings: [Finding] {
      var findings: [Finding] = []
      func lacks(_ format: String, _ library: String, _ remedy: String) {
        findings.append(
          Finding(
            kind: .advice,
            sentence: Sentence(
              "\(library) has nothing here that decodes \(format) photos; \(remedy)")))
      }
      if !heic { lacks("HEIC", "libheif", "install libheif-plugin-libde265") }
      if !avif { lacks("AVIF", "libavif", "install one that was built with a decoder") }
      return findings
    }
  }
}
