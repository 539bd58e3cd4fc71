import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("finetune serve", .serialized)
struct ServeTests {
  private func train(in scratch: TemporaryFolder, photos: Int = 4) throws {
    try scratch.photos("photos", count: photos)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    let training = try Finetune.run(
      Tiny.options + [
        "--weights", "tiny.h5", "--data", "photos", "--plan", "head", "--output", "run",
      ], in: scratch.url)
    #expect(training.status == 0, "\(training.errors)")
  }

  /// Runs the server, calls `body` with its port once it is ready, and gives how it ended and what it said.
  private func serve(
    _ arguments: [String], in scratch: TemporaryFolder,
    _ body: (_ port: Int, _ process: Process, _ said: () -> String) throws -> Void
  ) throws -> (status: Int32, said: String) {
    let log = scratch.path("said")
    func said() -> String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
    let outcome = try Finetune.run(
      ["serve"] + arguments + ["--port", "0"], in: scratch.url, through: "exec 2>'\(log)'"
    ) { process in
      defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
      for _ in 0..<3000 where process.isRunning {
        if let found = said().firstMatch(of: /at http:\/\/127\.0\.0\.1:(\d+)\//) {
          try body(try #require(Int(found.output.1)), process, said)
          // Whoever was told to end has time for it.
          for _ in 0..<3000 where process.isRunning { usleep(10_000) }
          return
        }
        usleep(10_000)
      }
      Issue.record("it is not ready: \(said())")
    }
    return (outcome.status, said())
  }

  @Test("answers as predict does, reads the run again on SIGHUP, and ends with 0 on SIGTERM")
  func answers() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch)
    let photo = "photos/red/0.jpg"
    let predicted = try Finetune.run(["predict", "run", photo, "--json"], in: scratch.url)
    let bytes = [UInt8](try Data(contentsOf: scratch.url.appending(path: photo)))
    let (status, said) = try serve(["run"], in: scratch) { port, process, said in
      let connection = try RawConnection(port: port)
      connection.send("POST", "/predict", bytes)
      let answer = try connection.receive()
      #expect(answer.text == predicted.output.replacing(photo, with: "photo"))
      kill(process.processIdentifier, SIGHUP)
      for _ in 0..<3000 where !said().contains("read again") { usleep(10_000) }
      connection.send("POST", "/predict", bytes)
      #expect(try connection.receive().text == answer.text)
      kill(process.processIdentifier, SIGTERM)
    }
    #expect(status == 0)
    #expect(said.contains("\nread again: ") || said.contains("'run' read again: run: "), "\(said)")
    #expect(said.hasSuffix("stopped; all that was asked is answered\n"), "\(said)")
    #expect(!said.contains("0.0.0.0"), "\(said)")
  }

  @Test("leaves out what is not sure enough, as predict does")
  func unsure() throws {
    let scratch = try TemporaryFolder()
    try train(in: scratch, photos: 20)
    // Of one colour between those of the classes.
    let grey = Image(width: 40, height: 40, pixels: [UInt8](repeating: 90, count: 40 * 40 * 3))
    let photo = try scratch.write("grey.png", PNG.encode(grey)).lastPathComponent
    let predicted = try Finetune.run(
      ["predict", "run", photo, "--abstain", "0.95", "--json"], in: scratch.url)
    #expect(predicted.status == 0, "\(predicted.errors)")
    #expect(predicted.output.contains("\"abstained\" : "))
    let (status, said) = try serve(["run", "--abstain", "0.95"], in: scratch) { port, process, _ in
      let connection = try RawConnection(port: port)
      connection.send("POST", "/predict", try PNG.encode(grey))
      let answer = try connection.receive()
      #expect(answer.text == predicted.output.replacing(photo, with: "photo"))
      kill(process.processIdentifier, SIGTERM)
    }
    #expect(status == 0)
    #expect(said.contains("sure are left out"), "\(said)")
  }

  @Test("serves a model of the zoo, too, but for what only a run knows, and ends with 0 on Ctrl-C")
  func modelOfTheZoo() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"), top: .imageNet)
    try scratch.photos("photos", count: 1)
    let bytes = [UInt8](try Data(contentsOf: scratch.url.appending(path: "photos/red/0.jpg")))
    let options = Tiny.options + ["--weights", "tiny.h5"]
    let (status, _) = try serve(options, in: scratch) { port, process, _ in
      let connection = try RawConnection(port: port)
      connection.send("GET", "/health")
      let health = try connection.receive().json()
      #expect((health["classes"] as? [String])?.count == 1000)
      connection.send("POST", "/predict", bytes)
      #expect(try connection.receive().status == 200)
      kill(process.processIdentifier, SIGINT)
    }
    #expect(status == 0)
    let refused = try Finetune.run(["serve", "--abstain", "0.9"] + options, in: scratch.url)
    #expect(refused.status == 64)
    #expect(refused.firstLine.contains("--abstain goes with a run"), "\(refused.errors)")
  }

  @Test(
    "refuses what makes no sense",
    arguments: [
      ([], 64, "no RUN and no --base"), (["run", "--base", "vgg16"], 64, "not both"),
      (["run", "--port", "65536"], 64, "--port is 65536, expected 0 to 65535"),
      (["run", "--max-bytes", "0"], 64, "--max-bytes is 0"),
      (["run", "--max-queue", "0"], 64, "--max-queue is 0"),
      (["run", "--max-connections", "0"], 64, "--max-connections is 0"),
      (["run", "--max-pixels", "0"], 64, "--max-pixels is 0"),
      (["run", "--batch-size", "0"], 64, "--batch-size is 0"),
      (["run", "--timeout", "soon"], 64, "'soon' is invalid"),
      (["run", "--host", ""], 64, "--host"),
      (["nothing-there"], 66, "nothing-there"),
    ])
  func refusals(arguments: [String], status: Int32, words: String) throws {
    let outcome = try Finetune.run(["serve"] + arguments)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.firstLine.contains(words), "\(outcome.errors)")
  }

  @Test("says in one line, with 69, that it cannot listen")
  func addressTaken() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"), top: .imageNet)
    let options = Tiny.options + ["--weights", "tiny.h5"]
    let (_, _) = try serve(options, in: scratch) { port, process, _ in
      for (more, words) in [
        (["--port", "\(port)"], "another program does already; take another --port"),
        (["--port", "0", "--host", "192.0.2.1"], "take a --host of this machine"),
      ] {
        let second = try Finetune.run(["serve"] + options + more, in: scratch.url)
        #expect(second.status == 69)
        #expect(
          second.errors.split(separator: "\n").last?.hasSuffix(words) == true, "\(second.errors)")
      }
      kill(process.processIdentifier, SIGTERM)
    }
  }
}
