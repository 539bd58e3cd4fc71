import Foundation

extension RateFinder {
  /// The test as an SVG picture: losses over the logarithm of the rate, each step a dot, the smoothed
  /// loss a line, the suggestion a dashed one.
  package func plot(title: String = "Learning-rate range test") -> String {
    RatePlot(self, title: title).svg
  }
}

/// Lays the picture out.
private struct RatePlot {
  private let finder: RateFinder
  private let title: String
  private let width = 720.0
  private let height = 420.0
  private let left = 64.0
  private let right = 24.0
  private let top = 44.0
  private let bottom = 52.0
  private let lowestLoss: Double
  private let highestLoss: Double

  init(_ finder: RateFinder, title: String) {
    self.finder = finder
    self.title = title
    let smoothed = finder.points.map(\.smoothed)
    let low = smoothed.min() ?? 0
    let high = smoothed.max() ?? 1
    let margin = max(high - low, 1e-3) * 0.1
    lowestLoss = low - margin
    highestLoss = high + margin
  }

  var svg: String {
    var lines = [
      #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(Int(width)) \#(Int(height))" "#
        + #"font-family="sans-serif" font-size="12" fill="rgb(34,34,34)">"#,
      #"<rect width="100%" height="100%" fill="rgb(255,255,255)"/>"#,
      #"<text x="\#(text(left))" y="24" font-size="15">\#(escaped(title))</text>"#,
    ]
    lines += grid
    lines += finder.points.filter { lowestLoss...highestLoss ~= $0.loss }.map {
      #"<circle cx="\#(text(x($0.rate)))" cy="\#(text(y($0.loss)))" r="2" fill="rgb(157,184,210)"/>"#
    }
    let path = finder.points.map { "\(text(x($0.rate))),\(text(y($0.smoothed)))" }
    lines.append(
      #"<polyline points="\#(path.joined(separator: " "))" fill="none" stroke="rgb(31,95,153)" "#
        + #"stroke-width="2"/>"#)
    if let suggestion = finder.suggestion {
      let place = text(x(suggestion.rate))
      lines.append(
        #"<line x1="\#(place)" x2="\#(place)" y1="\#(text(top))" y2="\#(text(height - bottom))" "#
          + #"stroke="rgb(179,64,31)" stroke-dasharray="5 4"/>"#)
      lines.append(
        #"<text x="\#(place)" y="\#(text(top - 4))" text-anchor="middle" fill="rgb(179,64,31)">"#
          + "\(suggestion.rate.short)</text>")
    }
    lines.append("</svg>")
    return lines.joined(separator: "\n") + "\n"
  }

  private var grid: [String] {
    var lines: [String] = []
    let floor = height - bottom
    for power in Int(log10(finder.lowest).rounded(.down))...Int(log10(finder.highest).rounded(.up))
    {
      let rate = pow(10, Double(power))
      guard rate >= finder.lowest * 0.999, rate <= finder.highest * 1.001 else { continue }
      let place = text(x(rate))
      lines.append(
        #"<line x1="\#(place)" x2="\#(place)" y1="\#(text(top))" y2="\#(text(floor))" "#
          + #"stroke="rgb(228,228,228)"/>"#)
      lines.append(
        #"<text x="\#(place)" y="\#(text(floor + 18))" text-anchor="middle">\#(rate.short)</text>"#)
    }
    for part in 0...4 {
      let loss = lowestLoss + (highestLoss - lowestLoss) * Double(part) / 4
      let place = text(y(loss))
      lines.append(
        #"<line x1="\#(text(left))" x2="\#(text(width - right))" y1="\#(place)" y2="\#(place)" "#
          + #"stroke="rgb(228,228,228)"/>"#)
      lines.append(
        #"<text x="\#(text(left - 8))" y="\#(text(y(loss) + 4))" text-anchor="end">"#
          + "\(loss.short)</text>")
    }
    lines.append(
      #"<text x="\#(text((left + width - right) / 2))" y="\#(text(height - 12))" "#
        + #"text-anchor="middle">learning rate</text>"#)
    lines.append(
      #"<text x="16" y="\#(text((top + floor) / 2))" text-anchor="middle" "#
        + #"transform="rotate(-90 16 \#(text((top + floor) / 2)))">loss</text>"#)
    return lines
  }

  private func x(_ rate: Double) -> Double {
    let share = log(rate / finder.lowest) / log(finder.highest / finder.lowest)
    return left + (width - left - right) * share
  }

  private func y(_ loss: Double) -> Double {
    let share = (loss - lowestLoss) / (highestLoss - lowestLoss)
    return height - bottom - (height - top - bottom) * share
  }

  private func text(_ number: Double) -> String { String(format: "%.1f", number) }

  private func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
  }
}
