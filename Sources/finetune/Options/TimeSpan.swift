import ArgumentParser
import TransferLearning

/// A time as `30s`, `5m`, `1h30m` or `2h`; without a unit, seconds. At most a year.
struct TimeSpan: ExpressibleByArgument, Hashable {
  let seconds: Double

  init?(argument: String) {
    var seconds = 0.0
    var digits = ""
    for character in argument {
      if character.isASCII && character.isNumber || character == "." {
        digits.append(character)
        continue
      }
      guard let number = Double(digits), let unit = ["s": 1.0, "m": 60, "h": 3600][character]
      else { return nil }
      seconds += number * unit
      digits = ""
    }
    if !digits.isEmpty {
      guard let number = Double(digits) else { return nil }
      seconds += number
    }
    guard seconds > 0, seconds <= FineTuningJob.longestTime else { return nil }
    self.seconds = seconds
  }
}
