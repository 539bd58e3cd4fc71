/// Which row of features each photo of a run has, by its place in the run's list.
struct FeatureTable {
  private(set) var matrix: FeatureMatrix
  private var rows: [Int: Int] = [:]

  init(dimension: Int) { matrix = FeatureMatrix(dimension: dimension) }

  func has(_ photo: Int) -> Bool { rows[photo] != nil }

  /// Adds the rows of some photos.
  mutating func add(_ photos: [(photo: Int, row: Int)], of other: FeatureMatrix) {
    let first = matrix.rows
    matrix.append(other.selecting(photos.map(\.row)))
    for (position, entry) in photos.enumerated() { rows[entry.photo] = first + position }
  }

  /// Adds all rows of another table.
  mutating func add(_ other: FeatureTable) {
    add(other.rows.sorted { $0.value < $1.value }.map { ($0.key, $0.value) }, of: other.matrix)
  }

  /// The features of some photos, and which photos the rows are: those that have features.
  func matrix(of photos: [Int]) -> (FeatureMatrix, [Int]) {
    let present = photos.filter(has)
    return (matrix.selecting(present.compactMap { rows[$0] }), present)
  }
}

/// Features that are being computed: in the file that the cache will have of them, or in memory.
final class FreshFeatures {
  private let known: FeatureTable
  private let rows: FeatureRows
  private let draft: FeatureFile.Draft?
  private var rowOfDigest: [String: Int] = [:]
  /// The photos and their rows, in the order in which they came.
  private(set) var photos: [(photo: Int, row: Int)] = []

  /// - Parameters:
  ///   - known: of photos that need no other.
  ///   - capacity: of photos, where there is no file.
  init(beside known: FeatureTable, in draft: FeatureFile.Draft?, capacity: Int) {
    self.known = known
    self.draft = draft
    rows = draft?.rows ?? FeatureRows(dimension: known.matrix.dimension, capacity: capacity)
  }

  /// Takes the features of a photo, unless they are known.
  /// - Parameter digest: of its bytes, where equal photos have equal features.
  func add(_ photo: Int, digest: String?, _ values: UnsafePointer<Float>) {
    guard !known.has(photo) else { return }
    if let digest, let row = rowOfDigest[digest] {
      photos.append((photo, row))
      return
    }
    let row = rows.count
    if let draft, let digest { draft.add(digest, values) } else { rows.append(values) }
    if let digest { rowOfDigest[digest] = row }
    photos.append((photo, row))
  }

  /// What was known, and what has come.
  var table: FeatureTable {
    var table = known
    table.add(photos, of: rows.matrix)
    return table
  }

  /// The values of the photos, row by row.
  var values: [Float] {
    let matrix = rows.matrix
    return photos.flatMap { matrix[$0.row] }
  }

  /// Leaves what has come to the cache.
  /// - Throws: `RunError`. The rows are there nevertheless.
  func finish() throws(RunError) { try draft?.finish() }
}
