import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Started where little is as usual", .serialized)
struct HostileStartTests {
  @Test(
    "without standard input, output or error a training writes its run and nothing else into it",
    arguments: ["0<&-", "2>&-", "0<&- 2>&-", "0<&- 1>&- 2>&-"])
  func closedDescriptors(closed: String) throws {
    let folder = try TemporaryFolder()
    try folder.photos("photos", count: 4)
    try Tiny.writeWeights(to: folder.url.appending(path: "w.h5").path)
    let arguments =
      Tiny.options + [
        "--weights", "w.h5", "--data", "photos", "--plan", "head", "--output", "run", "--progress",
        "lines",
      ]
    let outcome = try Finetune.run(arguments, in: folder.url, through: "exec \(closed)")
    // A result that cannot be told is a failure; that it is one is all that may go wrong.
    #expect(outcome.status == (closed.contains("1>&-") ? 74 : 0), "\(outcome.errors)")
    let run = try Run(folder.url.appending(path: "run"))
    #expect(!run.record.interrupted)
    #expect(run.labels == ["blue", "green", "red"])
  }

  @Test(
    "with too little room for addresses the program says so at once", arguments: [300_000, 700_000])
  func addressSpace(kibibytes: Int) throws {
    let outcome = try Finetune.run(["--version"], through: "ulimit -v \(kibibytes)")
    #expect(outcome.status == 70)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "finetune: this process may use \(kibibytes / 1024) MiB of addresses (ulimit -v), expected at "
        + "least 768; raise the limit\n")
  }

  @Test("with too little memory that it may write the program says so at once")
  func tooLittleData() throws {
    let outcome = try Finetune.run(["--version"], through: "ulimit -d 60000")
    #expect(outcome.status == 70)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors
        == "finetune: this process may use 58 MiB of memory of its own (ulimit -d), expected at least 96; "
        + "raise the limit\n")
  }

  /// OpenBLAS would ask for 128 MiB for each of its threads, again and again.
  @Test("a limit on memory that a command stays below changes nothing")
  func enoughData() throws {
    let usual = try Finetune.run(["models", "mobilenetv2"])
    let limited = try Finetune.run(["models", "mobilenetv2"], through: "ulimit -d 110000")
    #expect(limited.status == 0, "\(limited.errors)")
    #expect(limited.output == usual.output)
  }

  @Test("with too little stack the program says so at once")
  func stack() throws {
    let outcome = try Finetune.run(["--version"], through: "ulimit -s 100")
    #expect(outcome.status == 70)
    #expect(
      outcome.errors
        == "finetune: this process may use 100 KiB of stack (ulimit -s), expected at least 256; raise the "
        + "limit\n")
  }

  @Test("with too few open files the program says so")
  func descriptors() throws {
    let outcome = try Finetune.run(["sample", "--output", "drawn"], through: "ulimit -n 4")
    #expect(outcome.status == 70, "\(outcome.errors)")
    #expect(outcome.firstLine.contains("raise the limit of open files"), "\(outcome.errors)")
  }

  @Test("a pipe in place of a plan is named as one")
  func pipe() throws {
    let folder = try TemporaryFolder()
    try folder.photos("photos", count: 4)
    try Tiny.writeWeights(to: folder.url.appending(path: "w.h5").path)
    try #require(mkfifo(folder.url.appending(path: "plan.json").path, 0o600) == 0)
    let outcome = try Finetune.run(
      Tiny.options + ["--weights", "w.h5", "--data", "photos", "--plan", "plan.json"],
      in: folder.url)
    #expect(outcome.status == 65)
    #expect(
      outcome.firstLine
        == "finetune: the plan 'plan.json' cannot be read: it is a pipe or device, expected a file")
  }
}
