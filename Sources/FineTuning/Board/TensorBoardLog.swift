import Files
import Foundation
internal import SwiftProtobuf
import Synchronization

/// Writes the events of a training as an event file that TensorBoard opens.
///
/// Each start adds a file `events.out.tfevents.<seconds>.<host>` to the folder; TensorBoard reads them
/// one after the other. Steps count through all phases (`BoardTimeline` says which tags there are).
/// Where a training goes back, because it is resumed or a phase starts again, TensorBoard is told that
/// what was written from that step on does not count. Every event is written at once.
package final class TensorBoardLog: EventSink, Sendable {
  private struct State {
    var timeline = BoardTimeline()
    /// Created for the first event, so that a training that is refused leaves nothing.
    var file: AppendingFile?
    var failure: FileError?
    /// Whether files of an earlier start may hold steps that this one repeats.
    var continues = false
    /// Where the last event was that says so.
    var last = 0
  }

  private let folder: URL
  private let state = Mutex(State())

  /// - Parameter folder: is created with the first event, if need be.
  package init(_ folder: URL) { self.folder = folder }

  /// Takes up a training where its events end: they are known, but not written again.
  package func resume(after events: [TrainingEvent]) {
    state.withLock { state in
      for event in events { state.timeline.pass(event) }
    }
  }

  package func receive(_ event: TrainingEvent) {
    state.withLock { state in
      guard state.failure == nil, let entry = state.timeline.entry(for: event),
        let file = openFile(&state)
      else { return }
      if let first = entry.replacesFrom {
        if state.continues || first < state.last {
          Self.write(
            .with {
              $0.step = Int64(first)
              $0.sessionLog = .with { $0.status = .start }
            }, to: file)
        }
        state.continues = false
        state.last = entry.step
      }
      Self.write(
        .with {
          $0.step = Int64(entry.step)
          $0.summary = .with { $0.value = entry.values }
        }, to: file)
    }
  }

  /// - Throws: the first failure of `receive`; nothing is written after it.
  package func check() throws(RunError) {
    let (failure, file) = state.withLock { ($0.failure, $0.file) }
    if let failure { throw RunError(failure) }
    do throws(FileError) { try file?.check() } catch { throw RunError(error) }
  }

  /// The file of this start; `nil` if it cannot be created.
  private func openFile(_ state: inout State) -> AppendingFile? {
    if let file = state.file { return file }
    do throws(FileError) {
      if mkdir(folder.path, 0o777) != 0, errno != EEXIST {
        throw FileError(notCreated: "'\(folder.relativePath)' cannot be created")
      }
      let earlier = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      state.continues = earlier.contains { $0.hasPrefix(Self.prefix) }
      let file = try Self.newFile(in: folder, after: earlier)
      Self.write(.with { $0.fileVersion = "brain.Event:2" }, to: file)
      state.file = file
      return file
    } catch {
      state.failure = error
      return nil
    }
  }

  private static let prefix = "events.out.tfevents."

  /// A file whose name comes after all others: TensorBoard reads them in the order of their names.
  private static func newFile(
    in folder: URL, after names: [String]
  ) throws(FileError) -> AppendingFile {
    let times = names.filter { $0.hasPrefix(prefix) }.compactMap { name in
      Int(name.dropFirst(prefix.count).prefix { $0 != "." }).flatMap { $0 < 1 << 50 ? $0 : nil }
    }
    var time = max(Int(Date().timeIntervalSince1970), (times.max() ?? 0) + 1)
    let host = ProcessInfo.processInfo.hostName.replacing("/", with: "-")
    while true {
      let name = "\(prefix)\(time).\(host)"
      if let file = try AppendingFile(new: folder.appending(path: name)) { return file }
      time += 1
    }
  }

  private static func write(_ event: BoardEvent, to file: AppendingFile) {
    var event = event
    event.wallTime = Date().timeIntervalSince1970
    // Nothing in these messages can fail to be encoded: there are no required fields and no `Any`.
    guard let bytes: Data = try? event.serializedBytes() else { return }
    file.append(RecordFraming.frame(bytes))
  }
}
