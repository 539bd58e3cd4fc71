import Foundation

/// Appends events to a file as they happen, one JSON object a line.
///
/// The progress of feature extraction is left out: it depends on what the cache happens to know, and
/// nothing else in a run does. So are pictures and histograms, which TensorBoard shows.
public final class EventLog: EventSink, Sendable {
  private let file: AppendingFile

  /// Creates the file; one that exists goes on at its end.
  public init(_ file: URL) throws(RunError) { self.file = try AppendingFile(file) }

  /// Writes a line at once.
  public func receive(_ event: TrainingEvent) {
    if case .features = event { return }
    guard !event.isForBoardOnly else { return }
    file.append(Data((event.jsonLine + "\n").utf8))
  }

  /// - Throws: the first failure of `receive`; nothing is written after it.
  public func check() throws(RunError) { try file.check() }
}
