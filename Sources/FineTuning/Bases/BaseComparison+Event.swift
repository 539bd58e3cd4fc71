import Evaluation
import Files

extension BaseComparison {
  /// What happens while bases are compared.
  public enum Event: Sendable {
    /// So many bases are compared on so many photos.
    case heat(bases: Int, photos: Int)
    /// Photos done and in all of those that a base has not seen in an earlier heat.
    case features(base: String, done: Int, total: Int)
    /// What a user should know.
    case note(Sentence)
  }
}
