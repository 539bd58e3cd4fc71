import Files
import Foundation
import ImagePipeline

/// Photos, and beside each those that a network takes for the most alike.
package struct NeighbourReport: Sendable, Encodable {
  /// One photo.
  package struct Photo: Hashable, Sendable, Encodable {
    package let path: String
    /// `nil` where it has none.
    package let `class`: String?
  }

  /// A photo that was found.
  package struct Found: Hashable, Sendable, Encodable {
    package let path: String
    package let `class`: String?
    /// Euclidean.
    package let distance: Float
  }

  /// What was found for one photo, the nearest first.
  package struct Row: Hashable, Sendable, Encodable {
    package let path: String
    package let `class`: String?
    package let neighbours: [Found]
  }

  package let rows: [Row]
  /// The share of the neighbours that are of the photo's class, `0...1`; `nil` where classes are not known.
  package let sameClass: Double?
  /// The share that photos drawn at random would have.
  package let chance: Double?
  package let skipped: [SkippedPhoto]
  /// What a user should know of the network.
  package let advice: [Sentence]

  private enum CodingKeys: String, CodingKey {
    case rows = "photos"
    case sameClass, chance, skipped
  }

  init(
    _ questions: VectorSet, among reference: VectorSet, count: Int, advice: [Sentence]
  ) {
    self.advice = advice
    skipped = questions.skipped + reference.skipped
    let search = NearestPhotos(dimension: reference.dimension, vectors: reference.values)
    let files = reference.photos.map { realPath($0.path) ?? $0.path }
    var (same, random, rated) = (0.0, 0.0, 0)
    rows = questions.photos.enumerated().map { index, photo in
      let own = realPath(photo.path) ?? photo.path
      let found = search.nearest(to: questions.vector(index), limit: count) { files[$0] == own }
      if let name = photo.class, !found.isEmpty {
        let others = reference.photos.indices.filter { files[$0] != own }
        let alike = others.count { reference.photos[$0].class == name }
        random += Double(alike) / Double(others.count)
        same +=
          Double(found.count { reference.photos[$0.index].class == name }) / Double(found.count)
        rated += 1
      }
      return Row(
        path: photo.path, class: photo.class,
        neighbours: found.map {
          let photo = reference.photos[$0.index]
          return Found(path: photo.path, class: photo.class, distance: $0.distance)
        })
    }
    sameClass = rated > 0 ? same / Double(rated) : nil
    chance = rated > 0 ? random / Double(rated) : nil
  }

  /// The photos with their neighbours beside them, a row for each.
  /// - Parameters:
  ///   - limit: the most rows.
  ///   - side: of the squares that the photos fit in, in pixels.
  /// - Throws: `ImageError` when a photo cannot be read any more.
  package func picture(limit: Int = 12, side: Int = 112) throws -> Image {
    let shown = rows.prefix(max(1, limit))
    let columns = (shown.map(\.neighbours.count).max() ?? 0) + 1
    let blank = Image(
      width: side, height: side, pixels: [UInt8](repeating: 255, count: side * side * 3))
    var tiles: [Image] = []
    for row in shown {
      let paths = [row.path] + row.neighbours.map(\.path)
      tiles += try paths.map {
        try Image(thumbnailOf: URL(filePath: $0), maxSide: side)
      }
      tiles += [Image](repeating: blank, count: columns - paths.count)
    }
    return PictureGrid(tiles, columns: columns).image
  }
}
