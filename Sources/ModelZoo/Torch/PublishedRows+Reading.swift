import ImagePipeline

/// Reading the tables of `PublishedRows`.
extension PublishedRows {
  /// The rows of timm's networks by their names, the preferred first.
  static let ofTimm: [String: [TimmRow]] = rows(timm, TimmRow.init(cells:))

  /// Those of torchvision's.
  static let ofTorchvision: [String: [TorchvisionRow]] = rows(
    torchvision, TorchvisionRow.init(cells:))

  /// Of text whose lines begin with the name of an architecture. The text is the program's own; tests read all
  /// of it.
  private static func rows<Row>(_ text: String, _ read: ([String]) -> Row?) -> [String: [Row]] {
    var rows: [String: [Row]] = [:]
    for line in text.split(separator: "\n") {
      let cells = line.split(separator: " ").map(String.init)
      guard cells.count > 1, let row = read(Array(cells.dropFirst())) else {
        preconditionFailure("'\(line)' is no row of the table")
      }
      rows[cells[0], default: []].append(row)
    }
    return rows
  }

  fileprivate static let statistics: [String: Preprocessing] = [
    "imagenet": .torch, "half": .half, "unit": .unit,
  ]

  fileprivate static let licences = [
    "apache": "Apache 2.0", "bsd": "BSD 3-Clause", "mit": "MIT", "nc": "CC BY-NC 4.0",
    "seer": "SEER licence, non-commercial", "unstated": "not stated",
  ]

  fileprivate static let origins = [
    "timm": "Ross Wightman, timm", "torchvision": "PyTorch, torchvision",
    "facebook": "Facebook AI Research", "google": "Google; converted by timm",
    "gluon": "Amazon, GluonCV; converted by timm", "paddle": "Baidu, PaddleClas; converted by timm",
    "miil": "Alibaba, MIIL", "bamboo": "Zhang et al., Bamboo",
  ]

  /// A share from a number of per cents, `nil` for a dash.
  fileprivate static func share(_ cell: String) -> Double? { Double(cell).map { $0 / 100 } }
}

extension Preprocessing {
  /// From −1 to 1, as PyTorch's people write it: (x / 255 − 1/2) / (1/2).
  static let half = Preprocessing(
    channelOrder: .rgb, divisor: 255, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
}

extension TimmRow {
  /// Of the cells behind the architecture.
  fileprivate init?(cells: [String]) {
    guard cells.count == 11, let size = Int(cells[1]), let crop = Double(cells[2]),
      let filter = Interpolation(rawValue: cells[3]), let mode = PhotoCut.Mode(rawValue: cells[4]),
      let preprocessing = PublishedRows.statistics[cells[7]],
      let licence = PublishedRows.licences[cells[8]], let origin = PublishedRows.origins[cells[9]]
    else { return nil }
    var test: (size: Int, crop: Double)?
    if let size = Int(cells[5]), let crop = Double(cells[6]) { test = (size, crop) }
    self.init(
      tag: cells[0], size: size, crop: crop, filter: filter, mode: mode, test: test,
      preprocessing: preprocessing, topOne: PublishedRows.share(cells[10]), licence: licence,
      origin: origin)
  }
}

extension TorchvisionRow {
  /// Of the cells behind the architecture.
  fileprivate init?(cells: [String]) {
    guard cells.count == 8, let size = Int(cells[2]), let resize = Int(cells[3]),
      let filter = Interpolation(rawValue: cells[4]),
      let preprocessing = PublishedRows.statistics[cells[5]],
      let licence = PublishedRows.licences[cells[6]]
    else { return nil }
    self.init(
      tag: cells[0], file: cells[1], size: size, resize: resize, filter: filter,
      preprocessing: preprocessing, topOne: PublishedRows.share(cells[7]), licence: licence)
  }
}
