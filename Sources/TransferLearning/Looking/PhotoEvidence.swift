import ImagePipeline

/// Which parts of a photo speak for one of a classifier's labels.
public struct PhotoEvidence: Sendable {
  /// The photo as the network saw it.
  public let view: Image
  /// The larger a number, the more the cell speaks for the label; what is below 0 speaks against it.
  public let map: HeatMap
  /// The label that the map is for, and its probability.
  public let answer: Prediction.Answer

  /// The view, and beside it the view under the map; small ones are enlarged.
  ///
  /// The darkest colour stands for 0 and less, the brightest for the map's largest number.
  /// - Parameter opacity: how much of each pixel's colour is the map's, `0...1`.
  public func picture(opacity: Float = 0.5) -> Image {
    let factor = max(1, 224 / max(view.width, view.height))
    let large = view.magnified(factor)
    let cover = map.over(large, range: 0...max(map.range.upperBound, 0), opacity: opacity)
    return PictureGrid([large, cover], columns: 2).image
  }
}
