import Evaluation
import Files
import Foundation
import ImagePipeline
import TensorKernels
import WeightFiles

/// The contact sheet of an inspected folder.
///
/// What it shows is bounded, so that the page of a large folder can still be opened: a few photos of
/// each class, evenly spread over their names, a few of each kind of problem, a few duplicates.
package struct InspectionSheet: Sendable {
  package var photos: Photos
  package var inspection: DataInspection
  /// How the photos are brought to the network's size.
  package var resize = ResizePolicy.crop
  /// Of the views.
  package var size: ImageSize = 224
  /// Photos are shown beside views that training with this would draw; `nil`: none.
  package var augmentation: Augmentation?
  package var seed: UInt64 = 0
  package var maximumPixels = 100_000_000
  /// The words for remedies within what findings mean.
  package var remedies: @Sendable (Remedy) -> String = { $0.description }

  package init(_ photos: Photos, _ inspection: DataInspection) {
    self.photos = photos
    self.inspection = inspection
  }

  private static let photoLimit = 480
  private static let photosPerClass = 12
  private static let problemLimit = 12
  private static let groupLimit = 12
  private static let groupPhotos = 6
  private static let viewRows = 24
  private static let viewRowsPerClass = 4
  private static let viewsPerPhoto = 7

  /// Reads the photos that are shown and makes the page.
  /// - Parameter progress: pictures made so far and in all; called on workers, one call at a time.
  package func make(
    pool: WorkerPool, progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> ContactSheet {
    let chosen = chosenPhotos
    let withViews = augmentation == nil ? [] : photosWithViews
    let groups = inspection.duplicates.prefix(Self.groupLimit).map {
      Array($0.prefix(Self.groupPhotos))
    }
    var requests: [String: PictureBook.Request] = [:]
    for path in (chosen + groups + [pathsOfFindings]).joined() { requests[path] = .init() }
    for path in withViews { requests[path] = .init(views: Self.viewsPerPhoto) }
    let book = PictureBook(
      root: photos.root, resize: resize, augmentation: augmentation ?? .none, size: size,
      seed: seed, maximumPixels: maximumPixels
    ).make(requests, pool: pool, progress: progress)

    var sheet = heading
    sheet.findings = inspection.problemsByKind.map { finding($0.kind, $0.problems, book) }
    sheet.duplicates = zip(groups, inspection.duplicates).enumerated().map { index, group in
      ContactSheet.Group(
        title: "Group \(index + 1)", detail: group.1.count.counted("photo"),
        pictures: group.0.map { picture($0, book) })
    }
    let all = inspection.duplicates.count
    sheet.duplicateNote =
      all > groups.count
      ? "Pictures that are the same or look so; the first \(groups.count) of \(all) groups."
      : "Pictures that are the same or look so."
    sheet.photos = zip(inspection.classes, chosen).filter { !$0.1.isEmpty }.map { row, paths in
      ContactSheet.Group(
        title: row.class.printable,
        detail: paths.count < row.images
          ? "\(paths.count) of \(row.images.counted("photo"))" : row.images.counted("photo"),
        pictures: paths.map { picture($0, book, marks: marks[$0] ?? []) })
    }
    sheet.photoNote =
      "Photos of each class, evenly spread over their names; upright and whole, as they were decoded."
    sheet.views = withViews.compactMap { path in
      guard let views = book[path]?.views, !views.isEmpty else { return nil }
      return ContactSheet.ViewRow(photo: picture(path, book), views: views)
    }
    sheet.viewNote = viewNote
    return sheet
  }

  private var viewNote: String {
    guard let augmentation else { return "" }
    let start =
      "The photo; the \(size.title) pixels of it that validation and predictions see, framed; and "
      + "what training with '\(augmentation.name)' sees"
    let end =
      augmentation.varies
      ? ", another view each time. What is lost in all of them cannot be learnt."
      : ", the same each time."
    return start + end
      + (augmentation.mixes ? " Training mixes such views with each other, too." : "")
  }

  // MARK: what is shown

  /// By class, paths of all splits evenly spread over their order.
  private var chosenPhotos: [[String]] {
    let perClass = max(
      1, min(Self.photosPerClass, Self.photoLimit / max(1, photos.classes.count)))
    return pathsByClass.enumerated().map { index, paths in
      index < Self.photoLimit ? Self.spread(paths, count: perClass) : []
    }
  }

  private var photosWithViews: [String] {
    let classes = pathsByClass.filter { !$0.isEmpty }
    guard !classes.isEmpty else { return [] }
    let perClass = max(1, min(Self.viewRowsPerClass, Self.viewRows / classes.count))
    return Self.spread(Array(classes.indices), count: Self.viewRows / perClass).flatMap {
      Self.spread(classes[$0], count: perClass)
    }
  }

  private var pathsByClass: [[String]] {
    var paths = [[String]](repeating: [], count: photos.classes.count)
    for photo in Split.allCases.flatMap({ photos[$0] }) {
      for label in photos.labelling.classes(of: photo.label) where paths.indices.contains(label) {
        paths[label].append(photo.path)
      }
    }
    return paths
  }

  private static func spread<Element>(_ elements: [Element], count: Int) -> [Element] {
    guard elements.count > count else { return elements }
    return (0..<count).map { elements[$0 * elements.count / count] }
  }

  /// What is wrong with photos that are used, in few words.
  private var marks: [String: [String]] {
    inspection.problems.reduce(into: [:]) { $0[$1.path, default: []].append($1.kind.title) }
  }

  private var usedPaths: Set<String> {
    Set(Split.allCases.flatMap { photos[$0].map(\.path) })
  }

  private var pathsOfFindings: [String] {
    let used = usedPaths
    return inspection.problemsByKind.flatMap { _, problems in
      problems.map(\.path).filter(used.contains).prefix(Self.problemLimit)
    }
  }

  private func finding(
    _ kind: PhotoProblem.Kind, _ problems: [PhotoProblem], _ book: [String: PictureBook.Entry]
  ) -> ContactSheet.Finding {
    let used = usedPaths
    let pictures = problems.filter { used.contains($0.path) }.prefix(Self.problemLimit)
    let lines = problems.filter { !used.contains($0.path) }.prefix(Self.problemLimit)
    return ContactSheet.Finding(
      title: "\(kind.title): \(problems.count)", meaning: kind.meaning.text(remedies),
      isLoss: kind.leavesOut,
      pictures: pictures.map { problem in
        ContactSheet.Picture(
          path: problem.path.printable, detail: problem.detail.printable,
          jpeg: book[problem.path]?.thumbnail)
      },
      lines: lines.map { ($0.path.printable, $0.detail.printable) },
      moreCount: problems.count - pictures.count - lines.count)
  }

  private func picture(
    _ path: String, _ book: [String: PictureBook.Entry], marks: [String] = []
  ) -> ContactSheet.Picture {
    ContactSheet.Picture(
      path: path.printable, detail: photos.facts[path].map { "\($0.width) × \($0.height)" },
      marks: marks, jpeg: book[path]?.thumbnail)
  }
}

extension InspectionSheet {
  /// Everything but pictures.
  private var heading: ContactSheet {
    let totals = inspection.totals
    var sheet = ContactSheet(
      title: inspection.data.printable, headline: "\(totals.used)",
      summary:
        "photos of \(inspection.classes.count) classes can be used; \(totals.found) paths found = "
        + "\(totals.used) used + \(totals.leftOut) left out + \(totals.ignored) ignored",
      warning: totals.leftOut == 0
        ? nil
        : "\(totals.leftOut.counted("photo")) cannot be used: see the findings below.")
    sheet.figures = figures
    sheet.splitNames = inspection.splits.count > 1 ? inspection.splits : []
    let most = Double(max(1, inspection.classes.map(\.images).max() ?? 1))
    sheet.classes = inspection.classes.map { row in
      ContactSheet.Row(
        name: row.class.printable, value: "\(row.images)",
        parts: sheet.splitNames.map { "\(row.splits[$0] ?? 0)" },
        share: Double(row.images) / most)
    }
    let largest = Double(max(1, inspection.sizes.map(\.images).max() ?? 1))
    sheet.sizes = inspection.sizes.map {
      ContactSheet.Row(
        name: $0.title, value: "\($0.images)", share: Double($0.images) / largest)
    }
    sheet.facts = facts
    return sheet
  }

  private var figures: [(name: String, value: String, meaning: String)] {
    let facts = photos.facts.values.sorted { $0.width * $0.height < $1.width * $1.height }
    var figures: [(name: String, value: String, meaning: String)] = []
    if let smallest = facts.first, let largest = facts.last {
      func size(_ facts: PhotoFacts) -> String { "\(facts.width) × \(facts.height)" }
      figures = [
        ("Typical size", size(facts[facts.count / 2]), "half of the photos have fewer pixels"),
        ("Smallest", size(smallest), "in pixels"), ("Largest", size(largest), "in pixels"),
        (
          "On disk", Self.size(bytes: facts.reduce(0) { $0 + $1.byteCount }), "all usable photos"
        ),
      ]
    }
    if let estimate = inspection.estimate {
      figures.append(
        (
          "Training", "≈ " + estimate.seconds.secondsInWords(),
          "\(estimate.base), plan '\(estimate.plan)', this machine"
        ))
    }
    return figures
  }

  private static func size(bytes: Int) -> String {
    bytes < 1_000_000
      ? String(format: "%.1f kB", Double(bytes) / 1e3)
      : bytes < 1_000_000_000
        ? String(format: "%.1f MB", Double(bytes) / 1e6)
        : String(format: "%.1f GB", Double(bytes) / 1e9)
  }

  private var facts: [(name: String, value: String)] {
    var facts = [("Photos", inspection.data.printable)]
    if let augmentation {
      facts += [
        ("Views", "\(size.title) pixels, '\(resize.rawValue)'"),
        ("Augmentation", augmentation.name), ("Seed", "\(seed)"),
      ]
    }
    facts += Toolkit.versions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return facts.map { (name: $0.0, value: $0.1) }
  }
}

extension ContactSheet {
  /// Writes the page beside its name and moves it into place.
  /// - Throws: `FileError` `.cannotCreate` or `.inputOutput`; `EvaluationError`.
  package func write(to file: URL) throws {
    try AtomicFile.write(Array(html().utf8), to: file)
  }
}
