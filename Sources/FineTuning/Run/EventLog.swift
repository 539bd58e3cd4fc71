import Files
import Foundation

/// Appends events to a file as they happen, one JSON object a line.
///
/// The progress of feature extraction is left out: it depends on what the cache happens to know, and
/// nothing else in a run does. So are pictures and histograms, which TensorBoard shows.
package final class EventLog: EventSink, Sendable {
  private let file: AppendingFile

  /// Creates the file; one that exists goes on at its end.
  package init(_ file: URL) throws(RunError) {
    do throws(FileError) { self.file = try AppendingFile(file) } catch { throw RunError(error) }
  }

  /// Writes a line at once.
  package func receive(_ event: TrainingEvent) {
    if case .features = event { return }
    guard !event.isForBoardOnly else { return }
    file.append(Data((event.jsonLine + "\n").utf8))
  }

  /// Takes away what is behind so many bytes.
  /// - Throws: `RunError` `.inputOutput`.
  func cut(to byteCount: Int) throws(RunError) {
    do throws(FileError) { try file.cut(to: byteCount) } catch { throw RunError(error) }
  }

  /// The events of a file.
  /// - Parameter byteCount: of the bytes to read; `nil` for all.
  /// - Throws: `RunError` `.inputOutput` when it cannot be read, `.bad` for a line that is no event, or none that a
  ///   training can have written, or a file that is shorter.
  package static func events(in file: URL, first byteCount: Int? = nil) throws(RunError)
    -> [TrainingEvent]
  {
    var data: Data
    do {
      data = try InputFile.read(file)
    } catch {
      throw RunError(.inputOutput, "'\(file.relativePath)' \(error.message)")
    }
    if let byteCount {
      guard data.count >= byteCount else {
        throw RunError(
          .bad,
          "'\(file.relativePath)' has \(data.count) bytes, but the checkpoint is of a training"
            + " that had written \(byteCount); it was changed since")
      }
      data = data.prefix(byteCount)
    }
    var events: [TrainingEvent] = []
    for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      do {
        events.append(try TrainingEvent(jsonLine: line))
      } catch {
        throw RunError(
          .bad, "line \(number + 1) of '\(file.relativePath)' is no event; was it changed?")
      }
    }
    return events
  }

  /// The last event of a file; `nil` where there is none, or the file is damaged there.
  package static func lastEvent(in file: URL) -> TrainingEvent? {
    guard let data = try? InputFile.read(file) else { return nil }
    return data.split(separator: UInt8(ascii: "\n")).last.flatMap {
      try? TrainingEvent(jsonLine: $0)
    }
  }

  /// - Throws: the first failure of `receive`; nothing is written after it.
  package func check() throws(RunError) {
    do throws(FileError) { try file.check() } catch { throw RunError(error) }
  }
}
