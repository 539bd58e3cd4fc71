import Foundation

extension BoardSummary.Value {
  /// A number of a curve.
  static func scalar(_ tag: String, _ value: Double) -> Self {
    .with {
      $0.tag = tag
      $0.simpleValue = Float(value)
    }
  }

  /// Markdown.
  static func text(_ tag: String, _ text: String) -> Self {
    .with {
      $0.tag = tag
      $0.tensor = .with {
        $0.kind = .string
        $0.shape = .with { $0.dimension = [.with { $0.size = 1 }] }
        $0.stringValue = [Data(text.utf8)]
      }
      $0.metadata = .with { $0.plugin = .with { $0.name = "text" } }
    }
  }

  static func image(_ tag: String, _ views: TrainingEvent.Views) -> Self {
    .with {
      $0.tag = tag
      $0.image = .with {
        $0.width = Int32(clamping: views.width)
        $0.height = Int32(clamping: views.height)
        $0.colorspace = 3
        $0.encoded = views.jpeg
      }
    }
  }

  static func histogram(_ tag: String, _ values: Histogram) -> Self {
    .with {
      $0.tag = tag
      $0.histogram = .with {
        $0.minimum = values.minimum
        $0.maximum = values.maximum
        $0.count = Double(values.count)
        $0.sum = values.sum
        $0.sumOfSquares = values.sumOfSquares
        $0.bucketLimit = values.limits
        $0.bucket = values.counts.map(Double.init)
      }
    }
  }
}
