import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

extension RunEvaluation {
  /// The same with pictures for the page, of the photos that it shows: what on a mistake speaks
  /// for a class, and the photos that the weights have learnt from that are the most alike.
  ///
  /// What cannot be shown is said on the page. Each photo shown takes a few passes through the network. Photos that were
  /// learnt from take one each, at most 2048 of them and four times as many as were measured, where the cache does not have
  /// their features.
  /// - Parameters:
  ///   - classifier: that was measured.
  ///   - run: that it is of; `nil` where nobody knows what it has learnt from.
  ///   - pool: whose workers decode and compute.
  /// - Throws: `BackendError`, `NetworkError`, `OverflowError`.
  public func looking(by classifier: Classifier, of run: Run?, pool: WorkerPool) throws
    -> RunEvaluation
  {
    let shown = ShownPhoto.all(of: report)
    guard !shown.isEmpty else { return self }
    var look = try PhotoLooking(
      shown, by: classifier, below: root, maximumPixels: maximumPixels, pool: pool)
    try look.addMaps(views: report.provenance.tta ?? 1)
    if !shown.contains(where: \.hasNeighbours) {
      // Nothing to seek: no photo that is shown was answered wrongly or is labelled suspiciously.
    } else if let run {
      let limit = min(2048, max(256, 4 * rows.count))
      let features = try LastFeatures(classifier, pool: pool)
      try look.addNeighbours(
        LearntPhotos(
          run, classifier, features.network, limit: limit, maximumPixels: maximumPixels, pool: pool),
        by: features)
    } else {
      look.looks.notes.append(
        "Which photos this model has learnt from is not known here, so none are shown beside these."
      )
    }
    var evaluation = self
    evaluation.report.looks = look.looks
    return evaluation
  }
}

/// A photo that a report shows, and what is to be seen of it.
struct ShownPhoto {
  let path: String
  /// Classes that something on it may speak for: what it was said to be, and what it is.
  var explained: [Int] = []
  /// Whether the photos that are the most alike are sought.
  var isMistake = false
  /// Classes of which the most alike are sought each.
  var compared: [Int] = []
  /// Whether photos that are alike are sought at all.
  var hasNeighbours: Bool { isMistake || !compared.isEmpty }

  /// In the order of their paths.
  static func all(of report: EvaluationReport) -> [ShownPhoto] {
    var photos: [String: ShownPhoto] = [:]
    func change(_ path: String, _ body: (inout ShownPhoto) -> Void) {
      body(&photos[path, default: ShownPhoto(path: path)])
    }
    for mistake in report.mistakes {
      change(mistake.path) {
        ($0.isMistake, $0.explained) = (true, [mistake.predicted, mistake.truth])
      }
    }
    for photo in report.wrongPhotos {
      change(photo.path) { ($0.isMistake, $0.explained) = (true, photo.surestMistakes) }
    }
    for suspect in report.scores?.shownSuspects ?? [] {
      change(suspect.path) { $0.compared = [suspect.label, suspect.suggested] }
    }
    for path in report.oddPaths { change(path) { _ in } }
    return photos.values.sorted { $0.path < $1.path }
  }
}

extension EvaluationReport.WrongPhoto {
  /// Of the classes that are wrongly named the most probable, and of those that are missed the least probable one.
  fileprivate var surestMistakes: [Int] {
    let said = Set(named).subtracting(truths).max { rank($0) < rank($1) }
    let missed = Set(truths).subtracting(named).min { rank($0) < rank($1) }
    return [said, missed].compactMap(\.self)
  }

  private func rank(_ index: Int) -> (Float, Int) { (probabilities[index], -index) }
}

/// Looks at the photos that a report shows.
struct PhotoLooking {
  private(set) var photos: [ShownPhoto]
  /// What the network saw of each; `nil` where a photo cannot be read any more.
  private let seen: [SeenPhoto?]
  private let digests: [String?]
  private let classifier: Classifier
  private let maximumPixels: Int
  private let pool: WorkerPool
  var looks = PhotoLooks()

  /// Sides of pictures of photos, and of those beside them, in pixels.
  private static let (side, nearSide) = (160, 96)
  /// How many are shown beside a mistake, and of each class beside a suspect.
  private static let (nearCount, classCount) = (4, 2)

  init(
    _ photos: [ShownPhoto], by classifier: Classifier, below root: URL, maximumPixels: Int,
    pool: WorkerPool
  ) throws {
    let files = photos.map { root.file(at: $0.path) }
    let read = pool.map(files.count) { index -> (seen: SeenPhoto, digest: String?)? in
      guard let image = try? decodeImage(contentsOf: files[index], maximumPixels: maximumPixels)
      else { return nil }
      return (classifier.seen(image), try? FileDigest.sha256(of: files[index]))
    }
    self.photos = photos
    seen = read.map { $0?.seen }
    digests = read.map { $0?.digest }
    self.classifier = classifier
    self.maximumPixels = maximumPixels
    self.pool = pool
    for (photo, seen) in zip(photos, seen) {
      guard let seen else { continue }
      looks.photos[photo.path, default: PhotoLook()].view = seen.view.smallJPEG(Self.side)
    }
  }

  /// Adds what speaks for the classes that photos were said to be of, and that they are of.
  /// - Parameter views: of each photo that were measured.
  mutating func addMaps(views: Int) throws {
    guard zip(photos, seen).contains(where: { !$0.explained.isEmpty && $1 != nil }) else { return }
    let look: GradCAM
    do {
      look = try GradCAM(classifier, pool: pool)
    } catch let error as UsageError {
      looks.notes.append("What speaks for a class is not shown: \(error).")
      return
    }
    for (photo, seen) in zip(photos, seen) {
      guard let seen else { continue }
      for label in photo.explained {
        let evidence = try look(seen, label: label)
        guard let picture = evidence.cover.smallJPEG(Self.side) else { continue }
        looks.photos[photo.path]?.maps.append(
          EvidenceMap(
            class: label, isEmpty: evidence.map.range.upperBound <= 0, picture: picture))
      }
    }
    let view = views > 1 ? " They are of the middle view alone." : ""
    looks.notes.append(
      "The brighter a part of a photo, the more it speaks for the class, by the layer “\(look.layer)” (Grad-CAM). Maps show where"
        + " the network looks, not why.\(view)")
  }

  /// Adds the photos that were learnt from that are the most alike.
  mutating func addNeighbours(_ learnt: LearntPhotos, by features: LastFeatures) throws {
    guard !learnt.photos.isEmpty else {
      looks.notes.append(
        "None of the \(learnt.learnt.counted("photo")) that the weights have learnt from is where it was"
          + " (“\(learnt.root.relativePath)”), so none are shown beside these.")
      return
    }
    let vectors = try zip(photos, seen).map { photo, seen in
      try photo.hasNeighbours ? seen.map { try features($0) } : nil
    }
    let (photos, digests) = (photos, digests)
    let found = pool.map(photos.count) { index -> Found? in
      vectors[index].map {
        Found($0, photos[index], digests[index], learnt, Self.nearCount, Self.classCount)
      }
    }
    let shown = Set(found.compactMap(\.self).flatMap(\.indices)).sorted()
    let maximumPixels = maximumPixels
    let pictures = pool.map(shown.count) {
      learnt.thumbnail(
        of: learnt.photos[shown[$0]], side: Self.nearSide, maximumPixels: maximumPixels)
    }
    let thumbnails = Dictionary(uniqueKeysWithValues: zip(shown, pictures))
    func near(_ neighbours: [NearestPhotos.Neighbour]) -> [NearPhoto] {
      neighbours.map {
        let photo = learnt.photos[$0.index]
        return NearPhoto(
          path: photo.path, class: learnt.name(of: photo), distance: Double($0.distance),
          thumbnail: thumbnails[$0.index] ?? nil)
      }
    }
    for (photo, found) in zip(photos, found) {
      guard let found else { continue }
      looks.photos[photo.path]?.nearest = near(found.nearest)
      looks.photos[photo.path]?.nearestByClass = found.byClass.map {
        ClassNeighbours(class: $0.label, nearest: near($0.nearest))
      }
    }
    looks.among = learnt.photos.count
    looks.learnt = learnt.learnt
    addNote(on: learnt)
  }

  private mutating func addNote(on learnt: LearntPhotos) {
    let all = learnt.photos.count == learnt.learnt
    let own = Set(digests.compactMap(\.self)).intersection(learnt.photos.map(\.digest)).count
    let gone =
      learnt.gone > 0
      ? "; \(learnt.gone) \(learnt.gone == 1 ? "is" : "are") not at hand any more" : ""
    looks.notes.append(
      "Most alike: the nearest of \(all ? "the" : "\(learnt.photos.count) of the") \(learnt.learnt.counted("photo")) that the"
        + " weights have learnt from\(gone). Numbers are Euclidean distances between what the last layer reads of two photos."
    )
    if own > 0 {
      looks.notes.append(
        "Pictures are of the final weights, which have learnt from \(own) of the \(photos.count.counted("photo")) shown, too."
      )
    }
  }
}

/// What was found beside a photo.
private struct Found: Sendable {
  let nearest: [NearestPhotos.Neighbour]
  let byClass: [(label: Int, nearest: [NearestPhotos.Neighbour])]

  init(
    _ vector: [Float], _ photo: ShownPhoto, _ digest: String?, _ learnt: LearntPhotos,
    _ count: Int, _ countOfClass: Int
  ) {
    nearest = photo.isMistake ? learnt.nearest(to: vector, count, besides: digest) : []
    byClass = photo.compared.map { label in
      (label, learnt.nearest(to: vector, countOfClass, besides: digest, of: label))
    }
  }

  var indices: [Int] { (nearest + byClass.flatMap(\.nearest)).map(\.index) }
}

extension PhotoEvidence {
  /// The view under the map.
  fileprivate var cover: Image { map.over(view, range: 0...max(map.range.upperBound, 0)) }
}

extension Image {
  /// A JPEG of at most so many pixels a side.
  func smallJPEG(_ side: Int) -> [UInt8]? {
    try? JPEG.encode(thumbnail(maxSide: side), quality: 75)
  }
}
