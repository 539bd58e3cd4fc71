import Evaluation
import Glibc
import ImagePipeline
import NeuralNetworks

/// How logits become probabilities and what they cost: by a softmax where classes exclude one another, by a sigmoid
/// of each where a photo has any number of them.
package struct Likelihood: Hashable, Sendable {
  package let labelling: Labelling
  /// What a loss is divided by to be told: it is the mean over so many decisions. One where classes exclude one
  /// another, else one for each class.
  package let decisions: Int

  package init(_ labelling: Labelling, classes: Int) {
    self.labelling = labelling
    decisions = labelling.isMultiLabel ? max(1, classes) : 1
  }

  /// Classes that exclude one another.
  package static let exclusive = Likelihood(.exclusive, classes: 1)

  /// Replaces logits by probabilities.
  /// - Returns: −log of the probability of what a label says, of all its decisions together.
  @discardableResult
  func apply(to row: UnsafeMutableBufferPointer<Float>, label: Int) -> Double {
    guard case .sets(let sets) = labelling else { return Double(softmax(row, label: label)) }
    let set = sets[label]
    var loss = 0.0
    var place = 0
    for unit in row.indices {
      let logit = row[unit]
      let (probability, tail) = logistic(logit)
      row[unit] = probability
      let isTrue = place < set.count && set[place] == unit
      if isTrue { place += 1 }
      // log(1 + exp(∓logit)), without a difference of large numbers.
      loss += Double(max(isTrue ? -logit : logit, 0) + tail)
    }
    return loss
  }

  /// Takes the target of a label from probabilities: what is left is the loss's gradient by the logits.
  func subtractTarget(of label: Int, from row: UnsafeMutableBufferPointer<Float>) {
    guard case .sets(let sets) = labelling else {
      row[label] -= 1
      return
    }
    for unit in sets[label] { row[unit] -= 1 }
  }

  /// What probabilities cost: −ln of that of a label's class, or the mean over all classes of that of what is true.
  func cost(of probabilities: UnsafeMutableBufferPointer<Float>, label: Int) -> Double {
    guard case .sets(let sets) = labelling else {
      return Temperature.none.loss(probabilities, label: label)
    }
    let set = Set(sets[label])
    return probabilities.enumerated().reduce(0) { sum, next in
      let probability = Double(set.contains(next.offset) ? next.element : 1 - next.element)
      return sum - log(max(probability, .ulpOfOne))
    } / Double(decisions)
  }

  /// Whether logits name exactly what a label says: its class, or of all classes those above one half.
  /// - Parameter limit: from which on a class is named: 0 for logits, one half for probabilities.
  func isHit(_ logits: UnsafeMutableBufferPointer<Float>, label: Int, from limit: Float = 0) -> Bool
  {
    guard case .sets(let sets) = labelling else { return logits.firstLargest == label }
    var named = sets[label].makeIterator()
    var next = named.next()
    for unit in logits.indices {
      let isTrue = next == unit
      guard (logits[unit] >= limit) == isTrue else { return false }
      if isTrue { next = named.next() }
    }
    return true
  }

  /// The loss of a phase of steps on a batch.
  func loss(
    of targets: [MixedLabel], smoothing: Float, classWeights: [Float]
  ) -> any Loss {
    guard case .sets(let sets) = labelling else {
      return CrossEntropy(targets: targets, smoothing: smoothing, classWeights: classWeights)
    }
    return BinaryCrossEntropy(targets: targets, sets: sets, smoothing: smoothing)
  }
}

/// σ(logit), and log(1 + exp(−|logit|)), neither of which overflows.
@inline(__always)
func logistic(_ logit: Float) -> (probability: Float, tail: Float) {
  let power = expf(-abs(logit))
  return ((logit < 0 ? power : 1) / (1 + power), log1pf(power))
}
