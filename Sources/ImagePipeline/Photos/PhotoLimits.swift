/// From where on something about a photo or a folder is a problem.
package enum PhotoLimits {
  /// Pixels: a photo whose shorter side is less is `.tiny`. Most networks reduce by 32: such a photo
  /// has less than one position of its own on their last maps.
  package static let smallestSide = 32
  /// A photo whose longer side is more than so many times its shorter one is of `.extremeAspect`: the
  /// square in its middle shows less than a quarter of it.
  package static let largestAspect = 4
  /// A class with fewer photos to train on is a `.smallClass`.
  package static let fewestPhotos = 10
  /// A class with more than so many times the photos of another is an `.imbalance`.
  package static let largestImbalance = 10
  /// Coarse bits: fingerprints of pictures that look the same differ in at most so many of 64. Copies of 1356 photos at
  /// seven sizes and qualities stay within it.
  package static let nearDuplicateDistance = 6
  /// Fine bits, of 192, likewise. Copies of 240 photos, smaller, brighter and compressed harder, differ in at most 28; the 15
  /// pairs of 3028 photos that are within `nearDuplicateDistance` by chance in at least 50: microscope pictures that lie askew
  /// on black have the same large forms, whatever is on them.
  package static let nearDuplicateFineDistance = 40
}
