import Evaluation
import Files
import Foundation
import ImagePipeline
import TensorKernels

/// A page of photos that a classifier has answered for: by class, the surest first. Where classes do not exclude one
/// another, a photo is under each class that is named. One that no class is named of, or that the classifier is too unsure
/// of to answer, is under a heading of its own.
///
/// It takes answers one after the other and keeps few of each class, so that the page of any number of photos is
/// made in bounded memory and can still be opened.
package struct PredictionSheet: Sendable {
  private static let photoLimit = 960
  private static let failureLimit = 48
  /// Of the classes that are named beside one.
  private static let othersLimit = 3

  private let classifier: Classifier
  private let subject: String
  private let views: Int
  private let limit: Double?
  /// By the place of the class among the labels; behind the last, photos that no class is named of.
  private var classes: [Int: AnswersOfClass] = [:]
  private var photoCount = 0
  private var bands = ConfidenceBand.all.map { (band: $0, images: 0) }
  private var failures: [(path: String, reason: String)] = []
  private var failureCount = 0

  /// - Parameters:
  ///   - classifier: who answers.
  ///   - subject: how the user named it.
  ///   - views: of each photo that answers are means over.
  ///   - limit: answers of a lower probability are not given; `nil`: all are.
  package init(
    _ classifier: Classifier, named subject: String, views: Int = 1, limit: Double? = nil
  ) {
    self.classifier = classifier
    self.subject = subject
    self.views = views
    self.limit = limit
  }

  /// Takes what is known of a photo.
  package mutating func add(_ path: String, _ outcome: Result<Prediction, ImageError>) {
    switch outcome {
    case .success(let prediction):
      photoCount += 1
      for (index, answer) in answers(path, prediction) {
        classes[index, default: AnswersOfClass()].add(answer)
      }
      let best = prediction.best
      if let band = bands.firstIndex(where: { best.probability < $0.band.below }) {
        bands[band].images += 1
      }
    case .failure(let error):
      failureCount += 1
      if failures.count < Self.failureLimit { failures.append((path, error.message)) }
    }
  }

  /// The headings that a photo is shown under, by their places.
  private func answers(
    _ path: String, _ prediction: Prediction
  ) -> [(index: Int, answer: AnswersOfClass.Answer)] {
    guard let named = prediction.named else {
      let top = prediction.top(2)
      if let limit, prediction.isLessSure(than: limit) {
        let detail = top.map(\.title).joined(separator: "; ")
        return [(placeOfNone, .init(path, top[0].probability, detail))]
      }
      return top.prefix(1).map {
        ($0.index, .init(path, $0.probability, others: Array(top.dropFirst())))
      }
    }
    guard !named.isEmpty else {
      // The less probable the most probable class is, the surer it is that there is none.
      let best = prediction.best
      return [(placeOfNone, .init(path, 1 - best.probability, "at most \(best.title)"))]
    }
    return named.map { own in
      let others = named.filter { $0.index != own.index }.prefix(Self.othersLimit)
      return (own.index, .init(path, own.probability, others: Array(others)))
    }
  }

  private var isMultiLabel: Bool { classifier.thresholds != nil }

  private var placeOfNone: Int { classifier.labels.count }

  private func title(_ index: Int) -> String {
    guard index == placeOfNone else { return classifier.labels[index].printable }
    return isMultiLabel ? "none of the classes" : "unsure"
  }

  /// Reads the photos that are shown and makes the page.
  /// - Parameters:
  ///   - root: what relative paths are relative to.
  ///   - maximumPixels: larger photos are not decoded.
  ///   - progress: pictures made so far and in all; called on workers, one call at a time.
  package func make(
    below root: URL = URL(filePath: "."), maximumPixels: Int = 100_000_000, pool: WorkerPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> ContactSheet {
    let shown = shown
    let paths = shown.flatMap { $0.answers.map(\.path) }
    let book = PictureBook(
      root: root, resize: classifier.resize, augmentation: .none, size: classifier.imageSize,
      seed: 0, maximumPixels: maximumPixels
    ).make(
      Dictionary(paths.map { ($0, .init()) }, uniquingKeysWith: { first, _ in first }),
      pool: pool, progress: progress)
    var sheet = heading
    sheet.photos = shown.map { index, answers in
      ContactSheet.Group(
        title: title(index), detail: detail(index, shown: answers.count),
        pictures: answers.map { $0.picture(book[$0.path]?.thumbnail) })
    }
    sheet.photoNote =
      isMultiLabel
      ? "By the classes that are named, a photo under each of its own, the surest first; with each photo the "
        + "probability of this class, and of others that are named."
      : "By the class that was answered, the surest first; with each photo the probability of this class, and of "
        + "the next one."
    return sheet
  }

  /// The classes that were answered, in the order of the labels, with photos of each: of those with the most
  /// photos where there are too many classes.
  private var shown: [(index: Int, answers: [AnswersOfClass.Answer])] {
    let most = classes.sorted {
      $0.value.count != $1.value.count ? $0.value.count > $1.value.count : $0.key < $1.key
    }.prefix(Self.photoLimit / 2)
    let each = max(2, min(AnswersOfClass.limit, Self.photoLimit / max(1, most.count)))
    return most.map { ($0.key, $0.value.extremes(each)) }.sorted { $0.index < $1.index }
  }

  private func detail(_ index: Int, shown: Int) -> String {
    let count = classes[index]?.count ?? 0
    return shown == count
      ? count.counted("photo")
      : "the \(shown - shown / 2) surest and the \(shown / 2) least sure of \(count) photos"
  }
}

extension PredictionSheet {
  /// Everything but pictures.
  private var heading: ContactSheet {
    let classCount = classes.keys.count { $0 != placeOfNone }
    var sheet = ContactSheet(
      title: subject.printable, headline: "\(photoCount)",
      summary: (photoCount == 1 ? "photo in" : "photos in")
        + " \(classCount) of \(classifier.labels.count.counted("class"))",
      warning: failureCount == 0
        ? nil : "\(failureCount.counted("photo")) cannot be read: see below.")
    sheet.words = isMultiLabel ? .answersOfSets : .answers
    sheet.splitNames = ["Mean probability"]
    let most = Double(classes.values.map(\.count).max() ?? 1)
    sheet.classes = classes.sorted { $0.key < $1.key }.map { index, answers in
      ContactSheet.Row(
        name: title(index), value: "\(answers.count)",
        parts: [index == placeOfNone ? "–" : percent(answers.mean)],
        share: Double(answers.count) / most)
    }
    let largest = Double(max(1, bands.map(\.images).max() ?? 1))
    sheet.sizes = bands.map {
      ContactSheet.Row(
        name: $0.band.title, value: "\($0.images)", share: Double($0.images) / largest)
    }
    sheet.findings = findings
    sheet.facts = facts
    return sheet
  }

  private var findings: [ContactSheet.Finding] {
    guard failureCount > 0 else { return [] }
    return [
      ContactSheet.Finding(
        title: "Cannot be read: \(failureCount)", meaning: "There is no answer for them.",
        isLoss: true, pictures: [],
        lines: failures.map { ($0.path.printable, $0.reason.printable) },
        moreCount: failureCount - failures.count)
    ]
  }

  private var facts: [(name: String, value: String)] {
    let provenance = classifier.provenance
    let known: [(String, String?)] = [
      ("Classifier", subject.printable), ("Base", provenance.base.printable),
      ("Weights", provenance.weightsDigest),
      (
        "Photos are shown to it",
        "\(classifier.imageSize.title) pixels, '\(classifier.resize.rawValue)'"
      ),
      ("Views of each photo", views == 1 ? nil : "\(views)"),
      ("Answers are given from", limit.map(percent)),
    ]
    return known.compactMap { name, value in value.map { (name: name, value: $0) } }
      + provenance.versions.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }
}

/// How likely an answer is, up to a bound.
private struct ConfidenceBand: Sendable {
  let title: String
  let below: Float

  static let all = [
    ConfidenceBand(title: "under 50%", below: 0.5),
    ConfidenceBand(title: "50 to 70%", below: 0.7),
    ConfidenceBand(title: "70 to 90%", below: 0.9),
    ConfidenceBand(title: "90 to 99%", below: 0.99),
    ConfidenceBand(title: "99% and more", below: .infinity),
  ]
}

/// The photos that got one class for an answer: how many, and the surest and the least sure of them.
private struct AnswersOfClass: Sendable {
  struct Answer: Sendable {
    let path: String
    /// How sure the answer is, `0...1`.
    let probability: Float
    /// What is written below the photo.
    let detail: String

    init(_ path: String, _ probability: Float, _ detail: String) {
      self.path = path
      self.probability = probability
      self.detail = detail
    }

    /// - Parameter others: classes to be told beside.
    init(_ path: String, _ probability: Float, others: [Prediction.Answer]) {
      let parts = [percent(Double(probability))] + others.map(\.title)
      self.init(path, probability, parts.joined(separator: "; "))
    }

    func picture(_ jpeg: [UInt8]?) -> ContactSheet.Picture {
      ContactSheet.Picture(path: path.printable, detail: detail, jpeg: jpeg)
    }
  }

  /// How many photos of each kind are kept.
  static let limit = 24

  private(set) var count = 0
  private var sum = 0.0
  /// The surest first.
  private var surest: [Answer] = []
  /// The least sure first.
  private var leastSure: [Answer] = []

  var mean: Double { count > 0 ? sum / Double(count) : 0 }

  mutating func add(_ answer: Answer) {
    count += 1
    sum += Double(answer.probability)
    Self.insert(answer, into: &surest) { $0.probability > $1.probability }
    Self.insert(answer, into: &leastSure) { $0.probability < $1.probability }
  }

  /// All photos, or the surest and the least sure, the surest first.
  /// - Parameter limit: of their number, at most `Self.limit`.
  func extremes(_ limit: Int) -> [Answer] {
    guard count > limit else { return surest }
    return surest.prefix(limit - limit / 2) + leastSure.prefix(limit / 2).reversed()
  }

  /// Equal ones keep the order in which they came.
  private static func insert(
    _ answer: Answer, into answers: inout [Answer], _ precedes: (Answer, Answer) -> Bool
  ) {
    let place = answers.firstIndex { precedes(answer, $0) } ?? answers.endIndex
    guard place < limit else { return }
    answers.insert(answer, at: place)
    if answers.count > limit { answers.removeLast() }
  }
}

extension Prediction.Answer {
  /// The class and its probability.
  fileprivate var title: String { "\(label.printable) \(percent(Double(probability)))" }
}
