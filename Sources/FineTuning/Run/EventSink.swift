/// Something that the events of a training flow into: a file, TensorBoard, a terminal.
///
/// Each takes what it can show and leaves the rest. A sink that fails must not cost the training what
/// it has learnt, so the failure waits until somebody asks for it.
package protocol EventSink: AnyObject {
  /// Takes an event; they come in order.
  func receive(_ event: TrainingEvent)

  /// - Throws: the first failure of `receive`, after which nothing is written any more.
  func check() throws
}
