import Foundation

extension TrainingEvent {
  /// How the gradients of a step are distributed, before clipping.
  public struct Gradients: Codable, Hashable, Sendable {
    /// The phase, from 0.
    public var phase: Int
    /// From 1.
    public var epoch: Int
    /// From 1, within the epoch.
    public var step: Int
    /// One for each parameter that learns, in the network's order.
    public var parameters: [Parameter]

    /// The gradient of one parameter.
    public struct Parameter: Codable, Hashable, Sendable {
      /// The parameter's name, for example `conv1_conv/kernel`.
      public var name: String
      /// The distribution of the gradient's values.
      public var histogram: Histogram

      package init(name: String, histogram: Histogram) {
        self.name = name
        self.histogram = histogram
      }
    }

    package init(phase: Int, epoch: Int, step: Int, parameters: [Parameter]) {
      self.phase = phase
      self.epoch = epoch
      self.step = step
      self.parameters = parameters
    }
  }

  /// What the network sees of the first photos of a phase, side by side.
  public struct Views: Codable, Hashable, Sendable {
    /// The phase, from 0.
    public var phase: Int
    /// In pixels.
    public var width: Int
    /// In pixels.
    public var height: Int
    /// A JPEG file.
    public var jpeg: Data

    package init(phase: Int, width: Int, height: Int, jpeg: Data) {
      self.phase = phase
      self.width = width
      self.height = height
      self.jpeg = jpeg
    }
  }

  /// Whether only TensorBoard can show it: pictures and histograms, too large for a line of text.
  package var isForBoardOnly: Bool {
    switch self {
    case .gradients, .views: true
    default: false
    }
  }
}
