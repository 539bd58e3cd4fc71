import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("The doctor", .serialized)
struct DoctorTests {
  @Test("says what is here, and that training can run")
  func healthy() throws {
    let scratch = try TemporaryFolder()
    let outcome = try Finetune.run(["doctor"], in: scratch.url)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    for text in [
      "finetune", "oneDNN", "OpenBLAS", "HDF5", "libjpeg", "processor", "threads", "memory",
      "Training can run here.",
    ] {
      #expect(outcome.output.contains(text), "\(text)")
    }
    for line in outcome.output.split(separator: "\n") where line.count > 120 {
      Issue.record("\(line.count) columns: \(line)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
  }

  @Test("says the same as JSON, with each library and what is limited")
  func json() throws {
    let scratch = try TemporaryFolder()
    try scratch.write("weights/mobilenet_2_5_128_tf.h5", [0])
    let found = try Finetune.run(["doctor", "--json"], in: scratch.url).json()
    let libraries = try #require(found["libraries"] as? [[String: String]])
    let names = libraries.compactMap { $0["name"] }
    for name in ["oneDNN", "OpenBLAS", "HDF5", "libzip", "libjpeg", "libpng", "libcurl"] {
      #expect(names.contains(name), "\(name)")
    }
    for library in libraries {
      #expect(library["version"]?.contains(/[0-9]+\.[0-9]+/) == true, "\(library)")
    }
    let kernels = try #require(found["kernels"] as? [[String: Any]])
    #expect(kernels.count == 2 && kernels.allSatisfy { $0["works"] as? Bool == true })
    let threads = try #require(found["threads"] as? [String: Any])
    #expect(threads["allowed"] as? Int == WorkerPool.coreCount)
    let memory = try #require(found["memory"] as? [String: Any])
    let total = try #require(memory["total"] as? Int)
    #expect(try (1...total).contains(#require(memory["available"] as? Int)))
    let weights = try #require(found["weights"] as? [String: Any])
    let files = try #require(weights["files"] as? [String])
    #expect(files.count == 1 && weights["damaged"] == nil)
    #expect((found["version"] as? String) == Toolkit.version)
  }

  /// One of those that this process may run on.
  private static let processor = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))
    .flatMap { $0.firstMatch(of: /Cpus_allowed_list:\s*(\d+)/) }.flatMap { Int($0.1) }

  @Test("counts the threads of the processors that it may use")
  func affinity() throws {
    let outcome = try Finetune.run(
      ["doctor", "--json"], through: "taskset -p -c \(try #require(Self.processor)) $$ >/dev/null")
    let threads = try #require(try outcome.json()["threads"] as? [String: Any])
    #expect(threads["allowed"] as? Int == 1)
  }

  @Test("ends as a training would where runs cannot be written, and says what to do")
  func unwritable() throws {
    let scratch = try TemporaryFolder()
    try scratch.write("runs")
    let outcome = try Finetune.run(["doctor"], in: scratch.url)
    #expect(outcome.status == 73, "\(outcome.errors)")
    #expect(outcome.output.contains("Training cannot run here:"))
    #expect(outcome.firstLine.contains("cannot create anything in"), "\(outcome.errors)")
    #expect(outcome.firstLine.contains("--output"))
    let elsewhere = try Finetune.run(["doctor", "--output", "other"], in: scratch.url)
    #expect(elsewhere.status == 0 && !scratch.has("other"))
  }

  @Test("finds damaged weights only when it is asked to read them")
  func damaged() throws {
    let scratch = try TemporaryFolder()
    try scratch.write("weights/mobilenet_2_5_128_tf.h5", [0])
    #expect(try Finetune.run(["doctor"], in: scratch.url).status == 0)
    let outcome = try Finetune.run(["doctor", "--weights"], in: scratch.url)
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.firstLine.contains("mobilenet_2_5_128_tf.h5' is not the file"))
  }
}
