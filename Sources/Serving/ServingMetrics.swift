import Foundation
import Synchronization

/// What a server counts, as Prometheus reads it (text format 0.0.4).
package final class ServingMetrics: Sendable {
  private struct Request: Hashable {
    let path: String
    let status: Int

    var labels: String { "{path=\"\(path)\",code=\"\(status)\"}" }
  }

  private struct Counts {
    var requests: [Request: Int] = [:]
    var inFlight = 0
    var photos: [String: Int] = [:]
    var looks = 0
    var reloads: [Bool: Int] = [true: 0, false: 0]
    var seconds = Histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
    var batches = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64])
  }

  private let counts = Mutex(Counts())

  package init() {}

  func began() { counts.withLock { $0.inFlight += 1 } }

  /// - Parameters:
  ///   - path: one of the server's own, or a word for all others: a stranger must not add lines.
  ///   - seconds: from the request's head to its answer.
  func answered(_ path: String, _ status: Int, seconds: Double) {
    counts.withLock {
      $0.inFlight -= 1
      $0.requests[Request(path: path, status: status), default: 0] += 1
      $0.seconds.add(seconds)
    }
  }

  /// A request that never became one.
  func refused(_ status: Int) {
    counts.withLock { $0.requests[Request(path: "none", status: status), default: 0] += 1 }
  }

  func computed(photos: Int) {
    counts.withLock {
      $0.photos["answered", default: 0] += photos
      $0.batches.add(Double(photos))
    }
  }

  func unreadable() { counts.withLock { $0.photos["unreadable", default: 0] += 1 } }

  func explained() { counts.withLock { $0.looks += 1 } }

  func reloaded(_ isDone: Bool) { counts.withLock { $0.reloads[isDone, default: 0] += 1 } }

  /// - Parameters:
  ///   - waiting: photos that nobody computes yet.
  ///   - heldBytes: of bodies.
  func text(waiting: Int, heldBytes: Int) -> String {
    let counts = counts.withLock { $0 }
    var page = MetricsPage()
    page.add("finetune_requests_total", .counter, "Requests that were answered.")
    for (request, count) in counts.requests.sorted(by: { $0.key.labels < $1.key.labels }) {
      page.add("finetune_requests_total", request.labels, count)
    }
    page.add("finetune_request_seconds", .histogram, "From a request's head to its answer.")
    page.add("finetune_request_seconds", counts.seconds)
    page.add("finetune_requests_in_flight", .gauge, "Requests that are not answered yet.")
    page.add("finetune_requests_in_flight", "", counts.inFlight)
    page.add("finetune_photos_total", .counter, "Photos, by whether they could be read.")
    for outcome in ["answered", "unreadable"] {
      page.add("finetune_photos_total", "{outcome=\"\(outcome)\"}", counts.photos[outcome] ?? 0)
    }
    page.add("finetune_batch_photos", .histogram, "Photos that were computed at once.")
    page.add("finetune_batch_photos", counts.batches)
    page.add("finetune_explanations_total", .counter, "Pictures of where the network looked.")
    page.add("finetune_explanations_total", "", counts.looks)
    page.add("finetune_queue_photos", .gauge, "Photos that wait to be computed.")
    page.add("finetune_queue_photos", "", waiting)
    page.add("finetune_held_bytes", .gauge, "Bytes of requests that are held.")
    page.add("finetune_held_bytes", "", heldBytes)
    page.add("finetune_reloads_total", .counter, "How often the model was to be read again.")
    for isDone in [true, false] {
      page.add(
        "finetune_reloads_total", "{outcome=\"\(isDone ? "done" : "failed")\"}",
        counts.reloads[isDone] ?? 0)
    }
    page.add("process_resident_memory_bytes", .gauge, "Memory of the process.")
    page.add("process_resident_memory_bytes", "", Self.residentBytes)
    return page.text
  }

  /// Of the process, as the system counts it; 0 where it does not tell.
  private static var residentBytes: Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(
      separator: " ")
    guard let fields, fields.count > 1, let pages = Int(fields[1]) else { return 0 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}

/// How often values were how large.
private struct Histogram {
  /// Ascending.
  let bounds: [Double]
  /// How many values were at most each bound and above the one before; at last those above all.
  private(set) var counts: [Int]
  private(set) var sum = 0.0

  init(bounds: [Double]) {
    self.bounds = bounds
    counts = [Int](repeating: 0, count: bounds.count + 1)
  }

  mutating func add(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }
}

/// Lines of the text format.
private struct MetricsPage {
  enum Kind: String { case counter, gauge, histogram }

  private(set) var text = ""

  mutating func add(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  mutating func add(_ name: String, _ labels: String, _ value: Int) {
    text += "\(name)\(labels) \(value)\n"
  }

  /// Buckets count all values up to their bound.
  mutating func add(_ name: String, _ histogram: Histogram) {
    var total = 0
    for (index, count) in histogram.counts.enumerated() {
      total += count
      let bound = index < histogram.bounds.count ? "\(histogram.bounds[index])" : "+Inf"
      text += "\(name)_bucket{le=\"\(bound)\"} \(total)\n"
    }
    text += "\(name)_sum \(histogram.sum)\n\(name)_count \(total)\n"
  }
}
