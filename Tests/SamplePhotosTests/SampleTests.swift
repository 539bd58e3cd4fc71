import Files
import Foundation
import ImagePipeline
import SamplePhotos
import Synchronization
import TensorKernels
import TestSupport
import Testing

@Suite("Sample photos") struct SamplePhotoTests {
  @Test("a photo is a function of its arguments", arguments: SampleSet.allCases)
  func reproducible(set: SampleSet) {
    let photo = set.photo(class: 3, number: 5, seed: 1, size: 48)
    #expect(photo == set.photo(class: 3, number: 5, seed: 1, size: 48))
    #expect(photo != set.photo(class: 3, number: 5, seed: 2, size: 48))
    #expect(photo != set.photo(class: 3, number: 6, seed: 1, size: 48))
    #expect(photo != set.photo(class: 4, number: 5, seed: 1, size: 48))
  }

  @Test("the two sets have no class in common, and each lists its own in order")
  func disjoint() {
    let (sample, pretraining) = (SampleSet.sample.classes, SampleSet.pretraining.classes)
    #expect(Set(sample).isDisjoint(with: pretraining))
    #expect(sample == sample.sorted() && pretraining == pretraining.sorted())
    #expect(sample.count == 8 && pretraining.count == 24)
  }

  @Test("photos are neither black, white nor of one shade", arguments: SampleSet.allCases)
  func exposed(set: SampleSet) {
    for index in set.classes.indices {
      for number in 0..<3 {
        let pixels = set.photo(class: index, number: number, seed: 9, size: 40).pixels.map(
          Double.init)
        let mean = pixels.reduce(0, +) / Double(pixels.count)
        let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pixels.count)
        #expect((20...235).contains(mean), "\(set.classes[index]) \(number): mean \(mean)")
        #expect(variance.squareRoot() > 6, "\(set.classes[index]) \(number): one shade")
      }
    }
  }

  @Test("mean colour does not tell the classes apart")
  func colourBlind() {
    // The nearest class mean over 24 photos a class, tried on 24 others; chance is 1 in 8.
    let set = SampleSet.sample
    func meanColour(_ index: Int, _ number: Int) -> SIMD3<Double> {
      let pixels = set.photo(class: index, number: number, seed: 4, size: 24).pixels
      var sum = SIMD3<Double>.zero
      for place in stride(from: 0, to: pixels.count, by: 3) {
        sum += SIMD3(Double(pixels[place]), Double(pixels[place + 1]), Double(pixels[place + 2]))
      }
      return sum / Double(pixels.count / 3)
    }
    let means = set.classes.indices.map { index in
      (0..<24).reduce(SIMD3<Double>.zero) { $0 + meanColour(index, $1) } / 24
    }
    var right = 0
    for index in set.classes.indices {
      for number in 24..<48 {
        let colour = meanColour(index, number)
        let distances = means.map { (($0 - colour) * ($0 - colour)).sum() }
        if distances.firstIndex(of: distances.min() ?? 0) == index { right += 1 }
      }
    }
    #expect(right < 58, "\(right) of 192; chance is 24")
  }
}

@Suite struct SampleFolders {
  private static func files(_ folder: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    where name.hasSuffix(".jpg") {
      files[name] = try Data(contentsOf: folder.appending(path: name))
    }
    return files
  }

  @Test(
    "the bytes do not depend on the number of workers; every file is a photo of the size asked for")
  func workers() throws {
    let temporary = try TemporaryFolder()
    defer { withExtendedLifetime(temporary) {} }
    let root = temporary.url
    let counts = Mutex<[Int]>([])
    try SampleFolder.write(
      to: root.appending(path: "a"), photosPerClass: 2, seed: 7, size: 40, set: .sample,
      pool: WorkerPool(count: 1)
    ) { done, total in counts.withLock { $0.append(done * 100 + total) } }
    try SampleFolder.write(
      to: root.appending(path: "new/b"), photosPerClass: 2, seed: 7, size: 40, set: .sample,
      pool: WorkerPool(count: 3))
    let files = try Self.files(root.appending(path: "a"))
    #expect(try files == Self.files(root.appending(path: "new/b")))
    #expect(
      Set(files.keys)
        == Set(SampleSet.sample.classes.flatMap { ["\($0)/0000.jpg", "\($0)/0001.jpg"] }))
    for bytes in files.values {
      let image = try decodeImage([UInt8](bytes))
      #expect(image.width == 40 && image.height == 40)
    }
    #expect(counts.withLock { $0 } == (1...16).map { $0 * 100 + 16 })
    // Nothing is left beside.
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: root.path).sorted() == ["a", "new"])
  }

  @Test("an empty folder is filled, one with anything in it and a file are refused")
  func existing() throws {
    let temporary = try TemporaryFolder()
    defer { withExtendedLifetime(temporary) {} }
    let root = temporary.url
    let pool = WorkerPool(count: 2)
    func write(_ url: URL) throws(FileError) {
      try SampleFolder.write(
        to: url, photosPerClass: 1, seed: 1, size: 16, set: .sample, pool: pool)
    }
    let folder = root.appending(path: "photos", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try write(folder)
    let before = try Self.files(folder)
    #expect(before.count == 8)
    let error = #expect(throws: FileError.self) { try write(folder) }
    #expect(error?.kind == .cannotCreate && error?.description.contains("not empty") == true)
    #expect(try Self.files(folder) == before)

    let file = root.appending(path: "file")
    try Data().write(to: file)
    #expect(throws: FileError.self) { try write(file) }
    let under = #expect(throws: FileError.self) { try write(file.appending(path: "below")) }
    #expect(under?.kind == .cannotCreate)
  }

  @Test("of two into one folder the later says that it exists, and leaves nothing beside it")
  func twice() throws {
    let temporary = try TemporaryFolder()
    defer { withExtendedLifetime(temporary) {} }
    let folder = temporary.url.appending(path: "photos", directoryHint: .isDirectory)
    func write(_ before: () -> Void = {}) throws(FileError) {
      try SampleFolder.write(
        to: folder, photosPerClass: 1, seed: 1, size: 16, set: .sample, pool: WorkerPool(count: 2),
        makeDraft: { (_, make) throws(FileError) in
          before()
          try make()
        })
    }
    // The other begins and ends while this one has only begun.
    var other: FileError?
    let error = #expect(throws: FileError.self) {
      try write {
        do throws(FileError) { try write() } catch { other = error }
      }
    }
    #expect(other == nil)
    #expect(error?.kind == .cannotCreate)
    #expect(error?.description.contains("another program has just created it") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.url.path) == ["photos"])
  }

  @Test("a draft that somebody takes away is not made again", arguments: [0, 1])
  func takenAway(_ testPhotos: Int) throws {
    let temporary = try TemporaryFolder()
    defer { withExtendedLifetime(temporary) {} }
    let error = #expect(throws: FileError.self) {
      try SampleFolder.write(
        to: temporary.url.appending(path: "photos"), photosPerClass: 1,
        testPhotosPerClass: testPhotos, seed: 1, size: 16, set: .sample,
        pool: WorkerPool(count: 2),
        makeDraft: { (draft, make) throws(FileError) in
          try make()
          #expect(rmdir(draft.path) == 0)
        })
    }
    #expect(error?.kind == .cannotCreate)
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.url.path) == [])
  }
}
