extension PhotoFacts {
  /// What is peculiar about a photo that can be used.
  func problems(of path: String) -> [PhotoProblem] {
    var found: [PhotoProblem] = []
    func add(_ kind: PhotoProblem.Kind, _ detail: String) {
      found.append(PhotoProblem(kind, path: path, detail))
    }
    if let name = pathExtension(path), ImageFormat.extensions.contains(name),
      !format.extensions.contains(name)
    {
      add(.wrongExtension, "named .\(name), but a \(format.name); read as what it is")
    }
    if colour == .cmyk || colour == .ycck {
      add(.cmyk, "stored in printing colours (\(colour.rawValue.uppercased())), converted to RGB")
    }
    if orientation != 1 {
      add(.rotated, "EXIF orientation \(orientation), turned upright")
    }
    let (shorter, longer) = (min(width, height), max(width, height))
    if shorter < PhotoLimits.smallestSide {
      add(
        .tiny,
        "\(width) × \(height) pixels; its shorter side has fewer than \(PhotoLimits.smallestSide)")
    }
    if longer > PhotoLimits.largestAspect * shorter {
      add(
        .extremeAspect,
        "\(width) × \(height) pixels, longer than \(PhotoLimits.largestAspect) to 1; most of it is cut "
          + "off or squeezed")
    }
    if !warnings.isEmpty { add(.decoderWarning, warnings.joined(separator: "; ")) }
    return found
  }
}
